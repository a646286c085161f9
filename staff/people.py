"""The members of staff: who they are, what they may do and where; letting somebody in and closing an account."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import guard
from staff.account import libraries_of
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from store import accounts
from store.errors import AlreadyHandled, LastAdmin
from store.models import Account

router = APIRouter()
AT = "at-"  # a box of the form for each library
LAST = "This is the last administrator of every library. Make somebody else one first."
DONE = {
    "change": "Changed.",
    "close": "Closed. They are logged out everywhere.",
    "open": "Open again.",
    "reset": "The old password opens nothing any more. They are logged out everywhere.",
}
ROLES = {  # what each may, beside its name; store/accounts.py has the rights
    "viewer": ("Viewer", "Sees everything of the libraries below, changes nothing."),
    "librarian": ("Librarian", "Decides requests, changes sessions, does tasks, answers people."),
    "manager": ("Manager", "Also reminders, answers and texts, messages to many, and figures."),
    "admin": ("Administrator", "Also the accounts on this page, and the audit."),
}


@router.get("/people", name="people")
def show(request: Request) -> Response:
    """Every account that this administrator looks after. Five statements, however many there are."""
    with enter(request, may="accounts") as visit:
        return visit.page(
            "people.html",
            here="people",
            people=accounts.listed(visit.session, visit.places),
            links=accounts.waiting_links(visit.session),
            roles=ROLES,
            libraries=lambda account: libraries_of(visit, account),
        )


@router.get("/people/new", name="new_person")
def new(request: Request) -> Response:
    with enter(request, may="accounts") as visit:
        return _form(visit, {"role": "librarian"})


@router.post("/people/new")
def invite(request: Request, form: guard.Form) -> Response:
    """A new account, and the one-time link for its owner: shown here once, kept nowhere."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may="accounts") as visit:
            account, token = _invite(visit, sent)
            return _page(visit, account, link=token, done="The account is made.")
    except Wrong as wrong:
        with enter(request, may="accounts") as visit:
            return _form(visit, sent, wrong.faults, 422)


@router.get("/people/{account_id:int}", name="member")
def one(request: Request, account_id: guard.Id, done: str = "") -> Response:
    """One account, and what can be done with it."""
    with enter(request, may="accounts") as visit:
        return _page(visit, _account(visit, account_id), done=DONE.get(done, ""))


