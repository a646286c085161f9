"""Who has a place is reminded of it, of the right one and once; and asked afterwards how it was."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, select

from store import appointments, bookings, contacts, database, outbox, reminders, talks
from store.models import Booking, Contact, Occurrence, OutboxRow, Rating, Task
from tests.store.helpers import DAY, HOUR, at_once, outbox_rows, people, weekly

THURSDAY = datetime(2026, 11, 26, 14, tzinfo=UTC)  # the first session of `weekly`
DAY_BEFORE = datetime(2026, 11, 25, 10, tzinfo=UTC)
TWO_HOURS = THURSDAY - 2 * HOUR
DAY_AFTER = datetime(2026, 11, 27, 10, tzinfo=UTC)

type Book = Callable[..., int]


def plan(engine: Engine, now: datetime) -> int:
    planned = 0
    while True:
        with database.transaction(engine) as session:
            some = reminders.plan(session, now)
        planned += some
        if not some:
            return planned


def reminded(engine: Engine) -> list[OutboxRow]:
    """What was planned, without the notices."""
    return [row for row in outbox_rows(engine) if row.kind == "reminder"]


def sent(engine: Engine, now: datetime) -> list[int]:
    """Whose reminders would go out now."""
    claims = outbox.claim(engine, channels=["telegram"], now=now, worker="w", limit=500)
    return [claim.contact_id for claim in claims if claim.kind == "reminder"]


@pytest.fixture
def occurrence(engine: Engine, now: datetime) -> int:
    with database.transaction(engine) as session:
        reminders.sync(session, {"work_coach": False, "mother_baby_group": True})
    return weekly(engine, now)[0]


@pytest.fixture
def book(engine: Engine, now: datetime) -> Book:
    def asked(contact: int, occurrence: int, *, approve: bool = True, at: datetime = now) -> int:
        with database.transaction(engine) as session:
            booking = bookings.request(session, contact, occurrence, "Amina", now)
            if approve:
                bookings.decide(
                    session, booking.id, "approve", version=booking.version, actor="amira", now=at
                )
            return booking.id

    return asked


def set_around(engine: Engine, now: datetime, **changes: int) -> None:
    values = {"day_before": True, "hours_before": 2, "asks_after": True, **changes}
    with database.transaction(engine) as session:
        reminders.set_around(session, "work_coach", **values, actor="amira", now=now)  # type: ignore[arg-type]


def test_the_day_before_at_ten_and_two_hours_before(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    booking = book(contact, occurrence)
    assert plan(engine, DAY_BEFORE - timedelta(minutes=1)) == 0
    assert plan(engine, DAY_BEFORE) == 1
    assert plan(engine, DAY_BEFORE + HOUR) == 0
    assert plan(engine, TWO_HOURS - timedelta(minutes=1)) == 0
    assert plan(engine, TWO_HOURS) == 1
    first, second = reminded(engine)
    assert first.payload == second.payload
    with database.transaction(engine) as session:
        reference = session.get_one(Booking, booking).reference
    assert first.payload["messages"] == [
        {
            "key": "reminder.booking",
            "values": {
                "when": {"$when": "2026-11-26T14:00:00+00:00"},
                "place": {"$name": ["place", "fosse"]},
                "reference": reference,
                "service": {"$name": ["service", "work_coach"]},
            },
        }
    ]
    assert (first.too_late, second.too_late) == (DAY_BEFORE.replace(hour=20), THURSDAY)


def test_a_private_session_is_never_named(engine: Engine, occurrence: int, book: Book, now: datetime) -> None:
    private = weekly(engine, now, service="mother_baby_group", place="belgrave")[0]
    unknown = weekly(engine, now, service="nobody_synced_this", place="belgrave")[0]
    for number, which in enumerate((private, unknown)):
        book(people_more(engine, number, now), which)
    plan(engine, DAY_BEFORE)
    plan(engine, TWO_HOURS)
    plan(engine, DAY_AFTER)
    rows = reminded(engine)
    assert len(rows) == 6
    assert not any(word in str(row.payload) for row in rows for word in ("mother", "group", "synced"))


def people_more(engine: Engine, number: int, now: datetime) -> int:
    with database.transaction(engine) as session:
        one = Contact(
            channel="telegram", address_lookup=f"m{number}", address_sealed="s", created_at=now, seen_at=now
        )
        session.add(one)
        session.flush()
        return one.id


def test_only_an_approved_place_is_reminded_of(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    approved, requested = people(engine, 2, now)
    book(approved, occurrence)
    book(requested, occurrence, approve=False)
    assert plan(engine, DAY_BEFORE) == 1
    assert sent(engine, DAY_BEFORE) == [approved]


def test_who_was_told_since_it_was_due_is_not_reminded_but_later_is(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    book(contact, occurrence, at=DAY_BEFORE + timedelta(minutes=5))
    assert plan(engine, DAY_BEFORE + HOUR) == 0
    assert plan(engine, TWO_HOURS) == 1


def test_a_place_given_up_after_planning_brings_no_reminder(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    goes, stays = people(engine, 2, now)
    booking = book(goes, occurrence)
    book(stays, occurrence)
    assert plan(engine, DAY_BEFORE) == 2
    with database.transaction(engine) as session:
        bookings.cancel_by_person(session, goes, booking, DAY_BEFORE)
    assert sent(engine, DAY_BEFORE) == [stays]
    assert {row.reason for row in reminded(engine)} == {"no_longer", None}


def test_a_session_that_moved_gets_the_reminder_of_its_new_time(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    book(contact, occurrence)
    assert plan(engine, TWO_HOURS) == 1
    with database.transaction(engine) as session:
        moved = session.get_one(Occurrence, occurrence)
        moved.start += 3 * HOUR
        moved.end += 3 * HOUR
    assert sent(engine, TWO_HOURS) == []  # the one that names the old time
    assert plan(engine, TWO_HOURS + 3 * HOUR) == 1
    assert sent(engine, TWO_HOURS + 3 * HOUR) == [contact]


def test_a_changed_booking_is_reminded_of_the_new_session_only(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    friday = weekly(engine, now, weekday=4)[0]
    (contact,) = people(engine, 1, now)
    old = book(contact, occurrence)
    with database.transaction(engine) as session:
        new = bookings.change(session, contact, old, friday, now)
        bookings.decide(session, new.id, "approve", version=new.version, actor="amira", now=now)
    assert plan(engine, DAY_BEFORE) == 0
    assert plan(engine, DAY_BEFORE + DAY) == 1


@pytest.mark.parametrize(
    ("start", "hours", "day_before", "due"),
    [
        (datetime(2026, 11, 26, 10, tzinfo=UTC), 2, True, datetime(2026, 11, 26, 8, tzinfo=UTC)),
        (datetime(2026, 11, 26, 9, tzinfo=UTC), 2, True, None),  # 07:00; they had one the day before
        (datetime(2026, 11, 26, 9, tzinfo=UTC), 2, False, datetime(2026, 11, 25, 19, tzinfo=UTC)),
        (datetime(2026, 11, 26, 22, 30, tzinfo=UTC), 2, False, datetime(2026, 11, 26, 19, tzinfo=UTC)),
        (datetime(2026, 6, 25, 9, tzinfo=UTC), 2, True, datetime(2026, 6, 25, 7, tzinfo=UTC)),  # 08:00 London
        (datetime(2026, 6, 25, 8, tzinfo=UTC), 2, False, datetime(2026, 6, 24, 18, tzinfo=UTC)),
    ],
)
def test_some_hours_before_never_means_at_night(
    start: datetime, hours: int, day_before: bool, due: datetime | None
) -> None:
    times = appointments.hours_before_at(start, hours, day_before=day_before)
    assert (times and times[0]) == due


def test_an_early_session_is_reminded_of_on_the_evening_before(
    engine: Engine, now: datetime, book: Book
) -> None:
    early = weekly(engine, now, start=time(9))[0]
    with database.transaction(engine) as session:
        reminders.sync(session, {"work_coach": False})
    set_around(engine, now, day_before=False)
    (contact,) = people(engine, 1, now)
    book(contact, early)
    assert plan(engine, DAY_BEFORE) == 0
    evening = datetime(2026, 11, 25, 19, tzinfo=UTC)
    assert plan(engine, evening) == 1
    assert plan(engine, evening + timedelta(minutes=59)) == 0
    assert plan(engine, datetime(2026, 11, 26, 8, 30, tzinfo=UTC)) == 0


def test_each_can_be_switched_off(engine: Engine, occurrence: int, book: Book, now: datetime) -> None:
    (contact,) = people(engine, 1, now)
    book(contact, occurrence)
    set_around(engine, now, day_before=False, hours_before=0, asks_after=False)
    for moment in (DAY_BEFORE, TWO_HOURS, DAY_AFTER):
        assert plan(engine, moment) == 0
    set_around(engine, now, hours_before=5)
    assert plan(engine, THURSDAY - 5 * HOUR) == 1


def test_44_two_planners_remind_once(engine: Engine, now: datetime, book: Book) -> None:
    big = weekly(engine, now, capacity=30)[0]
    everybody = people(engine, 30, now)
    for contact in everybody:
        book(contact, big)
    at_once([lambda: plan(engine, DAY_BEFORE)] * 3)
    plan(engine, DAY_BEFORE)
    assert sorted(row.contact_id for row in reminded(engine)) == everybody


def test_50_a_clock_that_steps_back_reminds_once(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    book(contact, occurrence)
    for moment in (TWO_HOURS, TWO_HOURS - HOUR, TWO_HOURS, TWO_HOURS + HOUR):
        plan(engine, moment)
    assert len(reminded(engine)) == 1


def test_24_who_opted_out_gets_none_and_nothing_late_after_start(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    book(contact, occurrence)
    with database.transaction(engine) as session:
        contacts.opt_out(session, session.get_one(Contact, contact), now)
    assert plan(engine, DAY_BEFORE) == 0
    with database.transaction(engine) as session:
        contacts.opt_in(session.get_one(Contact, contact))
    assert plan(engine, DAY_BEFORE + HOUR) == 0


# afterwards -------------------------------------------------------------
def test_the_next_day_whoever_was_there_is_asked_once(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    came, unmarked, missed = people(engine, 3, now)
    marks = {book(came, occurrence): "attended", book(missed, occurrence): "no_show"}
    book(unmarked, occurrence)
    with database.transaction(engine) as session:
        for booking, action in marks.items():
            version = session.get_one(Booking, booking).version
            bookings.decide(session, booking, action, version=version, actor="amira", now=THURSDAY + HOUR)
    assert plan(engine, DAY_AFTER - timedelta(minutes=1)) == 0
    assert plan(engine, DAY_AFTER) == 2
    assert plan(engine, DAY_AFTER + HOUR) == 0
    row = reminded(engine)[0]
    assert row.payload["flow"] == "after"
    assert row.payload["answers"]["service"] == "work_coach"
    assert sent(engine, DAY_AFTER) == [came, unmarked]


def test_who_is_marked_as_missing_before_it_is_sent_is_not_asked(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    (contact,) = people(engine, 1, now)
    booking = book(contact, occurrence)
    assert plan(engine, DAY_AFTER) == 1
    with database.transaction(engine) as session:
        version = session.get_one(Booking, booking).version
        bookings.decide(session, booking, "no_show", version=version, actor="amira", now=DAY_AFTER)
    assert sent(engine, DAY_AFTER) == []


def test_not_good_is_a_task_of_that_library_and_each_answer_counts_once(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    happy, unhappy = people(engine, 2, now)
    good, bad = book(happy, occurrence), book(unhappy, occurrence)
    with database.transaction(engine) as session:
        assert appointments.rate(session, happy, good, True, DAY_AFTER)
        assert appointments.rate(session, unhappy, bad, False, DAY_AFTER)
        assert not appointments.rate(session, unhappy, bad, False, DAY_AFTER)
        assert not appointments.rate(session, happy, bad, True, DAY_AFTER)  # another person's
        assert not appointments.rate(session, happy, 99, True, DAY_AFTER)
    with database.transaction(engine) as session:
        (task,) = session.scalars(select(Task).where(Task.kind == "feedback"))
        assert (task.about, task.place_id, task.contact_id, task.times) == ("work_coach", "fosse", unhappy, 1)
        assert sorted(row.good for row in session.scalars(select(Rating))) == [False, True]


def test_fewer_than_five_answers_are_not_shown(engine: Engine, now: datetime, book: Book) -> None:
    big = weekly(engine, now, capacity=9)[0]
    booked = {contact: book(contact, big) for contact in people(engine, 6, now)}
    with database.transaction(engine) as session:
        for number, (contact, booking) in enumerate(booked.items()):
            if number == 4:
                assert appointments.ratings(session, now) == {}
            appointments.rate(session, contact, booking, number > 0, DAY_AFTER)
        assert appointments.ratings(session, now) == {("work_coach", "fosse"): (5, 6)}
        assert appointments.ratings(session, DAY_AFTER + HOUR) == {}


def test_who_talks_with_staff_by_the_time_it_is_sent_is_not_asked(
    engine: Engine, occurrence: int, book: Book, now: datetime
) -> None:
    contact, other = people(engine, 2, now)
    book(contact, occurrence)
    book(other, occurrence)
    assert plan(engine, DAY_AFTER) == 2
    with database.transaction(engine) as session:
        hello = {"messages": [{"key": "staffed.taken_over"}]}
        talks.take_over(session, contact, hello, actor="amira", version=0, now=DAY_AFTER)
    assert sent(engine, DAY_AFTER) == [other]
    assert [row.reason for row in reminded(engine)] == ["no_longer", None]
