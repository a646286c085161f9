"""100,000 people who want a reminder: how long it is planned, in how much memory, and how long it takes to go out.

The plan runs in a fresh process each time (bench/planner.py).
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import insert, select

from bench.common import DATABASES, Figures, Step, fresh_database, log_of, python, running
from bot.buckets import Level, Rate, buckets_of
from bot.segments import segments
from bot.sending import AT_ONCE
from bot.settings import Settings
from bot.worker import PAUSE
from flows.message import messages_from_json
from flows.words import Words
from store import database, reminders
from store.base import Json
from store.london import AWAKE_UNTIL
from store.models import Contact, OutboxRow, Subscription
from tests.store.helpers import weekly

SMALL, LARGE = 10_000, 100_000
STEPS = 2 * len(DATABASES) + 1
MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)  # in London too: the default time of a reminder
SUNDAY = MONDAY_TEN - timedelta(days=1)
TOPIC = "work_coach"
PLAN_WITHIN = 3600.0  # seconds
REPLY_EVERY = timedelta(seconds=2)  # somebody is answered meanwhile


def run(quick: bool, step: Step) -> Figures:
    """Plan both sizes on both databases, then send the larger by the clock of a simulation."""
    sizes = (SMALL // 10, LARGE // 10) if quick else (SMALL, LARGE)
    planned: list[Figures] = []
    payload: Json = {}
    for kind in DATABASES:
        for people in sizes:
            step(f"{kind}: a plan for {people} people")
            with TemporaryDirectory(prefix="welcome-bench-") as name, fresh_database(kind, Path(name)) as url:
                fill(url, people)
                planner = python("-m", "bench.planner", url, MONDAY_TEN.isoformat())
                with running(planner, Path(name), talks=True) as process:
                    written, _ = process.communicate(timeout=PLAN_WITHIN)
                    if process.returncode:
                        raise RuntimeError(f"The plan failed:\n{log_of(Path(name))}")
                payload = first_payload(url)
                planned.append({"database": kind, "people": people, **json.loads(written)})
    step(f"sending to {sizes[1]} by the clock")
    return {"planned": planned, "sent": sending(payload, sizes[1])}


def fill(url: str, people: int) -> None:
    """So many people, by SMS, who subscribed yesterday to a service with a session this week."""
    database.migrate(url)
    engine = database.connect(url)
    weekly(engine, SUNDAY, service=TOPIC)
    with database.transaction(engine) as session:
        reminders.sync(session, {TOPIC: False})
    for start in range(0, people, 5000):
        ids = range(start + 1, min(start + 5000, people) + 1)
        with database.transaction(engine) as session:
            when = {"created_at": SUNDAY}
            session.execute(
                insert(Contact),
                [
                    {
                        "id": n, "channel": "sms", "address_lookup": f"person {n}", "address_sealed": "sealed",
                        "opted_out": False, "unreachable": False, "seen_at": SUNDAY, **when,
                    }
                    for n in ids
                ],
            )  # fmt: skip
            session.execute(insert(Subscription), [{"contact_id": n, "topic": TOPIC, **when} for n in ids])
    engine.dispose()


def first_payload(url: str) -> Json:
    engine = database.connect(url)
    with database.reading(engine) as session:
        found = session.scalars(select(OutboxRow.payload).limit(1)).one()
    engine.dispose()
    return found


def sending(payload: Json, people: int) -> list[Figures]:
    """How long the reminder takes to reach so many by each channel, all languages alike, at the default rates."""
    words = Words({f"kb.service.{TOPIC}.name": "Work coach", "kb.place.fosse.name": "Fosse Library"})
    (message,) = messages_from_json(payload["messages"])
    costs = [
        segments(words.render(message, language, "sms").with_numbers()).count for language in words.languages
    ]
    buckets = buckets_of(Settings())
    found = []
    for channel, of_each in (("telegram", [1]), ("sms", costs)):
        reached, last, waited = simulate(buckets.rate(channel), of_each, people)
        found.append(
            {
                "channel": channel,
                "tokens_per_second": buckets.rate(channel).per_second,
                "tokens_each": round(sum(of_each) / len(of_each), 2),
                "sent": reached,
                "too_late": people - reached,
                "hours": round((last - MONDAY_TEN) / timedelta(hours=1), 2),
                "longest_wait_of_a_reply_s": round(waited, 2),
            }
        )
    return found


def simulate(rate: Rate, costs: list[int], people: int) -> tuple[int, datetime, float]:
    """Broadcasts and now and then a reply, by bot/buckets.py's rules: (how many went before 20:00, when the last did,
    the longest that a reply waited in seconds)."""
    until = datetime.combine(MONDAY_TEN.date(), AWAKE_UNTIL, UTC)
    level, now, sent, waited = Level(rate.holds, MONDAY_TEN), MONDAY_TEN, 0, 0.0
    reply_since = now + REPLY_EVERY
    while sent < people and now < until:
        level = level.later(now, rate)
        if reply_since <= now and level.allows(1, rate, replies=True):
            waited = max(waited, (now - reply_since).total_seconds())
            level, reply_since = Level(level.tokens - max(costs), now), now + REPLY_EVERY
        granted = min(level.allows(AT_ONCE, rate, replies=False), people - sent)
        level = Level(level.tokens - sum(costs[(sent + n) % len(costs)] for n in range(granted)), now)
        sent += granted
        now += timedelta(seconds=PAUSE)
    return sent, now, waited


def ratio(planned: list[Figures], kind: str) -> float:
    """The larger plan's peak memory to the smaller's."""
    small, large = (row["peak_mb"] for row in planned if row["database"] == kind)
    return float(large / small)


def tables(figures: Figures) -> list[Table]:
    """The figures, readable."""
    plans = Table(
        "",
        "people",
        "planned in",
        "of the processor",
        "longest transaction",
        "peak memory",
        "of the smaller",
        box=SIMPLE_HEAD,
    )
    plans.title = "subscribers: a weekly reminder planned, in a fresh process each"
    for row in figures["planned"]:
        large = row["people"] == max(each["people"] for each in figures["planned"])
        share = f"{ratio(figures['planned'], row['database']):.2f}" if large else ""
        plans.add_row(
            row["database"], f"{row['planned']:,}", f"{row['seconds']:g} s", f"{row['cpu_seconds']:g} s",
            f"{row['longest_transaction_ms']} ms",
            f"{row['peak_mb']:g} MB", share,
        )  # fmt: skip
    sent = Table("", "rate", "tokens each", "sent", "too late", "hours", "a reply waited", box=SIMPLE_HEAD)
    sent.title = "subscribers: sent from Monday 10:00 within the providers' limits (simulated clock)"
    for row in figures["sent"]:
        sent.add_row(
            row["channel"], f"{row['tokens_per_second']:g}/s", f"{row['tokens_each']:g}", f"{row['sent']:,}",
            f"{row['too_late']:,}", f"{row['hours']:g}", f"{row['longest_wait_of_a_reply_s']:g} s",
        )  # fmt: skip
    return [plans, sent]
