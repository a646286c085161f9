"""`welcome kb`: the knowledge base."""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.commands.console import errors, fail, out

if TYPE_CHECKING:
    from kb.folding import Plan
    from store.facts import Change

app = typer.Typer(no_args_is_help=True, help="The knowledge base: what is true.")


@app.command("check")
def kb_check() -> None:
    """Every file well formed, every reference found, no fact without a source."""
    from kb.check import check

    faults = check()
    for fault in faults:
        errors.print(str(fault))
    if faults:
        raise fail(f"{len(faults)} faults in the knowledge base.")
    out.print("The knowledge base has no faults.")


@app.command("export")
def kb_export(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    folder: Annotated[Path | None, typer.Option("--folder", help="Other files than those in use.")] = None,
) -> None:
    """Write into the files what staff confirmed, corrected or took out on their pages."""
    from bot.settings import Settings
    from bot.worker import wall_clock
    from kb.folding import NotFolded, plan, write
    from kb.load import KB, KnowledgeBaseError
    from store import database, facts
    from store.transitions import SYSTEM

    files = folder or KB
    database.migrate(Settings().database_url)
    engine = database.connect(Settings().database_url)
    try:
        with database.transaction(engine) as session:
            made = plan(facts.latest(session), files)
            _show(made)
            if not dry_run:
                write(made, files)
                facts.folded(session, made.done, actor=SYSTEM, now=wall_clock())
    except (NotFolded, KnowledgeBaseError, OSError) as error:
        raise fail(f"Nothing was written. {error}") from None
    finally:
        engine.dispose()
    if not made.done:
        out.print("There is nothing to write: the files have all that staff decided.")
    elif dry_run:
        out.print(f"{len(made.texts)} files would change. Nothing was written.")
    else:
        out.print(f"{len(made.texts)} files written. Commit them, and run `make texts`.")
    if made.conflicts:
        raise fail(f"{len(made.conflicts)} conflicts are left: settle them on the page Answers.")


def _show(made: Plan[Change]) -> None:
    """A row for each decision, then the lines of the files that change."""
    table = Table("record", "field", "what", "by", "file says", "staff say")
    kinds = (("", made.done), ("conflict: ", made.conflicts), ("its fact is gone: ", made.lost))
    for mark, changes in kinds:
        for each in changes:
            row = (
                ".".join(each.key[:2]),
                each.key[2],
                mark + each.action,
                each.who,
                each.previous,
                each.replacement,
            )
            table.add_row(*(escape(cell) for cell in row))
    if table.row_count:
        out.print(table)
    for file, text in made.texts.items():
        lines = unified_diff(made.before[file].splitlines(), text.splitlines(), file, file, n=1, lineterm="")
        out.print("\n".join(lines), markup=False, soft_wrap=True)


@app.command("openreferral")
def kb_openreferral(
    to: Annotated[Path | None, typer.Option("--to", help="A file; else the terminal.")] = None,
) -> None:
    """The services as Open Referral UK JSON, as the files have them."""
    from kb import openreferral
    from kb.load import load

    written = json.dumps(openreferral.service_list(load(), 1, 100), ensure_ascii=False, indent=2)
    if to is None:
        typer.echo(written)
    else:
        to.write_text(written + "\n", encoding="utf-8")
        out.print(f"Written to {to}.")
