"""The words for days and times of some languages, ready to be looked up: nlu/days/*.yml and the CLDR's names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.letters import Script, script_of_letter
from nlu.tokens import phrase

DAYS = Path(__file__).parent / "days"
LOCALES = {"en": ("en_GB",), "ar": ("ar", "ar_SY", "ar_MA"), "fa": ("fa", "fa_AF")}
"""Whose names of days and months each language reads; the others have one locale of their own."""

PARTS = ("morning", "noon", "afternoon", "evening")
PLAIN = (
    "next", "this", "at", "weak_at", "oclock", "hours", "after", "after_it", "before", "before_it", "between", "and",
    "to", "am", "pm", "of", "dated", "unit", "counted", "last", "move", "not", "skip", "around",
)  # fmt: skip
LONGEST = 5
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LONG_DAY = 6
"""Letters of a weekday in which one may be wrong."""

type Kinds = Mapping[str, int]
"""What a phrase may be: the kinds above, and day (0 Monday), month (1), offset (days), week, part, number."""


@dataclass(frozen=True, slots=True)
class Item:
    """A phrase of ours in a text, or one other word: where it begins, how many words it has."""

    at: int
    size: int
    text: str
    kinds: Kinds

    @property
    def words(self) -> range:
        return range(self.at, self.at + self.size)


@dataclass(frozen=True)
class Vocabulary:
    """The phrases of some languages; for one that two have, the first language counts. `six`: the first of them
    may count the hours from six o'clock; `dots`: it writes dates with them (5.12). `reaching`: prefixes that mean
    "up to"."""

    phrases: Mapping[tuple[str, ...], Kinds]
    prefixes: Sequence[tuple[str, str]]
    suffixes: Sequence[tuple[str, str]]
    days: Mapping[str, int]
    reaching: frozenset[str]
    six: bool
    dots: bool

    def items(self, words: Sequence[str]) -> list[Item]:
        """The phrases and other words of a text, without greetings and sayings."""
        found: list[Item] = []
        at = 0
        while at < len(words):
            size, kinds = self.longest(words[at : at + LONGEST])
            if "skip" not in kinds:
                found.append(Item(at, size or 1, "".join(words[at : at + (size or 1)]), kinds))
            at += size or 1
        return found

    def longest(self, words: Sequence[str]) -> tuple[int, Kinds]:
        """How many of the first words are a phrase of ours, and what it may be; (0, {}) when none is."""
        for size in range(min(LONGEST, len(words)), 0, -1):
            found = self._look(tuple(words[:size]))
            if found is not None:
                return size, found
        day = self._misspelt(words[0])
        return (0, {}) if day is None else (1, {"day": day})

    def _look(self, words: tuple[str, ...]) -> Kinds | None:
        if words in self.phrases:
            return self.phrases[words]
        for written, prefix in self._without_affixes(words):
            found = self.phrases.get(written, {})
            if any(kind in found for kind in ("day", "month", "offset", "week", "part")):
                return {**found, "to": 0} if prefix in self.reaching else found
        return None

    def _without_affixes(self, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        first, last = words[0], words[-1]
        for prefix, instead in self.prefixes:
            if first.startswith(prefix) and len(first) > len(prefix) + 1:
                yield (instead + first[len(prefix) :], *words[1:]), prefix
        for suffix, instead in self.suffixes:
            if last.endswith(suffix) and len(last) > len(suffix) + 1:
                yield (*words[:-1], last[: -len(suffix)] + instead), ""

    def _misspelt(self, word: str) -> int | None:
        """The weekday that differs in one letter, but not in the first. Latin and Cyrillic letters only: in the
        other scripts a letter more makes another word."""
        script = script_of_letter(word[0])
        if len(word) < LONG_DAY or not word.isalpha() or script not in (Script.LATIN, Script.CYRILLIC):
            return None
        found = process.extract(word, self.days.keys(), scorer=OSA.distance, score_cutoff=1, limit=None)
        days = {self.days[name] for name, _, _ in found if name[0] == word[0] and len(name) >= LONG_DAY}
        return days.pop() if len(days) == 1 else None


@cache
def vocabulary(languages: tuple[str, ...]) -> Vocabulary:
    """The words of these languages (codes of the thirteen), the first one's before the others'."""
    phrases: dict[tuple[str, ...], Kinds] = {}
    prefixes: dict[str, str] = {}
    suffixes: dict[str, str] = {}
    reaching: set[str] = set()
    for language in languages:
        phrases = {**_phrases(language), **phrases}
        for content in _contents(language):
            prefixes |= {
                _joined(prefix): _joined(instead) for prefix, instead in _affixes(content, "prefixes")
            }
            reaching |= set(map(_joined, content.get("to_prefixes", ())))
            suffixes |= {
                _joined(suffix): _joined(instead) for suffix, instead in _affixes(content, "suffixes")
            }
    days = {words[0]: kinds["day"] for words, kinds in phrases.items() if len(words) == 1 and "day" in kinds}
    by_length = sorted(prefixes.items(), key=lambda pair: -len(pair[0]))
    first = languages[0] if languages else ""
    return Vocabulary(
        phrases,
        by_length,
        tuple(suffixes.items()),
        days,
        frozenset(reaching),
        six=_says(first, "clock", "six"),
        dots=_says(first, "dots", "dates"),
    )


@cache
def _phrases(language: str) -> Mapping[tuple[str, ...], Kinds]:
    found: dict[tuple[str, ...], dict[str, int]] = {}
    contents = _contents(language)
    not_names = frozenset(phrase(name) for content in contents for name in content.get("not_names", ()))
    for content in contents:
        for written, kind, value in _entries(content, not_names):
            found.setdefault(phrase(written), {}).setdefault(kind, value)
    found.pop((), None)
    return found


def _says(language: str, name: str, value: str) -> bool:
    return any(content.get(name) == value for content in _contents(language))


def _joined(written: str) -> str:
    return "".join(phrase(written))


def _affixes(content: Mapping[str, Any], name: str) -> Iterable[tuple[str, str]]:
    found: Mapping[str, str] = content.get(name, {})
    return found.items()


@cache
def _contents(language: str) -> tuple[dict[str, Any], ...]:
    files = (DAYS / f"{language}.yml", DAYS / f"{language}-Latn.yml")
    return tuple(yaml.load(file.read_text("utf-8"), LOADER) for file in files if file.exists())  # noqa: S506


def _entries(
    content: Mapping[str, Any], not_names: Collection[tuple[str, ...]]
) -> Iterator[tuple[str, str, int]]:
    """Every phrase of a file with its kind and value, the CLDR's names but these last."""
    for kind in PLAIN:
        yield from ((written, kind, 0) for written in content.get(kind, ()))
    for kind, first in (("days", 0), ("months", 1), ("numbers", 1)):
        for value, names in enumerate(content[kind], first):
            yield from ((written, kind.removesuffix("s"), value) for written in names)
    for kind, name in (("offset", "offset"), ("weeks", "week")):
        for value, names in content.get(kind, {}).items():
            yield from ((written, name, value) for written in names)
    for value, part in enumerate(PARTS):
        yield from ((written, "part", value) for written in content["parts"].get(part, ()))
    month = "unsure_month" if content.get("unsure_months") else "month"
    for name, kind, value in _cldr(content["code"], month):
        if phrase(name) not in not_names:
            yield name, kind, value


def _cldr(language: str, month: str) -> Iterator[tuple[str, str, int]]:
    """The names that our own messages are written with, so that people can write back what they read."""
    for code in LOCALES.get(language, (language,)):
        locale = Locale.parse(code)
        for context in ("format", "stand-alone"):
            for value, name in locale.days[context]["wide"].items():
                yield name, "day", value
            for width in ("wide", "abbreviated"):
                for value, name in locale.months[context][width].items():
                    yield name, month, value