@router.post("/people/{account_id:int}")
def change(request: Request, account_id: guard.Id, form: guard.Form) -> Response:
    """`do`: "change", "close" (its sessions end at once), "open", or "reset" (a new link, shown once)."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    do = sent.get("do", "")
    try:
        with enter(request, form, may="accounts") as visit:
            account = _account(visit, account_id)
            token = _change(visit, account, do, sent)
            if do != "reset":
                return visit.go("member", {"done": do}, account_id=account_id)
            return _page(visit, account, link=token, done=DONE[do])
    except Wrong as wrong:
        with enter(request, may="accounts") as visit:
            return _page(visit, _account(visit, account_id), sent, wrong.faults, 422)
    except AlreadyHandled as handled:
        with enter(request, may="accounts") as visit:
            return _page(
                visit, _account(visit, account_id), faults=[("", visit.already(handled))], status=409
            )


def _invite(visit: Visit, sent: Mapping[str, str]) -> tuple[Account, str]:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    name, username = sent.get("name", ""), sent.get("username", "").casefold()
    if not accounts.is_name(name):
        faults.append(("name", f"Write their name, at most {accounts.LONGEST_NAME} characters."))
    if not accounts.is_username(username):
        faults.append(
            (
                "username",
                f"Write a log-in name without spaces, at most {accounts.LONGEST_USERNAME} characters.",
            )
        )
    elif username in accounts.NO_USERNAMES:
        faults.append(("username", "Choose another log-in name: the desk uses this one itself."))
    elif accounts.by_username(visit.session, username) is not None:
        faults.append(
            ("username", "There is such a log-in name already. A new link is made on that person's page.")
        )
    role, places = _role(sent, faults), _places(visit, sent, faults, None)
    if faults:
        raise Wrong(*faults)
    return accounts.invite(
        visit.session,
        username,
        name=name,
        role=role,
        places=places,
        council_only=_council_only(visit, sent),
        scope=visit.places,
        actor=visit.actor,
        now=visit.now,
    )


def _change(visit: Visit, account: Account, do: str, sent: Mapping[str, str]) -> str:
    """The token of the new link, after a reset. Raises Wrong, AlreadyHandled."""
    seen = sent.get("version", "")
    how: dict[str, Any] = {
        "version": int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0,
        "scope": visit.places,
        "actor": visit.actor,
        "now": visit.now,
    }
    try:
        if do == "change":
            faults: Faults = []
            role, places = _role(sent, faults), _places(visit, sent, faults, account)
            if faults:
                raise Wrong(*faults)
            only = _council_only(visit, sent) if visit.desk.council else account.council_only
            accounts.change(visit.session, account.id, role=role, places=places, council_only=only, **how)
        elif do == "close":
            accounts.disable(visit.session, account.id, **how)
        elif do == "open":
            accounts.enable(visit.session, account.id, **how)
        elif do == "reset" and account.id != visit.account.id:
            return accounts.reset(visit.session, account.id, with_codes=bool(sent.get("codes")), **how)
        else:
            raise Wrong(("", "Choose what to do. Your own password is changed under My account."))
    except LastAdmin:
        raise Wrong(("", LAST)) from None
    return ""


def _role(sent: Mapping[str, str], faults: Faults) -> str:
    role = sent.get("role", "")
    if role not in accounts.ROLES:
        faults.append(("role", "Choose what they may do."))
    return role


def _places(
    visit: Visit, sent: Mapping[str, str], faults: Faults, account: Account | None
) -> list[str] | None:
    """The libraries of the form, never beyond the administrator's own; None: every library."""
    if sent.get("where") == "all" and visit.places is None:
        return None
    chosen = [place for place in _choices(visit, account) if sent.get(f"{AT}{place}")]
    beyond = {name.removeprefix(AT) for name, box in sent.items() if box and name.startswith(AT)} - set(
        chosen
    )
    if sent.get("where") == "all" or beyond:
        faults.append(("where", "You can only give the libraries that are your own."))
    elif not chosen:
        faults.append(("where", "Choose at least one library."))
    return chosen


def _choices(visit: Visit, account: Account | None) -> dict[str, str]:
    """The libraries to choose from, by name: the administrator's own, and those the account has already."""
    has = (account.places or []) if account is not None else []
    return {**visit.my_places(), **{place: visit.desk.names.place(place) for place in has}}


def _council_only(visit: Visit, sent: Mapping[str, str]) -> bool:
    return visit.desk.council is not None and sent.get("council") == "only"


def _account(visit: Visit, account_id: int) -> Account:
    account = visit.session.get(Account, account_id)
    if account is None or not accounts.within(visit.places, account.places):
        raise guard.NotHere("account", account_id)
    return account


def _page(
    visit: Visit,
    account: Account,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
    *,
    link: str = "",
    done: str = "",
) -> Response:
    visit.session.flush()
    entered = dict(sent) if sent and sent.get("do") == "change" else entered_of(account)
    path = visit.link("invited", token=link) if link else ""
    return visit.page(
        "member.html",
        status=status,
        here="people",
        who=account,
        mine=account.id == visit.account.id,
        entered=entered,
        faults=faults or [],
        done=done,
        one_time=visit.desk.public_url.rstrip("/") + path if link else "",
        waiting=accounts.waiting_links(visit.session).get(account.id),
        roles=ROLES,
        prefix=AT,
        all_libraries=visit.places is None,
        choices=_choices(visit, account),
        libraries=libraries_of(visit, account),
        council=visit.desk.council.name if visit.desk.council else "",
    )


def entered_of(account: Account) -> dict[str, str]:
    """The form of an account as it stands."""
    boxes = {f"{AT}{place}": "on" for place in account.places or []}
    where = "all" if account.places is None else "some"
    return {
        "role": account.role,
        "where": where,
        "council": "only" if account.council_only else "",
        **boxes,
    }


def _form(
    visit: Visit, entered: Mapping[str, str], faults: Faults | None = None, status: int = 200
) -> Response:
    return visit.page(
        "new_member.html",
        status=status,
        here="people",
        entered=dict(entered),
        faults=faults or [],
        roles=ROLES,
        prefix=AT,
        all_libraries=visit.places is None,
        choices=_choices(visit, None),
        council=visit.desk.council.name if visit.desk.council else "",
    )
