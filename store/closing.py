"""Closing a library, or every one, for days, and opening it after all. Which days are closed: store/closures.py."""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store import audit, closures, london, occurrences, sessions
from store.errors import AlreadyHandled
from store.models import Booking, Closure, Occurrence, Place
from store.transitions import LIVE

LONGEST = timedelta(days=366)
AHEAD = timedelta(days=366)  # how far in the future a closure may begin


def close(
    session: Session,
    *,
    place: str | None,
    first: date,
    last: date,
    reason: str,
    actor: str,
    now: datetime,
) -> Closure:
    """Closed from `first` to `last`, both included (place None: every library), London days.

    Open sessions that have not begun are cancelled, and everyone booked or waiting is told once. `reason` is for
    staff. The same days again: the closure that is there. ValueError: no such place, or days that make no sense.
    """
    today = london.wall(now).date()
    if not today <= first <= last or first > today + AHEAD or last - first > LONGEST or not reason:
        raise ValueError("from today on, within a year, at most a year long, with a reason")
    if place is not None and session.get(Place, place) is None:
        raise ValueError(f"no place {place!r}")
    closures.hold(session, place)
    same = select(Closure).filter_by(place_id=place, first=first, last=last, lifted_at=None)
    existing = session.scalars(same).first()
    if existing is not None:
        return existing
    closure = Closure(place_id=place, first=first, last=last, reason=reason, created_by=actor, created_at=now)
    session.add(closure)
    session.flush()
    days = {"first": first.isoformat(), "last": last.isoformat()}
    audit.write(session, actor, "closure.added", "closure", closure.id, now=now, place=place, **days)
    ids = session.scalars(_open_in(place, first, last, now)).all()
    for id_, occurrence in occurrences.lock(session, *ids).items():
        if occurrence.state == "open":  # else somebody cancelled it while we waited
            occurrence.closure_id = closure.id
            occurrences.cancel(session, id_, actor=actor, now=now, reason=closures.CLOSED)
    return closure


def lift(session: Session, closure_id: int, *, actor: str, now: datetime) -> int:
    """It is open after all: the sessions that this cancelled or left out can be booked. How many.

    Nobody is booked again by itself. Raises AlreadyHandled, NoResultFound.
    """
    closures.hold(session, None)  # of every library: what was never made is made below
    which = select(Closure).where(Closure.id == closure_id)
    closure = session.scalars(which.execution_options(populate_existing=True)).one()
    if closure.lifted_at is not None:
        raise AlreadyHandled(closure.lifted_by or closure.created_by, closure.lifted_at, "lifted")
    closure.lifted_by, closure.lifted_at = actor, now
    audit.write(session, actor, "closure.lifted", "closure", closure.id, now=now)
    session.flush()
    back = 0
    ids = session.scalars(select(Occurrence.id).filter_by(closure_id=closure_id)).all()
    for id_, occurrence in occurrences.lock(session, *ids).items():
        still = closures.closed_on(session, occurrence.place_id, occurrence.day)
        occurrence.closure_id = still.id if still is not None else None
        if still is None and occurrence.state == "cancelled" and occurrence.start > now:
            occurrences.reopen(session, id_, actor=actor, now=now)
            back += 1
    return back + sessions.materialise(session, now)


def would_cancel(
    session: Session, place: str | None, first: date, last: date, now: datetime
) -> tuple[int, int]:
    """How many sessions a closure would cancel, and how many people it would tell."""
    ids = _open_in(place, first, last, now)
    dates = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    people = select(func.count()).where(Booking.occurrence_id.in_(ids), Booking.state.in_(LIVE))
    return dates, session.scalar(people) or 0


def _open_in(place: str | None, first: date, last: date, now: datetime) -> Select[int]:
    """The ids of the open sessions of those days that have not begun."""
    query = select(Occurrence.id).where(Occurrence.state == "open", Occurrence.start > now)
    query = query.where(Occurrence.day >= first, Occurrence.day <= last)
    return query if place is None else query.where(Occurrence.place_id == place)
