"""A text as long as it can get, and as it may look: its slots filled with the longest and with usual values.

The longest names come from the catalogue itself, the longest day and time from a year of them. Slots in OPEN
hold a list or somebody's own words: such an answer is cut and goes on with MORE (bot/replies.py), so its own
words have to fit without them, and the whole is counted by its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from flows.emergency import NUMBERS
from flows.languages import AUTONYMS
from flows.mine import SHOWN
from flows.notices import REASONS
from flows.service import FACETS, MOST_FACETS, NEXT_BY_SMS
from flows.slots import SLOT
from flows.values import Day, Name, Say, Text, Value, When
from flows.words import Words, plain

EXAMPLE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
"""Tuesday, two in the afternoon in London."""
YEAR = [datetime(2026, 1, 1, 20, 30, tzinfo=UTC) + timedelta(days=day) for day in range(365)]

NAME_LETTERS = 20
NOTE_LETTERS = 300
NAMES: dict[str, str] = {
    "ar": "أمينة",
    "fa": "مریم",
    "ps": "زرغونه",
    "ckb": "شیلان",
    "ur": "عائشہ",
    "ti": "ሳባ",
    "am": "አስቴር",
    "uk": "Олена",
}
"""A first name in the script of each language; "Amina" where it is Latin."""

OPEN = frozenset({"sessions", "bookings", "partners", "facts", "text", "summary"})
"""Slots of no certain length."""

SLOTS: dict[str, str] = {
    "service": "the name of a service",
    "place": "the name of a library",
    "library": "the name of a library",
    "when": "day and time",
    "before": "the day and time that it was before",
    "day": "a day, with its year",
    "session": "day and time",
    "booking": "a service, day and time",
    "reference": "the booking's reference",
    "name": "a first name",
    "reason": "why, as a sentence of its own",
    "language": "the name of a language",
    "facets": "what is not confirmed, such as: days, times",
    "summary": "one or two sentences about a service",
    "sessions": "days, times and libraries, a line each",
    "bookings": "their bookings, a line each",
    "partners": "names of organisations, a line each",
    "facts": "address and opening times, a line each",
    "text": "what a member of staff wrote",
    "request": "what they asked for as well",
    "number": "the number of a line to choose",
    "count": "a number",
    "police": "999",
    "nhs": "111",
    "samaritans": "116 123",
    "violence": "0808 2000 247",
    "slavery": "08000 121 700",
}
"""What is filled in for a slot, in words for translators."""


def examples(words: Words, language: str) -> dict[str, Value]:
    """Usual values for every slot, as a person may meet them."""
    service, place = _first(words, "service"), _first(words, "place")
    line = (When(EXAMPLE), Name("place", place))
    booking = (Name("service", service), When(EXAMPLE))
    return {
        **NUMBERS,
        "service": Name("service", service),
        "place": Name("place", place),
        "library": Name("place", place),
        "when": When(EXAMPLE),
        "before": When(EXAMPLE - timedelta(days=1)),
        "day": Day(EXAMPLE.date()),
        "session": When(EXAMPLE),
        "booking": booking,
        "reference": "LB-7Q2K",
        "name": Text(NAMES.get(language, "Amina")),
        "reason": Say("reason.full"),
        "language": Name("language", language),
        "facets": (Say("facet.days"), Say("facet.times")),
        "summary": Say(f"kb.service.{service}.summary"),
        "sessions": (line,),
        "bookings": ((*booking, Name("place", place)),),
        "partners": ((Name("partner", _first(words, "partner")),),),
        "facts": ((Name("place", place),),),
        "request": (Say("intent.book_session"), Name("service", service)),
        "number": 3,
        "count": 3,
    }


def longest(words: Words, language: str) -> dict[str, Value]:
    """The longest value of every slot in a language; nothing for those in OPEN."""
    service, place = _longest_name(words, language, "service"), _longest_name(words, language, "place")
    when = When(max(YEAR, key=lambda at: len(words.value(When(at), language))))
    name = NAMES.get(language, "Amina")
    facets: Value = tuple(_longest_said(words, language, [f"facet.{each}" for each in FACETS])[:MOST_FACETS])
    reasons = _longest_said(words, language, [f"reason.{each}" for each in REASONS if each != "other"])
    return {
        **NUMBERS,
        "service": Name("service", service),
        "place": Name("place", place),
        "library": Name("place", place),
        "when": when,
        "before": when,
        "day": max((Day(at.date()) for at in YEAR), key=lambda day: len(words.value(day, language))),
        "session": when,
        "booking": (Name("service", service), when),
        "reference": "LB-7Q2K9",
        "name": Text((name * NAME_LETTERS)[:NAME_LETTERS]),
        "reason": reasons[0],
        "language": Name("language", max(AUTONYMS, key=lambda code: len(AUTONYMS[code]))),
        "facets": facets,
        "request": (Say("intent.book_session"), Name("service", service)),
        "number": 10,
        "count": 1000,
        **dict.fromkeys(OPEN, ""),
    }


def lists(words: Words, language: str) -> dict[str, Value]:
    """Long values for the slots in OPEN: as many lines as a flow shows, and a long note."""
    usual = longest(words, language)
    line = (usual["when"], usual["place"])
    services = [f"kb.service.{id_}.summary" for id_ in _ids(words, "service")]
    partners = [(Name("partner", id_),) for id_ in _ids(words, "partner")]
    summaries = _longest_said(words, language, [key for key in services if key in words.phrases])
    return {
        "summary": summaries[0] if summaries else "",
        "sessions": (line,) * NEXT_BY_SMS,
        "bookings": ((usual["service"], *line, Say("state.offered")),) * SHOWN,
        "partners": tuple(partners),
        "facts": ((usual["place"],),) * 2,
        "text": Text(NAMES.get(language, "Amina ") * (NOTE_LETTERS // 5)),
    }


def filled(words: Words, template: str, values: Mapping[str, Value], language: str) -> str:
    """A translation with its slots filled, as it goes out by SMS. A slot that nobody has described stands
    there by its name."""
    unknown = {name: name.replace("_", " ") for name in SLOT.findall(template) if name not in values}
    return plain(words.fill(template, {**values, **unknown}, language), "sms")


def described(template: str) -> dict[str, str]:
    """The slots of a text, each with what is filled in."""
    names = dict.fromkeys(SLOT.findall(template))
    return {name: SLOTS.get(name, name.replace("_", " ")) for name in names}


def _ids(words: Words, kind: str) -> Iterator[str]:
    for key in words.phrases:
        if key.startswith(f"kb.{kind}.") and key.endswith(".name"):
            yield key.removeprefix(f"kb.{kind}.").removesuffix(".name")


def _first(words: Words, kind: str) -> str:
    """A name to show: the work coach and the Central library where they are known."""
    ids = list(_ids(words, kind))
    usual = {"service": "work_coach", "place": "central-library"}.get(kind, "")
    return usual if usual in ids or not ids else ids[0]


def _longest_name(words: Words, language: str, kind: str) -> str:
    return max(_ids(words, kind), key=lambda id_: len(words.name(kind, id_, language)), default=kind)


def _longest_said(words: Words, language: str, keys: list[str]) -> list[Say]:
    return sorted(map(Say, keys), key=lambda each: -len(words.value(each, language)))
