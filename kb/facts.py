"""What counts today: the files, what staff decided over them, and how old it all is.

A decision (store/facts.py has them) stands over the value that the file had. When the file says something else
afterwards, that is a conflict for staff to settle; until then theirs counts. What somebody confirmed too long
ago is treated as what nobody has confirmed (kb/fields.py: MONTHS).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, Protocol, get_args
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from kb.fields import (
    MONTHS,
    MONTHS_ELSE,
    SINGLE,
    Kind,
    Subject,
    answered,
    built,
    claims_of,
    slot_of,
    slots,
    type_of,
    value_of,
    written,
)
from kb.model import Current, Facet, KnowledgeBase, Link, Partner, Place, Service, Source, Sourced

LONDON = ZoneInfo("Europe/London")
type Key = tuple[str, str, str]
"""Type and id of a record, and its field: ("place", "fosse", "schedules")."""


class Change(Protocol):
    """A decision of staff, as store/facts.py keeps it."""

    @property
    def key(self) -> Key: ...
    @property
    def version(self) -> int: ...
    @property
    def action(self) -> str: ...
    @property
    def replacement(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def folded(self) -> bool: ...
    @property
    def known(self) -> frozenset[str]: ...


def today_of(kb: KnowledgeBase, changes: Mapping[Key, Change], today: date) -> KnowledgeBase:
    """The knowledge base as people are answered from it today."""
    return fresh(decided(kb, changes), today)


def fresh(kb: KnowledgeBase, today: date) -> KnowledgeBase:
    """The same without trust in what was confirmed too long ago."""

    def edit[R: (Service, Partner, Place)](record: R) -> R:
        return aged(record, today)

    return _with(kb, _map(kb.services, edit), _map(kb.partners, edit), _map(kb.places, edit))


def decided(kb: KnowledgeBase, changes: Mapping[Key, Change]) -> KnowledgeBase:
    """The files with staff's decisions over them, however old. A decision that no longer fits is left out."""
    by_record: dict[tuple[str, str], list[Change]] = {}
    for change in changes.values():
        by_record.setdefault(change.key[:2], []).append(change)

    def edit[R: (Service, Partner, Place)](record: R) -> R:
        return over(kb, record, by_record.get((type_of(record), record.id), []))

    return _with(kb, _map(kb.services, edit), _map(kb.partners, edit), _map(kb.places, edit))


def over[R: (Service, Partner, Place)](kb: KnowledgeBase, record: R, changes: Iterable[Change]) -> R:
    """One record with the decisions about it."""
    gained: set[str] = set()
    lost: set[str] = set()
    new: dict[str, object] = {}
    last: Change | None = None
    for change in sorted(changes, key=lambda each: each.at):
        field = change.key[2]
        claims = _claims(kb, record, change)
        if claims is None:
            continue
        if field == "summary":
            new["summary"] = json.loads(change.replacement)
        else:
            _put(new, record, field, claims)
            now = answered(type_of(record), field, claims)
            gained |= now
            lost |= answered(type_of(record), field, claims_of(record, field)) - now
        if change.action != "taken_out":
            last = change
    if last is not None:
        new |= {"assured_date": str(day_of(last.at)), "assurer": last.who}
    if isinstance(record, Service):
        new |= _running(record, new.get("current"))
    if gained or lost:
        new["unconfirmed"] = _unconfirmed(record, gained, lost - _elsewhere(record, new))
    return record.model_copy(update=new) if new else record


def standing_over(record: Subject, change: Change) -> Literal["file", "ours", "conflict"]:
    """Whether the file or staff's decision counts, or both say something else since."""
    if slot_of(record, change.key[2]) is None or change.action == "file":
        return "file"
    there = written(value_of(record, change.key[2]))
    if change.folded:
        claims = claims_of(record, change.key[2])
        has_it = there == change.replacement and all(claim.confirmed or claim.withdrawn for claim in claims)
        return "file" if has_it or there not in {change.replacement, *change.known} else "ours"
    return "ours" if there in {change.replacement, *change.known} else "conflict"


