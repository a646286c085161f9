"""Bookings: asking, waiting, deciding, cancelling. Every change goes through `_change` and the one table.

Whoever touches seats locks the sessions first (in the order of their ids), then the booking. SQLite has one
writer anyway; the partial unique indexes of store/models.py are the last word on both databases.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from store import audit, london, notices
from store.errors import AlreadyHandled, Closed, Full, NotAllowed
from store.models import Booking, Occurrence
from store.references import reference_of
from store.transitions import (
    HOLDS_SEAT,
    LIVE,
    PERSON,
    SYSTEM,
    TAKES_PLACE,
    State,
    allowed,
)

OFFER_LASTS = timedelta(hours=24)  # counted from when it goes out; never beyond the session's start
ACTIONS = {
    "approve": State.APPROVED,
    "decline": State.DECLINED,
    "offer": State.OFFERED,
    "waitlist": State.WAITLISTED,
    "cancel": State.CANCELLED_BY_STAFF,
    "attended": State.ATTENDED,
    "no_show": State.NO_SHOW,
}
REASONS = ("full", "not_right_service", "staff_away", "room", "closed", "other")
"""Why staff decline or cancel. For "other" staff's own note goes out."""
NEED_REASON = (State.DECLINED, State.CANCELLED_BY_STAFF)


def request(session: Session, contact_id: int, occurrence_id: int, name: str, now: datetime) -> Booking:
    """Ask for a place, which holds a seat until staff decide. The same person and session: the same booking.

    Raises Full, and Closed when it is cancelled or nearer than its lead time.
    """
    occurrence = lock_occurrences(session, occurrence_id)[occurrence_id]
    existing = _live(session, contact_id, occurrence_id)
    if existing is not None:
        return existing
    _require_open(occurrence, now)
    seat = _free_seat(session, occurrence)
    if seat is None:
        raise Full(f"occurrence {occurrence_id}")
    return _add(session, occurrence, contact_id, name, seat=seat, now=now)


def waitlist(session: Session, contact_id: int, occurrence_id: int, name: str, now: datetime) -> Booking:
    """Wait for a place; when one has become free meanwhile, ask for it instead. Raises Closed."""
    try:
        return request(session, contact_id, occurrence_id, name, now)
    except Full:
        occurrence = session.get_one(Occurrence, occurrence_id)
        return _add(session, occurrence, contact_id, name, seat=None, now=now)


def cancel_by_person(session: Session, contact_id: int, booking_id: int, now: datetime) -> Booking:
    """Give a place or a wish back; the waiting list moves up. Again: harmless. Raises Closed, NotAllowed."""
    booking = _locked(session, booking_id, owner=contact_id)
    if booking.state == State.CANCELLED_BY_PERSON:
        return booking
    _require_live(booking)
    _change(session, booking, State.CANCELLED_BY_PERSON, PERSON, now)
    move_up(session, booking.occurrence, now)
    return booking


def change(session: Session, contact_id: int, booking_id: int, occurrence_id: int, now: datetime) -> Booking:
    """Move to another session: a new request there, and only then the old place goes to others.

    Raises Full and Closed (the old booking stands), NotAllowed. Again gives the same new booking.
    """
    booking = _locked(session, booking_id, owner=contact_id, also=occurrence_id)
    if booking.occurrence_id == occurrence_id:
        return booking
    there = _live(session, contact_id, occurrence_id)
    if booking.state not in LIVE and there is not None:
        return there
    _require_live(booking)
    if there is None:
        occurrence = session.get_one(Occurrence, occurrence_id)
        _require_open(occurrence, now)
        seat = _free_seat(session, occurrence)
        if seat is None:
            raise Full(f"occurrence {occurrence_id}")
        there = _add(session, occurrence, contact_id, booking.name, seat=seat, now=now, replaces=booking)
    _change(session, booking, State.CANCELLED_BY_PERSON, PERSON, now)
    move_up(session, booking.occurrence, now)
    return there


