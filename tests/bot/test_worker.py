"""What happens by itself: reminders on time and once, confirmations in the person's language, nothing at night."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels.sms import Sms
from store import database, occurrences, reminders, sessions
from store.models import Contact, OutboxRow, Task
from tests.bot.house import House
from tests.fakes import twilio

AMINA = "+447700900123"
MONDAY_10 = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def at(house: House, moment: datetime) -> None:
    house.clock.now = moment


@pytest.fixture
def subscribed(house: House) -> House:
    """Amina wants the weekly reminder about the work coach."""
    house.sms(AMINA, "Hello, good morning")
    house.sms(AMINA, "send me weekly reminders please")
    lines = {
        label: number
        for number, label in (
            line.split(" ", 1) for line in house.last_sms.splitlines() if line[:1].isdigit()
        )
    }
    work_coach = house.desk.words.sent("kb.service.work_coach.name", "en")[0]
    house.sms(AMINA, lines[work_coach])
    house.work()
    return house


def test_the_weekly_reminder_reaches_a_subscriber_exactly_once(subscribed: House) -> None:
    house = subscribed
    before = len(house.twilio.to(AMINA))
    at(house, MONDAY_10.replace(hour=9, minute=59))
    house.work()
    assert len(house.twilio.to(AMINA)) == before
    at(house, MONDAY_10)
    house.work()
    house.portal.call(house.other.worker().once)  # a second worker, and the first once more
    house.clock.forward(minutes=30)
    house.work()
    sent = house.twilio.to(AMINA)[before:]
    assert len(sent) == 1
    assert house.desk.words.sent("kb.service.work_coach.name", "en")[0] in sent[0]
    at(house, MONDAY_10.replace(month=12, day=7))
    house.work()
    assert len(house.twilio.to(AMINA)[before:]) == 2


def test_a_session_that_is_cancelled_after_the_planning_stands_in_no_reminder(subscribed: House) -> None:
    at(subscribed, MONDAY_10)
    engine, before = subscribed.desk.engine, len(subscribed.twilio.to(AMINA))
    with database.transaction(engine) as session:
        assert reminders.plan(session, MONDAY_10) == 1
        coming = [
            each.occurrence for each in sessions.open_occurrences(session, "work_coach", None, MONDAY_10)
        ]
        week = [each for each in coming if each.start < MONDAY_10 + timedelta(days=7)]
        for each in week:
            occurrences.cancel(session, each.id, actor="amira", now=MONDAY_10, reason="closed")
        assert len(week) > 0
    subscribed.work()
    assert len(subscribed.twilio.to(AMINA)) == before
    with database.transaction(engine) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).one()
        assert (row.state, row.reason) == ("dropped", "no_longer")


def test_who_has_opted_out_gets_no_reminder(subscribed: House) -> None:
    before = len(subscribed.twilio.to(AMINA))
    subscribed.sms(AMINA, "STOP")
    at(subscribed, MONDAY_10)
    subscribed.work()
    assert len(subscribed.twilio.to(AMINA)) == before


def test_21610_is_mirrored_as_an_opt_out(subscribed: House) -> None:
    subscribed.twilio.faults.append(21610)
    at(subscribed, MONDAY_10)
    subscribed.work()
    at(subscribed, MONDAY_10.replace(month=12, day=7))
    before = len(subscribed.twilio.sent)
    subscribed.work()
    assert len(subscribed.twilio.sent) == before


@pytest.mark.parametrize(
    ("fault", "state"), [(20429, "queued"), (21211, "failed"), (20500, "unsure"), ("drop", "unsure")]
)
def test_each_answer_of_the_provider_has_its_end(subscribed: House, fault: int | str, state: str) -> None:
    subscribed.twilio.faults.append(fault)
    at(subscribed, MONDAY_10)
    subscribed.work()
    with database.transaction(subscribed.desk.engine) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).one()
        kinds = set(session.scalars(select(Task.kind)))
    assert row.state == state
    assert ("message_unsure" in kinds) == (state == "unsure")


def test_status_callbacks_in_any_order_end_as_delivered(subscribed: House) -> None:
    at(subscribed, MONDAY_10)
    subscribed.work()
    sid, address = subscribed.twilio.sent[-1]["sid"], subscribed.twilio.sent[-1]["StatusCallback"]
    for status in ("delivered", "sent", "delivered", "queued"):
        form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": twilio.ACCOUNT}
        path = address.removeprefix(subscribed.url)
        signed = twilio.signed(subscribed.url, path, form)
        assert subscribed.http.post(path, data=form, headers=signed).status_code == 204
    with database.transaction(subscribed.desk.engine) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).one()
    assert row.state == "delivered"


def test_an_unsure_message_finds_its_end_when_the_provider_reports_it(subscribed: House) -> None:
    subscribed.twilio.faults.append("drop")
    at(subscribed, MONDAY_10)
    subscribed.work()
    sent = subscribed.twilio.sent[-1]
    path = sent["StatusCallback"].removeprefix(subscribed.url)
    form = {"MessageSid": sent["sid"], "MessageStatus": "delivered", "AccountSid": twilio.ACCOUNT}
    assert (
        subscribed.http.post(path, data=form, headers=twilio.signed(subscribed.url, path, form)).status_code
        == 204
    )
    with database.transaction(subscribed.desk.engine) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).one()
        open_tasks = session.scalars(
            select(Task).where(Task.state == "open", Task.kind == "message_unsure")
        ).all()
    assert row.state == "delivered"
    assert open_tasks == []


@pytest.mark.parametrize(
    ("code", "opted_out", "unreachable"),
    [("21610", True, False), ("30005", False, True), ("30006", False, True), ("30003", False, False)],
)
def test_what_twilio_finds_out_later_about_a_person_is_kept_too(
    subscribed: House, code: str, opted_out: bool, unreachable: bool
) -> None:
    """Only its report says that a number is gone, or (from a messaging service) opted out. A phone that is off is not
    gone."""
    at(subscribed, MONDAY_10)
    subscribed.work()
    sent = subscribed.twilio.sent[-1]
    path = sent["StatusCallback"].removeprefix(subscribed.url)
    form = {"MessageSid": sent["sid"], "MessageStatus": "undelivered", "AccountSid": twilio.ACCOUNT}
    form["ErrorCode"] = code

    def reported() -> tuple[bool, bool]:
        signed = twilio.signed(subscribed.url, path, form)
        assert subscribed.http.post(path, data=form, headers=signed).status_code == 204
        with database.transaction(subscribed.desk.engine) as session:
            person = session.scalars(select(Contact)).one()
            return person.opted_out, person.unreachable

    assert reported() == (opted_out, unreachable)
    subscribed.sms(AMINA, "START")
    subscribed.sms(AMINA, "hello")
    assert reported() == (False, False)  # the same report again is old news


def test_an_unsigned_status_is_refused(subscribed: House) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "AccountSid": twilio.ACCOUNT}
    assert subscribed.http.post("/channels/sms/status", data=form).status_code == 403


def test_a_slow_provider_is_unsure(subscribed: House) -> None:
    subscribed.twilio.faults.append("stall")
    subscribed.twilio.stall_seconds = 3
    subscribed.other.sms = Sms(subscribed.settings, timeout=0.5)
    subscribed.worker = subscribed.other.worker()
    at(subscribed, MONDAY_10)
    subscribed.work()
    with database.transaction(subscribed.desk.engine) as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).one()
    assert (row.state, row.error_code) == ("unsure", "no_answer")
