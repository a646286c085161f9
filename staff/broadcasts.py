"""Announcements: written, looked at in each language, tried on one's own phone, agreed by a second person, sent."""

from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from flows.languages import ENGLISH
from flows.words import isolate_runs
from nlu.cleaning import clean
from staff import announcing, english, guard
from staff.forms import Faults, Wrong, day_of
from staff.visit import Visit, enter
from staff.weekly import time_of
from store import audiences, broadcasts, london, own_phones
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Broadcast

router = APIRouter()
MAY = "broadcast"
type Does = Callable[[Visit, Broadcast, int, Mapping[str, str]], str]
"""Does something with an announcement, as it stood at a version, and says what was done."""

NOBODY = "Nobody is in this group, or nobody in it can be written to."
OWN_WORDS = "You wrote some of it yourself. Somebody else has to approve it."
NOT_FOUND = "No message with this code has come in yet. Text it, wait a moment, then press the button again."
NO_PHONE = "Say first which phone is yours."
TESTED = "A test was sent to you a moment ago. Wait a minute before the next one."


@router.get("/broadcasts", name="broadcasts")
def show(request: Request) -> Response:
    """The newest announcements."""
    with enter(request, may=MAY) as visit:
        rows = audiences.listed(visit.session, visit.places)
        return visit.page(
            "broadcasts.html",
            here="broadcasts",
            rows=rows,
            groups=english.BROADCAST_GROUPS,
            states=english.BROADCAST_STATES,
            people=announcing.names_of(visit, {row.created_by for row in rows}),
        )


@router.get("/broadcasts/new", name="new_broadcast")
def new(request: Request) -> Response:
    with enter(request, may=MAY) as visit:
        return _form(visit, {"who": "either"})


@router.post("/broadcasts/new")
def add(request: Request, form: guard.Form) -> Response:
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may=MAY) as visit:
            group, text = announcing.written(visit, sent)
            broadcast = broadcasts.create(visit.session, group, text, actor=visit.actor, now=visit.now)
            return visit.go("broadcast", broadcast_id=broadcast.id)
    except Wrong as wrong:
        with enter(request, may=MAY) as visit:
            return _form(visit, sent, faults=wrong.faults, status=422)


@router.get("/broadcasts/{broadcast_id:int}", name="broadcast")
def one(request: Request, broadcast_id: guard.Id, did: str = "") -> Response:
    """Everything about one: whom it reaches, how it looks, how far it is, what can be done."""
    with enter(request, may=MAY) as visit:
        return _page(visit, _broadcast(visit, broadcast_id), did=did)


