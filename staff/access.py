"""Log in and out."""

import secrets
from math import ceil

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from nlu.cleaning import clean
from staff import guard
from staff.desk import cookie_path, desk_of, link, set_cookie
from staff.page import render
from staff.visit import LogInFirst, enter, hold
from store import accounts
from store.errors import NotLoggedIn, SlowDown, WrongPassword

router = APIRouter()


@router.get("/login", name="log_in")
def ask(request: Request, back: str = "") -> HTMLResponse:
    return _page(request, back=back)


@router.post("/login")
def log_in(request: Request, form: guard.Form) -> Response:
    """Opens a session. Wrong passwords slow their sender down, not the person whose name it is."""
    desk = desk_of(request)
    guard.check_origin(request.headers, desk.public_url)
    if not guard.same(form.get("csrf", ""), request.cookies.get("desk_login", "")):
        return _page(
            request, back=form.get("back", ""), fault="The page was open too long. Log in again.", status=403
        )
    username, back = clean(form.get("username", "")), form.get("back", "")
    source = request.client.host if request.client else ""
    try:
        opened = accounts.log_in(
            desk.engine, username, form.get("password", ""), source=source, now=desk.clock()
        )
    except SlowDown as wait:
        seconds = ceil(wait.seconds)
        fault = f"Too many wrong passwords. Wait {seconds} seconds, then try again."
        response = _page(request, back=back, username=username, fault=fault, status=429)
        response.headers["retry-after"] = str(seconds)
        return response
    except WrongPassword:
        fault = "The name or the password is wrong, or the account is closed."
        return _page(request, back=back, username=username, fault=fault, status=403)
    going = RedirectResponse(_inside(request, back), status_code=303)
    set_cookie(request, going, "desk_staff", opened)
    going.delete_cookie("desk_login", path=cookie_path(request))
    return going


@router.post("/logout", name="log_out")
def log_out(request: Request, form: guard.Form) -> Response:
    """Ends this browser's session, on the server too."""
    response = RedirectResponse(link(request, "log_in"), status_code=303)
    try:
        with enter(request, form) as visit:
            accounts.log_out(visit.session, request.cookies.get("desk_staff", ""), visit.now)
    except (LogInFirst, NotLoggedIn):
        pass  # it was over already
    for name in ("desk_staff", "desk_held"):
        response.delete_cookie(name, path=cookie_path(request))
    return response


def ask_to_log_in(request: Request, fault: Exception) -> Response:
    """Handles LogInFirst: to the log-in page and back; what was written in a form waits for its writer."""
    if not isinstance(fault, LogInFirst):
        raise fault
    response = RedirectResponse(link(request, "log_in", {"back": fault.back}), status_code=303)
    if fault.held is not None:
        hold(request, response, fault.back, fault.held)
    return response


def _page(
    request: Request, *, back: str, username: str = "", fault: str = "", status: int = 200
) -> HTMLResponse:
    token = request.cookies.get("desk_login") or secrets.token_urlsafe(24)
    held = "desk_held" in request.cookies
    faults = [("username", fault)] if fault else []
    response = render(
        request,
        "login.html",
        status,
        back=back,
        username=username,
        faults=faults,
        token=token,
        held=held,
        demo=desk_of(request).demo,
    )
    set_cookie(request, response, "desk_login", token)
    return response


def _inside(request: Request, back: str) -> str:
    """An address of these pages; anything that could lead elsewhere becomes the front page."""
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return request.scope.get("root_path", "") + back if inside else link(request, "front")
