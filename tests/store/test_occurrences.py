"""One date of a weekly session moves, or is held after all: people keep what they have, and are told once."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import Engine, select

from store import bookings, database, occurrences, sessions
from store.errors import AlreadyHandled, Clash, Closed, NoSuchTime
from store.models import Booking, Occurrence
from store.transitions import State
from tests.store.helpers import DAY, HOUR, at_once, keys, outbox_rows, people, weekly


def move(
    engine: Engine,
    occurrence_id: int,
    day: date,
    start: time,
    now: datetime,
    *,
    version: int = 1,
    minutes: int = 60,
) -> int:
    with database.transaction(engine) as session:
        return occurrences.move(
            session,
            occurrence_id,
            day=day,
            start=start,
            minutes=minutes,
            version=version,
            actor="amira",
            now=now,
        )


def look(engine: Engine, occurrence_id: int) -> Occurrence:
    with database.transaction(engine) as session:
        return session.get_one(Occurrence, occurrence_id)


FRIDAY = date(2026, 12, 4)


def test_a_moved_session_keeps_its_people_and_tells_each_of_them_once_old_and_new(
    engine: Engine, now: datetime
) -> None:
    thursday = weekly(engine, now, capacity=2)[1]
    one, two, three = people(engine, 3, now)
    with database.transaction(engine) as session:
        asked = bookings.request(session, one, thursday, "Amal", now)
        kept = bookings.request(session, two, thursday, "Binta", now)
        bookings.decide(session, kept.id, "approve", version=kept.version, actor="amira", now=now)
        bookings.waitlist(session, three, thursday, "Cawo", now)
    before = (asked.version, kept.version)
    assert move(engine, thursday, FRIDAY, time(15, 30), now) == 3
    assert move(engine, thursday, FRIDAY, time(15, 30), now) == 0  # the form again
    rows = [row for row in outbox_rows(engine) if keys([row]) == ["booking.moved"]]
    assert {row.contact_id for row in rows} == {one, two, three} and len(rows) == 3
    values = rows[0].payload["messages"][0]["values"]
    assert values["before"] == {"$when": "2026-12-03T14:00:00+00:00"}
    assert values["when"] == {"$when": "2026-12-04T15:30:00+00:00"}
    with database.transaction(engine) as session:
        states = session.scalars(select(Booking).order_by(Booking.id)).all()
        assert [each.state for each in states] == [State.REQUESTED, State.APPROVED, State.WAITLISTED]
        assert [each.version for each in states[:2]] == [n + 1 for n in before]
        moved = session.get_one(Occurrence, thursday)
        assert (moved.day, moved.rule_day) == (FRIDAY, date(2026, 12, 3))
        assert moved.start - moved.closes_at == DAY
        assert sessions.materialise(session, now) == 0  # the rule does not make it again


def test_a_longer_session_tells_nobody(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, people(engine, 1, now)[0], thursday, "Amal", now)
    assert move(engine, thursday, date(2026, 11, 26), time(14), now, minutes=90) == 0
    assert look(engine, thursday).end == datetime(2026, 11, 26, 15, 30, tzinfo=UTC)
    assert outbox_rows(engine) == []


def test_an_offer_ends_at_the_new_start_at_the_latest(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now, capacity=1)[0]
    one, two = people(engine, 2, now)
    soon = datetime(2026, 11, 26, 9, tzinfo=UTC)
    with database.transaction(engine) as session:
        held = bookings.request(session, one, thursday, "Amal", now)
        bookings.waitlist(session, two, thursday, "Binta", now)
        bookings.cancel_by_person(session, one, held.id, soon - 3 * HOUR)
    move(engine, thursday, date(2026, 11, 26), time(11), soon - HOUR)
    with database.transaction(engine) as session:
        offered = session.scalars(select(Booking).filter_by(state=State.OFFERED)).one()
        assert offered.offer_expires_at == datetime(2026, 11, 26, 11, tzinfo=UTC)


def test_where_a_session_cannot_move_nothing_changes(engine: Engine, now: datetime) -> None:
    first, second = weekly(engine, now)[:2]
    weekly(engine, now, service="it_sessions")
    with pytest.raises(Closed):
        move(engine, first, date(2026, 11, 22), time(10), now)
    with pytest.raises(Clash):
        move(engine, first, date(2026, 12, 3), time(14), now)
    with pytest.raises(AlreadyHandled):
        move(engine, first, FRIDAY, time(10), now, version=7)
    with pytest.raises(Closed):
        move(engine, first, FRIDAY, time(10), datetime(2026, 11, 26, 14, tzinfo=UTC))
    with pytest.raises(NoSuchTime):
        move(engine, second, date(2027, 3, 28), time(1, 30), now)
    with database.transaction(engine) as session:
        occurrences.cancel(session, second, actor="amira", now=now, reason="room")
    with pytest.raises(Closed):
        move(engine, second, FRIDAY, time(10), now, version=2)


def test_two_who_move_it_at_once_move_it_once(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, people(engine, 1, now)[0], thursday, "Amal", now)
    results = at_once([lambda n=n: move(engine, thursday, FRIDAY, time(9 + n), now) for n in range(4)])  # type: ignore[misc]
    assert sorted(type(each).__name__ for each in results) == ["AlreadyHandled"] * 3 + ["int"]
    assert keys(outbox_rows(engine)) == ["booking.moved"]


def test_a_cancelled_date_is_held_after_all_for_new_bookings(engine: Engine, now: datetime) -> None:
    thursdays = weekly(engine, now)
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, person, thursdays[1], "Amal", now)
        weekly_id = session.get_one(Occurrence, thursdays[1]).weekly_id
        gone = sessions.skip_day(
            session, weekly_id, date(2026, 12, 3), actor="amira", now=now, reason="staff_away"
        )
        assert gone == 1
    with database.transaction(engine) as session:
        occurrences.reopen(session, thursdays[1], actor="ben", now=now)
        occurrences.reopen(session, thursdays[1], actor="ben", now=now)
        assert session.scalars(select(Booking.state)).all() == [State.CANCELLED_BY_STAFF]
        assert bookings.request(session, person, thursdays[1], "Amal", now).state == State.REQUESTED
    with pytest.raises(Closed), database.transaction(engine) as session:
        occurrences.cancel(session, thursdays[2], actor="amira", now=now, reason="room")
        occurrences.reopen(session, thursdays[2], actor="amira", now=now + 30 * DAY)
