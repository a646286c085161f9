"""What I am told: my e-mail address, what I want to know and when; for a manager the same of the staff group."""

import re
from collections.abc import Mapping
from datetime import time
from math import ceil

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import english, guard
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from store import notify, telling
from store.errors import AlreadyHandled, SlowDown, WrongKey
from store.models import Listener, Notice

router = APIRouter()
GROUP_MAY = "broadcast"  # the group is told for every library
WHAT = {
    "emergencies": ("Emergencies", "Words of danger in a message."),
    "requests": ("New requests", "Somebody asks for a place."),
    "callbacks": (
        "People who want an answer from us",
        "They asked for a person, or wrote while staff answer.",
    ),
    "unsure": ("Messages that may not have arrived", ""),
    "facts": ("Facts to confirm", "Somebody asked for what the desk does not know for sure."),
}
WHEN = {"at_once": "At once", "digest": "In the summary", "": "Not at all"}
KINDS = {"code": "Code for this address", "at_once": "At once", "digest": "Summary"}
STATES = {
    "queued": "Waits",
    "sending": "On its way",
    "sent": "Sent",
    "failed": "Not sent",
    "unsure": "May not have arrived. It is not sent again.",
    "dropped": "Not sent",
}
REASONS = {
    "no_connection": "The mail server does not answer.",
    "no_tls": "The mail server does not offer the encryption that is set.",
    "log_in_refused": "The mail server refuses the desk's log-in.",
    notify.NO_ADDRESS: "The mail server says that there is no such address.",
    "not_now": "Telegram asks the desk to wait.",
    "unreachable": "The desk's bot is not in the group, or the group has another number now.",
    "rejected": "Telegram did not take it.",
    "opted_out": "Telegram did not take it.",
    "wrong_key": "The address cannot be read any more. Enter it again.",
    "lost": "The desk was stopped in the middle.",
    "no_answer": "There was no answer whether it was taken.",
    "too_late": "It was too late.",
    "closed": "The account was closed.",
    "no_address": "There was no address.",
    "replaced": "Another code took its place.",
}
DONE = {
    "code": "A code is on its way to that address. It takes a minute or two.",
    "right": "This is your address now.",
    "forgotten": "The address is removed. Nothing more is sent to it.",
    "chosen": "Saved.",
    "again": "The address is used again.",
}


@router.get("/telling", name="telling")
def show(request: Request, done: str = "") -> Response:
    """My address, my choices and what was sent lately."""
    with enter(request) as visit:
        return _page(visit, done=done)


@router.post("/telling")
def change(request: Request, form: guard.Form) -> Response:
    """One of the small forms of the page: its `do` says which."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may=MAY.get(sent.get("do", ""), "view")) as visit:
            return DEEDS.get(sent.get("do", ""), _nothing)(visit, sent)
    except Wrong as wrong:
        with enter(request) as visit:
            return _page(visit, sent, wrong.faults, 422)
    except AlreadyHandled as handled:
        with enter(request) as visit:
            return _page(visit, sent, [("", visit.already(handled))], 409)


def _offer(visit: Visit, sent: Mapping[str, str]) -> Response:
    try:
        telling.offer_address(
            visit.session, visit.desk.vault, visit.account, sent.get("address", ""), visit.now
        )
    except ValueError:
        raise Wrong(("address", "Enter an e-mail address, such as name@leicester.gov.uk.")) from None
    except SlowDown as wait:
        raise Wrong(
            ("address", f"That were many codes. Wait {english.count(ceil(wait.seconds / 60), 'minute')}.")
        ) from None
    return visit.go("telling", {"done": "code"})


def _confirm(visit: Visit, sent: Mapping[str, str]) -> Response:
    """A wrong code is counted: nothing is raised here, the transaction commits."""
    code = re.sub(r"\s", "", sent.get("code", ""))
    if not re.fullmatch(r"[0-9]{6}", code):
        raise Wrong(("code", "Enter the six digits of the code."))
    result = telling.confirm_address(visit.session, visit.desk.vault, visit.account, code, visit.now)
    if result == "right":
        return visit.go("telling", {"done": "right"})
    words = {
        "wrong": "That is not the code. Look at the last e-mail from the desk.",
        "over": "This code does not work any more. Ask for a new one.",
    }[result]
    visit.session.flush()
    return _page(visit, sent, [("code", words)], 422)


def _forget(visit: Visit, _sent: Mapping[str, str]) -> Response:
    telling.forget_address(visit.session, visit.account, visit.now)
    return visit.go("telling", {"done": "forgotten"})


def _again(visit: Visit, _sent: Mapping[str, str]) -> Response:
    telling.try_again(visit.session, visit.account, visit.now)
    return visit.go("telling", {"done": "again"})


def _mine(visit: Visit, sent: Mapping[str, str]) -> Response:
    listener = telling.listener_of(visit.session, visit.account.id)
    if listener is None:
        raise Wrong(("address", "Enter your e-mail address first."))
    _choose(visit, listener, sent, "")
    return visit.go("telling", {"done": "chosen"})


def _group(visit: Visit, sent: Mapping[str, str]) -> Response:
    """A manager's choice, for everybody in the group."""
    _choose(visit, telling.group(visit.session, visit.now), sent, "group-")
    return visit.go("telling", {"done": "chosen"})


