"""From the outbox to the provider: each at most once, none lost in silence, none faster than it may go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from bot.channels.channel import Refused
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.sending import AT_ONCE
from bot.worker import Worker
from flows.words import Rendered
from store import broadcasts, contacts, database, outbox, reminders
from store.models import Contact, OutboxRow
from store.still import Group
from store.vault import Vault
from tests.bot import crew
from tests.bot.crew import NOON, numbers, queue_for, rows
from tests.bot.street import Clock, Street, open_street

MINUTE = timedelta(minutes=1)
CHATS = [str(n) for n in range(5000, 5100)]


@dataclass
class Spy:
    """A channel without a provider. `during`: what happens while it has a message."""

    name: str = "telegram"
    clock: Callable[[], datetime] = field(default_factory=Clock)
    during: Callable[[int], object] = lambda _id: None
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:
        result = self.during(outbox_id)
        if asyncio.iscoroutine(result):
            await result
        self.sent.append((self.clock(), address, message.with_numbers()))
        return str(len(self.sent))


@pytest.fixture
async def street(sqlite_engine: Engine) -> AsyncIterator[Street]:
    async with open_street(sqlite_engine) as opened:
        yield opened


# what is kept before a provider hears of it ----------------------------------------------------------
async def test_the_claim_and_the_words_are_kept_before_the_provider_gets_them(street: Street) -> None:
    (row_id,) = queue_for(street.engine, ["5000"], NOON, channel="telegram")
    seen: list[tuple[str, str | None]] = []

    def look(outbox_id: int) -> None:
        with database.reading(street.engine) as session:
            row = session.get_one(OutboxRow, outbox_id)
            seen.append((row.state, row.text))

    await street.worker(only=Spy(during=look)).once()
    assert seen == [("sending", "From library staff:\nWe moved. Ask for Amira")]
    assert street.states() == ["sent"]
    assert row_id == 1


async def test_a_worker_that_slept_through_its_claim_sends_nothing(street: Street) -> None:
    queue_for(street.engine, ["5000"], NOON, channel="telegram")
    slow, spy = street.worker("slow"), Spy()
    slow.sender.channels = {"telegram": spy}
    claims = outbox.claim(street.engine, channels=["telegram"], now=NOON, worker="slow")
    outbox.sweep(street.engine, NOON + 3 * MINUTE)  # others gave it up, and take it
    street.clock.now = NOON + 3 * MINUTE
    await street.worker("quick", only=spy).once()
    await slow.sender._send(claims[0])
    assert len(spy.sent) == 1
    assert street.states() == ["sent"]


async def test_a_database_that_is_away_for_a_moment_loses_no_outcome(street: Street) -> None:
    queue_for(street.engine, ["5000"], NOON, channel="telegram")
    away = 0

    def fall(_outbox_id: int) -> None:
        nonlocal away
        away = 2

    @event.listens_for(street.engine, "begin")
    def begin(_connection: object) -> None:
        nonlocal away
        if away:
            away -= 1
            raise OperationalError("BEGIN", None, Exception("away"))

    spy = Spy(during=fall)
    await street.worker(only=spy).sender.send_waiting()
    assert (len(spy.sent), street.states()) == (1, ["sent"])


# who waits for whom ----------------------------------------------------------------------------------
async def test_a_reply_waits_for_no_broadcast_not_even_for_a_provider_that_hangs(street: Street) -> None:
    queue_for(street.engine, CHATS[:40], NOON, channel="telegram", kind="broadcast")
    hangs = asyncio.Event()
    broadcasts = {row.id for row in rows(street.engine)}

    def hang(outbox_id: int) -> object:
        return hangs.wait() if outbox_id in broadcasts else None

    spy = Spy(during=hang)
    one = street.worker(only=spy)
    working = asyncio.create_task(one.drain())
    await asyncio.sleep(0.5)
    assert spy.sent == []
    queue_for(street.engine, ["7000"], NOON, channel="telegram", kind="reply")
    one.wake()
    await asyncio.sleep(0.5)
    assert [address for _, address, _ in spy.sent] == ["7000"]
    hangs.set()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_broadcast_that_emptied_its_share_leaves_room_for_replies(street: Street) -> None:
    spy = Spy()
    one = street.worker(only=spy)
    queue_for(street.engine, CHATS, NOON, channel="telegram", kind="broadcast")
    await one.sender.send_waiting()
    assert len(spy.sent) == 24
    assert one.sender.wait is not None
    queue_for(street.engine, ["7000", "7001"], NOON, channel="telegram", kind="reply")
    await one.sender.send_waiting()
    assert [address for _, address, _ in spy.sent[24:]] == ["7000", "7001"]


async def test_what_is_on_its_way_when_the_worker_is_told_to_stop_is_seen_through(street: Street) -> None:
    queue_for(street.engine, CHATS[:30], NOON, channel="telegram", kind="broadcast")
    spy = Spy(during=lambda _id: asyncio.sleep(0.5))
    task = asyncio.create_task(street.worker(only=spy).run())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(set(street.states())) == ["queued", "sent"]
    assert street.states().count("sent") == len(spy.sent) == AT_ONCE


# how fast --------------------------------------------------------------------------------------------
async def send_all(street: Street, spy: Spy, *workers: Worker) -> None:
    """Looks again when there is room, in the clock's own time."""
    for _ in range(2000):
        for one in workers:
            await one.sender.send_waiting()
        if "queued" not in street.states():
            return
        waits = [one.sender.wait for one in workers if one.sender.wait is not None]
        street.clock.forward(max(0.2, min(waits, default=1.0)))
    raise AssertionError("it never ends")


