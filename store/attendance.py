"""Who came: marked with one press, undone for a week; and those who walked in without a booking, counted."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from store import audit, bookings, occurrences
from store.database import insert_once
from store.errors import Closed
from store.models import Booking, Occurrence, WalkIn
from store.transitions import DOORS_OPEN, LIVE, UNDO_FOR, State

MARKS = {"attended": State.ATTENDED, "no_show": State.NO_SHOW}
SHOWN = (*LIVE, *MARKS.values())


def mark(session: Session, booking_id: int, what: str, *, version: int, actor: str, now: datetime) -> Booking:
    """One of MARKS, on the booking as it was seen (`version`). A second press of the same hand is harmless.

    From an hour before the start somebody may have come; that they did not is known once it has begun. Raises
    AlreadyHandled when somebody else changed it since, Closed when it is too soon, NotAllowed.
    """
    booking = session.get(Booking, booking_id, populate_existing=True)
    if booking is not None and (booking.state, booking.changed_by) == (MARKS[what], actor):
        return booking
    return bookings.decide(session, booking_id, what, version=version, actor=actor, now=now)


def unmark(session: Session, booking_id: int, *, version: int, actor: str, now: datetime) -> Booking:
    """It was the wrong button: the person is expected again. Harmless, and refused, as `mark` is."""
    booking = session.get(Booking, booking_id, populate_existing=True)
    if booking is not None and (booking.state, booking.changed_by) == (State.APPROVED, actor):
        return booking
    return bookings.unmark(session, booking_id, version=version, actor=actor, now=now)


def walked_in(
    session: Session, occurrence_id: int, change: int, *, tap: str, actor: str, now: datetime
) -> int:
    """One more (1) or one less (-1) who came without a booking; how many there are now.

    `tap` names one press of a button: the form may arrive twice, two people's presses both count. Never below 0.
    Raises Closed: cancelled, more than an hour before the start, or more than a week after it.
    """
    if change not in (1, -1) or not tap:
        raise ValueError("one more or one less, and a tap")
    occurrence = occurrences.lock(session, occurrence_id)[occurrence_id]
    if occurrence.state != "open" or not counts(occurrence, now):
        raise Closed(f"occurrence {occurrence_id}")
    before = walk_ins(session, [occurrence_id]).get(occurrence_id, 0)
    if before + change < 0:
        return before
    facts = {"occurrence_id": occurrence_id, "change": change, "tap": tap, "actor": actor, "at": now}
    if insert_once(session, WalkIn, **facts) is None:
        return before
    audit.write(session, actor, "session.walk_in", "occurrence", occurrence_id, now=now, change=change)
    return before + change


def counts(occurrence: Occurrence, now: datetime) -> bool:
    """Whether walk-ins of this session are counted now."""
    return occurrence.start - DOORS_OPEN <= now < occurrence.start + UNDO_FOR


def walk_ins(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """How many walked in, by occurrence id; one without any is missing."""
    query = select(WalkIn.occurrence_id, func.sum(WalkIn.change)).group_by(WalkIn.occurrence_id)
    rows = session.execute(query.where(WalkIn.occurrence_id.in_(list(ids))))
    return {row[0]: int(row[1]) for row in rows if row[1]}


def unfinished(
    session: Session, places: Collection[str] | None, since: datetime, now: datetime
) -> Sequence[Occurrence]:
    """Sessions that are over and began after `since`, with somebody of whom nobody said whether they came."""
    expected = select(Booking.occurrence_id).where(Booking.state == State.APPROVED)
    query = select(Occurrence).where(
        Occurrence.state == "open",
        Occurrence.end <= now,
        Occurrence.start >= since,
        Occurrence.id.in_(expected),
    )
    if places is not None:
        query = query.where(Occurrence.place_id.in_(places))
    return session.scalars(query.order_by(Occurrence.start, Occurrence.id)).all()


def people(session: Session, ids: Iterable[int]) -> dict[int, list[Booking]]:
    """Everyone of these sessions with their contact, by occurrence id, in the order in which they asked."""
    query = select(Booking).options(joinedload(Booking.contact))
    query = query.where(Booking.occurrence_id.in_(list(ids)), Booking.state.in_(SHOWN))
    found: dict[int, list[Booking]] = {}
    for booking in session.scalars(query.order_by(Booking.occurrence_id, Booking.id)):
        found.setdefault(booking.occurrence_id, []).append(booking)
    return found
