"""What every command of `welcome` shares: two consoles, the way to say what is wrong, and the desk of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.compose import Desk

out, errors = Console(highlight=False), Console(stderr=True, highlight=False)

DemoOption = Annotated[bool, typer.Option("--demo", help="Demo data, a demo log-in and the try-out page.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the whole report here.")]


def fail(sentence: str) -> typer.Exit:
    """Says what is wrong and what to do next, and ends with 1."""
    errors.print(sentence, style="red")
    return typer.Exit(1)


def open_desk(*, demo: bool = False) -> Desk:
    """The desk of the settings in the environment, or a sentence that says what to do."""
    from sqlalchemy.exc import OperationalError

    from bot import log
    from bot.compose import compose
    from kb.load import KnowledgeBaseError
    from store.errors import NoKey, WrongKey

    settings = Settings(demo=True) if demo else Settings()
    log.configure()
    try:
        return compose(settings)
    except NoKey:
        raise fail(
            "No key is set. Run `welcome keys new`, put it into WELCOME_SECRET_KEYS as a JSON list, and keep a copy "
            "in a safe place. To try the desk: `welcome up --demo`."
        ) from None
    except WrongKey:
        raise fail(
            "WELCOME_SECRET_KEYS does not open this database. Set the keys it was made with (newest first)."
        ) from None
    except KnowledgeBaseError as error:
        raise fail(f"{error}\nCorrect these files in kb/ and run `welcome kb check`.") from None
    except OperationalError as error:
        raise fail(
            f"The database cannot be used ({type(error.orig).__name__}). Check WELCOME_DATABASE_URL."
        ) from None
