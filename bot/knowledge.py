"""What the knowledge base knows, as the flows see it: every text as a phrase with its catalogue key."""

from collections.abc import Sequence

from flows.context import PartnerView, Phrase, PlaceView, ServiceView
from kb.model import KnowledgeBase, Partner, Place, Service


class KbKnowledge:
    """The Knowledge (flows/context.py) over a loaded knowledge base."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb

    def service(self, id: str) -> ServiceView:
        return _service(self._kb.services[id])

    def services(self) -> Sequence[ServiceView]:
        return [_service(each) for each in self._kb.services.values()]

    def places(self) -> Sequence[PlaceView]:
        return [_place(each) for each in self._kb.places.values()]

    def partners(self, topic: str) -> Sequence[PartnerView]:
        return [_partner(each) for each in self._kb.partners.values() if topic in each.topics]


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
    )


def _place(place: Place) -> PlaceView:
    return PlaceView(place.id, Phrase(f"kb.place.{place.id}.name", place.name))


def _partner(partner: Partner) -> PartnerView:
    key = f"kb.partner.{partner.id}"
    phones = [contact.phone for contact in partner.contacts if contact.sure and contact.phone]
    return PartnerView(
        partner.id,
        Phrase(f"{key}.name", partner.name),
        Phrase(f"{key}.summary", partner.summary),
        phones[0] if phones else None,
    )