@router.post("/broadcasts/{broadcast_id:int}")
def act(request: Request, broadcast_id: guard.Id, form: guard.Form) -> Response:
    """One of DOES. What somebody else did meanwhile is said, and nothing is done over it."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    does = DOES.get(sent.get("do", ""))
    if does is None:
        raise HTTPException(404)
    status, faults = 409, list[tuple[str, str]]()
    try:
        with enter(request, form, may=MAY) as visit:
            did = does(visit, _broadcast(visit, broadcast_id), _version(sent), sent)
            return visit.go("broadcast", {"did": did}, broadcast_id=broadcast_id)
    except Wrong as wrong:
        status, faults = 422, wrong.faults
    except broadcasts.NobodyThere:
        faults = [("", NOBODY)]
    except broadcasts.OwnWords:
        status, faults = 403, [("", OWN_WORDS)]
    except broadcasts.NeedsSecondPerson as many:
        faults = [("", f"It goes to {many.people} people. Another member of staff has to approve it first.")]
    except own_phones.NotFoundYet:
        faults = [("test", NOT_FOUND)]
    except AlreadyHandled as handled:
        return _already(request, broadcast_id, handled, sent)
    with enter(request, may=MAY) as visit:
        return _page(visit, _broadcast(visit, broadcast_id), sent=sent, faults=faults, status=status)


@router.get("/broadcasts/{broadcast_id:int}/edit", name="edit_broadcast")
def change(request: Request, broadcast_id: guard.Id) -> Response:
    with enter(request, may=MAY) as visit:
        broadcast = _broadcast(visit, broadcast_id)
        if broadcast.state not in broadcasts.OPEN:
            return visit.go("broadcast", broadcast_id=broadcast_id)
        return _form(visit, announcing.as_form(broadcast), broadcast)


@router.post("/broadcasts/{broadcast_id:int}/edit")
def changed(request: Request, broadcast_id: guard.Id, form: guard.Form) -> Response:
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may=MAY) as visit:
            _broadcast(visit, broadcast_id)
            group, text = announcing.written(visit, sent)
            broadcasts.edit(
                visit.session, broadcast_id, group, text, version=_version(sent), actor=visit.actor, now=visit.now
            )  # fmt: skip
            return visit.go("broadcast", {"did": "edited"}, broadcast_id=broadcast_id)
    except Wrong as wrong:
        with enter(request, may=MAY) as visit:
            return _form(visit, sent, _broadcast(visit, broadcast_id), wrong.faults, 422)
    except AlreadyHandled as handled:
        return _already(request, broadcast_id, handled, sent)


@router.get("/broadcasts/{broadcast_id:int}/text/{language}", name="broadcast_text")
def text(request: Request, broadcast_id: guard.Id, language: str) -> Response:
    """What people of a language read."""
    with enter(request, may=MAY) as visit:
        return _text_page(visit, _open(visit, broadcast_id, language), language)


@router.post("/broadcasts/{broadcast_id:int}/text/{language}")
def translate(request: Request, broadcast_id: guard.Id, language: str, form: guard.Form) -> Response:
    """Keep what they read; or only show what a machine makes of it."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may=MAY) as visit:
            broadcast = _open(visit, broadcast_id, language)
            if sent.get("do") != "machine":
                kind, words = announcing.translated(sent)
                broadcasts.set_text(
                    visit.session, broadcast.id, language, kind, isolate_runs(words, language),
                    version=_version(sent), actor=visit.actor, now=visit.now,
                )  # fmt: skip
                return visit.go("broadcast", {"did": "translated"}, broadcast_id=broadcast_id)
    except Wrong as wrong:
        with enter(request, may=MAY) as visit:
            return _text_page(visit, _open(visit, broadcast_id, language), language, sent, wrong.faults, 422)
    except AlreadyHandled as handled:
        return _already(request, broadcast_id, handled, sent)
    with enter(request, may=MAY) as visit:  # not in the transaction above: nobody waits for a machine there
        broadcast = _open(visit, broadcast_id, language)
        drafted = announcing.by_machine(visit, broadcast.text, language)
        if drafted is None:
            faults = [("text", "No machine can translate it just now. Try again, or choose another way.")]
            return _text_page(visit, broadcast, language, sent, faults)
        return _text_page(visit, broadcast, language, {**sent, "kind": "machine", "text": drafted})


# what can be done with one ----------------------------------------------
def _simply(change: Callable[..., object], done: str) -> Does:
    """A change of store/broadcasts.py that asks for nothing, and the word for it when it is done."""

    def does(visit: Visit, broadcast: Broadcast, version: int, _sent: Mapping[str, str]) -> str:
        change(visit.session, broadcast.id, version=version, actor=visit.actor, now=visit.now)
        return done

    return does


def _start(visit: Visit, broadcast: Broadcast, version: int, sent: Mapping[str, str]) -> str:
    """Now, or at the day and time of the form. Raises Wrong."""
    faults: Faults = []
    at = _moment(sent, "start", "it starts", visit.now, faults)
    too_late = _moment(sent, "late", "it is too late", visit.now, faults)
    begins = at or visit.now
    if at is not None and not visit.now <= at <= visit.now + broadcasts.FARTHEST_START:
        faults.append(("start-day", "Enter a day and time from now on, within 60 days."))
    elif too_late is not None and not london.awake(begins) < too_late <= begins + broadcasts.LONGEST:
        faults.append(("late-day", "Enter a day and time after the start, at most 14 days after it."))
    if faults:
        raise Wrong(*faults)
    broadcasts.start(
        visit.session,
        broadcast.id,
        version=version,
        actor=visit.actor,
        now=visit.now,
        alone_up_to=visit.desk.alone_up_to,
        at=at,
        too_late=too_late,
    )
    return "sending"


def _code(visit: Visit, _broadcast: Broadcast, _version: int, _sent: Mapping[str, str]) -> str:
    own_phones.show_code(visit.session, visit.actor, visit.now)
    return "code"


def _found(visit: Visit, _broadcast: Broadcast, _version: int, _sent: Mapping[str, str]) -> str:
    own_phones.find(visit.session, visit.actor, visit.now)
    return "found"