def answer_offer(session: Session, contact_id: int, booking_id: int, accept: bool, now: datetime) -> Booking:
    """Take or refuse an offered place. Again: harmless. Raises Closed when the offer is over, NotAllowed."""
    booking = _locked(session, booking_id, owner=contact_id)
    target = State.APPROVED if accept else State.DECLINED
    if booking.state == target:
        return booking
    if booking.state != State.OFFERED:
        raise Closed(f"booking {booking_id} is {booking.state}, not offered")
    _change(session, booking, target, PERSON, now)
    if not accept:
        move_up(session, booking.occurrence, now)
    return booking


def decide(
    session: Session,
    booking_id: int,
    action: str,
    *,
    version: int,
    actor: str,
    now: datetime,
    reason: str | None = None,
    note: str | None = None,
    occurrence_id: int | None = None,
) -> Booking:
    """A decision of staff (`actor`: username) on the booking as they saw it (`version`); the person is told.

    action: one of ACTIONS. decline and cancel need a reason of REASONS ("other" with a note, which goes out
    as written); offer may name another session. Raises AlreadyHandled when it changed since, Full, Closed,
    NotAllowed, and ValueError for a missing reason.
    """
    target = ACTIONS[action]
    if target in NEED_REASON and (reason not in REASONS or (reason == "other" and not note)):
        raise ValueError(f"{action} needs one of {REASONS}; other needs a note")
    booking = _locked(session, booking_id, also=occurrence_id)
    if booking.version != version:
        raise AlreadyHandled(booking.changed_by, booking.changed_at, booking.state)
    left = booking.occurrence
    if target is State.OFFERED:
        _offer(session, booking, session.get_one(Occurrence, occurrence_id or left.id), actor, now)
    else:
        _change(session, booking, target, actor, now, reason=reason, note=note)
    if booking.state not in HOLDS_SEAT or booking.occurrence_id != left.id:
        move_up(session, left, now)
    return booking


def unmark(session: Session, booking_id: int, *, version: int, actor: str, now: datetime) -> Booking:
    """Staff marked the wrong one: the person is expected again. Nobody is told.

    Raises AlreadyHandled when it changed since, NotAllowed when it is not marked, Closed after a week.
    """
    booking = _locked(session, booking_id)
    if booking.version != version:
        raise AlreadyHandled(booking.changed_by, booking.changed_at, booking.state)
    if booking.state not in (State.ATTENDED, State.NO_SHOW):
        raise NotAllowed(f"booking {booking_id} is {booking.state}, not marked")
    held = select(Booking.seat).where(
        Booking.occurrence_id == booking.occurrence_id, Booking.state.in_(HOLDS_SEAT)
    )
    taken = set(session.scalars(held))
    # The person was there: they get a seat even if the session was made smaller since.
    seat = min(set(range(1, len(taken) + 2)) - taken)
    _change(session, booking, State.APPROVED, actor, now, seat=seat)
    return booking


def cancel_all(
    session: Session,
    occurrence: Occurrence,
    *,
    actor: str,
    now: datetime,
    reason: str,
    note: str | None = None,
) -> int:
    """Everyone of a (locked) session that is off is told. How many. See store/occurrences.py."""
    if reason not in REASONS or (reason == "other" and not note):
        raise ValueError(f"needs one of {REASONS}; other needs a note")
    everyone = _everyone(session, occurrence)
    for booking in everyone:
        _change(session, booking, State.CANCELLED_BY_STAFF, actor, now, reason=reason, note=note)
    return len(everyone)


def tell_moved(
    session: Session, occurrence: Occurrence, before: datetime, *, actor: str, now: datetime
) -> int:
    """Everyone of a (locked) session that moved keeps what they have, and is told old and new time. How many.

    `before`: when it began. An offer never stands longer than until the new start.
    """
    everyone = _everyone(session, occurrence)
    for booking in everyone:
        booking.changed_at, booking.changed_by = now, actor
        flag_modified(booking, "changed_at")  # a new version in any case: the notice is named after it
        if booking.offer_expires_at is not None:
            booking.offer_expires_at = min(booking.offer_expires_at, occurrence.start)
        session.flush()
        audit.write(session, actor, "booking.moved", "booking", booking.id, now=now)
        if booking.contact_id is not None:
            notices.moved(session, booking, before, now)
    return len(everyone)


