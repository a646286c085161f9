"""`welcome texts`: the words people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.table import Table

from bot.commands.console import errors, fail, out

if TYPE_CHECKING:
    from flows.catalogue import Entry

app = typer.Typer(no_args_is_help=True, help="The words people read, and their translations.")


@app.command("update")
def texts_update() -> None:
    """Bring the catalogues in step with the English: new keys empty, changed English marked stale."""
    from flows import catalogue
    from flows.words import TEXTS

    entries = _entries()
    catalogue.update(TEXTS, entries)
    out.print(
        f"{len(entries)} texts; the catalogues in {TEXTS.parent.name}/{TEXTS.name} are in step with them."
    )


@app.command("check")
def texts_check() -> None:
    """Slots that differ, keys that are missing; and how far each language is."""
    from flows import catalogue
    from flows.words import TEXTS

    entries = _entries()
    table = Table("language", "reviewed", "draft", "stale", "missing")
    for language, counted in catalogue.states(TEXTS, entries).items():
        table.add_row(language, *(str(counted[state]) for state in ("reviewed", "draft", "stale", "missing")))
    out.print(table)
    faults = [fault for fault in catalogue.check(TEXTS, entries) if fault.is_error]
    for fault in faults:
        errors.print(str(fault), markup=False)
    if faults:
        raise fail(f"{len(faults)} faults in the texts.")


def _entries() -> list[Entry]:
    from flows import catalogue
    from kb.load import load
    from kb.phrases import phrases

    return catalogue.collect(phrases(load()))
