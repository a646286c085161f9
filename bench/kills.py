"""kill -9 in the middle of sending, again and again: nobody gets two, and nobody is forgotten in silence."""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import Engine, func, select

from bench.common import DATABASES, Figures, Step, fresh_database, wait_until
from bot import reconcile
from bot.channels.sms import Sms
from bot.log import configure
from bot.worker import wall_clock
from store import database, outbox
from store.models import Contact, OutboxRow, Task
from store.vault import Vault
from tests.bot import crew
from tests.fakes.server import serve
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import FakeTwilio

STEPS = len(DATABASES)
WORKERS = {"SQLite": 1, "PostgreSQL": 3}
REFUSED, CUT = 0.10, 0.02  # of the messages: a 429, a connection cut after the provider took it
ANSWERS = 0.05  # seconds
SEED = 43
WAITING = ("queued", "sending")


@dataclass
class Providers:
    """Two fakes that refuse and break off; half of the people are reached by each."""

    sms: FakeTwilio = field(
        default_factory=lambda: FakeTwilio(
            odds={20429: REFUSED, "cut": CUT}, random=Random(SEED), seconds=ANSWERS
        )
    )
    telegram: FakeTelegram = field(
        default_factory=lambda: FakeTelegram(
            odds={"429": REFUSED, "cut": CUT}, random=Random(SEED), seconds=ANSWERS, retry_after=1
        )
    )

    def got(self) -> Counter[str]:
        """Address → messages."""
        return Counter(each["To"] for each in self.sms.sent) + Counter(
            str(each["chat_id"]) for each in self.telegram.sent
        )

    def cut(self) -> int:
        return self.sms.met["cut"] + self.telegram.met["cut"]

    def refused(self) -> int:
        return self.sms.met[20429] + self.telegram.met["429"]


@dataclass
class Crew:
    """So many workers; who is killed has a successor."""

    size: int
    hire: Callable[[str], BaseProcess]
    alive: dict[str, BaseProcess] = field(default_factory=dict)
    hired: int = 0

    def fill(self) -> None:
        while len(self.alive) < self.size:
            self.hired += 1
            self.alive[f"w{self.hired}"] = self.hire(f"w{self.hired}")

    def kill(self, name: str) -> None:
        process = self.alive.pop(name)
        process.kill()
        process.join()
        process.close()

    def stop(self) -> None:
        """Told to stop, each sees through what is on its way."""
        for process in self.alive.values():
            process.terminate()
        for process in self.alive.values():
            process.join(30)
            process.kill()
            process.join()
            process.close()
        self.alive.clear()


@contextmanager
def crew_of(size: int, url: str, addresses: tuple[str, str], folder: Path) -> Iterator[Crew]:
    made = Crew(size, lambda name: crew.start(crew.Orders(url, *addresses, name, folder / "log")))
    try:
        yield made
    finally:
        made.stop()


def storm(url: str, workers: int, people: int, kills: int, folder: Path) -> Figures:
    """Send one message to each of so many people, and kill a worker whenever some more have theirs; what came of it.

    `url`: a migrated database. Which worker, and how long after: at random, with a seed. What a killed worker held
    is looked up at once: a message that was in its words may be unsure, and no other.
    """
    engine, providers, random = database.connect(url), Providers(), Random(SEED)
    addresses = _queue(engine, people)
    begun, in_flight = time.monotonic(), 0
    with ExitStack() as stack:
        at = (
            stack.enter_context(serve(providers.sms.app)),
            stack.enter_context(serve(providers.telegram.app)),
        )
        hands = stack.enter_context(crew_of(workers, url, at, folder))
        hands.fill()
        for n in range(kills):
            least = people * n // (kills + 1)
            wait_until(lambda least=least: _in_words(engine) >= least, folder)  # type: ignore[misc]
            time.sleep(random.uniform(0, 0.4))
            name = random.choice(sorted(hands.alive))
            hands.kill(name)
            in_flight += _held(engine, name)
            hands.fill()
        _finish(engine, hands, folder)
        seconds = time.monotonic() - begun
        found = _ask(engine, at)
    figures = _account(engine, providers, addresses)
    engine.dispose()
    return {
        "workers": workers, "people": people, "kills": kills, "in_flight_at_kills": in_flight, **figures,
        "found_by_asking": figures["unsure"] - figures["left_for_staff"], "found_at_the_end": found,
        "seconds": round(seconds, 1),
    }  # fmt: skip


