"""The services as Open Referral UK (HSDS-UK 3.0) JSON, for `/openreferral/services` and below it `/{id}`.

A directory that reads this cannot see a doubt, so only what is confirmed (or standing policy) stands in a
field of its own; the rest stands in the description with its year, under an alert. Groups where being seen
could reveal something about a person (`sensitive`) are published without day, time, place or contact.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any
from uuid import UUID, uuid5

from kb.model import Fact, KnowledgeBase, Place, Service, Sourced

NAMESPACE = UUID("0de4336f-a382-45a5-b0e7-5444e42b4b1e")
"""Ids are UUIDv5 in this namespace: the same on every machine. Changing it changes every published id."""

PER_PAGE = 50
PER_PAGE_MAX = 100

type Json = dict[str, Any]


def identifier(kind: str, name: str) -> str:
    """The stable UUID of a thing, e.g. `identifier("service", "work_coach")`."""
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def service_list(kb: KnowledgeBase, page: int = 1, per_page: int = PER_PAGE) -> Json:
    """One page of services in HSDS's paged form (pages count from 1; at most 100 services a page).

    A page beyond the last one is empty. Raises ValueError for a page or a size below 1.
    """
    if page < 1 or per_page < 1:
        raise ValueError("page and per_page start at 1")
    size = min(per_page, PER_PAGE_MAX)
    everything = list(kb.services.values())
    contents = [_listed(kb, service) for service in everything[(page - 1) * size : page * size]]
    pages = ceil(len(everything) / size)
    return {
        "total_items": len(everything),
        "total_pages": pages,
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": not contents,
        "contents": contents,
    }


def service_detail(kb: KnowledgeBase, identity: str) -> Json | None:
    """One service with all that belongs to it, by its published UUID; None when there is none."""
    wanted = identity.strip().lower()
    found = (service for service in kb.services.values() if identifier("service", service.id) == wanted)
    service = next(found, None)
    return None if service is None else _nested(kb, service)


def _listed(kb: KnowledgeBase, service: Service) -> Json:
    """The fields that a service has once each."""
    texts = [service.summary, *(() if service.sensitive else map(_text, filter(_sayable, service.facts)))]
    ages = service.eligibility
    website = service.website
    emails = [contact.email for _, contact in _open(service, service.contacts) if contact.email]
    organization_id = identifier("organization", kb.organization.id)
    return _given(
        id=identifier("service", service.id),
        organization_id=organization_id,
        name=service.name,
        description=" ".join(texts),
        email=emails[0] if emails else None,
        url=website.url if website and website.sure and not service.sensitive else None,
        status="active" if service.status == "active" else "inactive",
        minimum_age=ages.minimum_age if ages else None,
        maximum_age=ages.maximum_age if ages else None,
        assured_date=service.assured_date,
        alert=_alert(service),
        organization={
            "id": organization_id,
            "name": kb.organization.name,
            "description": kb.organization.description,
        },
    )


def _nested(kb: KnowledgeBase, service: Service) -> Json:
    """The service with its lists. A language has no name in HSDS-UK 3.0, so languages are not listed."""

    def part(kind: str, n: int, **fields: object) -> Json:
        return {
            "id": identifier(kind, f"{service.id}/{n}"),
            "service_id": identifier("service", service.id),
            **_given(**fields),
        }

    return _listed(kb, service) | {
        "schedules": [
            part(
                "schedule",
                n,
                freq=item.freq,
                byday=item.byday,
                opens_at=item.opens_at,
                closes_at=item.closes_at,
            )
            for n, item in _open(service, service.schedules)
        ],
        "service_at_locations": [
            part(
                "service_at_location",
                n,
                location_id=identifier("location", item.id),
                location=_location(kb.places[item.id]),
            )
            for n, item in _open(service, service.service_at_locations)
        ],
        "cost_options": [
            part("cost_option", n, option=item.option, amount=item.amount)
            for n, item in _sure(service.cost_options)
        ],
        "contacts": [part("contact", n, title=item.title) for n, item in _open(service, service.contacts)],
    }


def _location(place: Place) -> Json:
    return {
        "id": identifier("location", place.id),
        "location_type": "physical",
        "name": place.name,
        "addresses": [
            {
                "id": identifier("address", f"{place.id}/{n}"),
                "address_1": address.address_1,
                "city": address.city,
                "state_province": address.state_province,
                "postal_code": address.postal_code,
                "country": "GB",
                "address_type": "physical",
            }
            for n, address in _sure(place.addresses)
        ],
    }


def _alert(service: Service) -> str | None:
    if service.status == "lapsed":
        return "This service has ended."
    if not service.unconfirmed:
        return None
    facets = ", ".join(
        "whether it runs today" if facet == "current" else facet for facet in service.unconfirmed
    )
    return f"Library staff have not confirmed: {facets}."


def _sayable(fact: Fact) -> bool:
    """Whether a reader can see how old it is, or need not: staff's word of long ago has no year in it."""
    return not fact.withdrawn and (fact.sure or fact.source.year in fact.text)


def _text(fact: Fact) -> str:
    return fact.text


def _sure[T: Sourced](claims: Sequence[T]) -> list[tuple[int, T]]:
    """The claims that may be made of today, with their index (which their id is made of)."""
    return [(n, claim) for n, claim in enumerate(claims) if claim.sure]


def _open[T: Sourced](service: Service, claims: Sequence[T]) -> list[tuple[int, T]]:
    """The same, and none at all for a sensitive service."""
    return [] if service.sensitive else _sure(claims)


def _given(**fields: object) -> Json:
    """Only the fields that have a value: HSDS knows no null."""
    return {name: value for name, value in fields.items() if value is not None}
