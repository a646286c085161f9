"""What the knowledge base knows at this moment, as the flows see it: texts as phrases, the rest as values of slots."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from flows import opening, service
from flows.context import PartnerView, Phrase, PlaceView, ServiceView
from flows.message import Message
from flows.values import Name, Text, Value, Weekly
from kb.facts import Change, Key, day_of, today_of
from kb.model import Address, Contact, KnowledgeBase, Partner, Place, Schedule, Service

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Changes(Protocol):
    """What staff decided, as every process has it at hand: store/facts.py's Latest."""

    def __call__(self) -> Mapping[Key, Change]: ...
    def again(self) -> None: ...


class Current:
    """The files with what staff decided over them (store/facts.py's Latest) and how old it is: made anew when
    somebody decides, and each day."""

    def __init__(self, files: KnowledgeBase, changes: Changes, clock: Callable[[], datetime]) -> None:
        self.files, self._changes, self._clock = files, changes, clock
        self._made: tuple[object, date | None, KnowledgeBase] = (None, None, files)

    def __call__(self) -> KnowledgeBase:
        changes, today = self._changes(), day_of(self._clock())
        made_of, made_on, kb = self._made
        if made_of is not changes or made_on != today:
            kb = today_of(self.files, changes, today)
            self._made = (changes, today, kb)
        return kb

    def look(self) -> None:
        """See at once what was decided a moment ago, if this process has not looked since."""
        self._changes.again()


class KbKnowledge:
    """The Knowledge (flows/context.py) over a knowledge base that may change under it."""

    def __init__(self, current: Callable[[], KnowledgeBase]) -> None:
        self._current = current

    def service(self, id: str) -> ServiceView:
        return _service(self._current().services[id])

    def services(self) -> Sequence[ServiceView]:
        return [_service(each) for each in self._current().services.values()]

    def places(self) -> Sequence[PlaceView]:
        return [_place(each) for each in self._current().places.values()]

    def partners(self, topic: str) -> Sequence[PartnerView]:
        """Not those that are gone."""
        found = [each for each in self._current().partners.values() if topic in each.topics]
        return [_partner(each) for each in found if not _over(each)]


def told(kb: KnowledgeBase, kind: str, id_: str) -> Message | None:
    """What people are told today when they ask about a service without sessions, or a library. None: no such thing,
    or (a partner) it is told only among others."""
    if kind == "service" and id_ in kb.services:
        return service.told(_service(kb.services[id_]))
    if kind == "place" and id_ in kb.places:
        return opening.told(_place(kb.places[id_]))
    return None


def _service(service: Service) -> ServiceView:
    key = f"kb.service.{service.id}"
    return ServiceView(
        id=service.id,
        name=Phrase(f"{key}.name", service.name),
        summary=Phrase(f"{key}.summary", service.summary),
        facts=tuple(
            Phrase(f"{key}.facts.{n}", fact.text) for n, fact in enumerate(service.facts) if fact.sure
        ),
        unconfirmed=service.unconfirmed,
        status=service.status,
        bookable=service.bookable,
        sensitive=service.sensitive,
        partners=service.partners,
        places=service.places,
        known=tuple(_known(service)),
        ended=_over(service),
    )


def _known(service: Service) -> Iterable[Value]:
    """A line for each thing that somebody confirmed of a service; a standing policy stands in its summary."""
    yield from ((each,) for each in weekly(service.schedules))
    places = [link.id for link in service.service_at_locations if link.confirmed and link.sure]
    if places:
        yield tuple(Name("place", id_) for id_ in places)
    for cost in service.cost_options:
        if cost.confirmed and cost.sure:
            yield (Text(f"{cost.option}: £{cost.amount:.2f}".removesuffix(".00")),)
    yield from ((Text(each),) for each in _reached(service.contacts))
    if service.website and service.website.sure:
        yield (Text(service.website.url),)


def _place(place: Place) -> PlaceView:
    return PlaceView(
        place.id,
        Phrase(f"kb.place.{place.id}.name", place.name),
        address="; ".join(_addresses(place.addresses)),
        hours=weekly(place.schedules),
        phone=", ".join(_reached(place.contacts)),
        closed=_over(place),
    )


def _partner(partner: Partner) -> PartnerView:
    key = f"kb.partner.{partner.id}"
    phones = [contact.phone for contact in partner.contacts if contact.sure and contact.phone]
    return PartnerView(
        partner.id,
        Phrase(f"{key}.name", partner.name),
        Phrase(f"{key}.summary", partner.summary),
        phones[0] if phones else None,
        (*map(Text, _addresses(partner.addresses)), *weekly(partner.schedules)),
    )


def _over(record: Service | Partner | Place) -> bool:
    """Whether somebody confirmed that it does not run, or is not there, today."""
    return record.current is not None and record.current.sure and not record.current.runs


def weekly(schedules: Iterable[Schedule]) -> tuple[Weekly, ...]:
    """Days with the same times together, in the order of the week. What is monthly, or of no certain day, is not
    told: it would be false of most weeks."""
    days: dict[tuple[str, str], list[int]] = {}
    sure = [each for each in schedules if each.sure and each.freq == "WEEKLY" and each.byday]
    for each in sorted(sure, key=lambda each: (DAYS.index(each.byday or "MO"), each.opens_at or "")):
        days.setdefault((each.opens_at or "", each.closes_at or ""), []).append(
            DAYS.index(each.byday or "MO")
        )
    return tuple(Weekly(tuple(on), opens, closes) for (opens, closes), on in days.items())


def _reached(contacts: Iterable[Contact]) -> list[str]:
    sure = [contact for contact in contacts if contact.sure]
    return [way for contact in sure for way in (contact.phone, contact.email) if way]


def _addresses(addresses: Iterable[Address]) -> list[str]:
    return [f"{each.address_1}, {each.city} {each.postal_code}" for each in addresses if each.sure]
