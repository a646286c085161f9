"""`welcome keys`: what seals the addresses."""

from __future__ import annotations

import typer

from bot.commands.console import open_desk, out

app = typer.Typer(no_args_is_help=True, help="The keys that seal people's addresses.")


@app.command("new")
def keys_new() -> None:
    """A new key for WELCOME_SECRET_KEYS (put it first in the list; keep the older ones behind it)."""
    from cryptography.fernet import Fernet

    typer.echo(Fernet.generate_key().decode())


@app.command("rotate")
def keys_rotate() -> None:
    """Seal everything that is sealed under the newest key; after that the older keys can go."""
    from store import codes, contacts, database, telling

    desk = open_desk()
    with database.transaction(desk.engine) as session:
        done = sum(each.reseal(session, desk.vault) for each in (contacts, telling, codes))
    out.print(f"{done} addresses and codes are sealed under the newest key. The older keys can go.")
