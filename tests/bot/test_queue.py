"""Many workers on one PostgreSQL: each chore by one of them, messages by all, and a killed one is not missed."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from importlib import resources
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest
from procrastinate import App
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from bot import queue
from bot.cli import app as cli
from bot.worker import CHORES, Chore, wall_clock
from store import database
from tests.bot import crew
from tests.bot.crew import numbers, queue_for, rows
from tests.fakes.server import serve
from tests.fakes.twilio import FakeTwilio
from tests.store.helpers import at_once

AMINA, SAMIR = numbers(2)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Only PostgreSQL: on SQLite there is one loop in one process (test_worker.py)."""
    server, template = (
        request.getfixturevalue("postgres_server"),
        request.getfixturevalue("postgres_template"),
    )
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS crew WITH (FORCE)")
        connection.execute(f"CREATE DATABASE crew TEMPLATE {template}")
    yield f"{server}/crew"


@pytest.fixture
def twilio() -> FakeTwilio:
    return FakeTwilio()


Start = Callable[[str], BaseProcess]


@pytest.fixture
def start(database_url: str, twilio: FakeTwilio, tmp_path: Path) -> Iterator[Start]:
    """Starts workers as processes; what they write is in tmp_path/log."""
    with ExitStack() as stack:
        address = stack.enter_context(serve(twilio.app))

        def one(name: str) -> BaseProcess:
            process = crew.start(crew.Orders(database_url, address, "", name, tmp_path / "log"))
            for end in (process.close, process.join, process.kill):  # the last first
                stack.callback(end)
            return process

        yield one


def until(true: Callable[[], bool], log: Path, seconds: float = 90) -> float:
    """Waits for what workers do in their own time; how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() < begun + seconds, log.read_text()[-3000:]
        time.sleep(0.02)
    return time.monotonic() - begun


def listening(engine: Engine) -> int:
    """How many workers are up: each listens on a connection of its own."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'crew' AND query = 'LISTEN welcome_outbox'"
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def test_a_message_wakes_the_workers_at_once_and_one_of_them_sends_it(
    engine: Engine, twilio: FakeTwilio, start: Start, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        start(name)
    until(lambda: listening(engine) == 2, tmp_path / "log")
    took = []
    for n in range(5):
        time.sleep(0.3)
        queue_for(engine, [AMINA], wall_clock(), kind="reply")
        took.append(until(lambda n=n: len(twilio.sent) == n + 1, tmp_path / "log"))  # type: ignore[misc]
    assert sorted(took)[2] < 0.7  # less than a look, even on a busy machine


def test_a_worker_that_is_told_to_stop_finishes_what_is_on_its_way(
    engine: Engine, twilio: FakeTwilio, start: Start, tmp_path: Path
) -> None:
    twilio.seconds = 1.0
    process = start("a")
    until(lambda: listening(engine) == 1, tmp_path / "log")
    queue_for(engine, numbers(40), wall_clock())
    until(lambda: "sending" in {row.state for row in rows(engine)}, tmp_path / "log")
    process.terminate()
    process.join(20)
    assert process.exitcode == 0
    states = [row.state for row in rows(engine)]
    assert set(states) == {"queued", "sent"}
    assert states.count("sent") == len(twilio.sent)


def test_a_worker_whose_connections_are_cut_comes_back(
    engine: Engine, twilio: FakeTwilio, start: Start, tmp_path: Path
) -> None:
    start("a")
    until(lambda: listening(engine) == 1, tmp_path / "log")
    with engine.connect() as connection:
        theirs = "datname = 'crew' AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs}"))
    queue_for(engine, [AMINA], wall_clock())
    until(lambda: len(twilio.sent) == 1, tmp_path / "log")
    until(lambda: listening(engine) == 1, tmp_path / "log")


# the chores ------------------------------------------------------------------------------------------
def dealt(
    engine: Engine, database_url: str, chores: list[Chore], monkeypatch: pytest.MonkeyPatch
) -> list[App]:
    """Two workers' Procrastinate, with these chores."""
    address = queue.conninfo(database_url)
    queue.prepare(address)
    monkeypatch.setattr("bot.worker.CHORES", tuple(chores))
    settings = crew.settings("", "")
    return [queue.app_of(crew.worker(engine, settings, name=name), address) for name in ("a", "b")]


