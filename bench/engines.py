"""The outbox beside plain queues: the same messages to the same provider, and one kill -9 halfway.

The others are used as their documents say, without a row of ours: Procrastinate on PostgreSQL, with stalled jobs tried
again; Huey on SQLite. `python -m bench.engines ENGINE DATABASE PROVIDER` is a worker of theirs.
"""

import asyncio
import importlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import procrastinate
from huey import SqliteHuey  # type: ignore[import-untyped]
from procrastinate.exceptions import ProcrastinateException
from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from bench.common import Figures, Step, fresh_database, python, running, wait_until
from bot import queue
from bot.channels.sms import Sms
from bot.sending import AT_ONCE
from bot.worker import wall_clock
from flows.words import Rendered
from store import database, outbox
from store.models import OutboxRow
from tests.bot import crew
from tests.fakes.server import serve
from tests.fakes.twilio import FakeTwilio

ENGINES = (
    ("outbox", "PostgreSQL"),
    ("Procrastinate", "PostgreSQL"),
    ("outbox", "SQLite"),
    ("Huey", "SQLite"),
)
STEPS = len(ENGINES)
TEXT = "We moved. Ask for Amira"
STALLED = 10.0  # seconds after which Procrastinate's worker counts as dead here
QUIET = 15.0  # seconds without a message: it is over


@dataclass
class Timed(FakeTwilio):
    """Notes when each message came."""

    moments: list[float] = field(default_factory=list)

    async def create(self, request: Request) -> Response:
        answer = await super().create(request)
        self.moments.append(time.monotonic())
        return answer


@dataclass
class Engine:
    """One of them: put the messages in, start a worker, and see whether anything is left."""

    fill: Callable[[list[str]], None]
    work: Callable[[], Any]  # a context: its process has `kill`
    left: Callable[[], int]


def run(quick: bool, step: Step) -> Figures:
    """Each after the other, in one run."""
    messages = 1000 if quick else 10_000
    rows: list[Figures] = []
    for name, kind in ENGINES:
        step(f"{name} on {kind}: {messages} messages, one kill -9")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="welcome-bench-")))
            url = stack.enter_context(fresh_database(kind, folder))
            provider = Timed()
            address = stack.enter_context(serve(provider.app))
            engine = {"outbox": ours, "Procrastinate": plain_procrastinate, "Huey": plain_huey}[name](
                url, address, folder
            )
            rows.append({"engine": name, "database": kind, **measured(engine, provider, messages, folder)})
            if name == "outbox":
                rows[-1]["unsure"] = _unsure(url)
    return {"messages": messages, "at_once": AT_ONCE, "rows": rows}


def measured(engine: Engine, provider: Timed, messages: int, folder: Path) -> Figures:
    """Send them all, with a kill halfway. The rate is the one before it."""
    numbers = crew.numbers(messages)
    engine.fill(numbers)
    half = messages // 2
    with engine.work() as process:
        wait_until(lambda: len(provider.moments) >= half, folder)
        process.kill()
    taken = provider.moments[:half]
    with engine.work():
        wait_until(lambda: not engine.left() and time.monotonic() - provider.moments[-1] > QUIET, folder)
    got = Counter(each["To"] for each in provider.sent)
    return {
        "per_second": round((half - 1) / (taken[-1] - taken[0]), 1),
        "got_one": sum(got[number] == 1 for number in numbers),
        "doubled": sum(got[number] > 1 for number in numbers),
        "none": sum(got[number] == 0 for number in numbers),
        "unsure": 0,
    }


# ours ------------------------------------------------------------------------------------------------
def ours(url: str, address: str, folder: Path) -> Engine:
    database.migrate(url)
    engine = database.connect(url)
    begun: list[str] = []

    @contextmanager
    def work() -> Iterator[Any]:
        if begun:  # the killed one's claims: the two minutes until they count as lost are not waited for
            outbox.sweep(engine, wall_clock() + outbox.LOST_AFTER + timedelta(seconds=1))
        begun.append(f"w{len(begun)}")
        process = crew.start(crew.Orders(url, address, "", begun[-1], folder / "log"))
        try:
            yield process
        finally:
            process.kill()
            process.join()
            process.close()

    def left() -> int:
        with database.reading(engine) as session:
            waiting = select(func.count()).where(OutboxRow.state.in_(("queued", "sending")))
            return session.scalar(waiting) or 0

    return Engine(lambda numbers: _queue(engine, numbers), work, left)


