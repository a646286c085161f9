"""`welcome staff`: who may decide."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.console import fail, open_desk, out

app = typer.Typer(no_args_is_help=True, help="Who may decide on the staff pages.")


@app.command("add")
def staff_add(
    username: str,
    name: Annotated[str, typer.Option(prompt="Their name")],
    role: Annotated[str, typer.Option(help="viewer, librarian, manager or admin")] = "librarian",
    place: Annotated[list[str] | None, typer.Option(help="Only this library (may be repeated)")] = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Give a member of staff a log-in."""
    from bot.worker import wall_clock
    from store import accounts, database

    desk = open_desk()
    with database.transaction(desk.engine) as session:
        try:
            accounts.create(
                session, username, password, name=name, role=role, places=place, actor="cli", now=wall_clock()
            )
        except ValueError as error:
            raise fail(f"Not added: {error}.") from None
    out.print(f"{username} can log in at {desk.settings.public_url.rstrip('/')}/staff/.")