def _everyone(session: Session, occurrence: Occurrence) -> Sequence[Booking]:
    """All live bookings of a (locked) session, as they are now, in the order in which they were made."""
    query = select(Booking).where(Booking.occurrence_id == occurrence.id, Booking.state.in_(LIVE))
    query = query.order_by(Booking.id).with_for_update(of=Booking, key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def expire_offers(session: Session, now: datetime) -> int:
    """Offers nobody took in time go to the next in line; waiting lists of started sessions end. How many."""
    over = or_(
        and_(Booking.state == State.OFFERED, Booking.offer_expires_at <= now),
        and_(Booking.state == State.WAITLISTED, Occurrence.start <= now),
    )
    due = select(Booking.id, Booking.occurrence_id).join(Booking.occurrence).where(over)
    expired = 0
    for booking_id, _ in session.execute(due.order_by(Booking.occurrence_id, Booking.id)).all():
        booking = _locked(session, booking_id)
        try:
            _change(session, booking, State.EXPIRED, SYSTEM, now)
        except (NotAllowed, Closed):
            continue  # answered while we waited for the lock
        move_up(session, booking.occurrence, now)
        expired += 1
    return expired


def move_up(session: Session, occurrence: Occurrence, now: datetime) -> int:
    """Offer the free places of a (locked) session to those who wait, first come first. How many offers."""
    moved = 0
    while occurrence.state == "open" and london.awake(now) < occurrence.start:
        if _free_seat(session, occurrence) is None:
            break
        waiting = select(Booking).filter_by(occurrence_id=occurrence.id, state=State.WAITLISTED)
        booking = session.scalars(waiting.order_by(Booking.id).limit(1)).one_or_none()
        if booking is None:
            break
        _offer(session, booking, occurrence, SYSTEM, now)
        moved += 1
    return moved


def reseat(session: Session, occurrence: Occurrence) -> None:
    """After the (locked) session became smaller: seats above its places move to free ones, if there are."""
    query = select(Booking).where(Booking.occurrence_id == occurrence.id, Booking.state.in_(HOLDS_SEAT))
    holders = session.scalars(query.order_by(Booking.seat)).all()
    free = sorted(set(range(1, occurrence.capacity + 1)) - {booking.seat for booking in holders})
    above = [booking for booking in holders if (booking.seat or 0) > occurrence.capacity]
    for booking, seat in zip(above, free, strict=False):
        # Not through the object: its version is what staff look at, and nothing changed for them.
        session.execute(update(Booking).where(Booking.id == booking.id).values(seat=seat))


def bookings_of(session: Session, contact_id: int, now: datetime) -> Sequence[Booking]:
    """A person's live bookings of sessions that have not started, soonest first."""
    query = select(Booking).join(Booking.occurrence)
    query = query.where(Booking.contact_id == contact_id, Booking.state.in_(LIVE), Occurrence.start > now)
    return session.scalars(query.order_by(Occurrence.start, Booking.id)).all()


def to_decide(session: Session, *, places: Collection[str] | None = None) -> Sequence[Booking]:
    """The requests that wait for staff, the soonest session first. `places`: only these libraries."""
    query = select(Booking).join(Booking.occurrence).where(Booking.state == State.REQUESTED)
    if places is not None:
        query = query.where(Occurrence.place_id.in_(places))
    return session.scalars(query.order_by(Occurrence.start, Booking.id)).all()


def lock_occurrences(session: Session, *ids: int) -> dict[int, Occurrence]:
    """The sessions, locked until the end of the transaction. Raises Closed for an id that is not there."""
    query = select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)
    query = query.with_for_update(of=Occurrence, key_share=True).execution_options(populate_existing=True)
    found = {occurrence.id: occurrence for occurrence in session.scalars(query)}
    if set(ids) - set(found):
        raise Closed(f"no such session: {sorted(set(ids) - set(found))}")
    return found


