"""`welcome texts`: the words people read, and their translations."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.commands.console import JsonOption, errors, fail, open_desk, out

if TYPE_CHECKING:
    from bot.measure import Measured
    from flows.catalogue import Entry, Fault
    from flows.exchange import Brought
    from flows.words import Words

app = typer.Typer(no_args_is_help=True, help="The words people read, and their translations.")

WORST = 12
"""Rows of the table of long texts."""


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
    """Slots that differ, keys that are missing; how far each language is; safety texts nobody has reviewed."""
    from bot.worker import wall_clock
    from flows import catalogue, emergency
    from flows.words import TEXTS

    entries = _entries()
    found = catalogue.check(TEXTS, entries)
    table = Table("language", "reviewed", "draft", "stale", "missing", "drafted or better", "slot faults")
    for language, counted in catalogue.states(TEXTS, entries).items():
        share = (counted["reviewed"] + counted["draft"]) / max(1, len(entries))
        slots = sum(fault.kind == "slots" for fault in found if fault.language == language)
        states = (str(counted[state]) for state in ("reviewed", "draft", "stale", "missing"))
        table.add_row(language, *states, f"{int(share * 1000) / 10:g} %", str(slots))
    out.print(table)
    out.print(f"{len(entries)} texts. The safety texts were last looked over on {emergency.REVIEWED}.")
    if catalogue.overdue(wall_clock().date()):
        errors.print("That is more than a year ago: read them again (flows/emergency.py).", style="yellow")
    unread = catalogue.unreviewed(TEXTS, entries)
    if unread:
        keys = ", ".join(sorted({key for each in unread.values() for key in each}))
        out.print(f"Safety texts that no person has reviewed ({keys}): {', '.join(unread)}.", markup=False)
    faults = [fault for fault in found if fault.is_error]
    for line in _gathered(faults):
        errors.print(line, markup=False)
    if faults:
        raise fail(f"{len(faults)} faults in the texts.")


def _gathered(faults: list[Fault]) -> list[str]:
    """A line a fault; what is missing in several languages is one line."""
    missing: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        if fault.kind == "missing":
            missing[fault.key].append(fault.language)
    lines = [f"{key}: missing in {', '.join(languages)}" for key, languages in missing.items()]
    return [*lines, *(str(fault) for fault in faults if fault.kind != "missing")]


@app.command("segments")
def texts_segments(
    language: Annotated[str, typer.Option("--language", help="Only this language.")] = "",
    json_file: JsonOption = None,
) -> None:
    """How many SMS each text takes with the longest names, days and times; more than three is a fault."""
    from bot.measure import LATIN, measure

    words, entries = _words(), _entries()
    if language and language not in words.languages:
        raise fail(f"There are no texts in {language}.")
    languages = [language] if language else list(words.languages)
    found = [each for code in languages for each in measure(words, entries, code)]
    if json_file is not None:
        written = json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=1)
        json_file.write_text(written + "\n", encoding="utf-8")
    out.print(_worst(found))
    for code in languages:
        if code in LATIN:
            _say_costly(code, [each for each in found if each.language == code])
    long = [each for each in found if not each.fits]
    for each in long:
        errors.print(f"{each.language} {each.key}: {each.segments} SMS ({each.units} units)", markup=False)
    if long:
        raise fail(f"{len(long)} texts do not fit three SMS.")
    out.print(f"{len(found)} texts in {len(languages)} languages; all fit three SMS.")


def _worst(found: list[Measured]) -> Table:
    table = Table("language", "text", "encoding", "units", "SMS", "read in")
    worst = sorted(found, key=lambda each: (-each.segments, -each.units))[:WORST]
    for each in worst:
        parts = "one" if each.parts == 1 else f"{each.parts} parts"
        table.add_row(each.language, each.key, each.encoding, str(each.units), str(each.segments), parts)
    return table


def _say_costly(language: str, found: list[Measured]) -> None:
    """The characters that make an SMS cost more than double; with what to write instead, where there is that."""
    costly = [each for each in found if each.costly]
    if not costly:
        return
    needed = sorted(
        {character for each in costly for character, instead in each.costly.items() if not instead}
    )
    if needed:
        texts = sum(any(not instead for instead in each.costly.values()) for each in costly)
        letters = " ".join(needed)
        out.print(f"{language}: {texts} of {len(found)} texts cost more for letters they need: {letters}")
    for each in costly:
        for character, instead in each.costly.items():
            if instead:
                out.print(f"{language} {each.key}: write {instead!r} for {character!r}", markup=False)


@app.command("export")
def texts_export(
    to: Annotated[Path | None, typer.Option("--to", help="A folder; else flows/texts itself.")] = None,
) -> None:
    """The catalogues with what staff have approved on their pages folded in."""
    from flows import catalogue
    from flows.words import TEXTS

    words, entries = open_desk().words, _entries()
    folder = to or TEXTS
    folder.mkdir(parents=True, exist_ok=True)
    for language in words.languages:
        if language != "en":
            current = {entry.key: words.entry(entry.key, language) for entry in entries}
            (folder / f"{language}.po").write_bytes(catalogue.written(language, entries, current))
            ours = sum(each.desk for each in current.values())
            out.print(f"{language}.po: {len(entries)} texts, {ours} from the staff pages", highlight=False)


@app.command("import")
def texts_import(
    file: Annotated[Path, typer.Argument(help="A PO file, as exported and translated.", exists=True)],
    reviewed_by: Annotated[
        str, typer.Option("--reviewed-by", help="Who stands behind it; else it becomes a draft.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="Its language, when the file does not say.")
    ] = "",
) -> None:
    """Take what an outside translator sent: the whole file, or nothing of it."""
    from bot.worker import wall_clock
    from flows.exchange import NotATranslation, OtherLanguage, language_of, take
    from nlu.cleaning import clean
    from store import database, translations

    desk, entries = open_desk(), _entries()
    words, now, who = desk.words, wall_clock(), " ".join(reviewed_by.split())[:80]
    try:
        code = language or language_of(file.read_bytes()) or file.stem
        if code == "en" or code not in words.languages:
            raise fail(f"There are no texts in {code}. Say which language it is with --language.")
        brought = take(
            file.read_bytes(),
            code,
            entries,
            lambda key: words.entry(key, code),
            tidy=clean,
            reviewed=bool(who),
        )
    except NotATranslation as fault:
        raise fail(str(fault)) from None
    except OtherLanguage as fault:
        raise fail(f"The file says that it is in {fault}, not in {code}.") from None
    for each in brought.faults:
        errors.print(str(each), markup=False)
    if brought.faults:
        raise fail(f"{len(brought.faults)} faults. Nothing was taken.")
    with database.transaction(desk.engine) as session:
        translations.save_all(session, brought.language, brought.taken, who=who, actor="import", now=now)
    _say_brought(brought, who)


def _say_brought(brought: Brought, who: str) -> None:
    from flows.exchange import LEFT_OUT

    state = f"reviewed by {who}" if who else "drafts"
    out.print(f"{len(brought.taken)} texts taken, {state}.", markup=False)
    for reason, number in brought.left_out.most_common():
        out.print(f"{number} left out: {LEFT_OUT[reason]}.")


def _entries() -> list[Entry]:
    from flows import catalogue
    from kb.load import load
    from kb.phrases import phrases

    return catalogue.collect(phrases(load()))


def _words() -> Words:
    from flows.words import Words
    from kb.load import load
    from kb.phrases import phrases

    return Words(phrases(load()))
