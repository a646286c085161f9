"""Typing mistakes, made on purpose when the model is trained.

People write on cheap phones in a second alphabet. Training messages are written cleanly; this
makes seeded variants of them with the mistakes that keyboards and habits cause, so that nobody
has to write typos by hand. Nothing here runs while the desk talks to a person.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

_ROWS = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "cyrillic": ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю"),
    "arabic": ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرلاىةوزظ"),
    "farsi": ("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو"),
    "urdu": ("قوعرتےءیہپ", "اسدفگھجکل", "زشچطبنم"),
}
_LAYOUT = {"fr": "azerty", "uk": "cyrillic", "ar": "arabic", "ckb": "arabic", "fa": "farsi", "ps": "farsi"}
_VARIANTS = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ي": "ى", "ی": "ي", "ک": "ك", "ك": "ک",
    "ؤ": "و", "ئ": "ي", "ہ": "ه", "ھ": "ه", "ذ": "ز", "ظ": "ض", "ض": "ظ", "ص": "س", "ط": "ت", "ث": "س",
    "ح": "ه", "ق": "غ", "غ": "ق", "ڵ": "ل", "ڕ": "ر", "ۆ": "و", "ێ": "ی", "ە": "ه", "ښ": "ش", "ړ": "ر",
    "ې": "ی",
    "і": "и", "и": "і", "ї": "і", "є": "е", "ґ": "г",
}  # fmt: skip
_SOUNDS = (
    ("kh", "x"), ("gh", "q"), ("ch", "tch"), ("sh", "ch"), ("ee", "i"), ("oo", "u"), ("ou", "u"), ("aa", "a"),
    ("3", "a"), ("7", "h"), ("q", "k"), ("v", "w"), ("y", "i"), ("ph", "f"), ("ck", "k"), ("z", "s"),
    ("th", "t"),
    ("ie", "ei"), ("e", "i"), ("o", "u"), ("c", "k"),
)  # fmt: skip


def _neighbours(layout: str) -> dict[str, str]:
    rows = _ROWS[layout]
    near: dict[str, str] = {}
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            around = row[max(0, x - 1) : x] + row[x + 1 : x + 2]
            for other in (y - 1, y + 1):
                if 0 <= other < len(rows):
                    around += rows[other][max(0, x - 1) : x + 1]
            near[letter] = around
    return near


_NEAR = {layout: _neighbours(layout) for layout in _ROWS}
Mistake = Callable[[str, str, random.Random], str]


def _layout(language: str, romanised: bool) -> str:
    return "qwerty" if romanised else _LAYOUT.get(language, "urdu" if language == "ur" else "qwerty")


def _place(text: str, rng: random.Random) -> int:
    """A random position of a letter that is not the first of a text; -1 when there is none."""
    places = [i for i, c in enumerate(text) if i and c.isalpha()]
    return rng.choice(places) if places else -1


def _neighbour(text: str, layout: str, rng: random.Random) -> str:
    at = _place(text, rng)
    if at < 0:
        return text
    letter = text[at]
    if "\u1200" <= letter <= "\u137f":  # Ethiopic: the same consonant with another vowel
        return text[:at] + chr((ord(letter) & ~7) + rng.randrange(7)) + text[at + 1 :]
    near = _NEAR[layout].get(letter.lower(), "")
    return text[:at] + rng.choice(near) + text[at + 1 :] if near else text


def _drop(text: str, _layout: str, rng: random.Random) -> str:
    at = _place(text, rng)
    return text if at < 0 else text[:at] + text[at + 1 :]


def _swap(text: str, _layout: str, rng: random.Random) -> str:
    at = _place(text, rng)
    if at < 1 or at + 1 >= len(text) or not text[at + 1].isalpha():
        return text
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _double(text: str, _layout: str, rng: random.Random) -> str:
    at = _place(text, rng)
    return text if at < 0 else text[:at] + text[at] * 2 + text[at + 1 :]


def _join(text: str, _layout: str, rng: random.Random) -> str:
    spaces = [i for i, c in enumerate(text) if c == " "]
    if not spaces:
        return text
    at = rng.choice(spaces)
    return text[:at] + text[at + 1 :]


def _variant(text: str, layout: str, rng: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c in _VARIANTS]
    if not places:
        return _neighbour(text, layout, rng)
    at = rng.choice(places)
    return text[:at] + _VARIANTS[text[at]] + text[at + 1 :]


def _plain(text: str, layout: str, rng: random.Random) -> str:
    if layout == "cyrillic":  # й and ї are letters there, not accents
        return text.replace("’", "").replace("'", "")
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    bare = unicodedata.normalize("NFC", bare).replace("\u200c", rng.choice(("", " ")))
    return bare.replace("'", "").replace("’", "")


def _sound(text: str, layout: str, rng: random.Random) -> str:
    fits = [(a, b) for a, b in _SOUNDS if a in text]
    if not fits or not text.isascii():
        return _variant(text, layout, rng)
    heard, written = rng.choice(fits)
    return text.replace(heard, written) if rng.random() < 0.4 else text.replace(heard, written, 1)


_MISTAKES: tuple[tuple[Mistake, int], ...] = (
    (_neighbour, 4),
    (_drop, 4),
    (_swap, 4),
    (_double, 1),
    (_join, 2),
    (_variant, 3),
    (_plain, 2),
    (_sound, 2),
)


def misspell(text: str, language: str, rng: random.Random, *, romanised: bool = False) -> str:
    """Return `text` with one mistake for about every twelve letters (one at least, eight at most).

    `language` chooses the keyboard; with `romanised` it is the Latin one. The same `rng` state
    gives the same result. May return the text unchanged when it has no letter to get wrong.
    """
    layout = _layout(language, romanised)
    kinds, weights = zip(*_MISTAKES, strict=True)
    result = text.rstrip(".!?؟…") if rng.random() < 0.5 else text
    most = max(1, min(8, len(text) // 12))
    for _ in range(rng.randint(max(1, most // 2), most + 1)):
        result = rng.choices(kinds, weights)[0](result, layout, rng)
    return result.lower() if rng.random() < 0.6 else result