async def test_thirty_telegrams_a_second_and_no_more_by_two_workers_together(street: Street) -> None:
    chats = [str(n) for n in range(6000, 6150)]
    queue_for(street.engine, chats, NOON, channel="telegram", kind="broadcast")
    spy = Spy(clock=street.clock)
    await send_all(street, spy, street.worker("a", only=spy), street.worker("b", only=spy))
    moments = sorted(at for at, _, _ in spy.sent)
    assert len(moments) == len({address for _, address, _ in spy.sent}) == 150
    took = (moments[-1] - moments[0]).total_seconds()
    assert took >= 3.8
    assert took < 6
    for start, end in zip(moments, moments[31 + 30 :], strict=False):  # a full bucket and a second's worth
        assert (end - start).total_seconds() >= 1


async def test_ten_segments_a_second_whatever_the_messages_cost(street: Street) -> None:
    queue_for(street.engine, numbers(40), NOON, kind="broadcast", text="ሰላም " * 20)  # two segments
    spy = Spy(name="sms", clock=street.clock)
    await send_all(street, spy, street.worker(only=spy))
    took = (spy.sent[-1][0] - spy.sent[0][0]).total_seconds()
    assert 5 <= took <= 8  # 80 segments, 24 of them at once


async def test_a_chat_gets_what_we_begin_one_a_second_and_its_replies_in_order_at_once(
    street: Street,
) -> None:
    for n in range(3):
        queue_for(street.engine, ["5000"], NOON, channel="telegram", text=f"notice {n}")
        queue_for(street.engine, ["5000"], NOON, channel="telegram", kind="reply", text=f"reply {n}")
    spy = Spy(clock=street.clock)
    one = street.worker(only=spy)
    await one.sender.send_waiting()
    said = [text.rpartition("\n")[2] for _, _, text in spy.sent]
    assert [each for each in said if each.startswith("reply")] == ["reply 0", "reply 1", "reply 2"]
    assert [each for each in said if each.startswith("notice")] == ["notice 0"]
    await send_all(street, spy, one)
    notices = [at for at, _, text in spy.sent if "notice" in text]
    assert len(notices) == 3
    assert all(second - first >= timedelta(seconds=1) for first, second in pairwise(notices))


# what a provider says --------------------------------------------------------------------------------
async def test_45_who_blocked_the_bot_is_marked_and_everybody_else_gets_theirs(street: Street) -> None:
    queue_for(street.engine, CHATS[:20], NOON, channel="telegram", kind="broadcast")
    street.telegram.faults.extend(["403", "gone"])
    await street.worker().once()
    assert sorted(street.states()) == ["failed"] * 2 + ["sent"] * 18
    with database.reading(street.engine) as session:
        marked = session.query(Contact).filter_by(unreachable=True).count()
    assert marked == 2
    queue_for(street.engine, CHATS[:20], NOON, channel="telegram", kind="notice")
    street.clock.forward(10)
    await street.worker().once()
    assert len(street.telegram.sent) == 18 + 20  # a notice is still tried: they may be back


