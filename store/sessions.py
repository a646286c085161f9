"""Weekly sessions in London wall time, and the single sessions ("occurrences") made 12 weeks ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from store import audit, bookings, london
from store.database import insert_once
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Audit, Booking, Occurrence, Place, SessionException, WeeklySession
from store.transitions import HOLDS_SEAT, LIVE, SYSTEM, State

WEEKS_AHEAD = 12  # DESIGN section 7
BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class OpenSession:
    """A session that can be asked for, and how many places are free (0: only the waiting list)."""

    occurrence: Occurrence
    free: int


def add_weekly(
    session: Session,
    *,
    service: str,
    place: str,
    weekday: int,
    start: time,
    minutes: int,
    capacity: int,
    actor: str,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    room: str = "",
    lead_hours: int = 24,
    on_bank_holidays: bool = False,
) -> WeeklySession:
    """A session every week (weekday 0 = Monday, `start` in London wall time), and its next 12 weeks at once.

    Places can be asked for until `lead_hours` before the start. Raises ValueError for a wrong figure or
    an unknown place, NoSuchTime when the first one falls into the hour that the clocks skip.
    """
    if not (0 <= weekday <= 6 and minutes > 0 and capacity > 0 and lead_hours >= 0):
        raise ValueError("weekday 0 to 6, minutes and places above 0, lead time not negative")
    if session.get(Place, place) is None:
        raise ValueError(f"no place {place!r}")
    rule = WeeklySession(
        service=service,
        place_id=place,
        rrule=f"FREQ=WEEKLY;BYDAY={BYDAY[weekday]}",
        first=first or london.wall(now).date(),
        last=last,
        start=start,
        minutes=minutes,
        capacity=capacity,
        room=room,
        lead_hours=lead_hours,
        on_bank_holidays=on_bank_holidays,
        created_by=actor,
        created_at=now,
    )
    for day in _wall_days(rule, rule.first, rule.first + timedelta(days=6)):
        london.to_utc(day, start)
    session.add(rule)
    session.flush()
    audit.write(
        session, actor, "session.added", "weekly_session", rule.id, now=now, service=service, place=place
    )
    _materialise(session, rule, now, WEEKS_AHEAD)
    return rule


def end_weekly(
    session: Session,
    weekly_id: int,
    *,
    last: date,
    actor: str,
    now: datetime,
    reason: str,
    note: str | None = None,
) -> int:
    """The rule ends after the day `last`; later sessions are cancelled, people told. How many sessions."""
    rule = session.get_one(WeeklySession, weekly_id)
    rule.last = last
    audit.write(session, actor, "session.ended", "weekly_session", rule.id, now=now, last=last.isoformat())
    later = select(Occurrence.id).filter_by(weekly_id=weekly_id, state="open").where(Occurrence.day > last)
    ids = session.scalars(later.order_by(Occurrence.id)).all()
    for occurrence_id in ids:
        cancel_occurrence(session, occurrence_id, actor=actor, now=now, reason=reason, note=note)
    return len(ids)


def skip_day(
    session: Session,
    weekly_id: int,
    day: date,
    *,
    actor: str,
    now: datetime,
    reason: str,
    note: str | None = None,
) -> None:
    """An exception: the weekly session does not take place on that day; whoever booked it is told."""
    insert_once(session, SessionException, weekly_id=weekly_id, day=day, reason=reason)
    open_then = select(Occurrence.id).filter_by(weekly_id=weekly_id, day=day, state="open")
    occurrence_id = session.scalar(open_then)
    if occurrence_id is not None:
        cancel_occurrence(session, occurrence_id, actor=actor, now=now, reason=reason, note=note)


def materialise(session: Session, now: datetime, weeks: int = WEEKS_AHEAD) -> int:
    """Make what is missing of every rule's next `weeks` weeks; again, or two at once, adds none. How many.

    Left out: exceptions, bank holidays (unless the rule wants them) and wall times that the clocks skip.
    """
    today = london.wall(now).date()
    rules = session.scalars(
        select(WeeklySession)
        .where(or_(WeeklySession.last.is_(None), WeeklySession.last >= today))
        .order_by(WeeklySession.id)
    )
    return sum(_materialise(session, rule, now, weeks) for rule in rules)


def cancel_occurrence(
    session: Session, occurrence_id: int, *, actor: str, now: datetime, reason: str, note: str | None = None
) -> int:
    """A session does not take place: everyone booked or waiting is told. How many people.

    Raises AlreadyHandled when it was cancelled before. reason: one of bookings.REASONS.
    """
    occurrence = bookings.lock_occurrences(session, occurrence_id)[occurrence_id]
    if occurrence.state == "cancelled":
        which = select(Audit).filter_by(
            subject="occurrence", subject_id=str(occurrence_id), action="session.cancelled"
        )
        before = session.scalars(which.order_by(Audit.id.desc())).first()
        raise AlreadyHandled(before.actor if before else SYSTEM, before.at if before else now, "cancelled")
    occurrence.state = "cancelled"
    audit.write(session, actor, "session.cancelled", "occurrence", occurrence.id, now=now, reason=reason)
    return bookings.cancel_all(session, occurrence, actor=actor, now=now, reason=reason, note=note)


def set_capacity(
    session: Session, occurrence_id: int, capacity: int, *, actor: str, now: datetime
) -> Sequence[Booking]:
    """Change one session's places; more places move the waiting list up.

    Fewer drop nobody: the bookings that are now too many are returned, for staff to decide.
    """
    if capacity < 1:
        raise ValueError("at least one place")
    occurrence = bookings.lock_occurrences(session, occurrence_id)[occurrence_id]
    before, occurrence.capacity = occurrence.capacity, capacity
    audit.write(
        session,
        actor,
        "session.capacity",
        "occurrence",
        occurrence.id,
        now=now,
        before=before,
        after=capacity,
    )
    session.flush()
    bookings.reseat(session, occurrence)
    bookings.move_up(session, occurrence, now)
    return [b for b in who_is_booked(session, occurrence_id) if b.seat is not None and b.seat > capacity]


def open_occurrences(
    session: Session, service: str, place: str | None, now: datetime, *, before: datetime | None = None
) -> Sequence[OpenSession]:
    """What can be asked for now, soonest first; full ones are there with free=0."""
    held = (
        select(func.count())
        .where(Booking.occurrence_id == Occurrence.id, Booking.state.in_(HOLDS_SEAT))
        .correlate(Occurrence)
        .scalar_subquery()
    )
    query = select(Occurrence, held).where(
        Occurrence.service == service, Occurrence.state == "open", Occurrence.closes_at > now
    )
    if place is not None:
        query = query.where(Occurrence.place_id == place)
    if before is not None:
        query = query.where(Occurrence.start < before)
    rows = session.execute(query.order_by(Occurrence.start, Occurrence.place_id))
    return [OpenSession(occurrence, max(0, occurrence.capacity - taken)) for occurrence, taken in rows]


def who_is_booked(session: Session, occurrence_id: int) -> Sequence[Booking]:
    """Everyone with a place, by seat, then the waiting list in its order; after the session, who came."""
    shown = (*LIVE, State.ATTENDED, State.NO_SHOW)
    query = select(Booking).where(Booking.occurrence_id == occurrence_id, Booking.state.in_(shown))
    return session.scalars(query.order_by(Booking.seat.is_(None), Booking.seat, Booking.id)).all()


def _wall_days(rule: WeeklySession, since: date, until: date) -> Iterator[date]:
    """The days of the rule, both ends included, in naive wall time so that summer time moves nothing."""
    first = datetime.combine(rule.first, time())
    rrule = rrulestr(rule.rrule, dtstart=first)
    for moment in rrule.between(datetime.combine(since, time()), datetime.combine(until, time()), inc=True):
        yield moment.date()


def _materialise(session: Session, rule: WeeklySession, now: datetime, weeks: int) -> int:
    today = london.wall(now).date()
    until = today + timedelta(weeks=weeks)
    skipped = {exception.day for exception in rule.exceptions}
    made = 0
    for day in _wall_days(rule, today, min(until, rule.last or until)):
        if day in skipped or (london.is_bank_holiday(day) and not rule.on_bank_holidays):
            continue
        try:
            start = london.to_utc(day, rule.start)
        except NoSuchTime:
            continue
        if start > now and _make(session, rule, day, start):
            made += 1
    return made


def _make(session: Session, rule: WeeklySession, day: date, start: datetime) -> bool:
    key = insert_once(
        session,
        Occurrence,
        weekly_id=rule.id,
        service=rule.service,
        place_id=rule.place_id,
        day=day,
        start=start,
        end=start + timedelta(minutes=rule.minutes),
        closes_at=start - timedelta(hours=rule.lead_hours),
        capacity=rule.capacity,
        room=rule.room,
    )
    return key is not None
