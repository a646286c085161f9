"""My account: my password, my one-time codes, and where I am logged in."""

from math import ceil

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import deeds, english, guard
from staff.access import COOKIE, source_of
from staff.desk import desk_of
from staff.forms import Faults, Wrong
from staff.invited import DIFFERENT, UNFIT
from staff.visit import Visit, enter
from store import accounts, codes, logins
from store.errors import NotAllowed, SlowDown, UnfitPassword, WrongCode, WrongPassword
from store.models import Account

router = APIRouter()
DONE = {
    "password": "Your password is changed. Everywhere else you have been logged out.",
    "others": "Everywhere else you have been logged out.",
    "off": "Log-ins ask for no code any more.",
}


@router.get("/account", name="account")
def show(request: Request, done: str = "") -> Response:
    with enter(request, without_codes=True) as visit:
        return _page(visit, done=DONE.get(done, ""))


@router.post("/account")
def change(request: Request, form: guard.Form) -> Response:
    """`do`: "password" (the old one is asked, all other browsers are logged out), or "others" (only that)."""
    do = form.get("do", "")
    try:
        if do == "password":
            _sure(request, form, "old")
            if form.get("new", "") != form.get("password", ""):
                raise Wrong(("password", DIFFERENT))
        with enter(request, form, without_codes=True) as visit:
            from_here = request.cookies.get(COOKIE, "")
            if do == "password":
                _set_password(visit, form.get("new", ""), from_here)
            elif do == "others":
                logins.log_out_others(visit.session, visit.account, from_here, visit.now)
            else:
                raise guard.Refused(404, "There is no such page", "Nothing was changed.")
            return visit.go("account", {"done": do})
    except Wrong as wrong:
        with enter(request, without_codes=True) as visit:
            return _page(visit, wrong.faults, 422)


@router.get("/account/codes", name="codes")
def ask_codes(request: Request) -> Response:
    """The QR code for the app, once a secret was made; before that, what codes are and a button."""
    with enter(request, without_codes=True) as visit:
        return _codes_page(visit)


@router.post("/account/codes")
def change_codes(request: Request, form: guard.Form) -> Response:
    """`do`: "start" makes a secret to be shown, "confirm" puts codes on, "paper" makes new codes for paper, "off".

    Once codes are on, all but "confirm" ask for the password: a browser left alone is not enough.
    """
    do = form.get("do", "")
    try:
        with enter(request, form, without_codes=True) as visit:
            account, on = visit.account, visit.account.code_sealed is not None
        if not _has_password(account):
            raise Wrong(("", "You log in through the council. It asks for its own second step."))
        if do != "confirm" and on:
            _sure(request, form, f"{do}-password", "password")
        with enter(request, form, without_codes=True) as visit:
            return _change(visit, do, form.get("code", ""))
    except Wrong as wrong:
        with enter(request, without_codes=True) as visit:
            return _codes_page(visit, wrong.faults, 422)


def _change(visit: Visit, do: str, code: str) -> Response:
    """Raises Wrong."""
    mine = visit.account.id
    try:
        if do == "start":
            codes.offer(visit.session, visit.desk.vault, mine)
            return visit.go("codes")
        if do == "confirm":
            paper = codes.confirm(visit.session, visit.desk.vault, mine, code, now=visit.now)
            logins.log_out_others(
                visit.session, visit.account, visit.request.cookies.get(COOKIE, ""), visit.now
            )
            return visit.page("codes_paper.html", here="account", paper=paper, fresh=True)
        if do == "paper":
            paper = codes.renew_paper(visit.session, mine, now=visit.now)
            return visit.page("codes_paper.html", here="account", paper=paper, fresh=False)
    except WrongCode:
        raise Wrong(
            ("code", "That is not the code of this moment. Wait for the next one; check the phone's clock.")
        ) from None
    except NotAllowed:
        raise Wrong(
            ("", "That is done already, or codes were turned off. Look at what stands here now.")
        ) from None
    if do == "off":
        if visit.desk.codes_required and codes.required_of(visit.account):
            raise Wrong(("", "Managers and administrators need one-time codes here."))
        codes.remove(visit.session, mine, actor=visit.actor, now=visit.now)
        return visit.go("account", {"done": "off"})
    raise guard.Refused(404, "There is no such page", "Nothing was changed.")


def _sure(request: Request, form: guard.Form, field: str, sent: str = "") -> None:
    """It is really the account's owner: the password, as slow with wrong ones as a log-in. Raises Wrong."""
    with enter(request, form, without_codes=True) as visit:
        account, now = visit.account, visit.now
    password = form.get(sent or field, "")
    try:
        logins.check_password(desk_of(request).engine, account, password, source=source_of(request), now=now)
    except WrongPassword:
        raise Wrong((field, "That is not your password.")) from None
    except SlowDown as wait:
        sentence = f"Too many wrong passwords. Wait {ceil(wait.seconds)} seconds, then try again."
        raise Wrong((field, sentence)) from None


def _set_password(visit: Visit, password: str, keep: str) -> None:
    try:
        accounts.set_password(
            visit.session, visit.account.id, password, actor=visit.actor, now=visit.now, keep=keep
        )
    except UnfitPassword as unfit:
        raise Wrong(("new", UNFIT[unfit.reason])) from None


def _page(visit: Visit, faults: Faults | None = None, status: int = 200, *, done: str = "") -> Response:
    mine = visit.account
    here = logins.hashed(visit.request.cookies.get(COOKIE, ""))
    return visit.page(
        "account.html",
        status=status,
        here="account",
        faults=faults or [],
        done=done,
        libraries=libraries_of(visit, mine),
        roles=english.ROLES,
        ways=deeds.WAYS,
        has_password=_has_password(mine),
        paper_left=codes.paper_left(visit.session, mine.id),
        browsers=logins.open_sessions(visit.session, mine.id, visit.now),
        this_browser=here,
        council=_council(visit),
    )


def _codes_page(visit: Visit, faults: Faults | None = None, status: int = 200) -> Response:
    account = visit.session.get_one(Account, visit.account.id)
    offered = codes.offered(visit.desk.vault, account)
    return visit.page(
        "codes.html",
        status=status,
        here="account",
        faults=faults or [],
        mine=account,
        offered=offered,
        picture=segno.make(offered.address, error="m").svg_data_uri(scale=5, border=3) if offered else "",
        key=" ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
        if offered
        else "",
        has_password=_has_password(account),
        council=_council(visit),
        must=visit.desk.codes_required and codes.required_of(account),
        needed=visit.desk.codes_required and codes.required_of(account) and account.code_sealed is None,
        paper_left=codes.paper_left(visit.session, account.id),
    )


def libraries_of(visit: Visit, account: Account) -> str:
    """Such as "Fosse Library, Belgrave Library", "Every library"."""
    if account.places is None:
        return "Every library"
    return ", ".join(visit.desk.names.place(place) for place in account.places)


def _has_password(account: Account) -> bool:
    return bool(account.password_hash) and not account.council_only


def _council(visit: Visit) -> str:
    return visit.desk.council.name if visit.desk.council else "the council"
