"""Scripts, and letters that tell languages of one script apart. Standard library only (Python 3.10 too)."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable


class Script(enum.Enum):
    """The scripts that the thirteen languages are written in."""

    LATIN = "Latin"
    ARABIC = "Arabic"
    CYRILLIC = "Cyrillic"
    ETHIOPIC = "Ethiopic"


SCRIPTS: dict[Script, tuple[str, ...]] = {
    Script.LATIN: ("en", "fr", "so", "pl", "es", "ar-Latn", "fa-Latn", "ur-Latn"),
    Script.ARABIC: ("ar", "fa", "ps", "ckb", "ur"),
    Script.CYRILLIC: ("uk",),
    Script.ETHIOPIC: ("am", "ti"),
}
"""The languages written in each script."""

LETTERS: dict[str, frozenset[str]] = {
    "ckb": frozenset("ێۆڵڕەڤ"),
    "ps": frozenset("ښږځڅڼېۍړډټګ"),
    "ur": frozenset("ٹڈڑںےہھۓ"),
    "fa": frozenset("\u200c"),
    "ti": frozenset("ቐቑቒቓቔቕቖኸኹኺኻኼኽኾዀኣኧ"),
    "am": frozenset("አኝኛኜኞጭኟ"),
    "pl": frozenset("ąćęłńśźż"),
    "es": frozenset("ñ¿¡"),
    "fr": frozenset("àâçèêëîïôùûœ"),
}
"""Letters that one language has and its neighbours of the same script seldom: Unicode's charts and
findings/rasa.md ("Language identification")."""

_BLOCKS = (
    (0x0041, 0x024F, Script.LATIN),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0600, 0x06FF, Script.ARABIC),
    (0x0750, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFC, Script.ARABIC),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x2D80, 0x2DDF, Script.ETHIOPIC),
)
_IN_ARABIZI = frozenset("23579'8")  # digits that stand for Arabic letters between Latin ones


def script_of_letter(letter: str) -> Script | None:
    """Return the script of one letter, None when it is of none of the four."""
    place = ord(letter)
    for first, last, script in _BLOCKS:
        if first <= place <= last:
            return script
    return None


def script_of(words: Iterable[str]) -> Script | None:
    """Return the script that `words` are written in, None when it is not one of the four.

    People mix English into their own script, never the other way round: a twelfth of the letters in
    another script outweighs Latin ones.
    """
    counts: dict[Script | None, int] = {}
    for word in words:
        for letter in word:
            if letter.isalpha():
                script = script_of_letter(letter)
                counts[script] = counts.get(script, 0) + 1
    total = sum(counts.values())
    others = {s: n for s, n in counts.items() if s is not Script.LATIN and n * 12 >= total and n > 1}
    if others:
        return max(others, key=lambda s: others[s])
    return Script.LATIN if counts.get(Script.LATIN) else None


def spelled(text: str) -> str:
    """Return the words of `text` in small letters, with the letters that tell languages apart kept.

    Web addresses, numbers and punctuation go; digits within a Latin word stay ("3andi"), and so do
    zero-width joiners within a word.
    """
    words = []
    for word in unicodedata.normalize("NFC", text).casefold().split():
        if "://" in word or "www." in word or "@" in word:
            continue
        has_letter = any(c.isalpha() for c in word)
        kept = "".join(c if _kept(c, has_letter) else " " for c in word.replace("’", "'"))
        words += [w.strip("'\u200c\u200d") for w in kept.split()]
    return " ".join(w for w in words if any(c.isalpha() for c in w))


def _kept(character: str, in_word: bool) -> bool:
    if character.isalpha() or unicodedata.category(character) in ("Mn", "Mc"):
        return True
    return in_word and (character in _IN_ARABIZI or character in "\u200c\u200d")
