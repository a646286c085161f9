"""The sentences of a text, the parts that "and" and "also" join, and which of them ask for something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu.normal import fold

ASKING = Path(__file__).parent / "asking"
ABBREVIATIONS = frozenset(
    ["dr", "mr", "mrs", "ms", "st", "no", "nr", "tel", "p.m", "a.m", "e.g", "i.e", "prof", "ул", "м", "ст"]
)
"""A full stop after one of these ends no sentence."""
BREATHLESS = 160
"""A sentence longer than this has lost its full stops: it is cut where "and" or a comma stands …"""
WORDS_AT_ONCE = 18
"""… or after so many words."""

_END = re.compile(r"[?!؟፧]+|[.…;؛]+(?=\s|$)|[۔።፨]+|\n+|(?=[¿¡])")
_QUESTION = re.compile("[?؟፧]")
_LETTER = re.compile(r"[^\W\d_]")
_PAUSE = r"[\s,،፣]"
_COMMA = re.compile("[,،፣]")


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two words such as "and". `asks`: it looks like a request."""

    text: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its parts: itself when nothing joins any."""

    text: str
    parts: tuple[Part, ...]

    @property
    def asks(self) -> bool:
        return any(part.asks for part in self.parts)


def split(text: str, language: str) -> tuple[Sentence, ...]:
    """Return the sentences of a cleaned text in order.

    `language`: a code, or one with its letters ("ar-Latn"); English words count in every language.
    """
    return tuple(
        _sentence(piece, language) for sentence in sentences(text) for piece in _breaths(sentence, language)
    )


def _sentence(text: str, language: str) -> Sentence:
    """The mark at its end asks for the whole of it: "need I a visa and a passport?" is one question."""
    several = parts(text, language)
    if len(several) == 1:
        return Sentence(text, (Part(several[0], asks(several[0], language)),))
    return Sentence(text, tuple(Part(part, asks(part.rstrip("?؟፧ "), language)) for part in several))


def sentences(text: str) -> list[str]:
    """Return what full stops and question marks of all scripts, line ends and "¿" part, each with its mark.

    A stop within a number or an address ("9.30", "example.org") ends nothing. Pieces without a letter go.
    """
    found: list[str] = []
    start = 0
    for mark in _END.finditer(text):
        before = text[start : mark.end()]
        if mark.group() == "." and _last_word(before) in ABBREVIATIONS:
            continue
        found.append(before)
        start = mark.end()
    found.append(text[start:])
    return [piece.strip() for piece in found if _LETTER.search(piece)]


def parts(sentence: str, language: str) -> list[str]:
    """Return what words such as "and" join in a sentence, without those words."""
    pieces = _joint(language).split(sentence)
    return [piece.strip(" ,،፣\t") for piece in pieces if _LETTER.search(piece)]


def asks(part: str, language: str) -> bool:
    """Whether a part looks like a request: it has a question mark, or a word of questions and wishes."""
    return bool(_QUESTION.search(part) or _wish(language).search(f" {fold(part)} "))


def _breaths(sentence: str, language: str) -> Iterator[str]:
    """A sentence; one without an end in pieces of a length that people say in one breath."""
    if len(sentence) <= BREATHLESS:
        yield sentence
        return
    words: list[str] = []
    for piece in (each for part in parts(sentence, language) for each in _COMMA.split(part)):
        if len(words) + len(piece.split()) > WORDS_AT_ONCE and words:
            yield " ".join(words)
            words = []
        words += piece.split()
        while len(words) > WORDS_AT_ONCE:
            yield " ".join(words[:WORDS_AT_ONCE])
            words = words[WORDS_AT_ONCE:]
    if words:
        yield " ".join(words)


def _last_word(piece: str) -> str:
    return piece.rstrip(".").rpartition(" ")[2].casefold()


@cache
def _words(language: str) -> dict[str, Any]:
    """What nlu/asking says of a language; nothing for one without a file."""
    file = ASKING / f"{language}.yml"
    content: dict[str, Any] = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    return content


@cache
def _joint(language: str) -> re.Pattern[str]:
    words = {*_words("en")["joining"], *_words(language).get("joining", ())}
    free = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
    joints = [rf"(?:^|{_PAUSE}+)(?:{free})(?={_PAUSE}|$)"]
    onto = _words(language).get("onto_the_next")
    if onto:
        asking = "|".join(re.escape(word) for word in _words(language)["asking"])
        joints.append(rf"{_PAUSE}+{onto}(?=(?:{asking})(?:{_PAUSE}|$))")
    return re.compile("|".join(joints), re.IGNORECASE)


@cache
def _wish(language: str) -> re.Pattern[str]:
    """One expression over folded text with a space around it."""
    words = {*_words("en")["asking"], *_words(language).get("asking", ())}
    first = "|".join(re.escape(fold(word[1:])) for word in words if word.startswith("^"))
    anywhere = "|".join(re.escape(fold(word)) for word in words if not word.startswith("^"))
    onto = _words(language).get("onto_the_next")
    return re.compile(rf"^ (?:{first}) | (?:{onto or ''})?(?:{anywhere}) ")
