"""One date of a weekly session: cancelled, moved, made larger or smaller, held after all. People are told once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store import audit, bookings, closures, london
from store.errors import AlreadyHandled, Clash, Closed, DayOff
from store.models import Audit, Booking, Occurrence, SessionException, WeeklySession
from store.transitions import LIVE, SYSTEM, State

lock = bookings.lock_occurrences
CHANGES = ("moved", "capacity", "room", "cancelled", "reopened")  # audit: "session.moved" …


def cancel(
    session: Session, occurrence_id: int, *, actor: str, now: datetime, reason: str, note: str | None = None
) -> int:
    """A session does not take place: everyone booked or waiting is told. How many people.

    Raises AlreadyHandled when it was cancelled before. reason: one of bookings.REASONS.
    """
    occurrence = lock(session, occurrence_id)[occurrence_id]
    if occurrence.state == "cancelled":
        raise _faster(session, occurrence_id, now, "cancelled")
    occurrence.state = "cancelled"
    audit.write(session, actor, "session.cancelled", "occurrence", occurrence.id, now=now, reason=reason)
    return bookings.cancel_all(session, occurrence, actor=actor, now=now, reason=reason, note=note)


def reopen(session: Session, occurrence_id: int, *, actor: str, now: datetime) -> Occurrence:
    """A cancelled session is held after all: it can be booked anew. Nobody is booked again by itself.

    Again is harmless. Raises Closed when it would have begun, DayOff when the library is closed then.
    """
    _hold_place(session, occurrence_id)
    occurrence = lock(session, occurrence_id)[occurrence_id]
    if occurrence.state == "open":
        return occurrence
    if occurrence.start <= now:
        raise Closed(f"occurrence {occurrence_id}")
    if closures.closed_on(session, occurrence.place_id, occurrence.day) is not None:
        raise DayOff(f"occurrence {occurrence_id}")
    occurrence.state, occurrence.closure_id = "open", None
    session.execute(
        delete(SessionException).filter_by(weekly_id=occurrence.weekly_id, day=occurrence.rule_day)
    )
    audit.write(session, actor, "session.reopened", "occurrence", occurrence.id, now=now)
    session.flush()
    return occurrence


def move(
    session: Session,
    occurrence_id: int,
    *,
    day: date,
    start: time,
    minutes: int,
    version: int,
    actor: str,
    now: datetime,
) -> int:
    """To another day or time in London wall time; bookings move with it. How many people are told: none when it
    only lasts longer or shorter. The same again is harmless and tells nobody.

    Raises NoSuchTime, AlreadyHandled (it changed since `version`), DayOff, Clash, and Closed: it has begun or is
    cancelled, or the new time is over.
    """
    _hold_place(session, occurrence_id)
    occurrence = lock(session, occurrence_id)[occurrence_id]
    before, after = occurrence.start, london.to_utc(day, start)
    end = after + timedelta(minutes=minutes)
    if (before, occurrence.end) == (after, end):
        return 0
    if occurrence.version != version:
        raise _faster(session, occurrence_id, now, "changed")
    if occurrence.state != "open" or before <= now or after <= now or minutes <= 0:
        raise Closed(f"occurrence {occurrence_id}")
    if day != occurrence.day and closures.closed_on(session, occurrence.place_id, day) is not None:
        raise DayOff(f"occurrence {occurrence_id}")
    twin = select(Occurrence.id).filter_by(weekly_id=occurrence.weekly_id, start=after, state="open")
    if session.scalar(twin.where(Occurrence.id != occurrence_id).limit(1)) is not None:
        raise Clash(f"occurrence {occurrence_id}")
    lead = timedelta(hours=session.get_one(WeeklySession, occurrence.weekly_id).lead_hours)
    occurrence.day, occurrence.start, occurrence.end = day, after, end
    occurrence.closes_at = after - lead
    session.flush()
    told = 0
    if after != before:
        told = bookings.tell_moved(session, occurrence, before, actor=actor, now=now)
    facts = {"before": before.isoformat(), "after": after.isoformat(), "told": told}
    audit.write(session, actor, "session.moved", "occurrence", occurrence.id, now=now, **facts)
    bookings.move_up(session, occurrence, now)
    return told


def set_capacity(
    session: Session,
    occurrence_id: int,
    capacity: int,
    *,
    actor: str,
    now: datetime,
    version: int | None = None,
    room: str | None = None,
) -> Sequence[Booking]:
    """Change one session's places (and its room); more places move the waiting list up.

    Fewer drop nobody: the bookings that are now too many are returned, for staff to decide. Raises AlreadyHandled
    when it changed since `version`, and ValueError.
    """
    if capacity < 1:
        raise ValueError("at least one place")
    occurrence = lock(session, occurrence_id)[occurrence_id]
    if version is not None and occurrence.version != version:
        raise _faster(session, occurrence_id, now, "changed")
    before, occurrence.capacity = occurrence.capacity, capacity
    if room is not None and room != occurrence.room:
        occurrence.room = room
        audit.write(session, actor, "session.room", "occurrence", occurrence.id, now=now)
    if capacity != before:
        facts = {"before": before, "after": capacity}
        audit.write(session, actor, "session.capacity", "occurrence", occurrence.id, now=now, **facts)
    session.flush()
    bookings.reseat(session, occurrence)
    bookings.move_up(session, occurrence, now)
    return [b for b in who_is_booked(session, occurrence_id) if b.seat is not None and b.seat > capacity]


def who_is_booked(session: Session, occurrence_id: int) -> Sequence[Booking]:
    """Everyone with a place, by seat, then the waiting list in its order; after the session, who came."""
    shown = (*LIVE, State.ATTENDED, State.NO_SHOW)
    query = select(Booking).where(Booking.occurrence_id == occurrence_id, Booking.state.in_(shown))
    return session.scalars(query.order_by(Booking.seat.is_(None), Booking.seat, Booking.id)).all()


def _hold_place(session: Session, occurrence_id: int) -> None:
    """Before the session itself is locked: see closures.hold."""
    place = session.scalar(select(Occurrence.place_id).where(Occurrence.id == occurrence_id))
    if place is not None:
        closures.hold(session, place)


def _faster(session: Session, occurrence_id: int, now: datetime, state: str) -> AlreadyHandled:
    """Who changed it last, and when: what somebody with an old page is told."""
    actions = [f"session.{each}" for each in ((state,) if state in CHANGES else CHANGES)]
    query = select(Audit).filter_by(subject="occurrence", subject_id=str(occurrence_id))
    query = query.where(Audit.action.in_(actions)).order_by(Audit.id.desc())
    last = session.scalars(query.limit(1)).first()
    return AlreadyHandled(last.actor if last else SYSTEM, last.at if last else now, state)
