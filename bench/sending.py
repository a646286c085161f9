"""The outbox: notices to a provider that answers at once, by one worker and by two, and nobody gets two."""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import select

from bench.common import (
    DATABASES,
    KEY,
    PUBLIC,
    Figures,
    Step,
    fresh_database,
    log_of,
    python,
    running,
    settings,
    welcome,
)
from bot.channels.sms import Sms
from bot.sending import AT_ONCE
from bot.settings import Settings
from flows.message import Message, messages_to_json
from flows.values import Name, Text, When
from flows.words import Rendered
from store import contacts, database, outbox
from store.models import OutboxRow
from store.vault import Vault, check_canary
from tests.fakes import twilio
from tests.fakes.server import serve
from tests.fakes.twilio import FakeTwilio

LANGUAGES = ("en", "ar", "fa", "so", "fr", "uk")
WORKERS = (1, 2)
STEPS = 1 + len(DATABASES) * len(WORKERS)
END_WITHIN = 240.0  # seconds for one outbox to be emptied


def run(quick: bool, step: Step) -> Figures:
    """Send the same notices without an outbox (the floor) and through it."""
    notices, crews = (200, WORKERS[-1:]) if quick else (2000, WORKERS)
    provider = FakeTwilio()
    rows: list[Figures] = []
    with serve(provider.app) as address:
        step(f"no outbox: {notices} sends")
        with tempfile.TemporaryDirectory(prefix="welcome-bench-") as name:
            bare = sent_bare(address, notices, Path(name))
        for kind in DATABASES:
            for workers in crews:
                step(f"{kind}: {notices} notices, {workers} at work")
                provider.sent.clear()
                with (
                    tempfile.TemporaryDirectory(prefix="welcome-bench-") as name,
                    fresh_database(kind, Path(name)) as url,
                ):
                    numbers = fill(url, notices)
                    seconds = emptied(url, address, workers, Path(name))
                got = Counter(message["To"] for message in provider.sent)
                rows.append(
                    {
                        "database": kind,
                        "workers": workers,
                        "per_second": round(notices / seconds, 1),
                        "got_one": sum(got[number] == 1 for number in numbers),
                        "got_two": sum(got[number] > 1 for number in numbers),
                        "got_none": sum(got[number] == 0 for number in numbers),
                    }
                )
    return {"notices": notices, "bare_per_second": round(notices / bare, 1), "rows": rows}


def fill(url: str, notices: int) -> list[str]:
    """An outbox with one confirmation for each of so many people, in the desk's languages; their numbers."""
    numbers = [f"+447{n:09d}" for n in range(700_900_000, 700_900_000 + notices)]
    now, vault = datetime.now(UTC), Vault([KEY])
    confirmed = Message(
        "booking.approved",
        {
            "name": Text("Amina"),
            "service": Name("service", "work_coach"),
            "place": Name("place", "brite-centre"),
            "when": When(now + timedelta(days=3)),
            "reference": "LB-7Q2K",
        },
    )
    payload = {"messages": messages_to_json([confirmed])}
    database.migrate(url)
    engine = database.connect(url)
    with database.transaction(engine) as session:
        check_canary(session, vault)
        for n, number in enumerate(numbers):
            contact = contacts.find_or_create(session, vault, "sms", number, now)
            contact.language = LANGUAGES[n % len(LANGUAGES)]
            outbox.queue(session, contact.id, "notice", payload, dedupe=f"bench:{n}", now=now)
    engine.dispose()
    return numbers


def emptied(url: str, provider: str, workers: int, folder: Path) -> float:
    """Let `welcome worker --once` empty the outbox, so many at once: seconds from the first claim to the last end."""
    env = settings(url, twilio_api_url=provider, sms_segments_per_second="0")  # the desk's own speed
    with ExitStack() as stack:
        started = [
            stack.enter_context(running(welcome("worker", "--once"), folder, env=env)) for _ in range(workers)
        ]
        for process in started:
            if process.wait(END_WITHIN):
                raise RuntimeError(f"A worker failed:\n{log_of(folder)}")
    engine = database.connect(url)
    with database.reading(engine) as session:
        rows = session.execute(select(OutboxRow.claimed_at, OutboxRow.settled_at)).all()
    engine.dispose()
    first = min(claimed for claimed, _ in rows if claimed is not None)
    last = max(settled for _, settled in rows if settled is not None)
    return (last - first).total_seconds()


def sent_bare(provider: str, notices: int, folder: Path) -> float:
    """The floor: the same channel sends a text as often, as many at once, from a process of its own. Seconds."""
    with running(python("-m", "bench.sending", provider, str(notices)), folder, talks=True) as process:
        written, _ = process.communicate(timeout=END_WITHIN)
        if process.returncode:
            raise RuntimeError(f"The floor failed:\n{log_of(folder)}")
    return float(written)


async def send_bare(provider: str, notices: int) -> float:
    """Send without an outbox, as many at once as bot/sending.py does."""
    places = asyncio.Semaphore(AT_ONCE)
    sms = Sms(
        Settings(
            public_url=PUBLIC,
            twilio_account_sid=twilio.ACCOUNT,
            twilio_auth_token=SecretStr(twilio.TOKEN),
            twilio_from=twilio.NUMBER,
            twilio_api_url=provider,
        )
    )
    text = Rendered(
        "Amina, your place is confirmed: Work coach, Tue 24 Nov, 10:00.", (), "en", is_draft=False
    )

    async def send(n: int) -> None:
        async with places:
            await sms.send(f"+447{n:09d}", text, n)

    start = time.perf_counter()
    await asyncio.gather(*(send(n) for n in range(notices)))
    return time.perf_counter() - start


def tables(figures: Figures) -> list[Table]:
    """The figures, readable."""
    bare = figures["bare_per_second"]
    table = Table(
        "",
        "workers",
        "sends/s",
        "of the floor",
        "got one",
        "two",
        "none",
        box=SIMPLE_HEAD,
        title=f"sending: {figures['notices']} notices from the outbox to a provider that answers at once",
    )
    table.add_row("floor: no outbox", "1", f"{bare:g}", "100 %", "", "", "", end_section=True)
    for row in figures["rows"]:
        counts = [str(row[name]) for name in ("got_one", "got_two", "got_none")]
        share = f"{row['per_second'] / bare:.0%}"
        table.add_row(row["database"], str(row["workers"]), f"{row['per_second']:g}", share, *counts)
    return [table]


if __name__ == "__main__":
    print(asyncio.run(send_bare(sys.argv[1], int(sys.argv[2]))))