def _nothing(visit: Visit, _sent: Mapping[str, str]) -> Response:
    return visit.go("telling")


DEEDS = {
    "address": _offer,
    "code": _confirm,
    "forget": _forget,
    "again": _again,
    "choose": _mine,
    "group": _group,
}
MAY = {"group": GROUP_MAY}


def _choose(visit: Visit, listener: Listener, sent: Mapping[str, str], prefix: str) -> None:
    """Raises Wrong with every fault; `prefix`: of the fields' names."""
    faults: Faults = []
    wishes = {kind: sent.get(f"{prefix}{kind}", "") for kind in telling.KINDS}
    for kind, moment in wishes.items():
        if moment not in WHEN:
            faults.append((f"{prefix}{kind}", "Choose when."))
    days = "".join(str(day) for day in range(7) if sent.get(f"{prefix}day-{day}"))
    at = sent.get(f"{prefix}at", "")
    if "digest" not in wishes.values():
        at, days = f"{listener.digest_at:%H:%M}", days or listener.digest_days
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", at):
        faults.append((f"{prefix}at", "Enter a time, such as 09:00."))
    if not days:
        faults.append((f"{prefix}day-0", "Choose at least one day."))
    if faults:
        raise Wrong(*faults)
    version = sent.get(f"{prefix}since", "")
    telling.choose(
        visit.session,
        listener,
        {kind: moment for kind, moment in wishes.items() if moment},
        at=time.fromisoformat(at),
        days=days,
        version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0,
        actor=visit.actor,
        now=visit.now,
    )


def _page(
    visit: Visit,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
    done: str = "",
) -> Response:
    mine = telling.listener_of(visit.session, visit.account.id)
    group = (
        telling.group_as_it_is(visit.session)
        if visit.may(GROUP_MAY) and "group" in visit.desk.tells
        else None
    )
    return visit.page(
        "telling.html",
        status=status,
        here="telling",
        mail_on="mail" in visit.desk.tells,
        mine=mine,
        address=_opened(visit, mine.address_sealed if mine else None),
        offered=_opened(visit, _offered(mine, visit)),
        group=group,
        group_on="group" in visit.desk.tells,
        notices=notify.recent(visit.session, mine.id) if mine else [],
        group_notices=notify.recent(visit.session, group.id) if group and group.id else [],
        chosen=_chosen,
        what=WHAT,
        moments=WHEN,
        weekdays=english.WEEKDAYS,
        state_of=state_of,
        kind_of=lambda notice: KINDS[notice.kind],
        reasons=REASONS,
        done=DONE.get(done, ""),
        sent=dict(sent or {}),
        faults=faults or [],
    )


def _offered(mine: Listener | None, visit: Visit) -> str | None:
    """An address that waits for its code."""
    if mine is None or mine.code_until is None or mine.code_until <= visit.now:
        return None
    return mine.offered_sealed


def _opened(visit: Visit, sealed: str | None) -> str:
    try:
        return visit.desk.vault.open(sealed) if sealed else ""
    except WrongKey:
        return ""


def _chosen(listener: Listener, prefix: str) -> dict[str, str]:
    """The fields of the form as they are kept."""
    wishes = {wish.kind: wish.moment for wish in listener.wishes}
    return {
        **{f"{prefix}{kind}": wishes.get(kind, "") for kind in telling.KINDS},
        **{f"{prefix}day-{day}": "on" for day in listener.digest_days},
        f"{prefix}at": f"{listener.digest_at:%H:%M}",
    }


def state_of(notice: Notice) -> str:
    """Where a notice stands, in words, such as "Waits. The mail server does not answer." """
    reason = notice.reason or ""
    code = re.fullmatch(r"(refused|later)_(-?[0-9]+)", reason)
    if code:
        why = (
            f"The mail server says no ({code[2]})."
            if code[1] == "refused"
            else f"It says: not now ({code[2]})."
        )
    else:
        why = REASONS.get(reason, "")
    words = STATES[notice.state]
    if not why:
        return words
    return f"{words.rstrip('.')}. {why}"