@pytest.mark.parametrize("fault", ["429"])
async def test_46_a_429_makes_the_channel_rest_35_seconds_for_every_worker_and_loses_nothing(
    street: Street, fault: str
) -> None:
    queue_for(street.engine, CHATS[:20], NOON, channel="telegram", kind="broadcast")
    queue_for(street.engine, numbers(3), NOON)
    street.telegram.faults.extend([fault] * AT_ONCE)
    one, other = street.worker("one"), street.worker("other")
    await one.once()
    assert len(street.telegram.sent) == 0
    assert len(street.twilio.sent) == 3  # the other channel goes on
    calls = len(street.telegram.calls)
    queue_for(street.engine, ["7000"], street.clock.now, channel="telegram", kind="reply")
    for _ in range(34):
        street.clock.forward(1)
        for each in (one, other):
            await each.once()
    assert len(street.telegram.calls) == calls
    street.clock.forward(2)
    await other.once()
    assert set(street.states()) == {"sent"}
    assert all(len(street.telegram.to(int(chat))) == 1 for chat in CHATS[:20])


@pytest.mark.parametrize("fault", ["drop", "cut", "stall", "500"])
async def test_47_an_sms_that_may_have_gone_out_is_unsure_and_never_sent_again(
    street: Street, fault: str
) -> None:
    street.twilio.faults.append(fault)
    street.twilio.stall_seconds, street.twilio.lists = 1.5, False
    queue_for(street.engine, numbers(1), NOON)
    one = street.worker(timeout=0.5)
    await one.once()
    assert [(row.state, row.error_code) for row in rows(street.engine)] == [("unsure", "no_answer")]
    for _ in range(20):
        street.clock.forward(600)
        await one.once()
    assert street.states() == ["unsure"]
    assert len(street.twilio.sent) == 1


@pytest.mark.parametrize("fault", ["drop", "cut", "502"])
async def test_47_a_telegram_that_may_have_gone_out_is_unsure_and_never_sent_again(
    street: Street, fault: str
) -> None:
    street.telegram.faults.append(fault)
    queue_for(street.engine, ["5000"], NOON, channel="telegram")
    one = street.worker()
    for _ in range(20):
        await one.once()
        street.clock.forward(600)
    assert street.states() == ["unsure"]
    assert len(street.telegram.sent) <= 1


async def test_a_full_queue_at_twilio_is_given_a_minute(street: Street) -> None:
    street.twilio.faults.append(21611)
    queue_for(street.engine, numbers(1), NOON)
    one = street.worker()
    for seconds, state in ((0, "queued"), (59, "queued"), (2, "sent")):
        street.clock.forward(seconds)
        await one.once()
        assert street.states() == [state]


async def test_21_twilios_21610_is_an_opt_out_of_ours_too(street: Street) -> None:
    street.twilio.faults.append(21610)
    queue_for(street.engine, numbers(1), NOON)
    later = queue_for(street.engine, numbers(1), NOON, kind="broadcast", not_before=NOON + MINUTE)
    await street.worker().once()
    with database.reading(street.engine) as session:
        assert session.query(Contact).one().opted_out
        assert session.get_one(OutboxRow, later[0]).reason == "opted_out"


async def test_24_what_was_missed_while_opted_out_is_not_sent_late(street: Street) -> None:
    queue_for(street.engine, numbers(1), NOON, kind="broadcast")
    with database.transaction(street.engine) as session:
        person = session.query(Contact).one()
        contacts.opt_out(session, person, NOON)
        contacts.opt_in(person)
    await street.worker().once()
    assert street.twilio.sent == []


async def test_consent_quiet_hours_and_too_late_count_when_it_would_be_sent(street: Street) -> None:
    evening = NOON.replace(hour=19, minute=59)
    queue_for(street.engine, numbers(2), evening, kind="broadcast", too_late=evening + 18 * 60 * MINUTE)
    queue_for(street.engine, numbers(1), evening, kind="broadcast", too_late=evening + 2 * MINUTE)
    one = street.worker()
    street.clock.now = evening + MINUTE  # 20:00
    await one.once()
    assert street.states() == ["queued"] * 3
    with database.transaction(street.engine) as session:
        contacts.opt_out(session, session.get_one(Contact, 2), street.clock.now)
    street.clock.now = evening + 12 * 60 * MINUTE + MINUTE  # 08:00
    await one.once()
    assert [(row.state, row.reason) for row in rows(street.engine)] == [
        ("sent", None),
        ("dropped", "opted_out"),
        ("dropped", "too_late"),
    ]
    with database.reading(street.engine) as session:
        assert outbox.tally(session)["broadcast", "too_late"] == 1


