"""One request of one member of staff: let in, with the database, and the page that goes back."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from staff import english, guard, reading
from staff.desk import Desk, cookie_path, desk_of, link, own_path, set_cookie
from staff.page import render
from store import accounts, audit, codes, database, logins
from store.errors import AlreadyHandled, NotLoggedIn, WrongKey
from store.models import Account, StaffSession
from store.transitions import PERSON, SYSTEM

HELD_SECONDS = 15 * 60  # how long the text of a form waits for its writer to log in again
HELD_LIMIT = 3_500  # bytes; a browser keeps cookies of 4,096
NOT_HELD = ("csrf", "version", "password", "old", "new", "code")  # a form's secrets, and what is out of date


class LogInFirst(Exception):
    """Nobody is logged in here. `back`: the page to open afterwards; `held`: the text of its form."""

    def __init__(self, back: str, held: Mapping[str, str] | None = None) -> None:
        super().__init__("log in first")
        self.back, self.held = back, held


class CodesFirst(Exception):
    """This account has to set up one-time codes before it goes on (WELCOME_CODES)."""


class Visit:
    """One request of one member of staff: who, when, the database, and the page that goes back."""

    def __init__(
        self, request: Request, session: Session, account: Account, csrf: str, now: datetime
    ) -> None:
        self.request, self.session, self.account, self.csrf, self.now = request, session, account, csrf, now
        self.desk = desk_of(request)

    @property
    def actor(self) -> str:
        return self.account.username

    @property
    def places(self) -> list[str] | None:
        """The libraries this account is for; None: all."""
        return self.account.places

    def sees(self, place: str | None) -> bool:
        return accounts.sees(self.account, place)

    def may(self, what: str) -> bool:
        """`what`: a word of store/accounts.py's ROLES."""
        return accounts.may(self.account, what)

    def my_places(self) -> dict[str, str]:
        """The libraries this account may see, by name."""
        ours = {id_: name for id_, name in self.desk.names.places.items() if self.sees(id_)}
        return dict(sorted(ours.items(), key=lambda item: item[1]))

    def name_of(self, actor: str) -> str:
        """Who did it: a colleague's name, "the person", "the desk"."""
        known = {PERSON: "the person", SYSTEM: "the desk itself", accounts.OPERATOR: "the command line"}
        return known.get(actor) or reading.account_names(self.session, [actor]).get(actor, actor)

    def already(self, handled: AlreadyHandled) -> str:
        """Says who was faster."""
        what = english.HANDLED.get(handled.state, handled.state)
        when = english.at(handled.at, self.now)
        return f"Already {what} by {self.name_of(handled.by)} at {when}. Nothing was changed by you."

    def services(self) -> dict[str, str]:
        """The services that can have sessions, by name."""
        names = {id_: self.desk.names.service(id_) for id_ in self.desk.names.bookable}
        return dict(sorted(names.items(), key=lambda item: item[1]))

    def link(self, name: str, /, query: Mapping[str, object] | None = None, **path: object) -> str:
        return link(self.request, name, query, **path)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page as HTML, with what a log-in in the middle of its form has kept (`values["kept"]`)."""
        kept = held(self.request)
        shown = {**values, "kept": kept is not None, "sent": {**(kept or {}), **values.get("sent", {})}}
        response = render(self.request, template, status, now=self.now, **shown)
        if kept is not None:
            response.delete_cookie("desk_held", path=cookie_path(self.request))
        return response

    def go(self, name: str, /, query: Mapping[str, object] | None = None, **path: object) -> RedirectResponse:
        """To another page, after something was done (303: a reload does not do it again)."""
        return RedirectResponse(self.link(name, query, **path), status_code=303)


@contextmanager
def enter(
    request: Request, form: Mapping[str, str] | None = None, *, may: str = "view", without_codes: bool = False
) -> Iterator[Visit]:
    """Let a member of staff in. With a `form` for a change: the transaction commits at the end.

    `without_codes`: also who has to set up codes first. Raises LogInFirst, CodesFirst, CrossSite, StaleForm or
    NotYourRole; then nothing was changed.
    """
    desk = desk_of(request)
    now = desk.clock()
    if form is not None:
        guard.check_origin(request.headers, desk.public_url)
    browser = _who(request, desk, now, form)
    account, csrf = browser.account, browser.csrf
    if desk.codes_required and not without_codes and _owes_codes(browser):
        raise CodesFirst
    request.state.account, request.state.csrf = account, csrf
    if form is not None and not guard.same(form.get("csrf", ""), csrf):
        raise guard.StaleForm(form)
    if not accounts.may(account, may):
        raise guard.NotYourRole
    try:
        with (database.reading if form is None else database.transaction)(desk.engine) as session:
            yield Visit(request, session, account, csrf, now)
    except guard.NotHere as fault:
        with database.transaction(desk.engine) as session:
            audit.write(session, account.username, "access.refused", fault.subject, fault.subject_id, now=now)
        raise


def _owes_codes(browser: StaffSession) -> bool:
    """The council asks for its own second thing (docs/adr/0012)."""
    account = browser.account
    return codes.required_of(account) and account.code_sealed is None and browser.way != logins.COUNCIL


def _who(request: Request, desk: Desk, now: datetime, form: Mapping[str, str] | None) -> StaffSession:
    token = request.cookies.get("desk_staff", "")
    try:
        with database.transaction(desk.engine) as session:
            return logins.authenticate(session, token, now)
    except NotLoggedIn:
        raise LogInFirst(own_path(request), form) from None


def hold(
    request: Request, response: RedirectResponse | HTMLResponse, path: str, form: Mapping[str, str]
) -> None:
    """Keep a form's text in the browser, sealed, for its page: for a log-in in between, or a stale token."""
    fields = {key: value for key, value in form.items() if key not in NOT_HELD}
    sealed = desk_of(request).vault.seal(json.dumps({"path": path, "fields": fields}, ensure_ascii=False))
    if len(sealed) <= HELD_LIMIT:
        set_cookie(request, response, "desk_held", sealed, max_age=HELD_SECONDS)


def held(request: Request) -> dict[str, str] | None:
    """What `hold` kept for this very page, if anything."""
    sealed = request.cookies.get("desk_held")
    if request.method != "GET" or not sealed:
        return None
    try:
        kept = json.loads(desk_of(request).vault.open(sealed))
        mine = kept["path"] == own_path(request)
    except (WrongKey, ValueError, KeyError):  # KeyError: the vault sealed it, but for something else
        return None
    return {str(k): str(v) for k, v in kept["fields"].items()} if mine else None
