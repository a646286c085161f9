"""Which days are closed: what no session is made on, and what people hear. Closing them: store/closing.py."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from store import london
from store.models import Closure, Place

CLOSED, BANK_HOLIDAY = "closed", "bank_holiday"


def hold(session: Session, place: str | None) -> None:
    """Until the end of the transaction nobody else makes or closes days of this library (None: of any).

    Held before sessions and bookings are locked: so no session is made on a day that is being closed.
    """
    query = select(Place.id).order_by(Place.id).with_for_update(key_share=True)
    session.scalars(query if place is None else query.where(Place.id == place)).all()


def closed_on(session: Session, place: str | None, day: date) -> Closure | None:
    """The closure of a library on a day in London; with place None, one of every library."""
    query = select(Closure).where(_covers(place), Closure.first <= day, Closure.last >= day)
    return session.scalars(query.order_by(Closure.id).limit(1)).one_or_none()


def closed_days(session: Session, place: str | None, since: date, until: date) -> set[date]:
    """The closed days of a library between two days, both included; with place None, those of every library."""
    query = select(Closure).where(_covers(place), Closure.first <= until, Closure.last >= since)
    return {
        date.fromordinal(n)
        for closure in session.scalars(query)
        for n in range(max(closure.first, since).toordinal(), min(closure.last, until).toordinal() + 1)
    }


def day_off(session: Session, place: str | None, day: date) -> str:
    """Why nothing takes place: "closed" (the library; with None, every one), "bank_holiday", or ""."""
    if closed_on(session, place, day) is not None:
        return CLOSED
    return BANK_HOLIDAY if london.is_bank_holiday(day) else ""


def listed(session: Session, places: Sequence[str] | None, since: date) -> Sequence[Closure]:
    """Closures of these libraries (None: all) that last until `since` or longer, soonest first; lifted ones too."""
    query = select(Closure).where(Closure.last >= since).order_by(Closure.first, Closure.id)
    if places is not None:
        query = query.where(or_(Closure.place_id.is_(None), Closure.place_id.in_(places)))
    return session.scalars(query).all()


def _covers(place: str | None) -> ColumnElement[bool]:
    everywhere = Closure.place_id.is_(None)
    here = everywhere if place is None else or_(everywhere, Closure.place_id == place)
    return and_(Closure.lifted_at.is_(None), here)