def _test(visit: Visit, broadcast: Broadcast, _version: int, sent: Mapping[str, str]) -> str:
    """To their own phone, in a language; one a minute."""
    language = sent.get("language", "en")
    contact = own_phones.contact_of(visit.session, visit.actor)
    if contact is None:
        raise Wrong(("test", NO_PHONE))
    if contact.opted_out:
        raise Wrong(("test", "This phone has asked for no more messages. Text START from it first."))
    payload = announcing.test_of(visit, broadcast, language if language in ENGLISH else "en", contact.channel)
    once = f"{broadcast.id}:{visit.now:%Y%m%d%H%M}"
    if own_phones.test(visit.session, visit.actor, payload, once=once, now=visit.now) is None:
        raise Wrong(("test", TESTED))
    return "tested"


DOES: dict[str, Does] = {
    "ready": _simply(broadcasts.ready, "ready"),
    "approve": _simply(broadcasts.approve, "approved"),
    "start": _start,
    "pause": _simply(broadcasts.pause, "paused"),
    "go_on": _simply(broadcasts.go_on, "went_on"),
    "stop": _simply(broadcasts.stop, "stopped"),
    "code": _code,
    "found": _found,
    "test": _test,
}


def _moment(sent: Mapping[str, str], field: str, what: str, now: datetime, faults: Faults) -> datetime | None:
    """The day and time of a form, in London; a time alone is today's. None when neither is written."""
    day_text, time_text = sent.get(f"{field}-day", ""), sent.get(f"{field}-time", "")
    if not day_text and not time_text:
        return None
    day = day_of(day_text) if day_text else english.local(now).date()
    at = time_of(time_text) if time_text else None
    if day is None:
        faults.append((f"{field}-day", f"Enter the day on which {what}, such as 30/11/2026."))
    if at is None:
        faults.append((f"{field}-time", f"Enter the time at which {what}, such as 10:00."))
    if day is None or at is None:
        return None
    try:
        return london.to_utc(day, at)
    except NoSuchTime:
        faults.append((f"{field}-time", "The clocks skip that time on this day. Choose another."))
        return None


def _version(sent: Mapping[str, str]) -> int:
    written = sent.get("version", "")
    return int(written[:9]) if written[:9].isdecimal() else 0


def _broadcast(visit: Visit, broadcast_id: int) -> Broadcast:
    """Raises NotHere, also when it is for more libraries than this account's."""
    broadcast = audiences.find(visit.session, broadcast_id)
    if broadcast is None or (visit.places is not None and broadcast.place_id not in visit.places):
        raise guard.NotHere("broadcast", broadcast_id)
    return broadcast


def _open(visit: Visit, broadcast_id: int, language: str) -> Broadcast:
    """One whose text in a language can be changed. Raises NotHere, HTTPException(404)."""
    broadcast = _broadcast(visit, broadcast_id)
    if language not in ENGLISH or language == "en" or broadcast.state not in broadcasts.OPEN:
        raise HTTPException(404)
    return broadcast


def _already(
    request: Request, broadcast_id: int, handled: AlreadyHandled, sent: Mapping[str, str]
) -> Response:
    with enter(request, may=MAY) as visit:
        faults = [("", visit.already(handled))]
        return _page(visit, _broadcast(visit, broadcast_id), sent=sent, faults=faults, status=409)


def _page(
    visit: Visit,
    broadcast: Broadcast,
    *,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
    did: str = "",
) -> Response:
    return visit.page(
        "broadcast.html",
        status=status,
        here="broadcasts",
        did=announcing.DID.get(did, ""),
        faults=faults or [],
        sent=dict(sent or {}),
        **announcing.shown(visit, broadcast),
    )


def _form(
    visit: Visit,
    default: Mapping[str, str],
    broadcast: Broadcast | None = None,
    faults: Faults | None = None,
    status: int = 200,
) -> Response:
    return visit.page(
        "broadcast_form.html",
        status=status,
        here="broadcasts",
        broadcast=broadcast,
        default=dict(default),
        faults=faults or [],
        services=visit.services(),
        places=visit.my_places(),
        languages=ENGLISH,
        groups=english.BROADCAST_GROUPS,
        limit=announcing.LIMIT,
    )


def _text_page(  # noqa: PLR0917
    visit: Visit,
    broadcast: Broadcast,
    language: str,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
) -> Response:
    row = audiences.texts(visit.session, broadcast.id).get(language)
    default = {"kind": row.kind if row else "english", "text": clean(row.text) if row else ""}
    return visit.page(
        "broadcast_text.html",
        status=status,
        here="broadcasts",
        broadcast=broadcast,
        code=language,
        default={**default, **(sent or {})},
        kinds=english.BROADCAST_TEXTS,
        machine=announcing.has_machine(visit, language),
        faults=faults or [],
        limit=announcing.LIMIT_TRANSLATED,
    )
