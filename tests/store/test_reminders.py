"""The weekly reminder reaches each subscriber once, in the week it is about (bad inputs 43, 44, 50)."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, select

from store import contacts, database, london, outbox, reminders
from store.models import Contact, Mailing, ReminderSchedule
from tests.store.helpers import DAY, HOUR, WEEK, at_once, outbox_rows, people, plan, weekly

MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


def subscribe(engine: Engine, contacts: list[int], now: datetime, topic: str = "work_coach") -> list[int]:
    with database.transaction(engine) as session:
        for contact_id in contacts:
            reminders.subscribe(session, contact_id, topic, now)
    return contacts


def sync(engine: Engine) -> None:
    with database.transaction(engine) as session:
        reminders.sync(session, {"work_coach": False, "befriending_group": True})


@pytest.fixture
def subscribers(engine: Engine, now: datetime) -> list[int]:
    """Three people who want to hear about the work coach, who comes on Thursdays."""
    weekly(engine, now)
    sync(engine)
    return subscribe(engine, people(engine, 3, now), now)


def test_a_reminder_lists_what_is_open_in_the_next_seven_days(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    assert plan(engine, now) == 0  # Monday, 09:00
    assert plan(engine, MONDAY_TEN) == 3
    row = outbox_rows(engine, subscribers[0])[0]
    assert (row.kind, row.topic) == ("reminder", "work_coach")
    assert row.payload["messages"] == [
        {
            "key": "reminder.weekly",
            "values": {
                "service": {"$name": ["service", "work_coach"]},
                "sessions": [[{"$when": "2026-11-26T14:00:00+00:00"}, {"$name": ["place", "fosse"]}]],
            },
        }
    ]


def test_a_sensitive_topic_is_never_named(engine: Engine, now: datetime) -> None:
    sync(engine)
    weekly(engine, now, service="befriending_group")
    weekly(engine, now, service="nobody_synced_this")
    for topic in ("befriending_group", "nobody_synced_this"):
        subscribe(engine, people(engine, 1, now) if topic == "befriending_group" else [1], now, topic)
    assert plan(engine, MONDAY_TEN) == 2
    for row in outbox_rows(engine):
        assert row.payload["messages"][0]["key"] == "reminder.weekly_private"
        assert "group" not in str(row.payload)
        assert "synced" not in str(row.payload)


def test_planning_again_or_a_clock_that_steps_back_doubles_nothing(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    assert plan(engine, MONDAY_TEN) == 3
    for again in (MONDAY_TEN, MONDAY_TEN - HOUR, MONDAY_TEN + HOUR, MONDAY_TEN):
        assert plan(engine, again) == 0
    assert plan(engine, MONDAY_TEN + WEEK) == 3


def test_planners_at_once_make_one_plan(engine: Engine, now: datetime) -> None:
    weekly(engine, now)
    sync(engine)
    subscribe(engine, people(engine, 60, now), now)
    planned = at_once([lambda: plan(engine, MONDAY_TEN, batch=7)] * 3)
    assert sum(n for n in planned if isinstance(n, int)) + plan(engine, MONDAY_TEN) == 60
    rows = outbox_rows(engine)
    assert len(rows) == len({row.contact_id for row in rows}) == 60


def test_after_a_crash_it_goes_on_where_it_stopped(engine: Engine, subscribers: list[int]) -> None:
    with database.transaction(engine) as session:
        assert reminders.plan(session, MONDAY_TEN, batch=2) == 2
    with pytest.raises(RuntimeError), database.transaction(engine) as session:
        reminders.plan(session, MONDAY_TEN, batch=2)
        raise RuntimeError  # killed before the commit
    assert len(outbox_rows(engine)) == 2
    assert plan(engine, MONDAY_TEN + HOUR, batch=2) == 1
    assert sorted(row.contact_id for row in outbox_rows(engine)) == subscribers


def test_whoever_opted_out_is_gone_or_subscribed_later_is_left_out(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    with database.transaction(engine) as session:
        contacts.opt_out(session, session.get_one(Contact, subscribers[0]), now)
        contacts.mark_unreachable(session, subscribers[1], now)
        reminders.subscribe(session, subscribers[2], "befriending_group", now)
    subscribe(engine, people_more(engine, now), MONDAY_TEN + timedelta(minutes=1))
    assert plan(engine, MONDAY_TEN + HOUR) == 1
    assert [row.contact_id for row in outbox_rows(engine)] == [subscribers[2]]


def people_more(engine: Engine, now: datetime) -> list[int]:
    with database.transaction(engine) as session:
        late = Contact(
            channel="sms", address_lookup="late", address_sealed="sealed", created_at=now, seen_at=now
        )
        session.add(late)
        session.flush()
        return [late.id]


def test_subscribing_twice_is_one_subscription(engine: Engine, subscribers: list[int], now: datetime) -> None:
    subscribe(engine, subscribers, now)
    with database.transaction(engine) as session:
        assert reminders.topics_of(session, subscribers[0]) == ["work_coach"]
    assert plan(engine, MONDAY_TEN) == 3


def test_a_week_without_a_session_has_no_reminder(engine: Engine, now: datetime) -> None:
    sync(engine)
    subscribe(engine, people(engine, 2, now), now)
    assert plan(engine, MONDAY_TEN) == 0


def test_a_reminder_missed_altogether_is_not_sent_on_another_day(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    assert plan(engine, MONDAY_TEN + DAY) == 0
    assert plan(engine, MONDAY_TEN.replace(hour=20)) == 0
    assert plan(engine, MONDAY_TEN.replace(hour=19)) == 3
    assert outbox_rows(engine)[0].too_late == MONDAY_TEN.replace(hour=20)
    assert outbox.claim(engine, channels=["telegram"], now=MONDAY_TEN + DAY, worker="w") == []


def test_staff_choose_weekday_and_time_in_london(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    with database.transaction(engine) as session:
        reminders.set_schedule(session, "work_coach", weekday=2, at=time(9), actor="amira", now=now)
        reminders.sync(session, {"work_coach": False})  # a restart keeps what staff have set
    assert plan(engine, MONDAY_TEN) == 0
    assert plan(engine, datetime(2026, 11, 25, 9, tzinfo=UTC)) == 3
    summer = datetime(2027, 6, 30, 8, tzinfo=UTC)  # a Wednesday, 09:00 in London
    weekly(engine, summer, weekday=4)
    assert plan(engine, summer - timedelta(minutes=1)) == 0
    assert plan(engine, summer) == 3


@pytest.mark.parametrize(("weekday", "at"), [(7, time(10)), (0, time(7, 59)), (0, time(20))])
def test_a_reminder_at_night_or_on_no_day_is_refused(
    engine: Engine, now: datetime, weekday: int, at: time
) -> None:
    with pytest.raises(ValueError, match="08:00"), database.transaction(engine) as session:
        reminders.set_schedule(session, "work_coach", weekday=weekday, at=at, actor="amira", now=now)


def test_a_schedule_that_is_off_plans_nothing(engine: Engine, subscribers: list[int], now: datetime) -> None:
    with database.transaction(engine) as session:
        reminders.set_schedule(
            session, "work_coach", weekday=0, at=time(10), active=False, actor="amira", now=now
        )
    assert plan(engine, MONDAY_TEN) == 0
    with database.transaction(engine) as session:
        assert session.scalars(select(Mailing).filter_by(topic="work_coach")).all() == []


@pytest.mark.parametrize(
    "monday",
    [
        datetime(2026, 10, 19, 9, tzinfo=UTC),  # summer time: 10:00 in London is 09:00 UTC
        datetime(2026, 10, 26, 10, tzinfo=UTC),  # the clocks went back on 25 October
        datetime(2027, 3, 22, 10, tzinfo=UTC),
        datetime(2027, 3, 29, 9, tzinfo=UTC),  # they went forward on 28 March
    ],
)
def test_ten_in_london_is_ten_in_london_on_both_sides_of_a_change_of_the_clocks(
    engine: Engine, monday: datetime
) -> None:
    before = monday - DAY
    weekly(engine, before)
    sync(engine)
    subscribe(engine, people(engine, 3, before), before)
    assert plan(engine, monday - timedelta(seconds=1)) == 0
    assert plan(engine, monday) == 3
    with database.transaction(engine) as session:
        schedule = session.get_one(ReminderSchedule, "work_coach")
        assert reminders.next_time(schedule, before) == monday
        assert london.wall(monday).time() == time(10)


def test_24_start_after_stop_brings_nothing_that_was_missed(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    with database.transaction(engine) as session:
        contacts.opt_out(session, session.get_one(Contact, subscribers[0]), now)
    assert plan(engine, MONDAY_TEN) == 2
    with database.transaction(engine) as session:
        contacts.opt_in(session.get_one(Contact, subscribers[0]))
    assert plan(engine, MONDAY_TEN + HOUR) == 0
    assert plan(engine, MONDAY_TEN + WEEK) == 3


def test_24_what_was_queued_before_stop_does_not_come_after_start(
    engine: Engine, subscribers: list[int]
) -> None:
    assert plan(engine, MONDAY_TEN) == 3
    with database.transaction(engine) as session:
        contact = session.get_one(Contact, subscribers[0])
        contacts.opt_out(session, contact, MONDAY_TEN)
        contacts.opt_in(contact)
    claims = outbox.claim(engine, channels=["telegram"], now=MONDAY_TEN + HOUR, worker="w")
    assert subscribers[0] not in {claim.contact_id for claim in claims}


def test_44_two_workers_at_two_clocks_make_one_plan(engine: Engine, subscribers: list[int]) -> None:
    at_once([lambda: plan(engine, MONDAY_TEN, 2), lambda: plan(engine, MONDAY_TEN + timedelta(seconds=9), 2)])
    plan(engine, MONDAY_TEN + HOUR)
    assert sorted(row.contact_id for row in outbox_rows(engine)) == subscribers


def test_50_the_hour_that_comes_twice_sends_nothing_twice(engine: Engine) -> None:
    sunday = datetime(2026, 10, 25, 10, tzinfo=UTC)  # the clocks went back that night
    weekly(engine, sunday - DAY)
    sync(engine)
    everybody = subscribe(engine, people(engine, 3, sunday - DAY), sunday - DAY)
    with database.transaction(engine) as session:
        reminders.set_schedule(session, "work_coach", weekday=6, at=time(10), actor="amira", now=sunday - DAY)
    assert plan(engine, sunday - HOUR) == 0  # 09:00 in London, though 10:00 the day before
    for moment in (sunday, sunday - HOUR, sunday + HOUR, sunday):
        plan(engine, moment, batch=2)
    assert sorted(row.contact_id for row in outbox_rows(engine)) == everybody


def test_staff_see_how_many_get_it_and_when_next(
    engine: Engine, subscribers: list[int], now: datetime
) -> None:
    with database.transaction(engine) as session:
        contacts.opt_out(session, session.get_one(Contact, subscribers[0]), now)
        schedule = session.get_one(ReminderSchedule, "work_coach")
        assert reminders.subscribers(session) == {"work_coach": 2}
        assert reminders.next_time(schedule, now) == MONDAY_TEN
        assert reminders.next_time(schedule, MONDAY_TEN) == MONDAY_TEN + WEEK
        schedule.active = False
        assert reminders.next_time(schedule, now) is None


@pytest.mark.parametrize("hours", [-1, 13])
def test_hours_before_a_session_are_a_few(engine: Engine, now: datetime, hours: int) -> None:
    with pytest.raises(ValueError, match="12 hours"), database.transaction(engine) as session:
        reminders.set_around(
            session, "work_coach", day_before=True, hours_before=hours, asks_after=True, actor="a", now=now
        )
