"""Log in and out: a password, then a code where the account has them. The council's way: staff/council.py."""

import secrets
from math import ceil

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from nlu.cleaning import clean
from staff import guard
from staff.desk import cookie_path, desk_of, link, set_cookie
from staff.page import render
from staff.visit import CodesFirst, LogInFirst, enter, hold
from store import logins
from store.errors import CodeWanted, NotLoggedIn, SlowDown, WrongCode, WrongPassword

router = APIRouter()
COOKIE, HALF = "desk_staff", "desk_code"  # a logged-in browser's token; one that waits for its code
LONGEST_BACK = 2_000  # characters of the page to come back to
OPEN_TOO_LONG = "The page was open too long. Log in again."
BROWSERS = (  # what a browser calls itself → what people call it; the first that fits
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


@router.get("/login", name="log_in")
def ask(request: Request, back: str = "", set: bool = False) -> HTMLResponse:
    """`set`: the password was chosen a moment ago (staff/invited.py)."""
    return login_page(request, back=back, done="Your password is set. Log in with it." if set else "")


@router.post("/login")
def log_in(request: Request, form: guard.Form) -> Response:
    """Opens a session, or asks for a code. Wrong passwords slow their sender down, not the person whose name it is."""
    desk = desk_of(request)
    back = form.get("back", "")
    if not own_form(request, form):
        return login_page(request, back=back, fault=OPEN_TOO_LONG, status=403)
    username = clean(form.get("username", ""))
    try:
        opened = logins.log_in(
            desk.engine,
            username,
            form.get("password", ""),
            source=source_of(request),
            now=desk.clock(),
            browser=browser_of(request),
            instead_of=request.cookies.get(COOKIE, ""),
        )
    except CodeWanted as wanted:
        going = RedirectResponse(link(request, "log_in_code", {"back": back}), status_code=303)
        set_cookie(request, going, HALF, wanted.token, max_age=int(logins.HALF_LIVES.total_seconds()))
        return going
    except SlowDown as wait:
        fault = f"Too many wrong passwords. Wait {ceil(wait.seconds)} seconds, then try again."
        return _later(login_page(request, back=back, username=username, fault=fault, status=429), wait)
    except WrongPassword:
        fault = "The name or the password is wrong, or the account is closed."
        return login_page(request, back=back, username=username, fault=fault, status=403)
    return let_in(request, opened, back)


@router.get("/login/code", name="log_in_code")
def ask_code(request: Request, back: str = "") -> Response:
    if HALF not in request.cookies:
        return RedirectResponse(link(request, "log_in", {"back": back}), status_code=303)
    return _code_page(request, back)


@router.post("/login/code")
def give_code(request: Request, form: guard.Form) -> Response:
    """The second half of a log-in. Each code works once (bad input 41)."""
    desk, back = desk_of(request), form.get("back", "")
    if not own_form(request, form):
        return login_page(request, back=back, fault=OPEN_TOO_LONG, status=403)
    try:
        opened = logins.give_code(
            desk.engine,
            desk.vault,
            request.cookies.get(HALF, ""),
            form.get("code", ""),
            source=source_of(request),
            now=desk.clock(),
            browser=browser_of(request),
            instead_of=request.cookies.get(COOKIE, ""),
        )
    except WrongCode:
        fault = "That code is wrong, or it was used already. Wait for the next one."
        return _code_page(request, back, fault, 403)
    except SlowDown as wait:
        fault = f"Too many wrong codes. Wait {ceil(wait.seconds)} seconds, then try again."
        return _later(_code_page(request, back, fault, 429), wait)
    except NotLoggedIn:
        response = login_page(request, back=back, fault="The code came too late. Log in again.", status=403)
        response.delete_cookie(HALF, path=cookie_path(request))
        return response
    return let_in(request, opened, back)


@router.post("/logout", name="log_out")
def log_out(request: Request, form: guard.Form) -> Response:
    """Ends this browser's session, on the server too."""
    response = RedirectResponse(link(request, "log_in"), status_code=303)
    try:
        with enter(request, form, without_codes=True) as visit:
            logins.log_out(visit.session, request.cookies.get(COOKIE, ""), visit.now)
    except (LogInFirst, NotLoggedIn):
        pass  # it was over already
    for name in (COOKIE, "desk_held"):
        response.delete_cookie(name, path=cookie_path(request))
    return response


def ask_to_log_in(request: Request, fault: Exception) -> Response:
    """Handles LogInFirst: to the log-in page and back; what was written in a form waits for its writer."""
    if not isinstance(fault, LogInFirst):
        raise fault
    if (
        "hx-request" in request.headers
    ):  # else htmx puts the log-in page into a corner of the one that is open
        return Response(status_code=204, headers={"hx-refresh": "true"})
    response = RedirectResponse(link(request, "log_in", {"back": fault.back}), status_code=303)
    if fault.held is not None:
        hold(request, response, fault.back, fault.held)
    return response


def ask_for_codes(request: Request, fault: Exception) -> Response:
    """Handles CodesFirst: to the page where codes are set up."""
    if not isinstance(fault, CodesFirst):
        raise fault
    return RedirectResponse(link(request, "codes"), status_code=303)


def let_in(request: Request, opened: str, back: str) -> Response:
    """To the page they wanted, with the new session's cookie."""
    going = RedirectResponse(_inside(request, back), status_code=303)
    set_cookie(request, going, COOKIE, opened)
    for name in ("desk_login", HALF):
        going.delete_cookie(name, path=cookie_path(request))
    return going


def login_page(
    request: Request,
    *,
    back: str = "",
    username: str = "",
    fault: str = "",
    done: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The log-in page, with a sentence about what went wrong, or about what was `done` before."""
    council = desk_of(request).council
    return stranger_page(
        request,
        "login.html",
        status,
        back=back,
        username=username,
        faults=[("username", fault)] if fault else [],
        done=done,
        held="desk_held" in request.cookies,
        demo=desk_of(request).demo,
        council=council.name if council else "",
    )


def own_form(request: Request, form: guard.Form) -> bool:
    """Whether a form of somebody who is not logged in comes from our own page. Raises guard.CrossSite."""
    guard.check_origin(request.headers, desk_of(request).public_url)
    return guard.same(form.get("csrf", ""), request.cookies.get("desk_login", ""))


def stranger_page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page with a form for somebody who is not logged in; its token is in a cookie too."""
    token = request.cookies.get("desk_login") or secrets.token_urlsafe(24)
    response = render(request, template, status, token=token, **values)
    set_cookie(request, response, "desk_login", token)
    return response


def source_of(request: Request) -> str:
    """Where a request comes from: the connection's address. No header counts unless the server trusts the proxy."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str:
    """Such as "Firefox on Windows": to be recognised in the list of one's own log-ins."""
    said = request.headers.get("user-agent", "")
    browser = next((words for sign, words in BROWSERS if sign in said), "")
    system = next((words for sign, words in SYSTEMS if sign in said), "")
    return f"{browser or 'A browser'} on {system}" if system else browser


def _code_page(request: Request, back: str, fault: str = "", status: int = 200) -> HTMLResponse:
    faults = [("code", fault)] if fault else []
    return stranger_page(request, "login_code.html", status, back=back, faults=faults)


def _later(response: HTMLResponse, wait: SlowDown) -> HTMLResponse:
    response.headers["retry-after"] = str(ceil(wait.seconds))
    return response


def is_inside(back: str) -> bool:
    """Whether it is an address of these pages, and nothing that could lead elsewhere."""
    here = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return here and back.isprintable() and len(back) <= LONGEST_BACK


def _inside(request: Request, back: str) -> str:
    """An address of these pages; anything else becomes the front page."""
    return request.scope.get("root_path", "") + back if is_inside(back) else link(request, "front")