def _locked(
    session: Session, booking_id: int, *, owner: int | None = None, also: int | None = None
) -> Booking:
    """The booking as it is now, its session(s) locked before it. NotAllowed: it is another person's."""
    while True:
        where = session.scalar(select(Booking.occurrence_id).where(Booking.id == booking_id))
        if where is None:
            raise NotAllowed(f"no booking {booking_id}")
        lock_occurrences(session, *{where, also or where})
        query = select(Booking).where(Booking.id == booking_id).with_for_update(of=Booking, key_share=True)
        booking = session.scalars(query.execution_options(populate_existing=True)).one()
        if booking.occurrence_id == where:
            break  # else it moved to another session while we waited
    if owner is not None and booking.contact_id != owner:
        raise NotAllowed(f"booking {booking_id} is another person's")
    return booking


def _live(session: Session, contact_id: int, occurrence_id: int) -> Booking | None:
    query = select(Booking).filter_by(contact_id=contact_id, occurrence_id=occurrence_id)
    return session.scalars(query.where(Booking.state.in_(LIVE))).one_or_none()


def _require_open(occurrence: Occurrence, now: datetime) -> None:
    if occurrence.state != "open" or now >= occurrence.closes_at:
        raise Closed(f"occurrence {occurrence.id}")


def _require_live(booking: Booking) -> None:
    if booking.state not in LIVE:
        raise Closed(f"booking {booking.id} is {booking.state}")


def _free_seat(session: Session, occurrence: Occurrence) -> int | None:
    query = select(Booking.seat).where(Booking.occurrence_id == occurrence.id, Booking.state.in_(TAKES_PLACE))
    taken = session.scalars(query).all()
    if len(taken) >= occurrence.capacity:
        return None
    return min(set(range(1, occurrence.capacity + 1)) - set(taken))


def _add(
    session: Session,
    occurrence: Occurrence,
    contact_id: int,
    name: str,
    *,
    seat: int | None,
    now: datetime,
    replaces: Booking | None = None,
) -> Booking:
    state = State.WAITLISTED if seat is None else State.REQUESTED
    booking = Booking(
        occurrence=occurrence,
        contact_id=contact_id,
        name=name,
        state=state.value,
        seat=seat,
        created_at=now,
        changed_at=now,
        changed_by=PERSON,
        replaces_id=replaces.id if replaces else None,
    )
    session.add(booking)
    session.flush()
    booking.reference = reference_of(booking.id)
    session.flush()
    audit.write(session, PERSON, f"booking.{state}", "booking", booking.id, now=now, occurrence=occurrence.id)
    return booking


def _offer(session: Session, booking: Booking, occurrence: Occurrence, actor: str, now: datetime) -> None:
    """Offer a place in `occurrence`: the booking's own (one came free) or another one that staff chose."""
    allowed(booking, State.OFFERED, actor, now)
    sent = london.awake(now) if actor == SYSTEM else now
    if occurrence.state != "open" or sent >= occurrence.start:
        raise Closed(f"occurrence {occurrence.id}")
    own = occurrence.id == booking.occurrence_id
    seat = booking.seat if own and booking.seat is not None else _free_seat(session, occurrence)
    if seat is None:
        raise Full(f"occurrence {occurrence.id}")
    if not own and booking.contact_id is not None and _live(session, booking.contact_id, occurrence.id):
        raise NotAllowed(f"the person has a booking in occurrence {occurrence.id} already")
    booking.offer_expires_at = min(sent + OFFER_LASTS, occurrence.start)
    booking.asked_id = None if own else booking.occurrence_id
    _change(session, booking, State.OFFERED, actor, now, to=occurrence, seat=seat)


def _change(
    session: Session,
    booking: Booking,
    target: State,
    actor: str,
    now: datetime,
    *,
    to: Occurrence | None = None,
    seat: int | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """The one way a booking changes: by the table, with its audit row and the person's notice beside it."""
    edge = allowed(booking, target, actor, now)
    before = booking.state
    booking.state = target.value
    booking.occurrence = to or booking.occurrence
    booking.seat = (seat or booking.seat) if target in HOLDS_SEAT else None
    booking.changed_at, booking.changed_by = now, actor
    booking.reason, booking.note = reason, note
    audit.write(
        session, actor, f"booking.{target}", "booking", booking.id, now=now, before=before, reason=reason
    )
    session.flush()
    if edge.notice is not None and actor != PERSON and booking.contact_id is not None:
        notices.tell(session, booking, edge, actor, now)
