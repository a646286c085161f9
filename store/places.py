"""The places that sessions refer to, kept in step with the knowledge base."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.database import insert_once
from store.models import Place


def sync(session: Session, names: Mapping[str, str]) -> None:
    """Make the table say what the knowledge base says (id → English name). One that is gone: inactive."""
    for place_id, name in names.items():
        insert_once(session, Place, id=place_id, name=name)
    for place in session.scalars(select(Place)):
        place.active = place.id in names
        place.name = names.get(place.id, place.name)


def active(session: Session) -> Sequence[Place]:
    """By name."""
    return session.scalars(select(Place).where(Place.active).order_by(Place.name)).all()
