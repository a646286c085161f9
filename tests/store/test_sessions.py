"""Weekly sessions keep London's wall time, and are made once (bad inputs 27, 31, 44, 50)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, func, select

from store import bookings, database, london, occurrences, places, sessions
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Booking, Occurrence, Place, WeeklySession
from store.transitions import State
from tests.store.helpers import DAY, PLACES, at_once, keys, outbox_rows, people, weekly


def add(
    engine: Engine,
    now: datetime,
    weekday: int,
    start: time,
    *,
    first: date | None = None,
    last: date | None = None,
    on_bank_holidays: bool = False,
) -> Sequence[Occurrence]:
    """A weekly session and its occurrences, soonest first."""
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        rule = sessions.add_weekly(
            session,
            service="work_coach",
            place="fosse",
            weekday=weekday,
            start=start,
            minutes=90,
            capacity=2,
            actor="amira",
            now=now,
            first=first,
            last=last,
            on_bank_holidays=on_bank_holidays,
        )
        return session.scalars(select(Occurrence).filter_by(weekly_id=rule.id).order_by(Occurrence.day)).all()


def test_a_weekly_session_stands_twelve_weeks_ahead(engine: Engine, now: datetime) -> None:
    made = add(engine, now, 2, time(10, 0))
    assert made[0].start == datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert made[0].end - made[0].start == timedelta(minutes=90)
    assert made[0].closes_at == made[0].start - DAY
    assert made[-1].day == date(2027, 2, 10)
    assert {o.day.weekday() for o in made} == {2}


def test_ten_in_the_morning_stays_ten_in_the_morning_when_the_clocks_change(engine: Engine) -> None:
    made = add(engine, datetime(2026, 10, 20, tzinfo=UTC), 2, time(10, 0))
    assert [(o.day.day, o.start.hour) for o in made[:3]] == [(21, 9), (28, 10), (4, 10)]
    assert {london.wall(o.start).time() for o in made} == {time(10, 0)}


def test_an_hour_that_the_clocks_skip_is_refused(engine: Engine) -> None:
    with pytest.raises(NoSuchTime):
        add(engine, datetime(2027, 3, 24, tzinfo=UTC), 6, time(1, 30))


def test_a_week_whose_hour_is_skipped_has_no_session_and_the_others_do(engine: Engine) -> None:
    made = add(engine, datetime(2027, 3, 15, tzinfo=UTC), 6, time(1, 30))
    assert [o.day for o in made[:2]] == [date(2027, 3, 21), date(2027, 4, 4)]


def test_of_a_repeated_hour_the_first_counts() -> None:
    assert london.to_utc(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_bank_holidays_and_exceptions_have_no_session(engine: Engine, now: datetime) -> None:
    christmas, boxing_day_instead = date(2026, 12, 25), date(2026, 12, 28)
    assert london.is_bank_holiday(boxing_day_instead)
    assert christmas not in [o.day for o in add(engine, now, 4, time(10, 0))]
    assert christmas in [o.day for o in add(engine, now, 4, time(10, 0), on_bank_holidays=True)]


def test_a_skipped_day_tells_who_booked_it_and_is_not_made_again(engine: Engine, now: datetime) -> None:
    thursday, person = weekly(engine, now)[0], people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, person, thursday, "Amal", now)
        occurrence = session.get_one(Occurrence, thursday)
        sessions.skip_day(
            session, occurrence.weekly_id, occurrence.day, actor="amira", now=now, reason="staff_away"
        )
        assert sessions.materialise(session, now) == 0
        assert session.scalars(select(Booking.state)).all() == [State.CANCELLED_BY_STAFF]
    assert keys(outbox_rows(engine)) == ["booking.cancelled_by_staff"]


def test_making_them_again_or_twice_at_once_adds_nothing(engine: Engine, now: datetime) -> None:
    for weekday in range(5):
        add(engine, now, weekday, time(10, 0))
    later = now + timedelta(weeks=2)

    def make() -> int:
        with database.transaction(engine) as session:
            return sessions.materialise(session, later)

    made = at_once([make] * 4)
    assert sum(n for n in made if isinstance(n, int)) == 10
    assert make() == 0
    with database.transaction(engine) as session:
        days = select(func.count(), func.count(func.distinct(Occurrence.day))).where(Occurrence.start > now)
        assert len(set(session.execute(days).one())) == 1


def test_a_rule_that_ends_cancels_what_comes_after(engine: Engine, now: datetime) -> None:
    weekly(engine, now)
    with database.transaction(engine) as session:
        rule = session.scalars(select(WeeklySession)).one()
        gone = sessions.end_weekly(
            session, rule.id, last=date(2026, 12, 10), actor="amira", now=now, reason="staff_away"
        )
        left = sessions.open_occurrences(session, "work_coach", None, now)
        assert [s.occurrence.day.day for s in left] == [26, 3, 10]
        assert gone == 9  # 12 weeks less 3; New Year's Eve is no bank holiday
        assert sessions.materialise(session, now + timedelta(weeks=4)) == 0


@pytest.mark.parametrize(
    "wrong", [{"weekday": 7}, {"weekday": -1}, {"minutes": 0}, {"capacity": 0}, {"place": "nowhere"}]
)
def test_a_session_that_makes_no_sense_is_refused(
    engine: Engine, now: datetime, wrong: dict[str, object]
) -> None:
    facts: dict[str, object] = {"weekday": 1, "minutes": 60, "capacity": 3, "place": "fosse"}
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        with pytest.raises(ValueError, match=r"weekday|place"):
            sessions.add_weekly(
                session,
                service="work_coach",
                start=time(10),
                actor="amira",
                now=now,
                **(facts | wrong),  # type: ignore[arg-type]
            )


def test_open_sessions_come_soonest_first_with_what_is_free(engine: Engine, now: datetime) -> None:
    fosse = weekly(engine, now, capacity=1)
    weekly(engine, now, place="belgrave", weekday=2, capacity=4)
    weekly(engine, now, service="it_sessions")
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, person, fosse[0], "Amal", now)
        found = sessions.open_occurrences(session, "work_coach", None, now)
        assert [(s.occurrence.place_id, s.free) for s in found[:3]] == [
            ("belgrave", 4),
            ("fosse", 0),
            ("belgrave", 4),
        ]
        only = sessions.open_occurrences(session, "work_coach", "fosse", now)
        assert {s.occurrence.place_id for s in only} == {"fosse"}
        after_it_closed = sessions.open_occurrences(
            session, "work_coach", "fosse", only[0].occurrence.closes_at
        )
        assert after_it_closed[0].occurrence.id == fosse[1]


def test_who_is_booked_comes_by_seat_and_then_the_waiting_list(engine: Engine, now: datetime) -> None:
    thursday = weekly(engine, now, capacity=2)[0]
    one, two, three = people(engine, 3, now)
    with database.transaction(engine) as session:
        for person in (two, one):
            bookings.request(session, person, thursday, "Amal", now)
        bookings.waitlist(session, three, thursday, "Amal", now)
        listed = occurrences.who_is_booked(session, thursday)
    assert [(b.contact_id, b.seat) for b in listed] == [(two, 1), (one, 2), (three, None)]


def test_places_follow_the_knowledge_base(engine: Engine) -> None:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        places.sync(session, {"fosse": "Fosse Neighbourhood Library"})
        assert [p.name for p in places.active(session)] == ["Fosse Neighbourhood Library"]
        assert session.get_one(Place, "belgrave").active is False


# How often


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ("weekly", [(11, 25), (12, 2), (12, 9)]),
        ("fortnightly", [(11, 25), (12, 9), (12, 23)]),
        ("first", [(12, 2), (1, 6), (2, 3)]),
        ("last", [(11, 25), (12, 30), (1, 27)]),
    ],
)
def test_a_session_may_be_every_two_weeks_or_once_a_month(
    engine: Engine, now: datetime, repeat: str, days: list[tuple[int, int]]
) -> None:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        rule = sessions.add_weekly(
            session, service="work_coach", place="fosse", weekday=2, start=time(10), minutes=60, capacity=2,
            actor="amira", now=now, repeat=repeat,
        )  # fmt: skip
        made = session.scalars(select(Occurrence).filter_by(weekly_id=rule.id).order_by(Occurrence.day))
        assert [(each.day.month, each.day.day) for each in made][:3] == days
        assert sessions.RULES[rule.rrule] == (repeat, 2)


def test_every_two_weeks_counts_from_the_first_one(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        places.sync(session, PLACES)
        rule = sessions.add_weekly(
            session, service="work_coach", place="fosse", weekday=0, start=time(10), minutes=60, capacity=2,
            actor="amira", now=now, repeat="fortnightly", first=date(2026, 12, 4),
        )  # fmt: skip
        assert rule.first == date(2026, 12, 7)  # the Monday after that Friday, not the one ten days later
        assert sessions.next_days(rule, now.date(), 2) == [date(2026, 12, 7), date(2026, 12, 21)]


# Changing a rule


def change(engine: Engine, now: datetime, version: int = 1, **changes: object) -> WeeklySession:
    with database.transaction(engine) as session:
        rule = session.scalars(select(WeeklySession)).one()
        facts = {
            "room": rule.room, "capacity": rule.capacity, "lead_hours": rule.lead_hours,
            "weeks_ahead": rule.weeks_ahead, "on_bank_holidays": rule.on_bank_holidays,
        }  # fmt: skip
        return sessions.change_weekly(
            session,
            rule.id,
            version=version,
            actor="ben",
            now=now,
            **(facts | changes),  # type: ignore[arg-type]
        )


def coming(engine: Engine) -> list[Occurrence]:
    with database.transaction(engine) as session:
        return list(session.scalars(select(Occurrence).order_by(Occurrence.start)))


def test_a_change_of_the_rule_reaches_its_coming_dates_but_not_one_that_was_changed_by_itself(
    engine: Engine, now: datetime
) -> None:
    thursdays = weekly(engine, now, capacity=3)
    with database.transaction(engine) as session:
        occurrences.set_capacity(session, thursdays[1], 9, actor="amira", now=now, room="Hall")
    change(engine, now + DAY * 4, capacity=5, room="Room 2", lead_hours=2)
    first, second, third = coming(engine)[:3]
    assert (first.capacity, first.room) == (3, "")  # it was held before
    assert (second.capacity, second.room) == (9, "Hall")
    assert (third.capacity, third.room) == (5, "Room 2")
    assert third.start - third.closes_at == timedelta(hours=2)


def test_more_places_in_the_rule_move_waiting_lists_up_and_fewer_drop_nobody(
    engine: Engine, now: datetime
) -> None:
    thursday = weekly(engine, now, capacity=1)[0]
    one, two = people(engine, 2, now)
    with database.transaction(engine) as session:
        bookings.request(session, one, thursday, "Amal", now)
        bookings.waitlist(session, two, thursday, "Binta", now)
    rule = change(engine, now, capacity=2)
    assert keys(outbox_rows(engine)) == ["offer"]
    change(engine, now, rule.version, capacity=1)
    with database.transaction(engine) as session:
        assert set(session.scalars(select(Booking.state))) == {State.REQUESTED, State.OFFERED}


def test_a_change_from_an_old_page_is_refused_and_says_by_whom(engine: Engine, now: datetime) -> None:
    weekly(engine, now)
    change(engine, now, capacity=4)
    with pytest.raises(AlreadyHandled, match="changed by ben"):
        change(engine, now, capacity=5)


def test_people_see_as_far_as_the_rule_says_and_staff_twelve_weeks(engine: Engine, now: datetime) -> None:
    weekly(engine, now)
    rule = change(engine, now, weeks_ahead=2)
    with database.transaction(engine) as session:
        seen = sessions.open_occurrences(session, "work_coach", None, now)
    assert [each.occurrence.day.day for each in seen] == [26, 3]
    assert len(coming(engine)) == 12
    change(engine, now, rule.version, weeks_ahead=20)
    assert len(coming(engine)) == 20
    with pytest.raises(ValueError, match="nobody could ever ask"):
        change(engine, now, 3, weeks_ahead=1, lead_hours=7 * 24)


def test_with_bank_holidays_off_their_dates_are_cancelled_and_people_told(
    engine: Engine, now: datetime
) -> None:
    add(engine, now, 4, time(10), on_bank_holidays=True)
    christmas = next(each for each in coming(engine) if each.day == date(2026, 12, 25))
    with database.transaction(engine) as session:
        bookings.request(session, people(engine, 1, now)[0], christmas.id, "Amal", now)
    change(engine, now, on_bank_holidays=False)
    assert {each.day for each in coming(engine) if each.state == "cancelled"} == {
        date(2026, 12, 25), date(2027, 1, 1),
    }  # fmt: skip
    assert keys(outbox_rows(engine)) == ["booking.cancelled_by_staff"]


def test_ending_a_rule_again_tells_nobody_twice(engine: Engine, now: datetime) -> None:
    thursdays = weekly(engine, now)
    with database.transaction(engine) as session:
        bookings.request(session, people(engine, 1, now)[0], thursdays[3], "Amal", now)
        weekly_id = session.get_one(Occurrence, thursdays[3]).weekly_id
    for expected in (9, 0):
        with database.transaction(engine) as session:
            assert expected == sessions.end_weekly(
                session, weekly_id, last=date(2026, 12, 10), actor="amira", now=now, reason="room"
            )
    assert keys(outbox_rows(engine)) == ["booking.cancelled_by_staff"]
