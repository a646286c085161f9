"""The one-time link: a new member of staff, or one whose password was reset, chooses a password."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from staff import guard
from staff.access import own_form, stranger_page
from staff.desk import desk_of, link
from store import accounts
from store.database import reading
from store.errors import NoInvitation, UnfitPassword

router = APIRouter()
UNFIT = {  # reason of an UnfitPassword → what the page says
    "short": f"Use at least {accounts.SHORTEST_PASSWORD} characters. Three or four words that do not belong"
    " together are easy to remember.",
    "name": "Your log-in name must not be part of the password.",
}
DIFFERENT = "These are not the same. Type the new password twice."


class LinkOver(guard.Refused):
    """No such link, or it was used or has run out."""

    def __init__(self) -> None:
        super().__init__(
            404, "This link does not work any more", "It works once, for three days. Ask for a new one."
        )


@router.get("/invited/{token}", name="invited")
def ask(request: Request, token: str) -> Response:
    """Opening the link uses nothing up: programs that check links in messages open them too."""
    return _page(request, token)


@router.post("/invited/{token}")
def choose(request: Request, token: str, form: guard.Form) -> Response:
    """Set the password; then they log in with it like everybody."""
    desk = desk_of(request)
    if not own_form(request, form):
        return _page(request, token, ("new", "The page was open too long. Try again."), 403)
    if form.get("new", "") != form.get("password", ""):
        return _page(request, token, ("password", DIFFERENT), 422)
    try:
        accounts.take_up(desk.engine, token, form.get("new", ""), desk.clock())
    except UnfitPassword as unfit:
        return _page(request, token, ("new", UNFIT[unfit.reason]), 422)
    except NoInvitation:
        raise LinkOver from None
    return RedirectResponse(link(request, "log_in", {"set": 1}), status_code=303)


def _page(request: Request, token: str, fault: tuple[str, str] | None = None, status: int = 200) -> Response:
    desk = desk_of(request)
    try:
        with reading(desk.engine) as session:
            invited = accounts.invited(session, token, desk.clock())
    except NoInvitation:
        raise LinkOver from None
    values = {"invited": invited, "link_token": token, "faults": [fault] if fault else []}
    return stranger_page(request, "invited.html", status, **values)
