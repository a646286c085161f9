"""Every fact as staff see it: what it is, how sure, since when, and which of them would answer a question.

What counts is kb/facts.py's; this is the list of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from kb.facts import Change, Key, day_of, decided, fresh, said_on, standing_over, until
from kb.fields import Json, Slot, Subject, claims_of, slots, type_of, value_of
from kb.model import Facet, KnowledgeBase, Service, Sourced

State = Literal[
    "conflict",
    "stale",
    "unconfirmed",
    "missing",
    "part",
    "confirmed",
    "standing",
    "words",
    "taken_out",
    "empty",
]
"""conflict: the file changed under staff's word; stale: confirmed too long ago; missing: nobody knows, and people
are told so; part: confirmed, but not all that people ask; words: made of the facts, for people to read; empty:
nobody knows, and nobody is told so."""

NEEDS_STAFF: frozenset[State] = frozenset({"conflict", "stale", "unconfirmed", "missing", "part"})


@dataclass(frozen=True, slots=True)
class Held:
    """One fact as it stands today. `value` counts; `in_file` is what the file has; `since`: the day it is from."""

    key: Key
    slot: Slot
    state: State
    value: Json
    in_file: Json
    claims: tuple[Sourced, ...]
    file_claims: tuple[Sourced, ...]
    since: date | None
    until: date | None
    change: Change | None
    sensitive: bool

    @property
    def version(self) -> int:
        """Of staff's last decision; 0: none."""
        return self.change.version if self.change else 0


def held(kb: KnowledgeBase, changes: Mapping[Key, Change], today: date) -> list[Held]:
    """Every fact of every service, partner and place as it stands today, empty ones too."""
    staffs = decided(kb, changes)
    found = []
    for record, ours, now in zip(_all(kb), _all(staffs), _all(fresh(staffs, today)), strict=True):
        for field, slot in slots(record):
            change = changes.get((type_of(record), record.id, field))
            found.append(_held((record, ours, now), field, slot, change))
    return found


def record_of(kb: KnowledgeBase, key: Key) -> Subject:
    """The service, partner or place that a fact is about. Raises KeyError."""
    records: Mapping[str, Mapping[str, Subject]] = {
        "service": dict(kb.services),
        "partner": dict(kb.partners),
        "place": dict(kb.places),
    }
    return records[key[0]][key[1]]


def unanswered(kb: KnowledgeBase, about: str) -> list[Key]:
    """The facts that would answer what a task is about, as far as nobody has confirmed them (Task.about).

    Flows file: the id of a service or place, "partners.<topic>", "opening_hours"; "<id>.<facet>" is one facet.
    """
    return [
        key for record, facets in _meant(kb, about) for key in _for(record, facets & set(record.unconfirmed))
    ]


def concerned(kb: KnowledgeBase, about: str) -> list[Key]:
    """The same facts whether or not somebody has confirmed them."""
    return [key for record, facets in _meant(kb, about) for key in _for(record, facets)]


_OPENING: frozenset[str] = frozenset({"hours", "address"})  # what the flow `opening` answers of a library
_EVERY: frozenset[str] = frozenset(get_args(Facet))


def _meant(kb: KnowledgeBase, about: str) -> list[tuple[Subject, frozenset[str]]]:
    """The records that a task is about, each with the facets that were asked for."""
    subject, _, facet = about.partition(".")
    if subject == "partners":
        return [(each, frozenset({"phone"})) for each in kb.partners.values() if facet in each.topics]
    if subject == "opening_hours":
        return [(place, _OPENING) for place in kb.places.values()]
    if subject in kb.services:
        return [(kb.services[subject], frozenset({facet}) if facet else _EVERY)]
    if subject in kb.places:
        return [(kb.places[subject], frozenset({facet}) if facet else _OPENING)]
    return []


def _for(record: Subject, facets: Collection[str]) -> list[Key]:
    return [
        (type_of(record), record.id, field)
        for field, slot in slots(record)
        if set(facets) & {*slot.answers, *slot.also}
    ]


def _held(versions: tuple[Subject, Subject, Subject], field: str, slot: Slot, change: Change | None) -> Held:
    record, ours, now = versions  # as in the file, as staff decided, as it holds today
    claims = claims_of(ours, field)
    value = value_of(ours, field)
    counts = standing_over(record, change) if change else "file"
    dates = [said_on(ours, claim) for claim in claims]
    ends = [until(ours, claim, slot.kind) for claim in claims if claim.confirmed]
    item = Held(
        key=(type_of(record), record.id, field),
        slot=slot,
        state="confirmed",
        value=value,
        in_file=value_of(record, field),
        claims=claims,
        file_claims=claims_of(record, field),
        since=min(dates, default=day_of(change.at) if change and counts == "ours" else None),
        until=min(ends, default=None),
        change=change,
        sensitive=isinstance(record, Service) and record.sensitive,
    )
    if counts == "conflict":
        return replace(item, state="conflict")
    return replace(item, state=_state(item, now, counts))


def _state(item: Held, now: Subject, counts: str) -> State:
    open_facets = set(item.slot.answers) & set(now.unconfirmed)
    if item.value is None:
        out = item.change is not None and item.change.action == "taken_out" and counts == "ours"
        nobody_knows: State = "taken_out" if out or item.claims else "empty"
        return "missing" if open_facets else nobody_knows
    if not item.claims:  # a summary
        return "confirmed" if counts == "ours" else "words"
    claims = claims_of(now, item.key[2])
    if any(was.sure and not claim.sure for was, claim in zip(item.claims, claims, strict=True)):
        return "stale"
    confirmed = all(claim.confirmed for claim in claims)
    if not confirmed:
        stands = all(claim.sure for claim in claims) and not open_facets
        return "standing" if stands else "unconfirmed"
    return "part" if open_facets else "confirmed"


def _all(kb: KnowledgeBase) -> list[Subject]:
    return [*kb.services.values(), *kb.partners.values(), *kb.places.values()]
