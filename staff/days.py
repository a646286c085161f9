"""What the pages about days read: rules and their dates, a month, closed days. A fixed number of statements each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session

from staff import reading
from staff.visit import Visit
from store import closures, london
from store.models import Booking, Closure, Occurrence, WeeklySession
from store.transitions import LIVE, State


def midnights(first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of one day to the end of another, in London."""
    return london.to_utc(first, time()), london.to_utc(last + timedelta(days=1), time())


def rules(session: Session, mine: Collection[str] | None, today: date) -> Sequence[WeeklySession]:
    """The rules of these libraries (None: all) that go on, by library, service and time."""
    query = select(WeeklySession).where(or_(WeeklySession.last.is_(None), WeeklySession.last >= today))
    if mine is not None:
        query = query.where(WeeklySession.place_id.in_(mine))
    order = (WeeklySession.place_id, WeeklySession.service, WeeklySession.start, WeeklySession.id)
    return session.scalars(query.order_by(*order)).all()


def next_of_rules(session: Session, ids: Iterable[int], now: datetime) -> dict[int, datetime]:
    """When each rule's next open date begins, by rule; one without any is missing."""
    query = select(Occurrence.weekly_id, func.min(Occurrence.start)).group_by(Occurrence.weekly_id)
    query = query.where(
        Occurrence.weekly_id.in_(list(ids)), Occurrence.start > now, Occurrence.state == "open"
    )
    return {row[0]: row[1] for row in session.execute(query)}


def dates_of_rule(session: Session, weekly_id: int, days: Sequence[date]) -> dict[date, Occurrence]:
    """What was made for these days of a rule, by the rule's day."""
    query = select(Occurrence).where(Occurrence.weekly_id == weekly_id, Occurrence.rule_day.in_(days))
    return {each.rule_day: each for each in session.scalars(query)}


def coming_of_rule(session: Session, weekly_id: int, now: datetime) -> dict[int, Occurrence]:
    """The open dates of a rule that have not begun, by id."""
    query = select(Occurrence).filter_by(weekly_id=weekly_id, state="open").where(Occurrence.start > now)
    return {each.id: each for each in session.scalars(query.order_by(Occurrence.start))}


def people_of(session: Session, ids: Iterable[int]) -> int:
    """How many have a place in these sessions or wait for one: who would be told if they were cancelled."""
    query = select(func.count()).select_from(Booking)
    return session.scalar(query.where(Booking.occurrence_id.in_(list(ids)), Booking.state.in_(LIVE))) or 0


def cancelled_by(session: Session, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """How many sessions each closure cancelled, and how many people that told, by closure; none is missing."""
    told = func.count(Booking.id)
    query = (
        select(Occurrence.closure_id, func.count(distinct(Occurrence.id)), told)
        .join(Closure, Occurrence.closure_id == Closure.id)
        .outerjoin(
            Booking,
            (Booking.occurrence_id == Occurrence.id)
            & (Booking.state == State.CANCELLED_BY_STAFF)
            & (Booking.changed_at == Closure.created_at),
        )
        .where(Occurrence.closure_id.in_(list(ids)))
        .group_by(Occurrence.closure_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query) if row[0] is not None}


def off(visit: Visit, first: date, last: date, place: str = "") -> dict[date, list[str]]:
    """What is to be said of the days between two, both included: bank holidays and closures that stand.

    Of the libraries that this account sees, or of one (`place`). Lifted closures are not there.
    """
    found: dict[date, list[str]] = {}
    standing = [each for each in closures.listed(visit.session, visit.places, first) if not each.lifted_at]
    for n in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(n)
        lines = ["Bank holiday"] if london.is_bank_holiday(day) else []
        lines += [
            closed(visit, each) for each in standing if each.first <= day <= each.last and _is_of(each, place)
        ]
        if lines:
            found[day] = lines
    return found


def closed(visit: Visit, closure: Closure) -> str:
    """Such as "Fosse Library closed: burst pipe"."""
    where = "All libraries" if closure.place_id is None else visit.desk.names.place(closure.place_id)
    return f"{where} closed: {closure.reason}"


def _is_of(closure: Closure, place: str) -> bool:
    return not place or closure.place_id in (None, place)


def between(
    visit: Visit, first: date, last: date, *, place: str = "", service: str = ""
) -> dict[date, list[Occurrence]]:
    """The sessions of these days, by day; a day without any is missing."""
    start, end = midnights(first, last)
    found: dict[date, list[Occurrence]] = {}
    for each in reading.occurrences(visit.session, visit.places, start, end, place=place, service=service):
        found.setdefault(each.day, []).append(each)
    return found


def filters(visit: Visit, place: str, service: str) -> dict[str, str]:
    """The filters that make sense; others fall away."""
    return {
        "place": place if place in visit.my_places() else "",
        "service": service if service in visit.desk.names.services else "",
    }
