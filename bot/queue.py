"""`welcome worker` on PostgreSQL: Procrastinate deals out the chores, and every worker empties the outbox.

A chore is a periodic task: of any number of workers one does it, when it is due. A worker that is killed in the
middle leaves its task to be rescued. Messages are no tasks: the outbox is their queue, claimed with SKIP LOCKED, and
PostgreSQL's NOTIFY wakes every worker when something was queued. Why so: docs/adr/0014.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib import resources
from typing import Any

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy import make_url

from bot.sending import FINISH_WITHIN
from bot.worker import Chore, Worker
from store.outbox import WAKE

log = structlog.get_logger()
SCHEMA = "procrastinate"  # its tables stand beside ours, not among them
LOCK = 2026112302  # PostgreSQL's advisory lock while the tables are made
TOGETHER = 4  # chores that a worker does side by side
BEATS = 5.0  # seconds between two signs of life
STALLED = 20.0  # seconds without one: the worker is dead, and its chores are done by another
RESCUE = "* * * * * */10"
AGAIN = 2.0  # seconds to wait when the database is away


async def run(worker: Worker, url: str) -> None:
    """Works until it is cancelled; what is on its way is seen through, at most FINISH_WITHIN seconds."""
    address = conninfo(url)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.drain())
        group.create_task(_again(lambda: listen(address, worker.wake)))
        group.create_task(_again(lambda: chores(worker, address)))


async def chores(worker: Worker, address: str) -> None:
    """Does what Procrastinate deals out, until it is cancelled or the database goes away."""
    await asyncio.to_thread(prepare, address)
    app = app_of(worker, address)
    async with app.open_async():
        await app.run_worker_async(
            name=worker.sender.name,
            concurrency=TOGETHER,
            install_signal_handlers=False,
            delete_jobs="always",  # what failed is logged, and due again soon
            shutdown_graceful_timeout=FINISH_WITHIN,
            update_heartbeat_interval=BEATS,
            stalled_worker_timeout=STALLED,
        )


def app_of(worker: Worker, address: str) -> App:
    """Every chore as a periodic task: at most one waits, at most one is being done."""
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=TOGETHER + 2))
    for chore in worker.chores:
        _add(app, chore.name, cron(chore.every), _doing(worker, chore), lock=chore.name)
    # Without a lock: a rescuer that dies in the middle must not stand in the way of the next.
    _add(app, "rescue", RESCUE, lambda: rescue(app), lock=None)
    return app


def _doing(worker: Worker, chore: Chore) -> Callable[[], Awaitable[None]]:
    return lambda: worker.do(chore)


def _add(app: App, name: str, when: str, work: Callable[[], Awaitable[Any]], *, lock: str | None) -> None:
    async def task(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate says for when it is
        try:
            await work()
        except Exception as error:
            log.error("chore failed", task=name, error=type(error).__name__)
            raise

    app.periodic(cron=when)(app.task(name=name, queueing_lock=name, lock=lock)(task))


async def rescue(app: App) -> int:
    """Hands the tasks of dead workers to the living. How many."""
    rescued = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # the next one waits already
            if job.id is not None:
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        rescued += 1
        log.warning("chore rescued", task=job.task_name)
    return rescued


async def listen(address: str, wake: Callable[[], None]) -> None:
    """Calls `wake` whenever something was queued, by whichever process."""
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    async with connection:
        await connection.execute(f"LISTEN {WAKE}")
        wake()  # whatever was queued while nobody listened
        async for _ in connection.notifies():
            wake()


def prepare(address: str) -> None:
    """Makes Procrastinate's tables, or brings them up to date. Several workers may do so at once: one works.

    Its releases bring a file for each change; which of them are in is kept beside its tables.
    """
    scripts = resources.files("procrastinate") / "sql"
    steps = {each.name: each for each in (scripts / "migrations").iterdir() if each.name.endswith(".sql")}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))  # until the connection ends
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute("CREATE TABLE IF NOT EXISTS steps_taken (name text PRIMARY KEY)")
        taken = {name for (name,) in connection.execute("SELECT name FROM steps_taken")}
        missing: dict[str, tuple[str, ...]] = {name: (name,) for name in sorted(steps) if name not in taken}
        if not taken:  # the whole schema is all the steps
            missing = {"": (*steps,)}
        for name, done in missing.items():
            script = steps[name] if name else scripts / "schema.sql"
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(script.read_bytes())
                cursor.executemany("INSERT INTO steps_taken VALUES (%s)", [(each,) for each in done])


def conninfo(url: str) -> str:
    """A SQLAlchemy URL as psycopg wants it, looking first where Procrastinate's tables are."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.conninfo.make_conninfo(
        plain, options=f"-c search_path={SCHEMA}", connect_timeout=5, application_name="welcome worker"
    )


def cron(every: timedelta) -> str:
    """How often, in Procrastinate's cron, which has seconds. ValueError: not so many times an hour, or a day."""
    seconds = int(every.total_seconds())
    if seconds in _WHOLE:
        return _WHOLE[seconds]
    for unit, parts, pattern in (
        (1, 60, "* * * * * */{}"),
        (60, 60, "*/{} * * * *"),
        (3600, 24, "0 */{} * * *"),
    ):
        times = seconds // unit
        if seconds % unit == 0 and 0 < times <= parts // 2 and parts % times == 0:
            return pattern.format(times)
    raise ValueError(f"no cron for {every}")


_WHOLE = {60: "* * * * *", 3600: "0 * * * *", 86400: "0 4 * * *"}  # by day at an hour when nobody waits


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """What a lost connection ended begins anew."""
    while True:
        try:
            await work()
        except Exception as error:  # psycopg's, Procrastinate's or the pool's: a worker outlives its database
            log.error("database not available", error=type(error).__name__)
        await asyncio.sleep(AGAIN)