def _queue(engine: Engine, people: int) -> list[str]:
    now = wall_clock()
    by_sms, by_telegram = (
        crew.numbers(people // 2),
        [str(n) for n in range(5000, 5000 + people - people // 2)],
    )
    crew.queue_for(engine, by_sms, now)
    crew.queue_for(engine, by_telegram, now, channel="telegram")
    return by_sms + by_telegram


def _in_words(engine: Engine) -> int:
    """The messages that have been given to a provider, or are on their way."""
    with database.reading(engine) as session:
        said = select(func.count()).select_from(OutboxRow).where(OutboxRow.text.is_not(None))
        return session.scalar(said) or 0


def _held(engine: Engine, name: str) -> int:
    """The messages in their words that a worker had claimed and not settled."""
    with database.reading(engine) as session:
        mine = (OutboxRow.claimed_by == name) & (OutboxRow.state == "sending") & OutboxRow.text.is_not(None)
        return session.scalar(select(func.count()).select_from(OutboxRow).where(mine)) or 0


def _finish(engine: Engine, hands: Crew, folder: Path) -> None:
    """Until nothing waits. The two minutes after which a claim counts as lost are not waited for."""
    while _count(engine, *WAITING):
        hands.fill()
        wait_until(lambda: not _count(engine, "queued"), folder)
        hands.stop()
        outbox.sweep(engine, wall_clock() + outbox.LOST_AFTER + timedelta(seconds=1))


def _count(engine: Engine, *states: str) -> int:
    with database.reading(engine) as session:
        waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.state.in_(states))
        return session.scalar(waiting) or 0


def _ask(engine: Engine, at: tuple[str, str]) -> int:
    """Ask Twilio about what is unsure; again when it is too late to be listed. How many were found."""
    sms = Sms(crew.settings(*at))
    vault = Vault([crew.KEY])
    found = [
        reconcile.settle(engine, vault, sms, wall_clock() + later)
        for later in (2 * reconcile.SETTLES, reconcile.GIVES_UP + timedelta(minutes=1))
    ]
    sms.close()
    return sum(found)


def _account(engine: Engine, providers: Providers, addresses: list[str]) -> Figures:
    """Who got what, beside what the desk believes."""
    got, vault = providers.got(), Vault([crew.KEY])
    with database.reading(engine) as session:
        rows = session.execute(
            select(OutboxRow.state, OutboxRow.error_code, Contact.address_sealed).join(
                Contact, OutboxRow.contact_id == Contact.id
            )
        ).all()
        filed = (
            session.scalar(select(func.count()).select_from(Task).where(Task.kind == "message_unsure")) or 0
        )
    believed = {vault.open(sealed): (state, code) for state, code, sealed in rows}
    unsure = {address: code for address, (state, code) in believed.items() if state == "unsure"}
    none = [address for address in addresses if got[address] == 0]
    return {
        "refused_for_now": providers.refused(),
        "cut_off": providers.cut(),
        "got_one": sum(got[address] == 1 for address in addresses),
        "got_two": sum(got[address] > 1 for address in addresses),
        "got_none": len(none),
        "lost_in_silence": sum(address not in unsure for address in none),
        "unsure": filed,
        "left_for_staff": len(unsure),
        "reasons": dict(sorted(Counter(code or "" for code in unsure.values()).items())),
        "states": dict(sorted(Counter(state for state, _ in believed.values()).items())),
    }


def run(quick: bool, step: Step) -> Figures:
    """The same on both databases."""
    configure(io.StringIO())
    people, kills = (200, 12) if quick else (2000, 110)
    rows = []
    for kind in DATABASES:
        step(f"{kind}: {people} people, {kills} kills")
        with TemporaryDirectory(prefix="welcome-bench-") as name, fresh_database(kind, Path(name)) as url:
            database.migrate(url)
            rows.append({"database": kind, **storm(url, WORKERS[kind], people, kills, Path(name))})
    return {"rows": rows}


def tables(figures: Figures) -> list[Table]:
    """The figures, readable."""
    names = {
        "workers": "workers", "people": "people", "kills": "kill -9", "refused_for_now": "429s",
        "cut_off": "cut off after it was taken", "in_flight_at_kills": "in flight at a kill",
        "got_two": "got two", "lost_in_silence": "lost in silence", "got_one": "got one",
        "unsure": "unsure at first", "found_by_asking": "found by asking Twilio",
        "left_for_staff": "left for staff, with the reason", "seconds": "seconds",
    }  # fmt: skip
    table = Table("", *(row["database"] for row in figures["rows"]), box=SIMPLE_HEAD)
    table.title = "kills: one message to each, half by SMS and half by Telegram"
    for name, label in names.items():
        table.add_row(label, *(f"{row[name]:g}" for row in figures["rows"]))
    reasons = (", ".join(f"{n} {code}" for code, n in row["reasons"].items()) for row in figures["rows"])
    table.add_row("reasons", *reasons)
    return [table]
