"""How many SMS each text takes in each language, with the longest values it can be filled with.

A text has to fit the three segments of one reply. What holds a list or somebody's own words is cut and goes on
with MORE (bot/replies.py): of such a text its own words have to fit, and the parts are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.replies import HINT, MOST_SEGMENTS
from bot.segments import forces_ucs2, segments, split
from flows import lengths
from flows.catalogue import Entry
from flows.lengths import OPEN
from flows.slots import slots
from flows.values import Value
from flows.words import GSM_FRIENDLY, Words

LATIN = ("en", "so", "fr", "pl", "es")
"""Languages for which one letter decides between the cheap alphabet and the other."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One text (or plural form) in one language. `parts`: messages until everything is read; `costly`: the
    characters of the text that are not in the cheap alphabet, each with what says the same ("" for none)."""

    language: str
    key: str
    encoding: str
    units: int
    segments: int
    parts: int
    costly: Mapping[str, str]
    text: str

    @property
    def fits(self) -> bool:
        return self.segments <= MOST_SEGMENTS

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "costly": dict(self.costly), "fits": self.fits}


def measure(words: Words, entries: Sequence[Entry], language: str) -> list[Measured]:
    """Every text of a language that goes out in it (not what is missing or stale), those that cost most first."""
    values, at_length = lengths.longest(words, language), lengths.lists(words, language)
    found = []
    for entry in entries:
        standing = words.entry(entry.key, language)
        if standing.status in ("draft", "reviewed"):
            for form in standing.forms or (standing.text,):
                found.append(_one(words, entry.key, form, language, values, at_length))
    return sorted(found, key=lambda each: (-each.segments, -each.units, each.key))


def measure_one(words: Words, key: str, form: str, language: str) -> Measured:
    """One text that may not be in the catalogue yet."""
    values, at_length = lengths.longest(words, language), lengths.lists(words, language)
    return _one(words, key, form, language, values, at_length)


def _one(  # noqa: PLR0917 - what is measured, and what it is filled with
    words: Words,
    key: str,
    form: str,
    language: str,
    values: Mapping[str, Value],
    at_length: Mapping[str, Value],
) -> Measured:
    text = lengths.filled(words, form, values, language)
    counted = segments(text)
    parts = 1
    if OPEN & set(slots(form)):
        whole = lengths.filled(words, form, {**values, **at_length}, language)
        parts = len(split(whole, MOST_SEGMENTS, words.sent(HINT, language)[0]))
    costly = {each: GSM_FRIENDLY.get(each, "") for each in forces_ucs2(form)} if language in LATIN else {}
    return Measured(language, key, counted.encoding, counted.units, counted.count, parts, costly, text)
