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
_HABITS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("you", "u"), ("are", "r"), ("please", "pls"), ("for", "4"), ("to ", "2 "), ("appoint", "apoint"),
        ("tion", "shon"), ("ght", "t"), ("ea", "ee"), ("th", "d"), ("wh", "w"), ("kn", "n"), ("ie", "ei"),
        ("le", "el"), ("ll", "l"), ("tt", "t"), ("ss", "s"), ("rr", "r"), ("ee", "e"), ("er", "r"), ("ck", "k"),
        ("ed ", " "), ("the ", ""), ("g ", " "), ("want to", "wanna"), ("c", "k"), ("tomorrow", "tmrw"),
    ),
    "es": (
        ("que", "q"), ("qu", "k"), ("por ", "x "), ("ción", "sion"), ("ce", "se"), ("ci", "si"), ("z", "s"),
        ("b", "v"), ("v", "b"), ("h", ""), ("ll", "y"), ("ñ", "n"), ("est", "st"), ("para", "pa"), ("ge", "je"),
        ("donde", "dnd"), ("de ", "d "), ("muy", "mui"), (" y ", " i "), ("ado ", "ao "), ("gu", "g"), ("j", "g"),
        ("mensajes", "msjs"), ("también", "tb"),
    ),
    "fr": (
        ("qu", "k"), ("c'est", "c"), ("j'ai", "g"), ("je suis", "chui"), ("ais", "é"), ("ait", "é"), ("er ", "é "),
        ("ez ", "é "), ("eau", "o"), ("au", "o"), ("ph", "f"), ("ç", "s"), ("s'il vous plaît", "svp"),
        ("rendez-vous", "rdv"), ("vous", "vou"), ("ent ", "e "), ("pour", "pr"), ("ss", "s"), ("tt", "t"),
        ("nn", "n"), ("est ", "é "), ("ll", "l"), ("dans", "ds"), ("beaucoup", "bcp"), ("h", ""), ("s ", " "),
    ),
    "pl": (
        ("rz", "ż"), ("ż", "rz"), ("ó", "u"), ("u", "ó"), ("ch", "h"), ("h", "ch"), ("ł", "l"), ("ę", "e"),
        ("ą", "a"), ("ś", "s"), ("ć", "c"), ("ń", "n"), ("źń", "zn"), ("ę ", "em "), ("ą ", "om "), ("dz", "c"),
        ("cz", "c"), ("sz", "s"), ("ny", "n"),
    ),
    "so": (
        ("aa", "a"), ("oo", "o"), ("ii", "i"), ("ee", "e"), ("uu", "u"), ("x", "h"), ("c", ""), ("dh", "d"),
        ("kh", "q"), ("q", "k"), ("y", "i"), ("sh", "s"), ("j", "g"), ("ay", "ey"), ("ka ", " ka "), ("dd", "d"),
    ),
    "uk": (
        ("ь", ""), ("щ", "ш"), ("є", "е"), ("ї", "і"), ("и", "і"), ("йо", "ё"), ("е", "и"), ("о", "а"), ("ться", "ця"),
    ),
}  # fmt: skip
"""How a language is written by ear and in text messages: what is heard, what is written."""
_VOWELS = frozenset("aeiouyáéíóúàèêôîąęåаеєиіїоуюя")


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


def _vowel(text: str, layout: str, rng: random.Random) -> str:
    """One vowel inside a word goes, as in "tngo" and "trbajo"."""
    places = [
        i
        for i, c in enumerate(text)
        if c.lower() in _VOWELS and text[max(0, i - 1)].isalpha() and 0 < i < len(text) - 1
    ]
    if not places:
        return _drop(text, layout, rng)
    at = rng.choice(places)
    return text[:at] + text[at + 1 :]


_MISTAKES: tuple[tuple[Mistake, int], ...] = (
    (_neighbour, 4),
    (_drop, 4),
    (_swap, 4),
    (_double, 1),
    (_join, 2),
    (_variant, 3),
    (_plain, 2),
    (_sound, 2),
    (_vowel, 2),
)
_BY_EAR = 4
"""The weight of a language's own habits beside the mistakes above."""
_LETTERS_A_MISTAKE = (14, 9, 6)
"""Some people mistype a letter now and then, some in every word."""


def _habit(text: str, habits: tuple[tuple[str, str], ...], rng: random.Random) -> str:
    fits = [(a, b) for a, b in habits if a in text.lower()]
    if not fits:
        return text
    heard, written = rng.choice(fits)
    return (
        text.lower().replace(heard, written)
        if rng.random() < 0.4
        else text.lower().replace(heard, written, 1)
    )


def misspell(text: str, language: str, rng: random.Random, *, romanised: bool = False) -> str:
    """Return `text` with a mistake for every six to fourteen letters (one at least, twelve at most).

    `language` chooses the keyboard and the habits; with `romanised` the keyboard is the Latin one. The same
    `rng` state gives the same result. May return the text unchanged when it has no letter to get wrong.
    """
    layout = _layout(language, romanised)
    habits = () if romanised else _HABITS.get(language, ())
    kinds, weights = zip(*_MISTAKES, strict=True)
    by_ear = _BY_EAR / (_BY_EAR + sum(weights)) if habits else 0.0
    result = text.rstrip(".!?؟…") if rng.random() < 0.5 else text
    for _ in range(max(1, min(12, len(text) // rng.choice(_LETTERS_A_MISTAKE)))):
        if rng.random() < by_ear:
            result = _habit(result, habits, rng)
        else:
            result = rng.choices(kinds, weights)[0](result, layout, rng)
    return result.lower() if rng.random() < 0.6 else result
