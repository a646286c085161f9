"""`welcome nlu`: the language model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.console import JsonOption, errors, fail, open_desk, out
from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The language model: what was meant.")


@app.command("evaluate")
def nlu_evaluate(
    files: Annotated[
        list[Path], typer.Argument(help="CSV: text,language,intent,topic[,variant]", exists=True)
    ],
    json_file: JsonOption = None,
) -> None:
    """How well messages are understood: accuracy, sure and wrong, by language and variant."""
    from bot.compose import parser_of
    from nlu.evaluate import EvaluationFault, evaluate

    parser = parser_of(Settings(), [])
    if parser is None:
        raise fail("There is no trained model in nlu/model. Run `make train`.")
    try:
        report = evaluate(files, parser).as_json()
    except EvaluationFault as fault:
        raise fail(str(fault)) from None
    if json_file is not None:
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    table = Table("", "messages", "accuracy")
    table.add_row("all", str(report["n"]), _percent(report["accuracy"]))
    for part in ("by_language", "by_variant"):
        table.add_section()
        for name, figures in report[part].items():
            table.add_row(name, str(figures["n"]), _percent(figures["accuracy"]))
    out.print(table)
    sure = report["sure"]
    out.print(f"Sure of {_percent(sure['share'])}; sure and wrong {_percent(sure['wrong'])} of all messages.")
    out.print(
        f"Topic {_percent(report['topic_accuracy'])}, language {_percent(report['language_accuracy'])}."
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"


@app.command("lint")
def nlu_lint() -> None:
    """The messages in order, the exam kept apart from them, and the committed model made of exactly these."""
    from nlu.lint import check

    faults = check()
    for fault in faults:
        errors.print(str(fault), markup=False)
    if faults:
        raise fail(f"{len(faults)} faults. If the messages changed, run `make train`.")
    out.print("The messages have no faults, and the model is made of them.")


@app.command("harvest")
def nlu_harvest(
    to: Annotated[
        Path | None, typer.Option("--to", help="A folder; else harvest/ beside the database.")
    ] = None,
) -> None:
    """What staff have taught, as training files to read and to put into nlu/rasa/data."""
    from bot.worker import wall_clock
    from nlu.harvest import Taught, write
    from store import database, lessons

    desk = open_desk()
    folder = to or desk.settings.var / "harvest"
    with database.transaction(desk.engine) as session:  # written out and marked together, or neither
        ripe = lessons.harvest(session, wall_clock())
        files = write([Taught(each.text, each.label or "", each.language) for each in ripe], folder)
    for file, new in files.items():
        out.print(f"{file}: {new} new", highlight=False, markup=False)
    if not files:
        out.print("Nothing new. Staff teach at /staff/lessons.")
        return
    out.print("Read them, put them into nlu/rasa/data, then run `make train`.")
