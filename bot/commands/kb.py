"""`welcome kb`: the knowledge base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.console import errors, fail, out

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
    to: Annotated[Path | None, typer.Option("--to", help="A file; else the terminal.")] = None,
) -> None:
    """The services as Open Referral UK JSON."""
    from kb import openreferral
    from kb.load import load

    written = json.dumps(openreferral.service_list(load(), 1, 100), ensure_ascii=False, indent=2)
    if to is None:
        typer.echo(written)
    else:
        to.write_text(written + "\n", encoding="utf-8")
        out.print(f"Written to {to}.")
