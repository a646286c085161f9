"""The staff pages as one application, mounted by bot/app.py (mostly at /staff)."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from flows.catalogue import Entry
from flows.hours import NOT_SAID, Hours
from flows.words import Words
from staff import (
    access,
    account,
    answers,
    audit,
    broadcasts,
    calendar,
    closures,
    daysheets,
    exports,
    feeds,
    front,
    invited,
    lessons,
    messages,
    outlets,
    people,
    reminders,
    requests,
    sessions,
    tasks,
    telling,
    texts,
    today,
    translators,
    weekly,
)
from staff import council as council_pages
from staff import posters as poster_pages
from staff.desk import Cost, Desk, Known, Names, Preview, Prints, own_path
from staff.guard import Refused, SecurityHeaders, StaleForm
from staff.oidc import Council
from staff.page import render
from staff.visit import CodesFirst, LogInFirst, hold
from store.vault import Vault

HERE = Path(__file__).parent
OWN_FILES = {"app.css": "text/css", "app.js": "text/javascript"}


def create(
    engine: Engine,
    *,
    vault: Vault,
    names: Names,
    words: Words,
    public_url: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    demo: bool = False,
    reads: Callable[[str, str], str | None] = lambda _text, _language: None,
    guesses: Callable[[str], Sequence[str]] = lambda _text: (),
    measures: Callable[[str, str, str], Cost | None] = lambda _key, _text, _language: None,
    drafts: Callable[[Entry, str], str | None] = lambda _entry, _language: None,
    posters: Prints | None = None,
    preview: Preview | None = None,
    hours: Hours = NOT_SAID,
    sms_price: float = 0.0,
    alone_up_to: int = 200,
    known: Known | None = None,
    tells: Collection[str] = (),
    council: Council | None = None,
    codes_required: bool = False,
) -> FastAPI:
    """The application. It may be mounted anywhere: every link is made from where it is.

    `words` render what a person is told; `public_url` is what browsers see (forms must come from there, and cookies
    are for https only when it is https); `clock` gives aware moments; `reads` gives a machine's English of a text in
    a language, or None; `guesses` gives what a text may mean (labels of
    nlu/labels.py, likeliest first); `measures` counts what a translation takes by SMS (its key, words, language);
    `drafts` gives a machine's translation of a text, or None; `posters` makes posters; `preview` shows what a person
    will read; `hours` are those of staff; `known` is the knowledge base; `tells`: how staff can be
    told ("mail", "group"); `council` is the council's log-in, `codes_required`: managers and administrators need
    one-time codes. The database must be migrated.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.desk = Desk(
        engine,
        vault,
        names,
        words,
        public_url,
        clock,
        demo,
        reads,
        guesses,
        measures,
        drafts,
        posters,
        preview=preview,
        hours=hours,
        sms_price=sms_price,
        alone_up_to=alone_up_to,
        known=known,
        tells=tells,
        council=council,
        codes_required=codes_required,
    )
    app.state.patterns = {}
    app.add_middleware(SecurityHeaders)
    for family in (
        front,
        access,
        council_pages,
        invited,
        account,
        people,
        audit,
        requests,
        sessions,
        weekly,
        calendar,
        daysheets,
        today,
        closures,
        messages,
        tasks,
        answers,
        lessons,
        texts,
        translators,
        reminders,
        broadcasts,
        poster_pages,
        outlets,
        telling,
        feeds,
        exports,
    ):
        app.include_router(family.router)
    for file, kind in OWN_FILES.items():
        app.add_api_route(f"/{file}", _own_file(file, kind), include_in_schema=False)
    app.mount("/static", Files(directory=HERE / "static", check_dir=False))
    app.add_exception_handler(LogInFirst, access.ask_to_log_in)
    app.add_exception_handler(CodesFirst, access.ask_for_codes)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _not_a_page)
    app.add_exception_handler(RequestValidationError, _not_a_page)
    app.add_exception_handler(OperationalError, _busy)
    return app


class Files(StaticFiles):
    """What `make setup` built. Browsers may keep it: an address's query changes with the content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        return _keep(await super().get_response(path, scope), scope)


def _keep(response: Response, scope: Scope) -> Response:
    forever = scope.get("query_string", b"").startswith(b"v=")
    response.headers["cache-control"] = f"public, max-age={31_536_000 if forever else 3_600}"
    return response


def _own_file(file: str, kind: str) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        return _keep(FileResponse(HERE / file, media_type=kind), request.scope)

    return serve


def _refused(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, Refused):
        raise fault
    back = ""
    if isinstance(fault, StaleForm):
        back = request.scope.get("root_path", "") + own_path(request)
    response = render(request, "message.html", fault.status, title=fault.title, text=fault.text, back=back)
    if isinstance(fault, StaleForm):
        hold(request, response, own_path(request), fault.form)
    return _whole(request, response)


def _whole(request: Request, response: Response) -> Response:
    """htmx shows no part of a page that is not well: it fetches the whole page anew, with a fresh token."""
    if "hx-request" in request.headers:
        response.headers["hx-refresh"] = "true"
    return response


def _not_a_page(request: Request, fault: Exception) -> Response:
    """No such address; or one with a number in it that none of our links has (a validation error)."""
    status = fault.status_code if isinstance(fault, HTTPException) else 404
    headers = fault.headers if isinstance(fault, HTTPException) else None
    text = "Check the address, or start from the front page."
    response = render(request, "message.html", status, title="There is no such page", text=text)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _busy(request: Request, _fault: Exception) -> Response:
    """The database is locked, full or away: nothing was changed, and it may be tried again (bad input 48)."""
    text = "Nothing was changed. Wait a moment, then try again."
    response = render(request, "message.html", 503, title="The desk is busy", text=text)
    response.headers["retry-after"] = "5"
    return _whole(request, response)
