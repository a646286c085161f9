"""What we are unsure of is asked about: what Twilio lists is settled, the rest stays with staff; nothing goes twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select

from bot import reconcile
from bot.channels.sms import Sms
from store import database, outbox
from store.models import Contact, OutboxRow, Task
from store.vault import Vault
from tests.bot import crew
from tests.bot.crew import NOON, numbers, queue_for, rows
from tests.bot.street import Street, open_street

MINUTE = timedelta(minutes=1)
AMINA, SAMIR = numbers(2)


@pytest.fixture
async def street(engine: Engine) -> AsyncIterator[Street]:
    async with open_street(engine, sms_segments_per_second=0) as opened:
        yield opened


def found(street: Street) -> list[tuple[str, str | None]]:
    return [(row.state, row.error_code) for row in rows(street.engine)]


def open_tasks(street: Street) -> list[str]:
    with database.reading(street.engine) as session:
        return list(session.scalars(select(Task.kind).where(Task.state == "open")))


async def rounds(street: Street, number: int, minutes: float = 2) -> None:
    one = street.worker()
    for _ in range(number):
        await one.once()
        street.clock.forward(minutes * 60)


@pytest.mark.parametrize("fault", ["drop", "cut", "500"])
async def test_an_unsure_sms_that_twilio_has_is_settled_and_its_task_closed(
    street: Street, fault: str
) -> None:
    street.twilio.faults.append(fault)
    queue_for(street.engine, [AMINA, SAMIR], NOON)
    await street.worker().once()
    assert sorted(found(street)) == [("sent", None), ("unsure", "no_answer")]
    assert open_tasks(street) == ["message_unsure"]
    street.clock.forward(60)
    await street.worker().once()
    assert [state for state, _ in found(street)] == ["sent", "sent"]
    assert open_tasks(street) == []
    assert {row.provider_id for row in rows(street.engine)} == {each["sid"] for each in street.twilio.sent}
    assert len(street.twilio.sent) == 2


@pytest.mark.parametrize(
    ("word", "state", "code"),
    [("delivered", "delivered", None), ("undelivered", "failed", "30003"), ("sent", "sent", None)],
)
async def test_it_ends_as_twilio_says(street: Street, word: str, state: str, code: str | None) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    street.twilio.sent[0]["status"] = word
    street.clock.forward(60)
    await street.worker().once()
    (row,) = rows(street.engine)
    assert (row.state, row.error_code if state == "failed" else None) == (state, code)


async def test_after_a_crash_too(street: Street) -> None:
    """The worker died between Twilio's answer and its own note of it."""
    queue_for(street.engine, [AMINA], NOON)
    one = street.worker()
    (claim,) = outbox.claim(street.engine, channels=["sms"], now=NOON, worker=one.sender.name)
    said = one.sender._in_their_words(claim)
    assert said is not None
    await one.sender._hand_over(claim, said)
    await rounds(street, 4)
    assert [state for state, _ in found(street)] == ["sent"]
    assert len(street.twilio.sent) == 1


async def test_47_what_twilio_does_not_list_stays_unsure_with_its_reason_and_is_not_sent_again(
    street: Street,
) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    street.twilio._to.clear()
    await rounds(street, 14)
    assert found(street) == [("unsure", "no_answer")]
    await rounds(street, 6)
    assert found(street) == [("unsure", "not_listed")]
    assert open_tasks(street) == ["message_unsure"]
    asked = street.twilio.asked
    await rounds(street, 5, minutes=60)
    assert street.twilio.asked == asked  # nobody asks for ever
    assert len(street.twilio.sent) == 1


async def test_a_message_that_is_somebody_elses_or_another_row_is_not_taken_for_it(street: Street) -> None:
    queue_for(street.engine, [AMINA], NOON)  # the same words, and it arrived
    await street.worker().once()
    street.twilio.faults.append(20500)
    queue_for(street.engine, [AMINA], NOON)
    queue_for(street.engine, [SAMIR], NOON)
    queue_for(street.engine, [AMINA], NOON, text="Other words")
    await street.worker().once()
    unsure = [row.id for row in rows(street.engine) if row.state == "unsure"]
    await rounds(street, 5)
    assert [row.id for row in rows(street.engine) if row.state == "unsure"] == unsure


