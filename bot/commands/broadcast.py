"""`welcome broadcast`: announcements that staff wrote on the pages, from the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.commands.console import DemoOption, fail, open_desk, out

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.compose import Desk
    from store.models import Broadcast

app = typer.Typer(
    no_args_is_help=True,
    help="Announcements to many people. They are written and approved on the staff pages.",
)
Number = Annotated[int, typer.Argument(help="Its number, as `welcome broadcast list` shows it.", min=1)]
ACTOR = "cli"
LOOK = 0.5  # seconds between two looks at how far it is


@app.command("list")
def broadcast_list(demo: DemoOption = False) -> None:
    """The newest announcements and how far they are."""
    from store import audiences, database

    desk = open_desk(demo=demo)
    with database.reading(desk.engine) as session:
        rows = audiences.listed(session, None)
    table = Table("number", "state", "for", "written by", "at", "begins with")
    for row in rows:
        beginning = row.text if len(row.text) <= 40 else f"{row.text[:39]}…"
        table.add_row(str(row.id), row.state, _for(row), row.created_by, _at(row), beginning)
    if table.row_count:
        out.print(table, markup=False)
    else:
        out.print("None has been written yet. Staff write them on the pages, under More.")


@app.command("show")
def broadcast_show(number: Number, demo: DemoOption = False) -> None:
    """One of them: whom it reaches, in which languages, what it costs, how far it is."""
    from store import audiences, database

    desk = open_desk(demo=demo)
    with database.reading(desk.engine) as session:
        row = _found(audiences.find(session, number), number)
        found = audiences.audience(session, row, desk.clock())
        tally = audiences.tally(session, number) or row.result or {}
        texts = audiences.texts(session, number)
    out.print(f"{row.text}\n", markup=False)
    out.print(f"State: {row.state}. For: {_for(row)}. Written by {row.created_by}.", markup=False)
    out.print(f"Approved by {row.approved_by}." if row.approved_by else "Nobody else has approved it.")
    table = Table("language", "people", "they read", "SMS parts each", "in all")
    segments = 0
    for code in found.languages:
        text = texts.get(code)
        each = _segments(desk, audiences.payload(row.text, code, text), code)
        whole = each * found.speaking(code, "sms")
        segments += whole
        kind = "English" if code == "en" or text is None else text.kind
        table.add_row(code, str(found.speaking(code)), kind, str(each), str(whole))
    out.print(table)
    price = desk.settings.sms_price
    cost = f", £{segments * price / 100:.2f}" if price else ""
    out.print(f"{found.total} people, {segments} SMS parts{cost}.")
    for why, left_out in found.left_out.items():
        out.print(f"Left out ({why}): {left_out}.")
    for state, messages in sorted(tally.items()):
        out.print(f"{state}: {messages}")


@app.command("send")
def broadcast_send(number: Number, demo: DemoOption = False) -> None:
    """Send one that is ready, and watch it. To many people only after a second person has approved it."""
    from store import audiences, broadcasts, database
    from store.errors import AlreadyHandled

    desk = open_desk(demo=demo)
    try:
        with database.transaction(desk.engine) as session:
            row = _found(audiences.find(session, number), number)
            if row.state == "draft":
                raise fail("It is a draft. Somebody has to say on the staff pages that it is ready.")
            if row.state == "ready":
                broadcasts.start(
                    session,
                    number,
                    version=row.version,
                    actor=ACTOR,
                    now=desk.clock(),
                    alone_up_to=desk.settings.broadcast_alone,
                )
    except broadcasts.NeedsSecondPerson as many:
        raise fail(
            f"It goes to {many.people} people, more than {desk.settings.broadcast_alone}. A second member of staff, "
            "who wrote none of it, has to approve it on the staff pages."
        ) from None
    except broadcasts.NobodyThere:
        raise fail("Nobody is in this group, or nobody in it can be written to.") from None
    except AlreadyHandled as handled:
        raise fail(f"{handled.by} changed it a moment ago. Look at it again.") from None
    _watch(desk, number)


@app.command("pause")
def broadcast_pause(number: Number, demo: DemoOption = False) -> None:
    """Nothing more goes out until somebody goes on."""
    from store import broadcasts

    desk = open_desk(demo=demo)
    _change(desk, number, broadcasts.pause)
    out.print(f"Paused. `welcome broadcast go-on {number}` goes on.")


@app.command("go-on")
def broadcast_go_on(number: Number, demo: DemoOption = False) -> None:
    """Go on with a paused one."""
    from store import broadcasts

    desk = open_desk(demo=demo)
    _change(desk, number, broadcasts.go_on)
    out.print("It goes on.")


@app.command("stop")
def broadcast_stop(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    demo: DemoOption = False,
) -> None:
    """Stop one for good: who has not got it does not get it."""
    from store import broadcasts

    desk = open_desk(demo=demo)
    if not yes and not typer.confirm("Stop it for good?"):
        raise typer.Exit(1)
    taken_back = _change(desk, number, broadcasts.stop)
    out.print(f"Stopped. {taken_back} messages were taken back.")


def _change(desk: Desk, number: int, does: Callable[..., object]) -> object:
    """Do something with one as it is now, or say why that cannot be."""
    from store import audiences, database
    from store.errors import AlreadyHandled

    try:
        with database.transaction(desk.engine) as session:
            row = _found(audiences.find(session, number), number)
            state = row.state
            return does(session, number, version=row.version, actor=ACTOR, now=desk.clock())
    except AlreadyHandled:
        raise fail(f"That cannot be done with it now: it is {state}.") from None


def _watch(desk: Desk, number: int) -> None:
    """A bar until it is through. Ctrl-C only stops the watching."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from store import audiences, broadcasts, database

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=out) as bar:
            task = bar.add_task("Waiting for the worker", total=None)
            while True:
                with database.reading(desk.engine) as session:
                    row = _found(audiences.find(session, number), number)
                    tally = audiences.tally(session, number)
                waits = sum(tally.get(state, 0) for state in broadcasts.ON_THE_WAY)
                worked = sum(tally.values()) - waits
                says = "Paused" if row.state == "paused" else "Sending" if tally else "Waiting for the worker"
                bar.update(task, description=says, completed=worked, total=row.people or None)
                if row.state not in broadcasts.UNDER_WAY:
                    break
                time.sleep(LOOK)
    except KeyboardInterrupt:
        out.print(
            f"\nIt goes on without this window: the worker sends it. `welcome broadcast show {number}` says how far "
            f"it is, `welcome broadcast pause {number}` holds it."
        )
        return
    ends = {"done": "Sent.", "stopped": "It was stopped.", "ready": "Not sent: more people are in the group now, and "
            "a second member of staff has to approve it."}  # fmt: skip
    out.print(ends.get(row.state, f"It is {row.state}."))
    for state, messages in sorted((row.result or {}).items()):
        out.print(f"{state}: {messages}")


def _found(row: Broadcast | None, number: int) -> Broadcast:
    if row is None:
        raise fail(f"There is no announcement {number}. `welcome broadcast list` shows them.")
    return row


def _for(row: Broadcast) -> str:
    parts = [row.service or "any service", row.place_id or "all libraries", row.language]
    return ", ".join(part for part in parts if part)


def _at(row: Broadcast) -> str:
    from store import london

    return f"{london.wall(row.created_at):%d/%m/%Y %H:%M}"


def _segments(desk: Desk, payload: dict[str, object], language: str) -> int:
    """What one message takes by SMS."""
    from bot.drafting import previewed
    from flows.message import messages_from_json

    messages = messages_from_json(payload["messages"])  # type: ignore[arg-type]
    return previewed(desk.words)(messages, language, "sms", ()).segments
