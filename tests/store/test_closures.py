"""A closed day cancels what stood on it, keeps new dates away, and can be opened again (bad input 31)."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import Engine, func, select

from store import bookings, closing, closures, database, occurrences, places, sessions
from store.errors import AlreadyHandled, DayOff
from store.models import Audit, Booking, Closure, Occurrence
from store.transitions import State
from tests.store.helpers import DAY, PLACES, at_once, keys, outbox_rows, people, weekly

THURSDAY = date(2026, 12, 3)


def close(engine: Engine, now: datetime, first: date, last: date, *, place: str | None = "fosse") -> Closure:
    with database.transaction(engine) as session:
        return closing.close(
            session, place=place, first=first, last=last, reason="Burst pipe", actor="amira", now=now
        )


def lift(engine: Engine, closure: Closure, now: datetime, actor: str = "ben") -> int:
    with database.transaction(engine) as session:
        return closing.lift(session, closure.id, actor=actor, now=now)


def on(engine: Engine, day: date) -> dict[str, str]:
    """The sessions of a day: their states by library."""
    with database.transaction(engine) as session:
        found = session.scalars(select(Occurrence).filter_by(day=day))
        return {each.place_id: each.state for each in found}


def test_everyone_of_a_closed_day_is_told_once_and_why(engine: Engine, now: datetime) -> None:
    fosse, belgrave = weekly(engine, now, capacity=1), weekly(engine, now, place="belgrave")
    one, two, three = people(engine, 3, now)
    with database.transaction(engine) as session:
        bookings.request(session, one, fosse[1], "Amal", now)
        bookings.waitlist(session, two, fosse[1], "Binta", now)
        bookings.request(session, three, belgrave[1], "Cawo", now)
        assert closing.would_cancel(session, "fosse", THURSDAY, THURSDAY, now) == (1, 2)
    close(engine, now, THURSDAY, THURSDAY)
    close(engine, now, THURSDAY, THURSDAY)  # the form again
    rows = outbox_rows(engine)
    assert keys(rows) == ["booking.cancelled_by_staff"] * 2
    assert rows[0].payload["messages"][0]["values"]["reason"] == {"$say": "reason.closed"}
    assert {row.contact_id for row in rows} == {one, two}
    assert on(engine, THURSDAY) == {"fosse": "cancelled", "belgrave": "open"}
    with database.transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Closure)) == 1
        (detail,) = session.scalars(select(Audit.detail).filter_by(action="closure.added"))
        assert "pipe" not in str(detail)


def test_no_session_is_made_on_a_closed_day(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
    close(engine, now, THURSDAY, THURSDAY, place=None)
    weekly(engine, now)
    weekly(engine, now, place="belgrave")
    assert on(engine, THURSDAY) == {}
    assert on(engine, date(2026, 12, 10)) == {"fosse": "open", "belgrave": "open"}


def test_opened_again_the_sessions_stand_there_and_nobody_is_booked_by_itself(
    engine: Engine, now: datetime
) -> None:
    thursdays = weekly(engine, now)
    one = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        booked = bookings.request(session, one, thursdays[1], "Amal", now).id
    closure = close(engine, now, THURSDAY, date(2027, 2, 28))
    weekly(engine, now, service="it_sessions")  # from 26 November only
    assert lift(engine, closure, now) == 22  # 11 come back, 11 were never made
    assert on(engine, date(2026, 12, 10)) == {"fosse": "open"}
    with database.transaction(engine) as session:
        assert session.get_one(Booking, booked).state == State.CANCELLED_BY_STAFF
        assert bookings.request(session, one, thursdays[1], "Amal", now).state == State.REQUESTED
    assert len(outbox_rows(engine)) == 1
    with pytest.raises(AlreadyHandled, match="lifted by ben"):
        lift(engine, closure, now, actor="amira")


def test_what_another_closure_or_staff_took_away_does_not_come_back(engine: Engine, now: datetime) -> None:
    weekly(engine, now)
    christmas = close(engine, now, date(2026, 12, 7), date(2027, 1, 3), place=None)
    close(engine, now, date(2026, 12, 10), date(2026, 12, 10))
    with database.transaction(engine) as session:
        weekly_id = session.scalars(select(Occurrence.weekly_id)).first() or 0
        skipped, last = date(2026, 12, 17), date(2026, 12, 26)
        sessions.skip_day(session, weekly_id, skipped, actor="amira", now=now, reason="staff_away")
        sessions.end_weekly(session, weekly_id, last=last, actor="amira", now=now, reason="staff_away")
    assert lift(engine, christmas, now) == 1
    open_days = {day: on(engine, day).get("fosse") for day in (date(2026, 12, n) for n in (10, 17, 24, 31))}
    assert list(open_days.values()) == ["cancelled", "cancelled", "open", "cancelled"]


def test_whether_a_day_is_closed_is_asked_for_a_library_or_for_all(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
    close(engine, now, THURSDAY, THURSDAY)
    christmas_eve = date(2026, 12, 24)
    close(engine, now, christmas_eve, christmas_eve, place=None)
    with database.transaction(engine) as session:
        asked = [
            closures.day_off(session, place, day)
            for day in (THURSDAY, christmas_eve, date(2026, 12, 28), date(2026, 12, 30))
            for place in ("fosse", "belgrave", None)
        ]
        assert asked == ["closed", "", "", *["closed"] * 3, *["bank_holiday"] * 3, "", "", ""]
        days = closures.closed_days(session, "fosse", date(2026, 12, 1), date(2026, 12, 31))
        assert days == {THURSDAY, christmas_eve}


def test_what_runs_already_is_not_cancelled_by_closing_today(engine: Engine, now: datetime) -> None:
    weekly(engine, now, weekday=3, start=time(10), lead_hours=0)
    weekly(engine, now, weekday=3, start=time(15), lead_hours=0)
    at_noon = now + 3 * DAY + (now - now.replace(hour=6))
    close(engine, at_noon, at_noon.date(), at_noon.date())
    with database.transaction(engine) as session:
        query = select(Occurrence.state).filter_by(day=at_noon.date()).order_by(Occurrence.start)
        assert session.scalars(query).all() == ["open", "cancelled"]


@pytest.mark.parametrize(
    ("first", "last", "place"),
    [
        (date(2026, 11, 22), THURSDAY, "fosse"),
        (THURSDAY, date(2026, 12, 2), "fosse"),
        (date(2028, 1, 1), date(2028, 1, 2), "fosse"),
        (THURSDAY, date(2028, 1, 2), "fosse"),
        (THURSDAY, THURSDAY, "nowhere"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    engine: Engine, now: datetime, first: date, last: date, place: str
) -> None:
    with pytest.raises(ValueError, match=r"from today on|no place"):
        close(engine, now, first, last, place=place)


def test_a_closed_day_keeps_moved_and_reopened_sessions_away(engine: Engine, now: datetime) -> None:
    thursdays = weekly(engine, now)
    with database.transaction(engine) as session:
        told = occurrences.cancel(session, thursdays[1], actor="amira", now=now, reason="room")
        assert told == 0
    close(engine, now, THURSDAY, THURSDAY)
    with pytest.raises(DayOff), database.transaction(engine) as session:
        occurrences.reopen(session, thursdays[1], actor="amira", now=now)
    with pytest.raises(DayOff), database.transaction(engine) as session:
        occurrences.move(
            session, thursdays[0], day=THURSDAY, start=time(9), minutes=60, version=1, actor="amira", now=now
        )


def test_closing_while_dates_are_made_leaves_no_open_session_on_a_closed_day(
    engine: Engine, now: datetime
) -> None:
    weekly(engine, now)
    later = now + 28 * DAY
    first, last = date(2027, 2, 18), date(2027, 3, 31)

    def make() -> int:
        with database.transaction(engine) as session:
            return sessions.materialise(session, later)

    work = [
        make,
        lambda: close(engine, later, first, last).id,
        make,
        lambda: close(engine, later, first, last).id,
    ]
    results = at_once(work)
    assert not [each for each in results if isinstance(each, Exception)]
    with database.transaction(engine) as session:
        query = select(Occurrence.state).where(Occurrence.day >= first)
        assert set(session.scalars(query)) <= {"cancelled"}
        assert session.scalar(select(func.count()).select_from(Closure)) == 1
