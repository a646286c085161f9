"""A text as words and numbers, each in one spelling: where names, days and times are looked up.

Digits of every script become 0-9 (Ethiopic numerals too), words are folded as nlu/normal.py folds them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from nlu import clock
from nlu.cleaning import clean
from nlu.normal import fold

_SEPARATORS = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "٫": ".", "⁄": "/", "∕": "/"})
_ETHIOPIC_NUMBER = re.compile("[\u1369-\u137b]{1,8}")
# Amharic and Tigrinya: ሃ is written for ሀ and ኣ for አ; the other look-alikes are nlu/normal.py's.
_ETHIOPIC = str.maketrans({"ሃ": "ሀ", "ኣ": "አ", "ዓ": "አ", "ዐ": "አ", "ሐ": "ሀ", "ሓ": "ሀ", "ኀ": "ሀ", "ኃ": "ሀ"})
_SPACED = re.compile(r"(?<=\d)\s*([/:])\s*(?=\d)")
_HALF_OF_DAY = re.compile(r"(?<=\d)\s*([ap])\s?\.?\s?m\b\.?", re.I)
_ELIDED = re.compile(r"(?<![^\W\d_])([ldjmtsnc]|qu)['’](?=[^\W\d_])", re.I)  # l'après-midi, d'avril
_ENDS = r"(?![./:-]?\w)"
_FROM_TO = re.compile(rf"(?<![\w./:-])({clock.WRITTEN})\s*-\s*({clock.WRITTEN}){_ENDS}", re.I)  # 1pm - 3pm
_TOKEN = re.compile(
    rf"{clock.WRITTEN}-{clock.WRITTEN}{_ENDS}|\d+(?:[./:-]\d+)+(?:(?:[ap]m|[یي])\b)?|[^\W_]+(?:['’‘ʼ`´][^\W_]+)*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a number: `text` in one spelling ("tuesday", "12/11", "10:30", "1pm-3pm"), and as `written`.

    `begins`: punctuation or nothing stands before it, so that a capital letter makes no name of it. `dashed`: that is
    a dash ("Monday-Friday").
    """

    text: str
    written: str
    begins: bool = False
    dashed: bool = False


def tokens(text: str) -> list[Token]:
    """The words and numbers of `text`, in order. Reads at most 1,600 characters; never raises."""
    spelled = unicodedata.normalize("NFKC", clean(text)).translate(_SEPARATORS)
    spelled = "".join(_plain(letter) for letter in spelled)
    spelled = _ETHIOPIC_NUMBER.sub(_ethiopic_number, spelled)
    spelled = _HALF_OF_DAY.sub(r"\1m", _SPACED.sub(r"\1", spelled))
    spelled = _FROM_TO.sub(_without_spaces, spelled)
    spelled = _ELIDED.sub(r"\1 ", spelled)
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(spelled):
        if text_of := word(match.group()):
            between = spelled[end : match.start()]
            begins = not found or not between.isspace()
            found.append(Token(text_of, match.group(), begins, between.strip() == "-"))
        end = match.end()
    return found


def word(written: str) -> str:
    """One word or number in the spelling that words are compared in."""
    if any(c.isdigit() for c in written):  # "sa3a", "4pm": fold would forget which digit it was
        return written.casefold().replace("'", "")
    return fold(written).replace(" ", "").translate(_ETHIOPIC)


def phrase(written: str) -> tuple[str, ...]:
    """The words of a phrase of our own lists, spelled as those of a text are."""
    return tuple(token.text for token in tokens(written))


def _plain(letter: str) -> str:
    """A digit of any script as 0-9; vowel marks and joiners inside a word go, so that they split none."""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if letter in "\u200c\u200dـ" or unicodedata.category(letter) == "Mn":
        return ""
    return letter


def _without_spaces(found: re.Match[str]) -> str:
    """From one time to another as one word; two numbers may be something else."""
    first, last = found.groups()
    return found.group() if first.isdigit() and last.isdigit() else f"{first}-{last}"


def _ethiopic_number(found: re.Match[str]) -> str:
    """፲፪ is 12, ፳፻፳፮ is 2026."""
    total = part = 0
    for sign in found.group():
        value = int(unicodedata.numeric(sign))
        if value == 100:
            total, part = (total + part or 1) * 100, 0
        else:
            part += value
    return str(total + part)
