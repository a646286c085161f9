"""The fields of a record that hold facts: what each is called, of which kind it is, what it answers, how long it holds.

A sentence is a fact by itself ("facts.0"); of everything else the whole field is one fact, so that an empty one
can be filled. A value is plain data without its source: a text, a list of fields, or None for what nobody knows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.model import (
    Address,
    Contact,
    CostOption,
    Current,
    Eligibility,
    Facet,
    Fact,
    Link,
    Partner,
    Place,
    Schedule,
    Service,
    Source,
    Sourced,
    SpokenLanguage,
    Website,
)

type Subject = Service | Partner | Place
type Json = Any

Kind = Literal[
    "text", "summary", "runs", "times", "places", "money", "contact", "address", "website", "audience",
    "languages", "partners",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slot:
    """One field. `answers`: the facets of `unconfirmed` that it is asked for; `also`: those it answers besides."""

    kind: Kind
    words: str
    answers: tuple[Facet, ...] = ()
    also: tuple[Facet, ...] = ()


TYPES: Mapping[str, type[Subject]] = {"service": Service, "partner": Partner, "place": Place}
SENTENCES = {"service": "facts", "partner": "facts", "place": "named_in"}

_CONTACT = Slot("contact", "Phone and e-mail", ("phone",))
_WEBSITE = Slot("website", "Website")
_ADDRESS = Slot("address", "Address", ("address",))
_HOURS = Slot("times", "Opening hours", ("hours",))
_SENTENCE = Slot("text", "Sentence")
FIELDS: Mapping[str, Mapping[str, Slot]] = {
    "service": {
        "summary": Slot("summary", "What people read first"),
        "current": Slot("runs", "Does it run now?", ("current",)),
        # A timetable of today says that it runs.
        "schedules": Slot("times", "Days and times", ("days", "times", "hours"), ("current",)),
        "service_at_locations": Slot("places", "Libraries", ("places",), ("address",)),
        "cost_options": Slot("money", "Cost", ("cost",)),
        "contacts": _CONTACT,
        "website": _WEBSITE,
        "eligibility": Slot("audience", "Whom it is for"),
        "languages": Slot("languages", "Languages spoken there"),
        "partnerships": Slot("partners", "Partners"),
    },
    "partner": {
        "summary": Slot("summary", "What people read first"),
        "current": Slot("runs", "Is it there today?", ("current",)),
        "contacts": _CONTACT,
        "addresses": _ADDRESS,
        "schedules": _HOURS,
        "website": _WEBSITE,
    },
    "place": {
        "schedules": _HOURS,
        "addresses": _ADDRESS,
        "contacts": _CONTACT,
        "website": _WEBSITE,
        "current": Slot("runs", "Is it open to people today?", ("current",)),
    },
}

MONTHS: Mapping[Kind, int] = {"times": 6}
MONTHS_ELSE = 12
"""How long something holds after a member of staff confirmed it; then people are told as before that staff will say.
Times change with each season; DESIGN section 5 asks for care with anything old."""

CLAIMS: Mapping[str, type[Sourced]] = {
    "facts": Fact,
    "named_in": Fact,
    "current": Current,
    "schedules": Schedule,
    "service_at_locations": Link,
    "cost_options": CostOption,
    "contacts": Contact,
    "website": Website,
    "eligibility": Eligibility,
    "languages": SpokenLanguage,
    "partnerships": Link,
    "addresses": Address,
}
SINGLE = ("current", "website", "eligibility")
HOW_SURE = frozenset({"source", "confirmed", "standing", "withdrawn"})
"""Fields of a claim that are not its value."""


def type_of(record: Subject) -> str:
    """service, partner or place."""
    return next(name for name, model in TYPES.items() if isinstance(record, model))


def slots(record: Subject) -> Iterator[tuple[str, Slot]]:
    """Every field of a record that holds a fact, empty ones too; its sentences last."""
    kind = type_of(record)
    yield from FIELDS[kind].items()
    for n in range(len(getattr(record, SENTENCES[kind]))):
        yield f"{SENTENCES[kind]}.{n}", _SENTENCE


def slot_of(record: Subject, field: str) -> Slot | None:
    """None for a field that holds no fact, or a sentence that is not there."""
    return dict(slots(record)).get(field)


def claims_of(record: Subject, field: str) -> tuple[Sourced, ...]:
    """What a field claims; nothing of a summary, which the facts stand behind."""
    name, _, index = field.partition(".")
    value = getattr(record, name)
    if index:
        return (value[int(index)],)
    if isinstance(value, Sourced):
        return (value,)
    return value if isinstance(value, tuple) else ()


def value_of(record: Subject, field: str) -> Json:
    """The plain value of a field; None when it has none, or staff took it out."""
    if field == "summary" and not isinstance(record, Place):
        return record.summary
    found = [_own(claim) for claim in claims_of(record, field) if not claim.withdrawn]
    if not found:
        return None
    if "." in field:
        return found[0]["text"]
    return found[0] if field in SINGLE else found


def _own(claim: Sourced) -> dict[str, Json]:
    return claim.model_dump(mode="json", exclude=set(HOW_SURE), exclude_none=True)


def built(field: str, value: Json, source: Source) -> tuple[Sourced, ...]:
    """The confirmed claims of a value. Raises pydantic.ValidationError for a value of another kind."""
    name = field.partition(".")[0]
    values = [] if value is None else value if isinstance(value, list) else [value]
    said = source.model_dump(mode="json", exclude_none=True)
    found = []
    for each in values:
        own = {"text": each} if CLAIMS[name] is Fact else dict(each)
        found.append(CLAIMS[name].model_validate_json(json.dumps({**own, "confirmed": True, "source": said})))
    return tuple(found)


def written(value: Json) -> str:
    """A value as a row keeps it: the same value is the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def answered(record_type: str, field: str, claims: Sequence[Sourced]) -> set[str]:
    """The facets that the sure ones of these claims answer."""
    slot = FIELDS[record_type].get(field)
    if slot is None:
        return set()
    found: set[str] = set()
    for claim in claims:
        match claim:
            case Sourced(sure=False):
                continue
            case Schedule(freq="MONTHLY"):
                continue  # on which day of the month is not said
            case Schedule():
                found |= {"days", "current"} if claim.byday else set()
                found |= {"times", "hours"} if claim.byday and claim.opens_at else set()
            case Contact():
                found |= {"phone"} if claim.phone else set()
            case _:
                found |= {*slot.answers, *slot.also}
    return found & {*slot.answers, *slot.also}