async def test_of_two_workers_one_does_a_chore_and_both_stop_when_told(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    chore = Chore("count", timedelta(seconds=1), lambda _engine, now: done.append(int(now.timestamp())))
    apps = dealt(engine, database_url, [chore], monkeypatch)
    async with apps[0].open_async(), apps[1].open_async():
        working = [asyncio.create_task(each.run_worker_async(install_signal_handlers=False)) for each in apps]
        await asyncio.sleep(5.5)
        for each in working:
            each.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    assert 4 <= len(done) <= 7  # once for each second, not twice


async def test_the_chore_of_a_worker_that_was_killed_is_rescued(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chores = [Chore("one", timedelta(minutes=1), print), Chore("two", timedelta(minutes=1), print)]
    app, _ = dealt(engine, database_url, chores, monkeypatch)
    async with app.open_async():
        manager = app.job_manager
        dead = await manager.register_worker()
        for name in ("one", "two"):
            await app.configure_task(name, queueing_lock=name, lock=name).defer_async(timestamp=1)
            assert await manager.fetch_job(None, dead)
        await app.configure_task("two", queueing_lock="two", lock="two").defer_async(timestamp=2)
        assert await queue.rescue(app) == 0  # it has just given a sign of life
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
                )
            )
        assert await queue.rescue(app) == 2
        waiting = [(job.task_name, job.status) for job in await manager.list_jobs_async()]
    assert sorted(waiting) == [("one", "todo"), ("two", "todo")]


async def test_a_chore_that_fails_is_logged_and_due_again(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(_engine: Engine, now: object) -> None:
        tries.append(now)
        raise ZeroDivisionError

    app, _ = dealt(engine, database_url, [Chore("fails", timedelta(seconds=1), fail)], monkeypatch)
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(install_signal_handlers=False, delete_jobs="always")
        )
        await asyncio.sleep(3.5)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert len(tries) >= 2


@pytest.mark.parametrize("chore", CHORES, ids=lambda chore: chore.name)
def test_every_chore_can_be_dealt_out(chore: Chore) -> None:
    assert len(queue.cron(chore.every).split()) in (5, 6)


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        (timedelta(seconds=30), "* * * * * */30"), (timedelta(minutes=1), "* * * * *"),
        (timedelta(minutes=10), "*/10 * * * *"), (timedelta(hours=1), "0 * * * *"),
        (timedelta(hours=6), "0 */6 * * *"), (timedelta(days=1), "0 4 * * *"),
    ],
)  # fmt: skip
def test_how_often_is_said_in_cron(every: timedelta, cron: str) -> None:
    assert queue.cron(every) == cron


@pytest.mark.parametrize(
    "every", [timedelta(seconds=45), timedelta(minutes=7), timedelta(days=2), timedelta(0)]
)
def test_what_cron_cannot_say_is_refused(every: timedelta) -> None:
    with pytest.raises(ValueError, match="cron"):
        queue.cron(every)


# Procrastinate's tables ------------------------------------------------------------------------------
def shape(database_url: str) -> set[str]:
    """The tables, columns and functions of the schema."""
    with psycopg.connect(database_url) as connection:
        columns = (
            "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns"
        )
        functions = "SELECT routine_name || ' ' || coalesce(data_type, '') FROM information_schema.routines"
        where = f" WHERE {{}}_schema = '{queue.SCHEMA}'"
        return {
            str(line)
            for query in (columns + where.format("table"), functions + where.format("routine"))
            for (line,) in connection.execute(query.encode())
        }


def test_four_workers_may_make_the_tables_at_once_and_again_is_harmless(database_url: str) -> None:
    address = queue.conninfo(database_url)
    assert at_once([partial(queue.prepare, address)] * 4) == [None] * 4
    before = shape(database_url)
    queue.prepare(address)
    assert shape(database_url) == before
    assert any(line.startswith("procrastinate_jobs.") for line in before)


def test_our_own_tables_are_left_alone(database_url: str, engine: Engine) -> None:
    queue.prepare(queue.conninfo(database_url))
    database.migrate(database_url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%'"
            )
        )
        assert found.scalar_one() == 0


def test_a_newer_procrastinate_brings_its_changes(database_url: str) -> None:
    """Tables as release 3.0 made them, then ours."""
    address = queue.conninfo(database_url)
    folder = resources.files("procrastinate") / "sql" / "migrations"
    steps = sorted(each.name for each in folder.iterdir() if each.name.endswith(".sql"))
    old = [name for name in steps if name < "03.01"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {queue.SCHEMA}")
        connection.execute("CREATE TABLE steps_taken (name text PRIMARY KEY)")
        for name in old:
            connection.execute((folder / name).read_bytes())
            connection.execute("INSERT INTO steps_taken VALUES (%s)", (name,))
    assert not any("heartbeat" in line for line in shape(database_url))
    queue.prepare(address)
    assert any("heartbeat" in line for line in shape(database_url))


def test_the_command_says_what_drives_it() -> None:
    said = CliRunner().invoke(cli, ["worker", "--help"]).output
    assert "Procrastinate" in said
    assert "SQLite" in said
