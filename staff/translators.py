"""Texts to and from translators outside: a PO file of a language, out and in."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from flows import catalogue, exchange
from flows.exchange import Brought, NotATranslation, OtherLanguage
from nlu.cleaning import clean
from staff import english, guard
from staff.forms import Faults
from staff.visit import Visit, enter
from staff.worklist import items, languages
from store import translations

router = APIRouter()
FAULTS_SHOWN = 50
NAME_LIMIT = 80


@dataclass(frozen=True)
class Upload:
    """A form with a file: its fields, and what is in the file."""

    fields: dict[str, str]
    file: bytes


async def read_upload(request: Request) -> Upload:
    """A multipart form with one file. Raises guard.TooLarge, also for a form that cannot be read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > exchange.LARGEST + guard.FORM_LIMIT:
            raise guard.TooLarge

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    parser = MultiPartParser(
        request.headers, whole(), max_files=1, max_fields=10, max_part_size=guard.FORM_LIMIT
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError) as fault:
        raise guard.TooLarge from fault
    fields, file = {}, b""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            file = await value.read()
        else:
            fields[name] = value
    await form.close()
    return Upload(fields, file)


@router.get("/texts/{language}/export", name="texts_export")
def export(request: Request, language: str) -> Response:
    """The whole language as a PO file, with what staff have approved."""
    with enter(request, may="texts") as visit:
        _check(visit, language)
        found = {item.key: item.translation for item in items(visit.session, visit.desk.words, language)}
        data = catalogue.written(language, catalogue.collect(visit.desk.words.phrases), found)
    name = f"attachment; filename=welcome-desk-{language}.po"
    return Response(data, media_type="text/x-gettext-translation", headers={"content-disposition": name})


@router.get("/texts/{language}/import", name="texts_import")
def ask(request: Request, language: str) -> Response:
    with enter(request, may="texts") as visit:
        _check(visit, language)
        return _page(visit, language)


@router.post("/texts/{language}/import")
def take(request: Request, language: str, upload: Upload = Depends(read_upload)) -> Response:  # noqa: B008
    """Takes the whole file, or nothing of it."""
    who = " ".join(clean(upload.fields.get("who", "")).split())[:NAME_LIMIT]
    with enter(request, upload.fields, may="texts") as visit:
        _check(visit, language)
        faults: Faults = []
        brought: Brought | None = None
        if not upload.file:
            faults = [("file", "Choose the file that the translator sent.")]
        else:
            try:
                brought = _brought(visit, language, upload.file, reviewed=bool(who))
            except NotATranslation as fault:
                faults = [("file", str(fault))]
            except OtherLanguage as fault:
                other = english.language(str(fault))
                faults = [
                    ("file", f"The file says that it is in {other}, not in {english.language(language)}.")
                ]
        if brought is not None and not brought.faults:
            translations.save_all(
                visit.session, language, brought.taken, who=who, actor=visit.actor, now=visit.now
            )
            return _page(visit, language, taken=brought, who=who)
        if brought is not None:
            faults = [
                ("file", f"{english.count(len(brought.faults), 'text')} cannot be taken. Nothing was taken.")
            ]
        return _page(visit, language, faults=faults, refused=brought, who=who, status=422)


def _brought(visit: Visit, language: str, file: bytes, *, reviewed: bool) -> Brought:
    now = {item.key: item.translation for item in items(visit.session, visit.desk.words, language)}
    entries = catalogue.collect(visit.desk.words.phrases)
    return exchange.take(file, language, entries, lambda key: now[key], tidy=clean, reviewed=reviewed)


def _check(visit: Visit, language: str) -> None:
    if language not in languages(visit.desk.words):
        raise HTTPException(404)


def _page(
    visit: Visit,
    language: str,
    *,
    faults: Faults | None = None,
    taken: Brought | None = None,
    refused: Brought | None = None,
    who: str = "",
    status: int = 200,
) -> Response:
    return visit.page(
        "texts_import.html",
        status=status,
        here="texts",
        code=language,
        taken=taken,
        refused=refused.faults[:FAULTS_SHOWN] if refused else [],
        left_out=exchange.LEFT_OUT,
        who=who,
        faults=faults or [],
    )
