"""What a slot of a text can hold, and its JSON.

A slot is filled in after translation, in the reader's language: names are looked up in the catalogue, times
are written by Babel in Europe/London wall time, a person's own words are never read as a text with slots.

JSON: strings and numbers as they are; {"$name": ["service", "work_coach"]}; {"$text": "…"};
{"$when": "2026-11-24T14:00:00+00:00"}; {"$day": "2026-11-24"}; {"$weekly": [[0, 1], "09:00", "17:00"]};
{"$say": "facet.days"}; a list of those. A flat list is one line ("Tue 24 Nov, 14:00, Fosse Library"); a list
of lists is one line each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

NAMED = ("service", "place", "partner", "language")


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a service, place, partner or language, in the reader's language."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class When:
    """A moment (aware); written as Europe/London wall time: day, date and 24-hour time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A date; written with its weekday and its year."""

    on: date


@dataclass(frozen=True, slots=True)
class Weekly:
    """Days of every week (0: Monday), and from when to when in Europe/London wall time ("09:00"; "": not said)."""

    days: tuple[int, ...]
    opens: str = ""
    closes: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words that a person or a member of staff wrote. Shown as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """A text of the catalogue, by key, without slots of its own."""

    key: str


type Value = str | int | Name | When | Day | Weekly | Text | Say | tuple[Value, ...]


def to_json(value: Value) -> Any:  # noqa: PLR0911
    """The JSON of a slot value. Raises ValueError for a time without a zone."""
    match value:
        case str() | int():
            return value
        case Name(kind, id_):
            return {"$name": [kind, id_]}
        case When(at):
            if at.tzinfo is None:
                raise ValueError("a time needs its zone")
            return {"$when": at.astimezone(UTC).isoformat()}
        case Day(on):
            return {"$day": on.isoformat()}
        case Weekly(days, opens, closes):
            return {"$weekly": [list(days), opens, closes]}
        case Text(text):
            return {"$text": text}
        case Say(key):
            return {"$say": key}
        case tuple():
            return [to_json(part) for part in value]


def from_json(data: Any) -> Value:  # noqa: PLR0911
    """The slot value of its JSON. Raises ValueError for anything that to_json does not write."""
    match data:
        case bool() | None | float():
            raise ValueError(f"not a slot value: {data!r}")
        case str() | int():
            return data
        case {"$name": [str(kind), str(id_)]} if kind in NAMED:
            return Name(kind, id_)
        case {"$when": str(at)}:
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                raise ValueError("a time needs its zone")
            return When(moment.astimezone(UTC))
        case {"$day": str(on)}:
            return Day(date.fromisoformat(on))
        case {"$weekly": [list(days), str(opens), str(closes)]}:
            return Weekly(tuple(int(day) for day in days), opens, closes)
        case {"$text": str(text)}:
            return Text(text)
        case {"$say": str(key)}:
            return Say(key)
        case list() | tuple():
            return tuple(from_json(part) for part in data)
    raise ValueError(f"not a slot value: {data!r}")
