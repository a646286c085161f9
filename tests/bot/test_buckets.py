"""Nobody sends faster than a provider takes it, however many send; and no reply waits behind a broadcast."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot.buckets import Buckets, Level, Rate, buckets_of
from bot.settings import Settings
from store import database
from store.models import Pace

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TELEGRAM = Rate(30.0)
SMS = Rate(10.0, burst=3.0, dearest=3)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def take(
    engine: Engine,
    buckets: Buckets,
    wanted: int,
    now: datetime,
    *,
    channel: str = "telegram",
    replies: bool = False,
) -> int:
    with database.transaction(engine) as session:
        return buckets.take(session, channel, wanted, now, replies=replies)[0]


def test_a_full_bucket_gives_a_burst_and_then_the_rate() -> None:
    full = Level(TELEGRAM.holds, NOON)
    assert full.allows(100, TELEGRAM, replies=True) == 30
    empty = Level(0.0, NOON)
    assert [empty.later(after(s), TELEGRAM).allows(100, TELEGRAM, replies=True) for s in (0.5, 1, 60)] == [
        15,
        30,
        30,
    ]


def test_a_fifth_is_kept_for_replies() -> None:
    drained = Level(TELEGRAM.holds * 0.2, NOON)
    assert drained.allows(100, TELEGRAM, replies=False) == 0
    assert drained.allows(100, TELEGRAM, replies=True) == 6


def test_the_wait_that_is_named_is_enough() -> None:
    for rate in (TELEGRAM, SMS, Rate(0.5, dearest=3)):
        for replies in (True, False):
            empty = Level(-2.0, NOON)
            wait = empty.seconds(rate, replies=replies)
            assert empty.later(after(wait - 0.02), rate).allows(1, rate, replies=replies) == 0
            assert empty.later(after(wait + 0.001), rate).allows(1, rate, replies=replies) == 1


def test_50_a_clock_that_is_set_back_gives_no_tokens_and_stops_nobody() -> None:
    level = Level(3.0, NOON).later(after(-3600), TELEGRAM)
    assert (level.tokens, level.at) == (3.0, after(-3600))
    assert level.later(after(-3599), TELEGRAM).tokens == 30.0


@pytest.mark.parametrize("per_second", [0.1, 1.0, 3.0, 10.0, 100.0])
def test_an_hour_of_broadcasts_keeps_to_the_rate(per_second: float) -> None:
    rate = Rate(per_second, burst=3.0, dearest=3)
    level, sent, now = Level(rate.holds, NOON), 0, NOON
    while now < after(3600):
        level = level.later(now, rate)
        granted = level.allows(16, rate, replies=False)
        sent += 2 * granted  # two segments each: one of three is given back
        level = Level(level.tokens - 2 * granted, now)
        now += timedelta(seconds=max(0.2, level.seconds(rate, replies=False)))
    most = per_second * 3600 + rate.holds + rate.dearest
    assert most * 0.9 <= sent <= most


def test_any_number_of_senders_share_one_bucket(engine: Engine) -> None:
    senders = [Buckets({"telegram": TELEGRAM}) for _ in range(3)]
    assert sum(take(engine, each, 16, NOON) for each in senders) == 24
    assert take(engine, senders[0], 16, NOON, replies=True) == 6
    assert sum(take(engine, each, 16, after(0.1)) for each in senders) == 0  # the replies' part fills first
    assert sum(take(engine, each, 16, after(1)) for each in senders) == 24


def test_an_sms_takes_what_it_costs_once_that_is_known(engine: Engine) -> None:
    buckets = Buckets({"sms": SMS})
    assert take(engine, buckets, 1, NOON, channel="sms") == 1
    with database.transaction(engine) as session:
        assert session.get_one(Pace, "sms").tokens == 27.0
        buckets.settle(session, "sms", "x" * 161, NOON)  # two segments
        assert session.get_one(Pace, "sms").tokens == 28.0
        buckets.settle(session, "sms", "x" * 700, NOON)  # a text about danger is never cut: five
        assert session.get_one(Pace, "sms").tokens == 26.0


def test_46_a_channel_that_rests_rests_for_every_sender_and_for_replies(engine: Engine) -> None:
    one, other = Buckets({"telegram": TELEGRAM}), Buckets({})
    with database.transaction(engine) as session:
        one.rest(session, "telegram", after(35), NOON)
        one.rest(session, "telegram", after(5), NOON)  # a later word is no shorter one
    for each in (one, other):
        assert take(engine, each, 1, after(34), replies=True) == 0
        assert take(engine, each, 1, after(36), replies=True) == 1
    with database.transaction(engine) as session:
        assert one.take(session, "telegram", 1, after(30), replies=False) == (0, 5.0)


def test_no_limit_is_none(engine: Engine) -> None:
    buckets = buckets_of(Settings(sms_segments_per_second=0, telegram_per_second=0))
    for channel in ("sms", "telegram", "try"):
        assert take(engine, buckets, 1000, NOON, channel=channel) == 1000
