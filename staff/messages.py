"""Messages: everybody who writes, who waits for a person first; and one conversation, to read and to answer."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows import staffed
from flows.languages import ENGLISH, RIGHT_TO_LEFT
from flows.message import messages_to_json
from nlu.cleaning import clean, redact
from staff import english, guard, phrases, reading, replies, threads
from staff.forms import Faults, Wrong
from staff.replies import Draft, LookAgain
from staff.threads import SHOWN, Which
from staff.visit import Visit, enter
from store import audit, conversations, talks
from store.database import transaction
from store.errors import AlreadyHandled, NotAllowed
from store.models import Contact, Talk, TalkNote
from store.talks import CannotReach

router = APIRouter()
LOOKS = {"look": replies.OWN, "look_phrase": replies.READY}  # buttons that only show → what they show
DONE = {  # what was done, for the notice on the page
    "send": "Your answer is on its way.",
    "take": "You answer now. The person has been told.",
    "back": "The desk answers again. The person has been told.",
    "snooze": "Put off. It comes back by itself, or when the person writes.",
    "wake": "It is back in the list.",
    "note": "Your note is kept.",
    "unnote": "The note is gone.",
}
UNSENT = {  # why nobody can be written to
    "opted_out": "This person asked for no more messages. They can write START to hear from us again.",
    "unreachable": "Messages do not reach this person any more.",
    "erased": "This person has deleted their data. There is nothing left to answer.",
}
LOOK_AGAIN = "Look at it once more, then send it: too much time has passed, or their language has changed."


@router.get("/messages", name="messages")
def show(
    request: Request, *, place: str = "", language: str = "", show: str = "", page: guard.MaybeId = 1
) -> Response:
    """Who writes, by library, language and whether they wait."""
    with enter(request) as visit:
        which = Which(
            visit.places,
            place if place in visit.my_places() else "",
            language if language in ENGLISH else "",
            show if show in SHOWN else "",
        )
        found = threads.people(visit.session, which, visit.desk.words, page, visit.now)
        takers = {row.talk.taken_by for row in found.rows if row.talk is not None and row.talk.taken_by}
        return visit.page(
            "messages.html",
            here="messages",
            found=found,
            which=which,
            filters={"place": which.place, "language": which.language, "show": which.show},
            shows=[(key, words) for key, words in SHOWN.items() if key],
            everybody=SHOWN[""],
            places=visit.my_places(),
            languages=sorted(ENGLISH.items(), key=lambda item: item[1]),
            people=reading.account_names(visit.session, takers),
        )


@router.get("/messages/{contact_id:int}", name="conversation")
def one(
    request: Request,
    contact_id: guard.Id,
    *,
    page: guard.MaybeId = 1,
    open: guard.MaybeId = 0,
    done: str = "",
) -> Response:
    """Both sides in the order of time. Opening a hidden message is written down."""
    with enter(request) as visit:
        contact = _contact(visit, contact_id)
        if open and threads.is_theirs(visit.session, contact.id, open):
            with transaction(visit.desk.engine) as session:
                audit.write(session, visit.actor, "message.opened", "inbox", open, visit.now)
        return _page(visit, contact, page=page, opened=open, done=DONE.get(done, ""))


@router.post("/messages/{contact_id:int}")
def act(request: Request, contact_id: guard.Id, form: guard.Form) -> Response:
    """What the button says; what cannot be done is explained on the same page."""
    action = form.get("do", "")
    faults: Faults = []
    status, again = 200, action in LOOKS
    try:
        with enter(request, form, may="reply") as visit:
            contact = _contact(visit, contact_id)
            if not again:
                ACTIONS.get(action, _nothing)(visit, contact, form)
                return visit.go("conversation", {"done": action}, contact_id=contact_id)
            talks.may_write(contact)
    except Wrong as wrong:
        faults, status = wrong.faults, 422
    except CannotReach as unreachable:
        faults, status, again = [("", f"{UNSENT[str(unreachable)]} Nothing was sent.")], 409, False
    except AlreadyHandled as handled:
        with enter(request) as visit:
            faults = [("", visit.already(handled)), ("", "Read what is new below, then decide again.")]
        status, again = 409, action == "send"
    except LookAgain:
        faults, status, again = [("", LOOK_AGAIN)], 409, True
    except NotAllowed:
        faults, status = [("", "Only who wrote a note can remove it. Nothing was changed.")], 409
    with enter(request, may="reply") as visit:  # nobody waits for a machine in the transaction above
        contact = _contact(visit, contact_id)
        shown = None
        if again:
            way = LOOKS.get(action, form.get("way", ""))
            try:
                shown = replies.draft(visit, contact, form, way)
            except Wrong as wrong:
                faults, status = [*faults, *wrong.faults], 422
        return _page(visit, contact, sent=form, faults=faults, status=status, shown=shown)


def _send(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    """Raises LookAgain, AlreadyHandled, CannotReach."""
    ready = replies.unseal(visit, contact, form.get("version", ""))
    talks.reply(
        visit.session,
        contact.id,
        ready.draft.payload(visit.actor),
        dedupe=ready.once,
        version=ready.version,
        actor=visit.actor,
        now=visit.now,
        still_waits=form.get("waits") == "yes",
        **ready.detail,
    )


def _take(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    said = messages_to_json([staffed.taken_over(visit.desk.hours, visit.now)])
    talks.take_over(
        visit.session,
        contact.id,
        {"messages": said},
        actor=visit.actor,
        version=_version(form),
        now=visit.now,
    )


def _back(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    talks.hand_back(visit.session, contact.id, actor=visit.actor, version=_version(form), now=visit.now)


def _snooze(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    """Raises Wrong: the page names the fields of the snooze "later-…"."""
    asked = {"day": form.get("later-day", ""), "time": form.get("later-time", "")}
    try:
        until = phrases.moment_of(asked, visit.now)
        talks.snooze(visit.session, contact.id, until, actor=visit.actor, now=visit.now)
    except Wrong as wrong:
        raise Wrong(*((f"later-{name}", sentence) for name, sentence in wrong.faults)) from None
    except ValueError:
        raise Wrong(("later-day", "Choose a day in the next 30.")) from None


def _wake(visit: Visit, contact: Contact, _form: Mapping[str, str]) -> None:
    talks.snooze(visit.session, contact.id, None, actor=visit.actor, now=visit.now)


def _note(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    text = redact(clean(form.get("note", "")))
    if not text:
        raise Wrong(("note", "Write the note."))
    if len(text) > talks.NOTE_LIMIT:
        raise Wrong(("note", f"Write at most {talks.NOTE_LIMIT} characters. These are {len(text)}."))
    talks.add_note(visit.session, contact.id, text, actor=visit.actor, now=visit.now)


def _unnote(visit: Visit, contact: Contact, form: Mapping[str, str]) -> None:
    note = form.get("note_id", "")
    if note.isdecimal():
        talks.remove_note(visit.session, contact.id, int(note[:9]), actor=visit.actor, now=visit.now)


def _nothing(_visit: Visit, _contact: Contact, _form: Mapping[str, str]) -> None:
    raise Wrong(("", "Choose what to do."))


ACTIONS: Mapping[str, Callable[[Visit, Contact, Mapping[str, str]], None]] = {
    "send": _send,
    "take": _take,
    "back": _back,
    "snooze": _snooze,
    "wake": _wake,
    "note": _note,
    "unnote": _unnote,
}


def _version(form: Mapping[str, str]) -> int:
    """The conversation as the page showed it."""
    version = form.get("version", "")
    return int(version[:9]) if version.isdecimal() else -1


def _contact(visit: Visit, contact_id: int) -> Contact:
    """Raises NotHere for nobody, and for another library's; Refused for who has deleted their data."""
    contact = threads.contact(visit.session, contact_id, visit.places)
    if contact is None:
        raise guard.NotHere("contact", contact_id)
    if contact.erased_at is not None:
        raise guard.Refused(410, "There is nothing here any more", UNSENT["erased"])
    return contact