def _queue(engine: Any, numbers: list[str]) -> None:
    for start in range(0, len(numbers), 500):
        crew.queue_for(engine, numbers[start : start + 500], wall_clock(), text=TEXT)


def _unsure(url: str) -> int:
    engine = database.connect(url)
    with database.reading(engine) as session:
        found = session.scalar(select(func.count()).where(OutboxRow.state == "unsure")) or 0
    engine.dispose()
    return found


# theirs ----------------------------------------------------------------------------------------------
def _worker(engine: str, url: str, address: str, folder: Path) -> Callable[[], Any]:
    return lambda: running(python("-m", "bench.engines", engine, url, address), folder)


def channel(address: str) -> Sms:
    return Sms(crew.settings(address, ""))


def procrastinate_app(url: str, address: str) -> procrastinate.App:
    """As in Procrastinate's own documents: a task for each message, and stalled jobs tried again."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=queue.conninfo(url), max_size=AT_ONCE + 2)
    )
    sms: list[Sms] = []

    @app.task(name="send", queue="sends")
    async def send(number: str) -> None:
        sms.extend([channel(address)] if not sms else [])
        await sms[0].send(number, Rendered(TEXT, (), "en", is_draft=False), 0)

    @app.periodic(cron="* * * * * */5")
    @app.task(name="rescue", queueing_lock="rescue", queue="sends")
    async def rescue(timestamp: int) -> None:  # noqa: ARG001
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            with suppress(ProcrastinateException):
                await app.job_manager.retry_job(job)

    return app


def plain_procrastinate(url: str, address: str, folder: Path) -> Engine:
    queue.prepare(queue.conninfo(url))
    engine = database.connect(url)

    def fill(numbers: list[str]) -> None:
        async def defer() -> None:
            app = procrastinate_app(url, address)
            async with app.open_async():
                jobs = [{"number": number} for number in numbers]
                await app.configure_task("send").batch_defer_async(*jobs)  # type: ignore[arg-type]

        asyncio.run(defer())

    def left() -> int:
        waiting = "task_name = 'send' AND status IN ('todo', 'doing')"
        with engine.connect() as connection:
            query = f"SELECT count(*) FROM {queue.SCHEMA}.procrastinate_jobs WHERE {waiting}"
            return int(connection.exec_driver_sql(query).scalar_one())

    return Engine(fill, _worker("Procrastinate", url, address, folder), left)


def huey_of(url: str, address: str) -> tuple[SqliteHuey, Any]:
    """As in Huey's own documents. Its SQLite is flushed like ours."""
    app = SqliteHuey("bench", filename=url.removeprefix("sqlite:///"), fsync=True)
    sms: list[Sms] = []

    @app.task()  # type: ignore[untyped-decorator]
    def send(number: str) -> None:
        sms.extend([channel(address)] if not sms else [])
        sms[0]._send(number, TEXT, 0)

    return app, send


def plain_huey(url: str, address: str, folder: Path) -> Engine:
    app, send = huey_of(url, address)

    def fill(numbers: list[str]) -> None:
        for number in numbers:
            send(number)

    return Engine(fill, _worker("Huey", url, address, folder), app.pending_count)


def work(engine: str, url: str, address: str) -> None:
    """A worker of theirs, until it is killed."""
    if engine == "Huey":
        app, _ = huey_of(url, address)
        app.create_consumer(workers=AT_ONCE, worker_type="thread", periodic=False, initial_delay=0.05).run()
        return

    async def run_app() -> None:
        app = procrastinate_app(url, address)
        async with app.open_async():
            await app.run_worker_async(
                concurrency=AT_ONCE, update_heartbeat_interval=3, stalled_worker_timeout=STALLED
            )

    asyncio.run(run_app())


def tables(figures: Figures) -> list[Table]:
    """The figures, readable."""
    table = Table(
        "", "", "sends/s", "got one", "doubled", "lost in silence", "unsure, listed", box=SIMPLE_HEAD
    )
    table.title = (
        f"engines: {figures['messages']} messages, {figures['at_once']} at once, one kill -9 halfway"
    )
    for row in figures["rows"]:
        counts = (row["got_one"], row["doubled"], max(0, row["none"] - row["unsure"]), row["unsure"])
        table.add_row(row["engine"], row["database"], f"{row['per_second']:g}", *map(str, counts))
    return [table]


if __name__ == "__main__":
    # By its own name: Huey knows a task by the module that it stands in.
    importlib.import_module("bench.engines").work(*sys.argv[1:])
