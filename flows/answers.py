"""Reading an answer to what was offered: a button, a digit of any script, the words of a line, yes or no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from flows import yes_no
from flows.languages import AUTONYMS, CALLED
from flows.message import GO, ZERO, Option, numbered
from flows.words import Words

YES = "yes"
NO = "no"

SKIN = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
SIGNS = re.compile(r"[\W_]+")
NUMBER = re.compile(r"^\W*(\d{1,3}|[\u1369-\u1371])\W*$")


def simple(text: str) -> str:
    """Lower case, no accents or vowel signs, only letters and digits with single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return SIGNS.sub(" ", bare).strip()


def number(text: str) -> int | None:
    """The number when the text is only that, in the digits of any script ("١", "۲.", "፫", "4️⃣")."""
    bare = "".join(c for c in text.strip() if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    found = NUMBER.match(bare)
    if not found:
        return None
    value = 0
    for digit in found.group(1):
        value = value * 10 + unicodedata.digit(digit)
    return value


def said_yes(text: str) -> bool:
    return _is_one_of(text, yes_no.YES)


def said_no(text: str) -> bool:
    return _is_one_of(text, yes_no.NO)


def said_back(text: str) -> bool:
    return _is_one_of(text, yes_no.BACK)


def _is_one_of(text: str, table: Mapping[str, tuple[str, ...]]) -> bool:
    typed, sign = simple(text), SKIN.sub("", text.strip())
    return any(
        sign == word or (typed and typed == simple(word)) for words in table.values() for word in words
    )


def read(
    text: str, button: str | None, offered: Sequence[Option], words: Words, language: str
) -> Option | None:
    """The offered option that this answers, or None. A button of another question is not an answer."""
    if button is not None:
        return next((option for option in offered if option.id == button), None)
    lines = dict(numbered(offered))
    picked = number(text)
    if picked is not None:
        return lines.get(picked)
    by_id = {option.bare: option for option in offered}
    if YES in by_id and said_yes(text):
        return by_id[YES]
    if NO in by_id and said_no(text):
        return by_id[NO]
    if said_back(text) and (zero := by_id.keys() & ZERO):
        return by_id[zero.pop()]
    return by_label(text, offered, words, language)


def by_label(text: str, offered: Sequence[Option], words: Words, language: str) -> Option | None:
    """The only option whose line is what was typed, or (of a question's own lines) holds every word typed."""
    typed = simple(text)
    if not typed:
        return None
    labels = [(option, _written(option, words, language)) for option in offered]
    same = [option for option, written in labels if typed in written]
    if same:
        return same[0]
    tokens = set(typed.split())
    if len(typed) < 3 or len(tokens) > 4 or not any(c.isalpha() for c in typed):
        return None  # "10:30" is a time, and no line of "Fri 30 Oct, 10:00"
    own = [(option, written) for option, written in labels if not option.id.startswith(GO)]
    holding = [option for option, written in own if any(tokens <= set(label.split()) for label in written)]
    return holding[0] if len(holding) == 1 else None


def _written(option: Option, words: Words, language: str) -> set[str]:
    return {simple(words.value(option.label, code)) for code in {language, "en"}}


def language_named(text: str, languages: Iterable[str]) -> str | None:
    """The one language of `languages` that the text names ("speak Somali", "عربي"), else None."""
    typed = f" {simple(text)} "
    if len(typed.split()) > 6:
        return None
    named = {
        code
        for code in languages
        for name in (AUTONYMS[code], *AUTONYMS[code].split(" / "), *CALLED[code])
        if f" {simple(name)} " in typed
    }
    return named.pop() if len(named) == 1 else None
