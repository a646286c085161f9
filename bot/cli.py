"""`welcome`: everything an operator does, from one command."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.compose import Desk
    from flows.catalogue import Entry

app = typer.Typer(no_args_is_help=True, help="A desk that people can text.", pretty_exceptions_enable=False)
kb_app = typer.Typer(no_args_is_help=True, help="The knowledge base: what is true.")
nlu_app = typer.Typer(no_args_is_help=True, help="The language model: what was meant.")
texts_app = typer.Typer(no_args_is_help=True, help="The words people read, and their translations.")
translate_app = typer.Typer(no_args_is_help=True, help="Machine readings of messages, for staff.")
staff_app = typer.Typer(no_args_is_help=True, help="Who may decide on the staff pages.")
keys_app = typer.Typer(no_args_is_help=True, help="The keys that seal people's addresses.")
app.add_typer(kb_app, name="kb")
app.add_typer(nlu_app, name="nlu")
app.add_typer(texts_app, name="texts")
app.add_typer(staff_app, name="staff")
app.add_typer(translate_app, name="translate")
app.add_typer(keys_app, name="keys")
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


@app.command()
def up(demo: DemoOption = False) -> None:
    """Web and worker in one process: a desk on one machine."""
    _serve(demo=demo, with_worker=True)


@app.command()
def web(demo: DemoOption = False) -> None:
    """Only the web part; run `welcome worker` beside it (any number of each on PostgreSQL)."""
    _serve(demo=demo, with_worker=False)


def _serve(*, demo: bool, with_worker: bool) -> None:
    import uvicorn

    from bot.app import create
    from bot.demo import fill

    desk = open_desk(demo=demo)
    settings = desk.settings
    login = fill(desk) if settings.demo else None
    base = settings.public_url.rstrip("/")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    if settings.demo:
        table.add_row("Try it", f"{base}/try")
    table.add_row("Staff pages", f"{base}/staff/")
    if login:
        table.add_row("", f"user {login.username}, password {login.password}")
    table.add_row("SMS", _channel(desk.sms is not None, "TWILIO", f"{base}/channels/sms"))
    table.add_row("Telegram", _channel(desk.telegram is not None, "TELEGRAM", settings.telegram_mode))
    table.add_row("Terminal", ".venv/bin/welcome chat" + (" --demo" if demo else ""))
    if desk.degraded:
        table.add_row("Missing", ", ".join(desk.degraded))
    out.print("\n[bold]Welcome Desk[/bold] is open. Ctrl-C closes it.\n")
    out.print(table, "")
    uvicorn.run(
        create(desk, with_worker=with_worker),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _channel(on: bool, prefix: str, where: str) -> str:
    return f"on ({where})" if on else f"off: no credentials (WELCOME_{prefix}_…, see docs/settings.md)"


@app.command()
def worker(
    once: Annotated[
        bool, typer.Option("--once", help="One look: do what is due, send what waits, end.")
    ] = False,
    at: Annotated[
        str, typer.Option("--at", help="With --once: as if it were this moment (ISO; demo only).")
    ] = "",
    demo: DemoOption = False,
) -> None:
    """Sends what waits and does the chores: reminders, expired offers, sessions 12 weeks ahead."""
    desk = open_desk(demo=demo)
    if at:
        if not (once and desk.settings.demo):
            raise fail("--at needs --once, and the demo (--demo or WELCOME_DEMO=true).")
        moment = _moment(at)
        desk.clock = lambda: moment
    if once:
        out.print(f"{asyncio.run(_once(desk))} messages worked off.")
    else:
        asyncio.run(desk.worker().run())


async def _once(desk: Desk) -> int:
    done = await desk.worker().once()
    await desk.close()
    return done


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise fail("--at takes a moment such as 2026-11-30T10:00+00:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command()
def chat(
    name: Annotated[str, typer.Option(help="Go on with the talk of this name.")] = "",
    demo: DemoOption = False,
) -> None:
    """Talk to the desk in the terminal."""
    from bot.channels.console import chat as talk
    from bot.demo import fill

    desk = open_desk(demo=demo)
    if desk.settings.demo:
        fill(desk)
    with out.status("One moment …"):
        desk.search.warm()
    asyncio.run(talk(desk, out, name))


@app.command()
def settings() -> None:
    """Which settings are set; secrets are never shown."""
    table = Table("setting", "value", "what it is")
    current = Settings()
    for name, field in Settings.model_fields.items():
        value = getattr(current, name)
        shown = "set" if "secret" in str(field.annotation).lower() and value else str(value)
        table.add_row(f"WELCOME_{name.upper()}", shown if str(value) else "not set", field.description)
    out.print(table)


@kb_app.command("check")
def kb_check() -> None:
    """Every file well formed, every reference found, no fact without a source."""
    from kb.check import check

    faults = check()
    for fault in faults:
        errors.print(str(fault))
    if faults:
        raise fail(f"{len(faults)} faults in the knowledge base.")
    out.print("The knowledge base has no faults.")


@kb_app.command("export")
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


@nlu_app.command("evaluate")
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


@nlu_app.command("lint")
def nlu_lint() -> None:
    """The training messages in order, and the committed model made of exactly these."""
    from nlu.lint import check

    faults, notes = check()
    for note in notes:
        out.print(str(note), markup=False)
    for fault in faults:
        errors.print(str(fault), markup=False)
    if faults:
        raise fail(f"{len(faults)} faults. If the messages changed, run `make train`.")
    out.print("The training messages have no faults, and the model is made of them.")


@texts_app.command("update")
def texts_update() -> None:
    """Bring the catalogues in step with the English: new keys empty, changed English marked stale."""
    from flows import catalogue
    from flows.words import TEXTS

    entries = _entries()
    catalogue.update(TEXTS, entries)
    out.print(
        f"{len(entries)} texts; the catalogues in {TEXTS.parent.name}/{TEXTS.name} are in step with them."
    )


@texts_app.command("check")
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


@translate_app.command("install")
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


@staff_app.command("add")
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


@keys_app.command("new")
def keys_new() -> None:
    """A new key for WELCOME_SECRET_KEYS (put it first in the list; keep the older ones behind it)."""
    from cryptography.fernet import Fernet

    typer.echo(Fernet.generate_key().decode())


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Seal every address under the newest key; after that the older keys can go."""
    from store import contacts, database

    desk = open_desk()
    with database.transaction(desk.engine) as session:
        done = contacts.reseal(session, desk.vault)
    out.print(f"{done} addresses are sealed under the newest key. The older keys can go.")
