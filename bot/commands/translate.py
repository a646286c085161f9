"""`welcome translate`: machine readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.console import fail, out
from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Machine readings of messages, for staff.")


@app.command("install")
def translate_install(
    file: Annotated[
        Path, typer.Argument(help="An .argosmodel file, brought from the Argos index.", exists=True)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Install an Argos Translate package from a file, so that staff can read a language in a machine's English."""
    from bot.compose import translations
    from nlu.packages import NotAPackage, describe, install

    try:
        package = describe(file)
    except NotAPackage as fault:
        raise fail(f"{file.name} is not a translation package: {fault}.") from None
    licence = package.licence or "none named: ask before you use it"
    out.print(
        f"{package.from_code} to {package.to_code}, version {package.version}, {package.megabytes:.0f} MB."
    )
    out.print(f"Licence: {licence}", markup=False)
    if yes or typer.confirm("Install it?"):
        install(file, translations(Settings()))
        out.print("Installed. It is used from the next start on.")
