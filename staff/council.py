"""Log in through the council: to its provider and back. Only people for whom there is an account here come in."""

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from nlu.cleaning import clean
from staff import guard
from staff.access import COOKIE, browser_of, is_inside, let_in, login_page
from staff.desk import cookie_path, desk_of, link, set_cookie
from staff.oidc import Council, CouncilFault, state_of
from store import logins
from store.database import transaction
from store.errors import NoAccount, NotLoggedIn

router = APIRouter()
log = structlog.get_logger()
ASKED = "desk_council"  # the cookie of a browser that is at the provider
SAID = {  # reason of a CouncilFault: HTTP status, what the page says
    "down": (502, "{name} does not answer. Log in with your password, or try again in some minutes."),
    "refused": (403, "{name} did not let you in. Try again there, or log in with your password."),
    "untrusted": (403, "What {name} answered could not be checked, so nothing was opened. Tell your administrator."),
}  # fmt: skip
STALE = "That log-in took too long, was used already, or began in another browser. Start again."
UNKNOWN = "{name} knows you, but there is no open account for you here. Ask your administrator for one."


@router.get("/login/council", name="log_in_council")
def ask(request: Request, back: str = "") -> Response:
    """To the provider. A link, not a form: the pages' policy lets no form lead elsewhere."""
    desk, council = desk_of(request), _council(request)
    with transaction(desk.engine) as session:
        token = logins.ask_council(session, back if is_inside(back) else "", desk.clock())
    try:
        address = council.question(token, _return(request), desk.clock())
    except CouncilFault as fault:
        return _failed(request, council, fault, back)
    going = RedirectResponse(address, status_code=303)
    set_cookie(request, going, ASKED, token, max_age=int(logins.HALF_LIVES.total_seconds()))
    return going


@router.get("/login/council/answer", name="council_answer")
def answer(request: Request, state: str = "") -> Response:
    """Back from the provider. Each question is answered once, in the browser that asked it."""
    desk, council = desk_of(request), _council(request)
    token, sent = request.cookies.get(ASKED, ""), dict(request.query_params)
    response: Response
    try:
        if not guard.same(state, state_of(token)):
            raise NotLoggedIn("another browser's state, or none")
        with transaction(desk.engine) as session:
            back = logins.council_answers(session, token, desk.clock())
        person = council.answer(token, sent, _return(request), desk.clock())
        opened = logins.council_log_in(
            desk.engine,
            issuer=person.issuer,
            subject=person.subject,
            username=clean(person.username),
            now=desk.clock(),
            browser=browser_of(request),
            instead_of=request.cookies.get(COOKIE, ""),
        )
        response = let_in(request, opened, back)
    except NotLoggedIn:
        response = login_page(request, fault=STALE, status=403)
    except NoAccount:
        response = login_page(request, fault=UNKNOWN.format(name=council.name), status=403)
    except CouncilFault as fault:
        response = _failed(request, council, fault, back)
    response.delete_cookie(ASKED, path=cookie_path(request))
    return response


def _council(request: Request) -> Council:
    council = desk_of(request).council
    if council is None:
        raise guard.Refused(404, "There is no such page", "Log in with your name and password.")
    return council


def _return(request: Request) -> str:
    """Where the provider sends the browser back to, as it was told beforehand: under the public URL."""
    return desk_of(request).public_url.rstrip("/") + link(request, "council_answer")


def _failed(request: Request, council: Council, fault: CouncilFault, back: str) -> Response:
    log.warning("council log-in failed", reason=fault.reason, error=str(fault))
    status, sentence = SAID[fault.reason]
    return login_page(request, back=back, fault=sentence.format(name=council.name), status=status)
