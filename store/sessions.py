"""Weekly sessions in London wall time, and the single sessions ("occurrences") made from them ahead of time.

What happens to one of them stands in store/occurrences.py, closed days in store/closures.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from store import audit, closures, london, occurrences
from store.database import DOUBLE_TAP, insert_once
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Audit, Booking, Occurrence, Place, SessionException, WeeklySession
from store.transitions import SYSTEM, TAKES_PLACE

WEEKS_AHEAD = 12  # DESIGN section 7
MOST_WEEKS = 26  # the farthest that people may see
BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REPEATS = {  # how often: RFC 5545, with the day of the week left open
    "weekly": "FREQ=WEEKLY;BYDAY={day}",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
    "first": "FREQ=MONTHLY;BYDAY=1{day}",
    "second": "FREQ=MONTHLY;BYDAY=2{day}",
    "third": "FREQ=MONTHLY;BYDAY=3{day}",
    "fourth": "FREQ=MONTHLY;BYDAY=4{day}",
    "last": "FREQ=MONTHLY;BYDAY=-1{day}",
}
RULES = {  # the other way round: a rule → how often, and the day of the week (0 = Monday)
    rule.format(day=code): (repeat, n) for repeat, rule in REPEATS.items() for n, code in enumerate(BYDAY)
}


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
    repeat: str = "weekly",
    first: date | None = None,
    last: date | None = None,
    room: str = "",
    lead_hours: int = 24,
    weeks_ahead: int = WEEKS_AHEAD,
    on_bank_holidays: bool = False,
) -> WeeklySession:
    """A session every week, or as `repeat` (of REPEATS) says; its dates of the next 12 weeks at once.

    weekday 0 = Monday, `start` in London wall time; the first one is on the day `first` or after it. Places can be
    asked for until `lead_hours` before the start; people see `weeks_ahead`. The very same by the same hand within a
    minute (a double tap): the rule that is there. Raises ValueError for a wrong figure or an unknown place,
    NoSuchTime when the first one falls into the hour that the clocks skip.
    """
    if not (0 <= weekday <= 6 and minutes > 0 and repeat in REPEATS):
        raise ValueError(f"weekday 0 to 6, minutes above 0, repeat one of {tuple(REPEATS)}")
    _require_sense(capacity, lead_hours, weeks_ahead)
    if session.get(Place, place) is None:
        raise ValueError(f"no place {place!r}")
    closures.hold(session, place)
    since = first or london.wall(now).date()
    # Every two weeks counts from the first such day, not from the week in which somebody typed this.
    nearest = REPEATS["weekly" if repeat == "fortnightly" else repeat].format(day=BYDAY[weekday])
    facts: dict[str, Any] = {
        "service": service,
        "place_id": place,
        "rrule": REPEATS[repeat].format(day=BYDAY[weekday]),
        "first": next(_days_of(nearest, since, since)),
        "last": last,
        "start": start,
        "minutes": minutes,
        "capacity": capacity,
        "room": room,
        "lead_hours": lead_hours,
        "weeks_ahead": weeks_ahead,
        "on_bank_holidays": on_bank_holidays,
        "created_by": actor,
    }
    twin = select(WeeklySession).filter_by(**facts).where(WeeklySession.created_at > now - DOUBLE_TAP)
    existing = session.scalars(twin.order_by(WeeklySession.id).limit(1)).first()
    if existing is not None:
        return existing
    rule = WeeklySession(**facts, created_at=now)
    london.to_utc(rule.first, start)
    session.add(rule)
    session.flush()
    audit.write(
        session, actor, "session.added", "weekly_session", rule.id, now=now, service=service, place=place
    )
    _materialise(session, rule, now, WEEKS_AHEAD)
    return rule


def change_weekly(
    session: Session,
    weekly_id: int,
    *,
    room: str,
    capacity: int,
    lead_hours: int,
    weeks_ahead: int,
    on_bank_holidays: bool,
    version: int,
    actor: str,
    now: datetime,
) -> WeeklySession:
    """Change the rule and its coming dates. Room and places of a date that was changed by itself stay.

    Fewer places drop nobody, more move waiting lists up. With bank holidays off, their dates are cancelled and
    people are told. Raises AlreadyHandled (it changed since `version`) and ValueError.
    """
    _require_sense(capacity, lead_hours, weeks_ahead)
    rule = _held(session, weekly_id)
    if rule.version != version:
        raise _faster(session, weekly_id, now)
    old = (rule.capacity, rule.room)
    rule.room, rule.capacity, rule.lead_hours = room, capacity, lead_hours
    rule.weeks_ahead, rule.on_bank_holidays = weeks_ahead, on_bank_holidays
    facts = {"capacity": capacity, "lead_hours": lead_hours, "weeks_ahead": weeks_ahead}
    audit.write(session, actor, "session.changed", "weekly_session", rule.id, now=now, **facts)
    session.flush()
    coming = select(Occurrence.id).filter_by(weekly_id=weekly_id).where(Occurrence.start > now)
    for id_, each in occurrences.lock(session, *session.scalars(coming)).items():
        if each.state == "open" and london.is_bank_holiday(each.day) and not on_bank_holidays:
            occurrences.cancel(session, id_, actor=actor, now=now, reason=closures.CLOSED)
        each.closes_at = each.start - timedelta(hours=lead_hours)
        occurrences.set_capacity(
            session,
            id_,
            capacity if each.capacity == old[0] else each.capacity,
            room=room if each.room == old[1] else each.room,
            actor=actor,
            now=now,
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
    """The rule ends after the day `last`; later sessions are cancelled, people told. How many sessions.

    What has begun stays. Again with the same day is harmless.
    """
    rule = _held(session, weekly_id)
    if rule.last != last:
        rule.last = last
        facts = {"last": last.isoformat()}
        audit.write(session, actor, "session.ended", "weekly_session", rule.id, now=now, **facts)
        session.flush()
    later = select(Occurrence.id).filter_by(weekly_id=weekly_id)
    later = later.where(Occurrence.day > last, Occurrence.start > now)
    return _call_off(session, session.scalars(later).all(), actor=actor, now=now, reason=reason, note=note)


def skip_day(
    session: Session,
    weekly_id: int,
    day: date,
    *,
    actor: str,
    now: datetime,
    reason: str,
    note: str | None = None,
) -> int:
    """An exception: the session of that day of the rule does not take place; whoever booked it is told.

    It may have moved to another day since. How many sessions that cancels: 1, or 0 when it was off already.
    """
    _held(session, weekly_id)
    insert_once(session, SessionException, weekly_id=weekly_id, day=day, reason=reason)
    then = select(Occurrence.id).filter_by(weekly_id=weekly_id, rule_day=day).where(Occurrence.start > now)
    return _call_off(session, session.scalars(then).all(), actor=actor, now=now, reason=reason, note=note)


def materialise(session: Session, now: datetime, weeks: int = WEEKS_AHEAD) -> int:
    """Make what is missing of every rule's next `weeks` weeks (more, if people see farther); again, or two at once,
    adds none. How many.

    Left out: exceptions, closed days, bank holidays (unless the rule wants them) and wall times that the clocks skip.
    """
    today = london.wall(now).date()
    closures.hold(session, None)
    rules = session.scalars(
        select(WeeklySession)
        .where(or_(WeeklySession.last.is_(None), WeeklySession.last >= today))
        .order_by(WeeklySession.id)
    )
    return sum(_materialise(session, rule, now, weeks) for rule in rules)


def open_occurrences(
    session: Session, service: str, place: str | None, now: datetime, *, before: datetime | None = None
) -> Sequence[OpenSession]:
    """What can be asked for now, soonest first, as far ahead as people see; full ones are there with free=0."""
    held = (
        select(func.count())
        .where(Booking.occurrence_id == Occurrence.id, Booking.state.in_(TAKES_PLACE))
        .correlate(Occurrence)
        .scalar_subquery()
    )
    query = select(Occurrence, held, WeeklySession.weeks_ahead).join(
        WeeklySession, Occurrence.weekly_id == WeeklySession.id
    )
    query = query.where(Occurrence.service == service, Occurrence.state == "open", Occurrence.closes_at > now)
    if place is not None:
        query = query.where(Occurrence.place_id == place)
    if before is not None:
        query = query.where(Occurrence.start < before)
    rows = session.execute(query.order_by(Occurrence.start, Occurrence.place_id))
    today = london.wall(now).date()
    return [
        OpenSession(occurrence, max(0, occurrence.capacity - taken))
        for occurrence, taken, weeks in rows
        if occurrence.day <= today + timedelta(weeks=weeks)
    ]


def next_days(rule: WeeklySession, since: date, number: int) -> list[date]:
    """The next days of the rule from `since` on, exceptions, bank holidays and closed days among them."""
    last = rule.last or date.max
    return [day for day in islice(_days_of(rule.rrule, rule.first, since), number) if day <= last]


def _days_of(rrule: str, first: date, since: date) -> Iterator[date]:
    """The days of a rule from `since` on, for ever, in naive wall time so that summer time moves nothing."""
    rule = rrulestr(rrule, dtstart=datetime.combine(first, time()))
    for moment in rule.xafter(datetime.combine(since, time()), inc=True):
        yield moment.date()


def _require_sense(capacity: int, lead_hours: int, weeks_ahead: int) -> None:
    if not (capacity > 0 and lead_hours >= 0 and 1 <= weeks_ahead <= MOST_WEEKS):
        raise ValueError(f"places above 0, lead time not negative, 1 to {MOST_WEEKS} weeks ahead")
    if lead_hours >= weeks_ahead * 7 * 24:
        raise ValueError("nobody could ever ask")


def _held(session: Session, weekly_id: int) -> WeeklySession:
    """The rule, with its library's row held before it. Raises NoResultFound."""
    closures.hold(session, session.get_one(WeeklySession, weekly_id).place_id)
    query = select(WeeklySession).where(WeeklySession.id == weekly_id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _faster(session: Session, weekly_id: int, now: datetime) -> AlreadyHandled:
    """Who changed the rule last, and when."""
    query = select(Audit).filter_by(subject="weekly_session", subject_id=str(weekly_id))
    last = session.scalars(query.order_by(Audit.id.desc()).limit(1)).first()
    return AlreadyHandled(last.actor if last else SYSTEM, last.at if last else now, "changed")


def _call_off(
    session: Session, ids: Sequence[int], *, actor: str, now: datetime, reason: str, note: str | None
) -> int:
    """Cancel those that are open. None of them comes back when a closure is lifted."""
    found = occurrences.lock(session, *ids)
    open_ones = [id_ for id_, each in found.items() if each.state == "open"]
    for id_ in open_ones:
        occurrences.cancel(session, id_, actor=actor, now=now, reason=reason, note=note)
    for each in found.values():
        each.closure_id = None
    return len(open_ones)


def _materialise(session: Session, rule: WeeklySession, now: datetime, weeks: int) -> int:
    today = london.wall(now).date()
    until = today + timedelta(weeks=max(weeks, rule.weeks_ahead))
    until = min(until, rule.last or until)
    off = {exception.day for exception in rule.exceptions}
    off |= closures.closed_days(session, rule.place_id, today, until)
    made = 0
    for day in _days_of(rule.rrule, rule.first, today):
        if day > until:
            break
        if day in off or (london.is_bank_holiday(day) and not rule.on_bank_holidays):
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
        rule_day=day,
        day=day,
        start=start,
        end=start + timedelta(minutes=rule.minutes),
        closes_at=start - timedelta(hours=rule.lead_hours),
        capacity=rule.capacity,
        room=rule.room,
    )
    return key is not None
