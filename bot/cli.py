"""`welcome`: everything an operator does, from one command."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.commands import broadcast, kb, keys, nlu, staff, texts, translate
from bot.commands import poster as posters
from bot.commands.console import DemoOption, fail, open_desk, out
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.compose import Desk

ONCE_WAITS = (
    60.0  # seconds that `worker --once` waits for a channel's rate; a longer rest is for the next time
)
app = typer.Typer(no_args_is_help=True, help="A desk that people can text.", pretty_exceptions_enable=False)
for family in (kb, nlu, texts, staff, translate, broadcast, keys):
    app.add_typer(family.app, name=family.__name__.rpartition(".")[2])
app.command()(posters.poster)


@app.command()
def up(demo: DemoOption = False) -> None:
    """Web and worker in one process: a desk on one machine."""
    _serve(demo=demo, with_worker=True)


@app.command()
def web(demo: DemoOption = False) -> None:
    """Only the web part; run `welcome worker` beside it (any number of each on PostgreSQL)."""
    _serve(demo=demo, with_worker=False)


def _serve(*, demo: bool, with_worker: bool) -> None:
    import uvicorn

    from bot.app import create
    from bot.demo import fill

    desk = open_desk(demo=demo)
    settings = desk.settings
    login = fill(desk) if settings.demo else None
    base = settings.public_url.rstrip("/")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    if settings.demo:
        table.add_row("Try it", f"{base}/try")
    table.add_row("Staff pages", f"{base}/staff/")
    if login:
        table.add_row("", f"user {login.username}, password {login.password}")
    table.add_row("SMS", _channel(desk.sms is not None, "TWILIO", f"{base}/channels/sms"))
    table.add_row("Telegram", _channel(desk.telegram is not None, "TELEGRAM", settings.telegram_mode))
    table.add_row("Terminal", ".venv/bin/welcome chat" + (" --demo" if demo else ""))
    if desk.degraded:
        table.add_row("Missing", ", ".join(desk.degraded))
    out.print("\n[bold]Welcome Desk[/bold] is open. Ctrl-C closes it.\n")
    out.print(table, "")
    uvicorn.run(
        create(desk, with_worker=with_worker),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _channel(on: bool, prefix: str, where: str) -> str:
    return f"on ({where})" if on else f"off: no credentials (WELCOME_{prefix}_…, see docs/settings.md)"


@app.command()
def worker(
    once: Annotated[
        bool, typer.Option("--once", help="One look: do what is due, send what waits, end.")
    ] = False,
    at: Annotated[
        str, typer.Option("--at", help="With --once: as if it were this moment (ISO; demo only).")
    ] = "",
    demo: DemoOption = False,
) -> None:
    """Sends what waits and does the chores: reminders, expired offers, sessions 12 weeks ahead.

    On PostgreSQL any number may run, on any machine: Procrastinate deals out the chores, and all of them send. On
    SQLite this is one loop in one process. SIGTERM or Ctrl-C ends it when what is on its way has gone out.
    """
    desk = open_desk(demo=demo)
    if at:
        if not (once and desk.settings.demo):
            raise fail("--at needs --once, and the demo (--demo or WELCOME_DEMO=true).")
        desk.clock = _from(_moment(at))
    if once:
        out.print(f"{asyncio.run(_once(desk))} messages worked off.")
    else:
        asyncio.run(_work(desk))


async def _once(desk: Desk) -> int:
    """One look, and as long as messages wait only for a sender's rate, another."""
    one = desk.worker()
    done = await one.once()
    while one.sender.wait is not None and one.sender.wait <= ONCE_WAITS:
        await asyncio.sleep(max(0.1, one.sender.wait))
        done += await one.sender.send_waiting()
    await desk.close()
    return done


async def _work(desk: Desk) -> None:
    from bot import queue
    from bot.worker import until_told

    one = desk.worker()
    many = desk.engine.dialect.name == "postgresql"
    await until_told(queue.run(one, desk.settings.database_url) if many else one.run())
    await desk.close()


def _from(moment: datetime) -> Callable[[], datetime]:
    """A clock that starts now at another moment."""
    start = time.monotonic()
    return lambda: moment + timedelta(seconds=time.monotonic() - start)


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise fail("--at takes a moment such as 2026-11-30T10:00+00:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command()
def chat(
    name: Annotated[str, typer.Option(help="Go on with the talk of this name.")] = "",
    demo: DemoOption = False,
) -> None:
    """Talk to the desk in the terminal."""
    from bot.channels.console import chat as talk
    from bot.demo import fill

    desk = open_desk(demo=demo)
    if desk.settings.demo:
        fill(desk)
    with out.status("One moment …"):
        desk.search.warm()
    asyncio.run(talk(desk, out, name))


@app.command()
def settings() -> None:
    """Which settings are set; secrets are never shown."""
    table = Table("setting", "value", "what it is")
    current = Settings()
    for name, field in Settings.model_fields.items():
        value = getattr(current, name)
        shown = "set" if "secret" in str(field.annotation).lower() and value else str(value)
        table.add_row(f"WELCOME_{name.upper()}", shown if str(value) else "not set", field.description)
    out.print(table)