async def test_two_of_the_same_words_are_each_settled_by_their_own(street: Street) -> None:
    street.twilio.faults.extend(["drop", "drop"])
    queue_for(street.engine, [AMINA], NOON)
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    await rounds(street, 2)
    assert [state for state, _ in found(street)] == ["sent", "sent"]
    assert len({row.provider_id for row in rows(street.engine)}) == 2


async def test_an_old_message_with_the_same_words_is_not_taken_for_it(street: Street) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    with database.transaction(street.engine) as session:  # of last week, and its row is gone
        session.delete(session.query(Task).one())
        session.delete(session.query(OutboxRow).one())
    street.clock.forward(7 * 24 * 3600)
    street.twilio.faults.append(20500)
    queue_for(street.engine, [AMINA], street.clock.now)
    await street.worker().once()
    await rounds(street, 3)
    assert found(street) == [("unsure", "no_answer")]


async def test_what_was_answered_in_the_webhook_is_not_taken_for_it(street: Street) -> None:
    """Twilio lists an inline answer too, and our row of it has no id of Twilio's."""
    queue_for(street.engine, [AMINA], NOON)
    street.twilio.faults.append("drop")
    await street.worker().once()
    street.twilio.sent[0]["direction"] = "outbound-reply"
    await rounds(street, 5)
    assert found(street) == [("unsure", "no_answer")]


async def test_a_number_that_is_gone_is_marked_when_twilio_is_asked_too(street: Street) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    street.twilio.sent[0] |= {"status": "undelivered", "error_code": "30005"}
    street.clock.forward(60)
    await street.worker().once()
    assert found(street) == [("failed", "30005")]
    with database.reading(street.engine) as session:
        assert session.scalars(select(Contact)).one().unreachable


async def test_a_twilio_that_cannot_be_asked_is_asked_later(street: Street) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    street.twilio.lists = False
    await rounds(street, 30)
    assert found(street) == [("unsure", "no_answer")]  # not "not listed": nobody has said so
    street.twilio.lists = True
    await rounds(street, 1)
    assert [state for state, _ in found(street)] == ["sent"]


async def test_telegram_has_no_list_and_its_messages_stay_with_staff(street: Street) -> None:
    street.telegram.faults.append("drop")
    queue_for(street.engine, ["5000"], NOON, channel="telegram")
    await rounds(street, 20)
    assert found(street) == [("unsure", "no_answer")]
    assert [name for name, _ in reconcile.questions(street.worker().sender)] == ["sms"]


async def test_two_workers_that_ask_at_once_settle_it_once(street: Street) -> None:
    street.twilio.faults.append("drop")
    queue_for(street.engine, [AMINA], NOON)
    await street.worker().once()
    channel, later = street.worker().sender.channels["sms"], NOON + MINUTE
    assert isinstance(channel, Sms)
    settled = [reconcile.settle(street.engine, Vault([crew.KEY]), channel, later) for _ in range(2)]
    assert settled == [1, 0]


async def test_reports_late_twice_and_in_no_order_agree_with_what_was_found(street: Street) -> None:
    random = Random(47)
    street.twilio.odds, street.twilio.random = {"drop": 0.3}, random
    queue_for(street.engine, numbers(60), NOON)
    await street.worker().once()
    calls = street.twilio.reports(random)
    half = len(calls) // 2
    for n, (address, form) in enumerate(calls):
        if n == half:
            await rounds(street, 2)
        ours = int(parse_qs(urlsplit(address).query)["outbox"][0])
        with database.transaction(street.engine) as session:
            outbox.status(
                session, form["MessageSid"], form["MessageStatus"], error_code=form.get("ErrorCode"),
                now=street.clock.now, row_id=ours,
            )  # fmt: skip
    ends = {"delivered": "delivered", "undelivered": "failed"}
    wanted = {each["sid"]: ends[each["status"]] for each in street.twilio.sent}
    assert {row.provider_id: row.state for row in rows(street.engine)} == wanted
    assert "message_unsure" not in open_tasks(street)
