"""How a text is spelled before it is counted: one spelling for all the ways of typing it.

Shared by training (nlu/rasa/components, Python 3.10) and by the running desk, so that both count
the same letters. Standard library only.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator

from nlu.romanised import skeleton_ngrams

MAX_CHARACTERS = 400
"""How much of a text is read for its meaning. Longer texts cost the encoder quadratic time and
say what they want within this length (findings: 490 ms for 1,600 characters, 47 ms for 25 words)."""

# One letter for the spellings that keyboards mix up: hamza seats, Arabic/Farsi/Urdu yeh and kaf,
# teh marbuta; Kurdish and Pashto letters are left alone, they tell the languages apart.
_ARABIC = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ې": "ي",
        "ك": "ک", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ؤ": "و", "ـ": None, "\u200c": None, "\u200d": None,
        "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ʿ": "'", "ʾ": "'",
    }
)  # fmt: skip
# Amharic and Tigrinya letters that sound alike to most who write them: ሐ ኀ = ሀ, ሠ = ሰ, ዐ = አ, ፀ = ጸ.
_ETHIOPIC = {
    first + vowel: kept + vowel
    for first, kept in (
        (0x1210, 0x1200),
        (0x1280, 0x1200),
        (0x1220, 0x1230),
        (0x12D0, 0x12A0),
        (0x1340, 0x1338),
    )
    for vowel in range(7)
}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\?|؟")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_WORDLIKE = re.compile(r"[^\W_]")
_FLOOD = re.compile(r"(\S)\1{8,}")
_NUMBER = re.compile(r"\d+")


def for_model(text: str) -> str:
    """Return the part of `text` that the model reads: at most 400 characters, "" when no word is in it.

    A longer text gives its first third and its end, where the request usually stands. Slashes at
    the start go: Rasa takes "/greet" for an order to answer `greet`. Lone surrogates go: the
    encoder cannot take them.
    """
    text = text[:100_000].encode("utf-8", "ignore").decode().strip().lstrip("/ \t\n")
    if not _WORDLIKE.search(text):
        return ""
    text = _FLOOD.sub(lambda flood: flood[1] * 8, text)  # a key held down says no more than this
    if len(text) <= MAX_CHARACTERS:
        return text
    head = text[: MAX_CHARACTERS // 3].rpartition(" ")[0] or text[: MAX_CHARACTERS // 3]
    tail = text[-(MAX_CHARACTERS - len(head) - 1) :]
    return f"{head} {tail}"


def fold(text: str) -> str:
    """Return `text` as words with one space between them, in one spelling.

    Capitals, accents, vowel marks, tatweel and zero-width joiners go; Arabic, Farsi and Urdu
    letter variants become one; stretched letters ("pleeease") shrink to two; numbers become 0;
    punctuation goes except the question mark. Cyrillic й and ї keep their marks.
    """
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_ARABIC).translate(_ETHIOPIC)
    bare = "".join(_bare(lowered))
    bare = _STRETCHED.sub(r"\1\1", bare)
    bare = _NUMBER.sub("0", bare)
    return " ".join("?" if w in "?؟" else w.replace("'", "") for w in _WORD.findall(bare))


def _bare(text: str) -> Iterator[str]:
    for letter in text:
        if "\u0400" <= letter <= "\u04ff":
            yield letter
            continue
        for part in unicodedata.normalize("NFD", letter):
            if not unicodedata.combining(part):
                yield part


def ngrams(text: str, low: int, high: int) -> Iterator[str]:
    """Yield the character n-grams (low..high letters) of each word of a folded text.

    A word is padded with one space at each end, so beginnings and ends count as such; whole
    words longer than `high` are yielded too, each pair of neighbouring words, and the consonant
    skeletons that Arabic script and Latin letters share.
    """
    words = text.split()
    for word in words:
        padded = f" {word} "
        for size in range(low, high + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
        if len(padded) > high:
            yield padded
    for first, second in itertools.pairwise(words):
        yield f"{first} {second}"
    yield from skeleton_ngrams(text)
