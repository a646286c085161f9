"""Texts 30 days, bookings with a name 12 months, audit 24 months: then they are gone (DESIGN section 8)."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from store import audit, bookings, conversations, database, inbox, outbox, reminders, retention, tasks
from store.models import Audit, Booking, Contact, Conversation, InboxRow, OutboxRow, Task
from tests.store.helpers import DAY, people, weekly

HELLO = {"messages": [{"key": "hello"}]}


def run(engine: Engine, now: datetime) -> dict[str, int]:
    with database.transaction(engine) as session:
        return {name: number for name, number in retention.run(session, now).items() if number}


def left(engine: Engine, *models: type) -> list[int | None]:
    with database.transaction(engine) as session:
        return [session.scalar(select(func.count()).select_from(model)) for model in models]


def test_texts_are_kept_for_thirty_days(engine: Engine, now: datetime) -> None:
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        inbox.receive(session, "sms", "SM1", "d", "text", now)
        outbox.record_sent(session, person, payload=HELLO, text="Hello", provider_id=None, now=now)
        conversations.save(session, person, {}, now)
        done = tasks.file(session, "callback", note="text", now=now)
        tasks.close(session, done.id, actor="amira", now=now)
    models = (InboxRow, OutboxRow, Conversation, Task)
    assert run(engine, now + 30 * DAY) == {}
    assert left(engine, *models) == [1, 1, 1, 1]
    assert run(engine, now + 31 * DAY) == {"inbox": 1, "outbox": 1, "conversations": 1, "tasks": 1}
    assert left(engine, *models) == [0, 0, 0, 0]


def test_what_is_not_done_yet_is_not_forgotten(engine: Engine, now: datetime) -> None:
    person = people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        outbox.queue(session, person, "notice", HELLO, dedupe="x", now=now)
        tasks.file(session, "callback", note="text", contact_id=person, now=now)
    run(engine, now + 400 * DAY)
    assert left(engine, OutboxRow, Task, Contact) == [1, 1, 1]


def test_after_a_year_a_booking_has_no_person_and_counts_still(engine: Engine, now: datetime) -> None:
    thursday, person = weekly(engine, now)[0], people(engine, 1, now)[0]
    with database.transaction(engine) as session:
        bookings.request(session, person, thursday, "Amal", now)
        start = session.scalars(select(Booking)).one().occurrence.start
    assert "bookings" not in run(engine, start + 365 * DAY)
    assert run(engine, start + 365 * DAY + timedelta(seconds=1))["bookings"] == 1
    with database.transaction(engine) as session:
        booking = session.scalars(select(Booking)).one()
    assert (booking.name, booking.contact_id, booking.state) == ("", None, "requested")
    assert run(engine, start + 366 * DAY) == {}


def test_a_contact_that_nothing_needs_any_more_goes_after_a_year(engine: Engine, now: datetime) -> None:
    _silent, subscribed = people(engine, 2, now)
    with database.transaction(engine) as session:
        reminders.subscribe(session, subscribed, "work_coach", now)
    assert run(engine, now + 366 * DAY) == {"contacts": 1}
    with database.transaction(engine) as session:
        assert session.scalars(select(Contact.id)).all() == [subscribed]


def test_the_audit_is_kept_for_two_years(engine: Engine, now: datetime) -> None:
    with database.transaction(engine) as session:
        audit.write(session, "amira", "x", "account", 1, now)
    assert run(engine, now + 730 * DAY) == {}
    assert run(engine, now + 731 * DAY) == {"audit": 1}
    assert left(engine, Audit) == [0]
