"""`welcome staff`: who may decide. For the first administrator, and for the day when no administrator can get in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.commands.console import fail, open_desk, out
from bot.commands.tell import tell

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.compose import Desk
    from store.models import Account

app = typer.Typer(
    no_args_is_help=True,
    help="""Who may decide on the staff pages.

    The first administrator: `welcome staff add anna --role admin --link`. After that administrators let others in on
    the page People; these commands are for the machine itself, and for the day when nobody else can get in.

    Roles: viewer (sees), librarian (decides requests), manager (also texts, answers, reminders), admin (also accounts).
    """,
)

PlaceOption = Annotated[
    list[str] | None,
    typer.Option("--place", help="Only this library, by its id in kb/places (may be repeated). Else: all."),
]
RoleOption = Annotated[str, typer.Option("--role", help="viewer, librarian, manager or admin")]

app.command("tell")(tell)


@app.command("add")
def staff_add(
    username: Annotated[str, typer.Argument(help="The log-in name: short, without spaces.")],
    *,
    name: Annotated[str, typer.Option(prompt="Their name", help="As colleagues will read it.")],
    role: RoleOption = "librarian",
    place: PlaceOption = None,
    password: Annotated[
        str, typer.Option(help="At least 12 characters; asked for when it is left out.")
    ] = "",
    link: Annotated[
        bool, typer.Option("--link", help="No password: print a one-time link with which they choose one.")
    ] = False,
) -> None:
    """Give a member of staff a log-in."""
    from store import accounts

    if not link and not password:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _changing() as (desk, session):
        facts: dict[str, Any] = {"name": name, "role": role, "actor": accounts.OPERATOR, "now": desk.clock()}
        places = _known(desk, place)
        if link:
            _, token = accounts.invite(session, username, places=places, **facts)
        else:
            accounts.create(session, username, password, places=places, **facts)
    if link:
        _print_link(desk, token)
    else:
        out.print(f"{escape(username)} can log in at {_pages(desk)}/.")


@app.command("list")
def staff_list() -> None:
    """Who has a log-in: role, libraries, second step, last log-in."""
    from store import accounts, database

    desk = open_desk()
    table = Table("log-in name", "name", "role", "libraries", "second step", "last log-in")
    with database.reading(desk.engine) as session:
        for each in accounts.listed(session, None):
            row = (
                each.username,
                each.name,
                each.role + (" (closed)" if each.disabled_at else ""),
                "all" if each.places is None else ", ".join(each.places),
                "code" if each.code_sealed else "council" if each.council_only else "",
                f"{each.last_login_at:%Y-%m-%d %H:%M} UTC" if each.last_login_at else "never",
            )
            table.add_row(*map(escape, row))
    out.print(table)


@app.command("change")
def staff_change(username: str, role: RoleOption, place: PlaceOption = None) -> None:
    """Another role, other libraries. Without --place: every library."""
    from store import accounts

    with _changing() as (desk, session):
        accounts.change(
            session,
            _account(session, username).id,
            role=role,
            places=_known(desk, place),
            actor=accounts.OPERATOR,
            now=desk.clock(),
        )
    out.print(f"{escape(username)} is changed.")


@app.command("disable")
def staff_disable(username: str) -> None:
    """Close an account: it is logged out everywhere at once. `welcome staff enable` opens it again."""
    from store import accounts

    with _changing() as (desk, session):
        found = _account(session, username)
        accounts.disable(session, found.id, actor=accounts.OPERATOR, now=desk.clock())
    out.print(f"{escape(username)} is closed and logged out.")


@app.command("enable")
def staff_enable(username: str) -> None:
    """Open a closed account again, as it was."""
    from store import accounts

    with _changing() as (desk, session):
        found = _account(session, username)
        accounts.enable(session, found.id, actor=accounts.OPERATOR, now=desk.clock())
    out.print(f"{escape(username)} can log in again.")


@app.command("reset")
def staff_reset(
    username: str,
    codes: Annotated[
        bool, typer.Option("--codes", help="The phone is lost too: ask for no one-time code any more.")
    ] = False,
) -> None:
    """Password forgotten: print a new one-time link. The old password opens nothing any more."""
    from store import accounts

    with _changing() as (desk, session):
        found = _account(session, username)
        token = accounts.reset(session, found.id, with_codes=codes, actor=accounts.OPERATOR, now=desk.clock())
    _print_link(desk, token)


@contextmanager
def _changing() -> Iterator[tuple[Desk, Session]]:
    """The desk and a transaction; what cannot be done is said in a sentence."""
    from store import database
    from store.errors import AlreadyHandled, LastAdmin

    desk = open_desk()
    try:
        with database.transaction(desk.engine) as session:
            yield desk, session
    except LastAdmin:
        raise fail(
            "Not changed: this is the last administrator of every library. Make another first."
        ) from None
    except AlreadyHandled as handled:
        raise fail(f"Not changed: it is {handled.state} already.") from None
    except ValueError as error:
        raise fail(f"Not changed: {error}.") from None


def _account(session: Session, username: str) -> Account:
    """Raises ValueError."""
    from store import accounts

    found = accounts.by_username(session, username)
    if found is None:
        raise ValueError("there is no such log-in name (`welcome staff list` shows them)")
    return found


def _known(desk: Desk, places: list[str] | None) -> list[str] | None:
    """The libraries, if the knowledge base has them. Raises ValueError."""
    unknown = [place for place in places or [] if place not in desk.kb.places]
    if unknown:
        raise ValueError(
            f"no library is called {', '.join(unknown)}; there are {', '.join(sorted(desk.kb.places))}"
        )
    return places or None


def _print_link(desk: Desk, token: str) -> None:
    out.print("Hand this over, to nobody else. It works once, for 72 hours, and is not shown again:")
    typer.echo(f"{_pages(desk)}/invited/{token}")


def _pages(desk: Desk) -> str:
    return f"{desk.settings.public_url.rstrip('/')}/staff"