@pytest.mark.parametrize(("kind", "goes_out"), [("broadcast", 0), ("notice", 0), ("reply", 1)])
async def test_stop_that_comes_between_the_claim_and_the_words_still_counts(
    street: Street, kind: str, goes_out: int
) -> None:
    queue_for(street.engine, numbers(1), NOON, kind=kind)
    one = street.worker()
    (claim,) = outbox.claim(street.engine, channels=["sms"], now=NOON, worker=one.sender.name)
    with database.transaction(street.engine) as session:
        contacts.opt_out(session, session.query(Contact).one(), NOON)
    await one.sender._send(claim)
    assert len(street.twilio.sent) == goes_out
    assert [row.reason for row in rows(street.engine)] == ["opted_out" if not goes_out else None]


async def test_a_worker_that_stood_still_over_the_evening_sends_in_the_morning(street: Street) -> None:
    evening = NOON.replace(hour=19, minute=59)
    queue_for(street.engine, numbers(1), evening, kind="broadcast")
    queue_for(street.engine, numbers(2)[1:], evening, kind="broadcast", too_late=evening + 5 * MINUTE)
    one = street.worker()
    claims = outbox.claim(street.engine, channels=["sms"], now=evening, worker=one.sender.name)
    street.clock.now = evening + 60 * MINUTE  # a laptop that was closed
    for claim in claims:
        await one.sender._send(claim)
    assert street.twilio.sent == []
    assert [(row.state, row.reason) for row in rows(street.engine)] == [
        ("queued", None),
        ("dropped", "too_late"),
    ]
    street.clock.now = evening + 12 * 60 * MINUTE + MINUTE  # 08:00
    await one.once()
    assert len(street.twilio.sent) == 1


async def test_an_announcement_is_in_the_language_that_its_reader_has_by_then(street: Street) -> None:
    with database.transaction(street.engine) as session:
        for number, language in zip(numbers(4), ("so", "en", "so", "so"), strict=True):
            person = contacts.find_or_create(session, Vault([crew.KEY]), "sms", number, NOON)
            person.language = language
            reminders.subscribe(session, person.id, "work_coach", NOON)
        made = broadcasts.create(session, Group(service="work_coach"), "We are open", actor="ann", now=NOON)
        for code, kind in (("so", "reviewed"), ("ar", "left_out")):
            text = "Waan furan nahay" if kind == "reviewed" else ""
            broadcasts.set_text(
                session, made.id, code, kind, text, version=made.version, actor="ann", now=NOON
            )
        broadcasts.ready(session, made.id, version=made.version, actor="ann", now=NOON)
        broadcasts.start(session, made.id, version=made.version, actor="ann", now=NOON, alone_up_to=200)
        assert reminders.plan(session, NOON) == 4
        for id_, language in ((1, "en"), (2, "so"), (3, "ar")):
            session.get_one(Contact, id_).language = language
    await street.worker().once()
    said = [street.twilio.to(number)[-1:] for number in numbers(4)]
    assert [texts[0].splitlines()[-1] if texts else "" for texts in said] == [
        "We are open",
        "Waan furan nahay",
        "",
        "Waan furan nahay",
    ]
    assert [row.reason for row in rows(street.engine)] == [None, None, "no_longer", None]


async def test_one_that_breaks_off_stops_no_other(street: Street) -> None:
    first, *_ = queue_for(street.engine, CHATS[:3], NOON, channel="telegram")

    def fail(outbox_id: int) -> None:
        if outbox_id == first:
            raise RuntimeError

    await street.worker(only=Spy(during=fail)).once()
    assert street.states() == ["sending", "sent", "sent"]


async def test_a_refusal_of_the_message_is_for_staff_and_marks_nobody(street: Street) -> None:
    def refuse(_outbox_id: int) -> None:
        raise Refused("rejected", "400")

    queue_for(street.engine, ["5000"], NOON, channel="telegram")
    await street.worker(only=Spy(during=refuse)).once()
    assert street.states() == ["failed"]
    with database.reading(street.engine) as session:
        assert not session.query(Contact).one().unreachable


async def test_the_real_channels_send_more_at_once_than_any_lane_holds(street: Street) -> None:
    street.telegram.seconds = 0.3
    street.settings.telegram_per_second = 0
    queue_for(street.engine, CHATS, NOON, channel="telegram", kind="broadcast")
    queue_for(street.engine, [str(n) for n in range(8000, 8050)], NOON, channel="telegram", kind="reply")
    one = street.worker()
    assert isinstance(one.sender.channels["telegram"], Telegram)
    assert isinstance(one.sender.channels["sms"], Sms)
    await one.once()
    assert set(street.states()) == {"sent"}
