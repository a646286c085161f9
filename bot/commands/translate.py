"""`welcome translate`: packages for machine translation, and a machine's drafts of our texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.commands.console import fail, out
from bot.settings import Settings

if TYPE_CHECKING:
    from nlu.package_index import Offer
    from nlu.packages import Installed

app = typer.Typer(
    no_args_is_help=True, help="Machine translation: readings for staff, drafts for translators."
)
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
NO_LICENCE = "none named: ask its makers before you rely on it"


@app.command("install")
def translate_install(
    what: Annotated[
        str, typer.Argument(help="A language (fr), or an .argosmodel file.", metavar="LANG|FILE")
    ],
    yes: YesOption = False,
    from_: Annotated[
        str, typer.Option("--from", help="Another index (address or file), or a folder of packages.")
    ] = "",
    sha256: Annotated[
        list[str] | None, typer.Option("--sha256", help="What the file's SHA-256 must be (for two: twice).")
    ] = None,
) -> None:
    """Install a language, both ways with English: from the Argos index, another one, a folder, or a file."""
    if what.endswith(".argosmodel") or Path(what).is_file():
        _install_file(Path(what), yes=yes, sums=sha256 or ())
    else:
        _install_language(what.lower(), yes=yes, where=from_, sums=sha256 or ())


def _install_file(file: Path, *, yes: bool, sums: Sequence[str]) -> None:
    from nlu.packages import NotAPackage, describe

    try:
        package = describe(file)
    except NotAPackage as fault:
        raise fail(f"{file.name} is not a translation package: {fault}.") from None
    _say_package(package.pair, package.version, package.size, package.licence or NO_LICENCE)
    if yes or typer.confirm("Install it?"):
        _put(file, sums, source=file.name)


def _install_language(language: str, *, yes: bool, where: str, sums: Sequence[str]) -> None:
    from bot.drafting import language_name, not_covered
    from nlu.package_index import NotThere, find, offers, size

    sentence = not_covered(language)
    if sentence and not where:
        raise fail(sentence)
    if language == "en":
        raise fail("English is the language that we translate from and to: name the other one, such as fr.")
    try:
        known = offers(where or Settings().translate_index)
        wanted = [find(known, language, "en"), find(known, "en", language)]
        found = [each for each in wanted if each is not None]
        if not found:
            raise fail(sentence or f"The index has no package for {language_name(language)} ({language}).")
        sizes = [size(each) for each in found]
    except NotThere as fault:
        raise fail(str(fault)) from None
    for offer, each in zip(found, sizes, strict=True):
        licence = offer.licence or f"the index names none ({NO_LICENCE.partition(': ')[2]})"
        _say_package(f"{offer.from_code}_{offer.to_code}", offer.version, each, licence)
    if len(found) == 1:
        out.print("There is only this one direction.")
    if yes or typer.confirm(f"Download and install {'them' if len(found) > 1 else 'it'}?"):
        for offer in found:
            _download(offer, sums)


def _say_package(pair: str, version: str, size: int | None, licence: str) -> None:
    from bot.drafting import language_name

    source, target = map(language_name, pair.split("_"))
    bytes_ = f"{size / 1e6:.1f} MB" if size is not None else "size not known"
    out.print(f"{source} to {target}, version {version}, {bytes_}. Licence: {licence}.", markup=False)


def _download(offer: Offer, sums: Sequence[str]) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from bot.compose import translations
    from nlu.package_index import NotThere, fetch, is_file

    if is_file(offer):
        _put(fetch(offer, Path()), [*sums, *filter(None, [offer.sha256])], source=Path(offer.links[0]).name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    folder = translations(Settings()) / "downloads"
    try:
        with Progress(*columns, console=out) as bar:
            task = bar.add_task(offer.file_name, total=None)
            file = fetch(
                offer, folder, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
    except NotThere as fault:
        raise fail(str(fault)) from None
    try:
        _put(file, [*sums, *filter(None, [offer.sha256])], source=offer.links[0])
    finally:
        file.unlink(missing_ok=True)


def _put(file: Path, sums: Sequence[str], *, source: str) -> None:
    from bot.compose import translations
    from bot.worker import wall_clock
    from nlu.packages import ListUnreadable, NotAPackage, WrongChecksum, install
    from nlu.translate import tried

    folder, today = translations(Settings()), wall_clock().date()
    try:
        with out.status("Trying it …"):
            done = install(file, folder, today=today, expected=sums, source=source, trial=tried)
    except NotAPackage as fault:
        raise fail(
            f"{file.name} is not a package that can be used: {fault}. Nothing was installed."
        ) from None
    except WrongChecksum as fault:
        raise fail(f"{file.name} is not the file you asked for: {fault}. Nothing was installed.") from None
    except ListUnreadable as fault:
        raise fail(f"{fault}. Move it away and install the packages again.") from None
    except OSError as fault:
        raise fail(
            f"It cannot be kept ({fault.strerror or type(fault).__name__}). Nothing was installed."
        ) from None
    out.print(f"Installed {done.name}, SHA-256 {done.sha256}. It is used at once.", markup=False)
    out.print(f"Licence: {done.licence or NO_LICENCE}.", markup=False)


@app.command("list")
def translate_list() -> None:
    """What is installed."""
    table = Table("package", "from", "to", "MB", "licence", "since", "source")
    for package in _installed().values():
        codes = (package.from_code, package.to_code)
        licence = package.licence or "none named"
        shown = (package.name, *codes, f"{package.size / 1e6:.1f}", licence, package.since, package.source)
        table.add_row(*map(escape, shown))
    if table.row_count:
        out.print(table)
    else:
        out.print("Nothing is installed. `welcome translate install LANG` installs a language.")


@app.command("check")
def translate_check() -> None:
    """Whether each package is still what was installed and translates; and which of our languages have none."""
    from bot.compose import translations
    from bot.drafting import language_name, not_covered
    from flows.languages import AUTONYMS
    from nlu.packages import verify
    from nlu.translate import NOT_COVERED, tried

    folder, packages = translations(Settings()), _installed()
    broken = 0
    for pair, package in packages.items():
        wrong = verify(folder, package) or tried(folder / package.folder)
        broken += wrong is not None
        out.print(f"{pair.replace('_', ' to ')}: {wrong or 'well'}", markup=False)
    none = [code for code in AUTONYMS if code != "en" and not {f"{code}_en", f"en_{code}"} & packages.keys()]
    for code in (each for each in none if each not in NOT_COVERED):
        out.print(f"{language_name(code)} ({code}): not installed (`welcome translate install {code}`).")
    out.print(not_covered(*none) or "", markup=False)
    if broken:
        raise fail(f"{broken} broken: install them again.")


@app.command("remove")
def translate_remove(
    what: Annotated[
        str, typer.Argument(help="A language (fr), or one direction (fr_en).", metavar="LANG|PAIR")
    ],
    yes: YesOption = False,
) -> None:
    """Take packages away."""
    from bot.compose import translations
    from nlu.packages import remove

    pairs = {pair for pair in _installed() if pair == what or (what in pair.split("_") and what != "en")}
    if not pairs:
        raise fail(f"No package for {what} is installed.")
    out.print(f"To be taken away: {', '.join(sorted(pairs))}.")
    if yes or typer.confirm("Take away?"):
        remove(translations(Settings()), pairs)
        out.print("Done.")


@app.command("draft")
def translate_draft(
    language: Annotated[str, typer.Argument(help="The language, such as fr.")],
    write: Annotated[bool, typer.Option("--write", help="Put the drafts into the catalogue.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="With --write: into this folder instead of flows/texts.")
    ] = None,
) -> None:
    """Draft the texts that are missing or stale in a language; each stays marked until a person has approved it."""
    from bot import drafting
    from bot.compose import known_names, translations
    from bot.worker import wall_clock
    from flows import catalogue
    from flows.languages import AUTONYMS
    from flows.words import TEXTS
    from kb.load import load
    from kb.phrases import phrases
    from nlu.translate import ArgosTranslator

    if language not in AUTONYMS or language == "en":
        raise fail(f"{language} is none of the languages that we translate into: {', '.join(AUTONYMS)}.")
    if f"en_{language}" not in _installed():
        raise fail(
            drafting.not_covered(language)
            or f"No package from English is installed: `welcome translate install {language}`."
        )
    kb = load()
    entries, path = catalogue.collect(phrases(kb)), TEXTS / f"{language}.po"
    translator = ArgosTranslator(translations(Settings()), seconds=120, give_up=120, names=known_names(kb))
    table = Table("text", "English", "draft")
    try:
        with out.status("Drafting …"):
            drafts = drafting.draft_all(
                path,
                entries,
                translator,
                wall_clock().date(),
                lambda entry, text: table.add_row(entry.key, escape(entry.english), escape(text)),
            )
        troubles = translator.degraded()
    finally:
        translator.close()
    if table.row_count:
        out.print(table)
    out.print(f"{len(drafts.made)} drafted by a machine; nobody has checked them.")
    for why, number in drafts.left.items():
        out.print(f"{number} left to people: {why}.")
    if drafts.made and write:
        place = (to or TEXTS) / path.name
        drafting.write(path, entries, drafts, place)
        out.print(
            f"Written to {place.parent.name}/{place.name}. They go out marked until a person approves them."
        )
    elif drafts.made:
        out.print("Nothing was written: say --write.")
    if troubles:
        raise fail("; ".join(troubles) + ".")


def _installed() -> dict[str, Installed]:
    from bot.compose import translations
    from nlu.packages import ListUnreadable, installed

    try:
        return installed(translations(Settings()))
    except ListUnreadable as fault:
        raise fail(f"{fault}. Move it away and install the packages again.") from None