def aged[R: (Service, Partner, Place)](record: R, today: date) -> R:
    """The record without trust in what was confirmed too long ago."""
    new: dict[str, object] = {}
    lost: set[str] = set()
    for field, slot in slots(record):
        claims = claims_of(record, field)
        fresh = tuple(
            claim.model_copy(update={"confirmed": False})
            if claim.confirmed and until(record, claim, slot.kind) < today
            else claim
            for claim in claims
        )
        if fresh != claims:
            _put(new, record, field, fresh)
            lost |= answered(type_of(record), field, claims) - answered(type_of(record), field, fresh)
    if lost:
        new["unconfirmed"] = _unconfirmed(record, set(), lost - _elsewhere(record, new))
    return record.model_copy(update=new) if new else record


def _claims(kb: KnowledgeBase, record: Subject, change: Change) -> tuple[Sourced, ...] | None:
    """The claims that a decision puts in; None when the file counts, or when it no longer fits."""
    if standing_over(record, change) == "file":
        return None
    field, value = change.key[2], json.loads(change.replacement)
    if field == "summary":
        return () if isinstance(value, str) else None
    if value is None:
        taken = [claim.model_copy(update={"withdrawn": True}) for claim in claims_of(record, field)]
        return tuple(taken) if "." in field else ()
    try:
        claims = built(field, value, Source(staff=change.who, date=str(day_of(change.at))))
    except (ValidationError, TypeError, ValueError):
        return None
    ids = kb.partners if field == "partnerships" else kb.places
    return claims if all(each.id in ids for each in claims if isinstance(each, Link)) else None


def _put(new: dict[str, object], record: Subject, field: str, claims: Sequence[Sourced]) -> None:
    name, _, index = field.partition(".")
    if index:
        there = list(new.get(name, getattr(record, name)))  # type: ignore[call-overload]
        there[int(index)] = claims[0]
        new[name] = tuple(there)
    else:
        new[name] = (claims[0] if claims else None) if name in SINGLE else tuple(claims)


def _running(record: Service, current: object) -> dict[str, object]:
    """What follows from staff's word on whether a service runs."""
    if not isinstance(current, Current) or current.runs == (record.status == "active"):
        return {}
    if current.runs:
        return {"status": "active"}
    return {"status": "lapsed", "bookable": False, "how_to_book": "none"}


def _unconfirmed(record: Subject, gained: set[str], lost: set[str]) -> tuple[Facet, ...]:
    still = [facet for facet in record.unconfirmed if facet not in gained]
    order: tuple[Facet, ...] = get_args(Facet)
    return (*still, *(each for each in order if each in lost - gained and each not in still))


def _elsewhere(record: Subject, new: Mapping[str, object]) -> set[str]:
    """The facets that other fields of the record still answer."""
    fields = [field for field, _ in slots(record) if field.partition(".")[0] not in new]
    kind = type_of(record)
    return {facet for field in fields for facet in answered(kind, field, claims_of(record, field))}


def said_on(record: Subject, claim: Sourced) -> date:
    """The first day of what the source's date says; of what was confirmed, the day of that."""
    said = claim.source.date
    if claim.confirmed and claim.source.staff is None and record.assured_date:
        said = record.assured_date
    year, month, day = (*said.split("-"), "1", "1")[:3]
    return date(int(year), int(month), int(day))


def until(record: Subject, claim: Sourced, kind: Kind) -> date:
    """The last day on which a confirmed claim is said without care."""
    said = said_on(record, claim)
    months = said.year * 12 + said.month - 1 + MONTHS.get(kind, MONTHS_ELSE)
    return date(months // 12, months % 12 + 1, min(said.day, 28))


def day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _map[M](records: Mapping[str, M], edit: Callable[[M], M]) -> Mapping[str, M]:
    return MappingProxyType({id_: edit(record) for id_, record in records.items()})


def _with(
    kb: KnowledgeBase,
    services: Mapping[str, Service],
    partners: Mapping[str, Partner],
    places: Mapping[str, Place],
) -> KnowledgeBase:
    return replace(kb, services=services, partners=partners, places=places)
