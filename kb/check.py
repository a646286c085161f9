"""Everything that can be wrong with a knowledge base, in one list (behind `welcome kb check`)."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from kb import wording
from kb.fields import answered, claims_of, slots, type_of
from kb.load import KB, records, survey
from kb.model import (
    Address,
    Contact,
    Fact,
    KnowledgeBase,
    Partner,
    Place,
    Schedule,
    Service,
    Sourced,
    Website,
)
from kb.reading import Fault

__all__ = ["Fault", "check"]

type _Wrong = Iterator[tuple[str, str]]
"""Field and problem; the file and the line are added by `check`."""


def check(folder: Path = KB) -> list[Fault]:
    """Every fault in `folder`, ordered by file and line; an empty list is a knowledge base to be trusted.

    Beyond what `load` refuses (schema, references, missing sources): the words' lengths, claims in a summary
    that no fact backs, old facts that do not say their year, contacts, addresses and times that staff never
    confirmed, unknown things not listed as unconfirmed, and questions or intents that two services share.
    """
    kb, faults, sheets = survey(folder)
    if kb is not None:
        for file, record in records(kb):
            faults.extend(sheets[file].fault(field, problem) for field, problem in problems_of(record))
        for service_id, field, problem in _shared(kb):
            faults.append(sheets[f"services/{service_id}.yaml"].fault(field, problem))
        for place_id, field, problem in _spelled_alike(kb):
            faults.append(sheets[f"places/{place_id}.yaml"].fault(field, problem))
    return sorted(faults, key=lambda fault: (fault.file, fault.line or 0, fault.field, fault.problem))


def problems_of(record: Service | Partner | Place) -> _Wrong:
    """What is wrong with a record by itself: fields, each with its problem in words."""
    return chain(_texts(record), _summary(record), _only_staff_know(record), _not_known(record))


def _texts(record: Service | Partner | Place) -> _Wrong:
    """Lengths; an old fact says its year; a contact comes from staff."""
    if len(record.name) > wording.NAME_MAX:
        yield "name", f"is longer than {wording.NAME_MAX} characters"
    for field, fact in _facts(record):
        if len(fact.text) > wording.FACT_MAX:
            yield f"{field}.text", f"is longer than {wording.FACT_MAX} characters"
        if not fact.sure and not fact.withdrawn and fact.source.year not in fact.text:
            yield f"{field}.text", f"is not confirmed, so it has to say its year ({fact.source.year})"
        if not _from_staff(fact):
            for what in wording.contacts(fact.text):
                yield f"{field}.text", f"holds {what}, which only staff can give and confirm"
    if isinstance(record, Service):
        for n, question in enumerate(record.questions):
            if len(question) > wording.QUESTION_MAX:
                yield f"questions.{n}", f"is longer than {wording.QUESTION_MAX} characters"


def _summary(record: Service | Partner | Place) -> _Wrong:
    """A summary is short and claims no more than the facts."""
    if isinstance(record, Place):
        return
    parts = wording.sentences(record.summary)
    if len(parts) > wording.SENTENCES_MAX:
        yield "summary", f"has more than {wording.SENTENCES_MAX} sentences"
    if any(len(part) > wording.SENTENCE_MAX for part in parts):
        yield "summary", f"has a sentence of more than {wording.SENTENCE_MAX} characters"
    texts = [fact.text for fact in record.facts if not fact.withdrawn]
    backed = {claim for text in texts for claim in wording.claims(text)}
    for claim in sorted(wording.claims(record.summary) - backed):
        yield "summary", f"says {claim!r}, which no fact backs"
    for what in wording.contacts(record.summary):
        if not any(what in wording.contacts(text) for text in texts):
            yield "summary", f"holds {what}, which no fact backs"


def _only_staff_know(record: Service | Partner | Place) -> _Wrong:
    """Contacts, addresses and clock times are staff's to give."""
    for field, claim in record.claims():
        timed = isinstance(claim, Schedule) and (claim.opens_at or claim.closes_at)
        if (timed or isinstance(claim, Contact | Address | Website)) and not _from_staff(claim):
            yield field, "only staff can give and confirm this (`confirmed: true` and a `staff` source)"


def _not_known(record: Service | Partner | Place) -> _Wrong:
    """What is not known has to be said to be not known."""
    for n, facet in enumerate(record.unconfirmed):
        if facet in record.unconfirmed[:n]:
            yield f"unconfirmed.{n}", f"{facet!r} stands twice"
    for missing in sorted(_needed(record) - set(record.unconfirmed)):
        yield "unconfirmed", f"has to list {missing!r}, which nothing confirms"


def _needed(record: Service | Partner | Place) -> set[str]:
    known = _known(record)
    match record:
        case Service():
            return {"days", "times", "places", "cost"} - known if record.bookable else set()
        case Partner():
            return ({"phone"} | ({"current"} if record.assurer is None else set())) - known
        case Place():
            return {"phone", "address", "hours"} - known


def _known(record: Service | Partner | Place) -> set[str]:
    """The facets that a confirmed (or standing) claim of the record answers."""
    kind = type_of(record)
    fields = [field for field, _ in slots(record)]
    return {facet for field in fields for facet in answered(kind, field, claims_of(record, field))}


def _facts(record: Service | Partner | Place) -> Iterator[tuple[str, Fact]]:
    return ((field, claim) for field, claim in record.claims() if isinstance(claim, Fact))


def _from_staff(claim: Sourced) -> bool:
    return claim.confirmed and claim.source.staff is not None


def _shared(kb: KnowledgeBase) -> Iterator[tuple[str, str, str]]:
    """A question or an intent must lead to one service."""
    asked: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for service_id, service in kb.services.items():
        if (
            service.intent is not None
            and (other := wanted.setdefault(service.intent, service_id)) != service_id
        ):
            yield service_id, "intent", f"{service.intent!r} already leads to {other}"
        for n, question in enumerate(service.questions):
            if (other := asked.setdefault(question.casefold(), f"{service_id}.{n}")) != f"{service_id}.{n}":
                yield service_id, f"questions.{n}", f"already stands at {other}"


def _spelled_alike(kb: KnowledgeBase) -> Iterator[tuple[str, str, str]]:
    """A spelling names one place; only what counts beside a word for library may be two's, who are then asked."""
    owners = {place.name.casefold(): place_id for place_id, place in kb.places.items()}
    for place_id, place in kb.places.items():
        spelled = place.other_names.spelled if place.other_names else {}
        for code, names in spelled.items():
            for n, name in enumerate(names):
                if (other := owners.setdefault(name.casefold(), place_id)) != place_id:
                    yield place_id, f"other_names.spelled.{code}.{n}", f"already names {other}"
