"""Reading an answer to what was offered: a button, a digit of any script, the words of a line, yes or no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from flows import short
from flows.context import Heard
from flows.languages import AUTONYMS, CALLED, DENIED
from flows.message import BACK, GO, LEAVE, Option, numbered
from flows.words import Words

YES = "yes"
NO = "no"
SAID = {YES: short.YES, NO: short.NO, BACK: short.BACK, LEAVE: short.BACK}
"""Options that are also chosen by a word, whatever their line says."""

SKIN = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
SIGNS = re.compile(r"[\W_]+")
NUMBER = re.compile(r"\d+|[\u1369-\u1371]")
CLAUSE = re.compile(r"[.,;:!?\n\u060c\u061b\u061f\u06d4\u1362-\u1367]+")
QUESTION_MARKS = "?\u061f\u1367"
LONGEST = 3
"""Digits of a number that may be a line's."""
FEW = 6
"""A text of more words is no answer in a word, and names no language to choose."""


def simple(text: str) -> str:
    """Lower case, no accents or vowel signs, only letters and digits with single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return SIGNS.sub(" ", bare).strip()


def number(heard: Heard) -> int | None:
    """The number when the text says nothing else, in the digits of any script ("١", "۲.", "4️⃣"): beside it only
    polite words, or those that say that it is a number ("no. 2", "رقم 2", "፪ እባክዎ")."""
    bare = "".join(c for c in heard.text.strip() if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    found = NUMBER.findall(bare)
    if len(found) != 1 or len(found[0]) > LONGEST:
        return None
    for beside in map(str.split, NUMBER.split(bare)):
        other = [word for word in beside if simple(word) and not _is_one_of(word, short.NUMBER)]
        if not heard.polite(" ".join(other)):
            return None
    value = 0
    for digit in found[0]:
        value = value * 10 + unicodedata.digit(digit)
    return value


@cache
def _spelled(words: tuple[str, ...]) -> frozenset[str]:
    """How the words are looked for: bare, and as they are when they are signs ("👍")."""
    return frozenset(filter(None, (spelled for word in words for spelled in (word, simple(word)))))


def said_yes(text: str) -> bool:
    return _is_one_of(text, short.YES)


def said_no(text: str) -> bool:
    return _is_one_of(text, short.NO)


def said_leave(heard: Heard) -> bool:
    return any(_is_one_of(text, short.LEAVE) for text in _without_politeness(heard))


def is_unclear(text: str, language: str) -> bool:
    """Whether it means yes to one and no to another who writes this language."""
    return simple(text) in short.UNCLEAR.get(language, ())


def is_question(text: str) -> bool:
    """Whether it ends with a question mark, of whatever script."""
    return text.rstrip().endswith(tuple(QUESTION_MARKS))


def is_no_name(text: str) -> bool:
    """Whether a word of it is in nobody's first name."""
    return any(_is_one_of(word, short.NO_NAME) for word in text.split())


def _is_one_of(text: str, table: Mapping[str, tuple[str, ...]]) -> bool:
    typed, sign = simple(text), SKIN.sub("", text.strip())
    return any(sign in _spelled(words) or typed in _spelled(words) for words in table.values())


def _without_politeness(heard: Heard) -> Iterator[str]:
    """The text as it is, and what is left of it without polite words around: "ok" of "ok thanks"."""
    words = heard.text.split()
    yield heard.text
    for size in range(len(words) - 1, 0, -1) if len(words) <= FEW else ():
        for start in range(len(words) - size + 1):
            before, after = words[:start], words[start + size :]
            if heard.polite(" ".join(before)) and heard.polite(" ".join(after)):
                yield " ".join(words[start : start + size])


def read(heard: Heard, offered: Sequence[Option], words: Words, language: str) -> Option | None:
    """The offered option that this answers, or None. A button of another question is not an answer."""
    if heard.button is not None:
        return next((option for option in offered if option.id == heard.button), None)
    picked = number(heard)
    if picked is not None:
        return dict(numbered(offered)).get(picked)
    by_id = {option.bare: option for option in offered}
    for text in _without_politeness(heard):
        if is_unclear(text, language):
            return None
        for id_, table in SAID.items():
            if id_ in by_id and _is_one_of(text, table):
                return by_id[id_]
    return by_label(heard.text, offered, words, language)


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
    """The one language of `languages` that the text names ("speak Somali", "عربي"), else None. "I speak no English"
    names none."""
    said = " ".join(clause for clause in _clauses(text) if not _denies(clause))
    named = _named(said, languages) if len(said.split()) <= FEW else set()
    return named.pop() if len(named) == 1 else None


def languages_denied(text: str, languages: Iterable[str]) -> set[str]:
    """Those that the person says they do not speak: "my English is bad"."""
    said = " ".join(filter(_denies, _clauses(text)))
    return _named(said, languages) if len(said.split()) <= FEW else set()


def _clauses(text: str) -> list[str]:
    return [simple(clause) for clause in CLAUSE.split(text)]


def _denies(clause: str) -> bool:
    return any(_is_in(word, clause) for words in DENIED.values() for word in words)


def _named(said: str, languages: Iterable[str]) -> set[str]:
    return {
        code
        for code in languages
        for name in (AUTONYMS[code], *AUTONYMS[code].split(" / "), *CALLED[code])
        if _is_in(name, said)
    }


def _is_in(words: str, typed: str) -> bool:
    return f" {simple(words)} " in f" {typed} "
