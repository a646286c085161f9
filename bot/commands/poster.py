"""`welcome poster`: posters and leaflets to print, in a language and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import errors, fail, out
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.posters import Posters, Standing


def poster(
    language: Annotated[str, typer.Option(help="A language, such as so.")] = "",
    place: Annotated[str, typer.Option(help="A library, such as central-library.")] = "central-library",
    to: Annotated[Path | None, typer.Option(help="The PDF; with --all, a folder.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="One for every language.")] = False,
    leaflet: Annotated[bool, typer.Option("--leaflet", help="To fold: A4 across, A5 when folded.")] = False,
) -> None:
    """Make a poster (A4, PDF), or a leaflet, in a language and English."""
    posters = _posters()
    if place not in posters.places:
        raise fail(f"There is no library {place}. Choose one of: {', '.join(sorted(posters.places))}.")
    if not everything and language not in posters.languages:
        said = (
            f"There is no poster in {language}." if language else "Which language? Use --language, or --all."
        )
        raise fail(f"{said} Choose one of: {', '.join(posters.languages)}.")
    for setting in posters.missing:
        errors.print(f"{setting} is not set: its part is left out.", style="yellow")
    kind = "leaflet" if leaflet else "poster"
    for code in posters.languages if everything else [language]:
        file = _file(to, f"{kind}-{code}-{place}.pdf", folder=everything)
        _write(posters, code, place, file, leaflet=leaflet)
        out.print(f"{file}{_caution(posters.standing(code, place))}", markup=False)


def _posters() -> Posters:
    """What makes them, from the settings: with what staff have approved, when there is a database."""
    from sqlalchemy import make_url

    from bot.posters import Posters, ways
    from bot.press import NoPress, Press
    from flows.words import Words
    from kb.load import load
    from kb.phrases import phrases
    from store import database
    from store.translations import Latest

    settings, kb = Settings(), load()
    try:
        press = Press()
    except NoPress:
        raise fail("The typefaces are not here yet. Run `make setup`.") from None
    words = Words(phrases(kb), drafts=settings.drafts, languages=settings.languages or None)
    url = make_url(settings.database_url)
    if not url.drivername.startswith("sqlite") or Path(url.database or "").is_file():
        words.approved = Latest(database.connect(settings.database_url))
    names = {place.id: place.name for place in kb.places.values()}
    return Posters(press, words, names, ways(settings))


def _write(posters: Posters, language: str, place: str, file: Path, *, leaflet: bool) -> None:
    from flows.posters import NotPrinted

    try:
        made = posters.pdf(language, place, leaflet=leaflet)
    except NotPrinted as error:
        raise fail(f"The poster in {language} could not be made: {error.reason}.") from None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made)
    except OSError as error:
        raise fail(f"{file} cannot be written: {error.strerror}.") from None


def _file(to: Path | None, name: str, *, folder: bool) -> Path:
    if to is None:
        return Path(name)
    return to / name if folder or to.is_dir() else to


def _caution(standing: Standing) -> str:
    """What a reader of the poster should know, and printers may want to wait for."""
    notes = []
    if standing.drafts:
        notes.append(
            f"{standing.drafts} of {standing.texts} texts not checked by a person yet, and marked so"
        )
    if standing.untranslated:
        notes.append(f"{standing.untranslated} not translated, in English only")
    return f" ({'; '.join(notes)})" if notes else ""