def _unsent(contact: Contact) -> str:
    """Why this person cannot be written to; empty when they can."""
    try:
        talks.may_write(contact)
    except CannotReach as unreachable:
        return UNSENT[str(unreachable)]
    return ""


def _page(
    visit: Visit,
    contact: Contact,
    *,
    page: int = 1,
    opened: int = 0,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
    shown: Draft | None = None,
    done: str = "",
) -> Response:
    session, language = visit.session, contact.language or "en"
    talk = talks.find(session, contact.id)
    thread = threads.thread(session, contact, visit.desk.words, page, opened)
    notes = threads.notes(session, contact.id)
    version = talk.version if talk is not None else 0
    marked = (conversations.load(session, contact.id) or {}).get("marked", ())
    looks = replies.look(visit, contact, shown, marked) if shown is not None else None
    too_long = looks is not None and contact.channel == "sms" and not looks.fits
    if looks is not None and too_long and shown is not None:
        field = "text" if shown.way == replies.OWN else "phrase"
        faults = [*(faults or []), (field, f"It takes {looks.segments} SMS and may take 3. Make it shorter.")]
        status = 422
    return visit.page(
        "conversation.html",
        status=status,
        here="messages",
        contact=contact,
        talk=talk,
        version=version,
        snoozed=talk is not None and talk.snoozed_until is not None and talk.snoozed_until > visit.now,
        thread=thread,
        opened=opened,
        notes=notes,
        waits=threads.tasks_of(session, contact.id, visit.places),
        unsent=_unsent(contact),
        looks=looks if not too_long else None,
        shown=shown,
        ready=replies.seal(visit, contact, shown, version) if shown is not None and not too_long else "",
        why_english=replies.why_english(visit, language) if shown is not None and shown.no_machine else "",
        phrases=phrases.listed(),
        places=visit.desk.names.places,
        limit=replies.LIMIT,
        note_limit_talk=talks.NOTE_LIMIT,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        staff_until=visit.desk.hours.until(visit.now),
        staff_again=visit.desk.hours.again(visit.now),
        states=english.MESSAGE_STATES,
        not_sent=english.not_sent,
        people=_names(visit, talk, thread, notes),
        today=english.local(visit.now).date(),
        sent=dict(sent or {}),
        faults=faults or [],
        done=done,
    )


def _names(
    visit: Visit, talk: Talk | None, thread: threads.Thread, notes: Sequence[TalkNote]
) -> dict[str, str]:
    """The names of every member of staff who stands on the page."""
    who = {line.by for line in thread.lines} | {note.written_by for note in notes}
    taker = talk.taken_by if talk is not None else None
    return reading.account_names(visit.session, who | {taker or ""})
