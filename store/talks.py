"""What staff do in a person's conversation: take over from the desk, answer, hand back, snooze, leave a note.

Every change locks the person first, as a turn of the desk does, so that nobody acts on what has just changed.
Notices to the person are keys of flows/staffed.py.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import audit, contacts, london, outbox, still, tasks
from store.base import Json
from store.database import DOUBLE_TAP
from store.errors import AlreadyHandled, NotAllowed
from store.models import Booking, Contact, OutboxRow, Talk, TalkNote, Task
from store.transitions import SYSTEM

SILENT = timedelta(hours=24)  # without a word of staff: then the desk answers again by itself
WAITS = ("callback", "reply_wanted")  # kinds of tasks that say: this person waits for a member of staff
LOST = {  # kinds of tasks about one message → the states in which staff may send it again
    "message_unsure": ("unsure",),
    "undelivered": ("failed", "dropped"),
}
HANDED_BACK = "staffed.handed_back"
NOTE_LIMIT = 600  # characters
FARTHEST_SNOOZE = timedelta(days=30)  # later the messages would be gone
BATCH = 50


class CannotReach(NotAllowed):
    """Nothing can be sent to this person. str: opted_out, unreachable or erased."""


class OutOfDate(NotAllowed):
    """This message is not sent again. str: a drop reason of store/outbox.py, or "again": it was, once."""


class Unsettled(NotAllowed):
    """What staff say about a message does not fit what became of it in the meantime."""


def find(session: Session, contact_id: int) -> Talk | None:
    """Staff's side of a conversation, only to read."""
    return session.get(Talk, contact_id)


def may_write(contact: Contact | None) -> Contact:
    """Who may be written to. Raises CannotReach."""
    if contact is None or contact.erased_at is not None:
        raise CannotReach("erased")
    if contact.opted_out:
        raise CannotReach("opted_out")
    if contact.unreachable:
        raise CannotReach("unreachable")
    return contact


def heard(session: Session, contact: Contact) -> bool:
    """The person wrote: what was snoozed is back. Whether staff answer instead of the desk. In the turn."""
    talk = session.get(Talk, contact.id)
    if talk is None:
        return False
    talk.snoozed_until = None
    return talk.taken_by is not None


def wrote_to_staff(session: Session, contact: Contact, now: datetime) -> None:
    """A message that the desk leaves to staff: a task, or the same one counted once more."""
    tasks.file(session, "reply_wanted", contact_id=contact.id, place=contact.place, now=now)


def take_over(
    session: Session, contact_id: int, payload: Json, *, actor: str, version: int, now: datetime
) -> None:
    """Staff answer from now on; the person is told once (`payload`).

    Raises AlreadyHandled (also when a colleague has done anything since `version`), CannotReach.
    """
    contact, talk = _changing(session, contact_id, version, now)
    may_write(contact)
    if talk.taken_by is not None:
        raise AlreadyHandled(talk.taken_by, talk.changed_at, "taken_over")
    talk.taken_by, talk.staff_at = actor, now
    _changed(talk, "taken_over", actor, now)
    _tell(session, talk, payload, now=now)
    audit.write(session, actor, "talk.taken_over", "contact", contact_id, now=now)


def hand_back(session: Session, contact_id: int, *, actor: str, version: int, now: datetime) -> None:
    """The desk answers again, and says so. Raises AlreadyHandled."""
    contact, talk = _changing(session, contact_id, version, now)
    if talk.taken_by is None:
        raise AlreadyHandled(talk.changed_by, talk.changed_at, "handed_back")
    _back(session, contact, talk, actor, now)


def hand_back_forgotten(session: Session, now: datetime) -> int:
    """Conversations that staff took over and left alone for a day: the desk answers again. How many.

    Who waits for staff keeps the task.
    """
    query = select(Talk.contact_id).where(Talk.taken_by.is_not(None), Talk.staff_at <= now - SILENT)
    count = 0
    for contact_id in session.scalars(query.order_by(Talk.contact_id).limit(BATCH)).all():
        contact = contacts.lock(session, contact_id)
        talk = session.get(Talk, contact_id, populate_existing=True)
        if contact is None or talk is None or talk.taken_by is None:
            continue  # somebody was faster
        if talk.staff_at is None or talk.staff_at <= now - SILENT:
            _back(session, contact, talk, SYSTEM, now)
            count += 1
    return count


def reply(
    session: Session,
    contact_id: int,
    payload: Json,
    *,
    dedupe: str,
    version: int,
    actor: str,
    now: datetime,
    still_waits: bool = False,
    **detail: object,
) -> OutboxRow | None:
    """Put staff's answer in the outbox; None when this very one was sent before (a double tap).

    `payload`: {"messages": [...], "staff": {"by": username, "english": their words}}. Tasks that say that the
    person waits are closed unless `still_waits`. `detail`, without any words, goes into the audit.
    Raises AlreadyHandled when a colleague answered, took over or handed back since `version`; CannotReach.
    """
    twin = select(OutboxRow.id).where(OutboxRow.dedupe == dedupe)
    contacts.lock(session, contact_id)
    if session.scalar(twin) is not None:
        return None
    contact, talk = _changing(session, contact_id, version, now)
    may_write(contact)
    row = outbox.queue(session, contact_id, "notice", payload, dedupe=dedupe, now=now)
    talk.staff_at, talk.snoozed_until = now, None
    _changed(talk, "answered", actor, now)
    audit.write(session, actor, "talk.answered", "contact", contact_id, now=now, **detail)
    if not still_waits:
        _no_longer_waits(session, contact_id, actor, now)
    return row


def snooze(session: Session, contact_id: int, until: datetime | None, *, actor: str, now: datetime) -> None:
    """Out of the list until that moment, or until the person writes; None: back in it now. ValueError: no such time."""
    if until is not None and not now < until <= now + FARTHEST_SNOOZE:
        raise ValueError("that moment is past, or too far away")
    if contacts.lock(session, contact_id) is None:
        raise CannotReach("erased")
    talk = _own(session, contact_id, now)
    talk.snoozed_until = until
    action = "talk.snoozed" if until else "talk.woken"
    audit.write(session, actor, action, "contact", contact_id, now=now)


def add_note(session: Session, contact_id: int, text: str, *, actor: str, now: datetime) -> TalkNote:
    """`text`: cleaned and redacted. The very same again within a minute (a double tap): the one that is there.

    Raises CannotReach when the person has erased everything."""
    contact = contacts.lock(session, contact_id)
    if contact is None or contact.erased_at is not None:
        raise CannotReach("erased")
    facts = {"contact_id": contact_id, "text": text[:NOTE_LIMIT], "written_by": actor}
    twin = select(TalkNote).filter_by(**facts).where(TalkNote.written_at > now - DOUBLE_TAP).limit(1)
    if (there := session.scalar(twin)) is not None:
        return there
    note = TalkNote(**facts, written_at=now)
    session.add(note)
    session.flush()
    audit.write(session, actor, "note.written", "contact", contact_id, now=now)
    return note


def remove_note(session: Session, contact_id: int, note_id: int, *, actor: str, now: datetime) -> None:
    """Only by who wrote it; again is harmless. Raises NotAllowed."""
    note = session.get(TalkNote, note_id)
    if note is None or note.contact_id != contact_id:
        return
    if note.written_by != actor:
        raise NotAllowed("another member of staff wrote it")
    session.delete(note)
    audit.write(session, actor, "note.removed", "contact", contact_id, now=now)


def arrived(session: Session, task: Task, *, actor: str, now: datetime) -> None:
    """Staff know that an unsure message arrived. Raises AlreadyHandled, Unsettled."""
    row = _message_of(session, task, ("unsure",))
    row.state, row.settled_at = "delivered", now
    tasks.close(session, task.id, actor=actor, now=now)
    audit.write(session, actor, "message.arrived", "outbox", row.id, now=now)


def send_again(session: Session, task: Task, *, actor: str, now: datetime) -> OutboxRow:
    """A new message in place of one that did not arrive, or may not have; one only, whoever presses.

    Raises AlreadyHandled, Unsettled, CannotReach, OutOfDate.
    """
    contact = contacts.lock(session, task.contact_id or 0)
    row = _message_of(session, task, LOST.get(task.kind, ()))
    if reason := why_not_again(session, row, contact, now):
        raise OutOfDate(reason)
    again = outbox.queue(
        session,
        row.contact_id,
        "notice" if row.kind == "reply" else row.kind,  # a reply asks for no consent: they had just written
        row.payload,
        dedupe=_again(row),
        now=now,
        too_late=row.too_late,
        topic=row.topic,
        subject=row.subject,
        broadcast_id=row.broadcast_id,
    )
    if again is None:
        raise OutOfDate("again")
    tasks.close(session, task.id, actor=actor, now=now)
    audit.write(session, actor, "message.again", "outbox", row.id, now=now)
    return again


def why_not_again(session: Session, row: OutboxRow, contact: Contact | None, now: datetime) -> str | None:
    """Why a message cannot be sent again, as OutOfDate says it; None: it can. Raises CannotReach."""
    person = may_write(contact)
    if sent_again(session, row) is not None:
        return "again"
    return still.NO_LONGER if _decided_anew(session, row) else outbox.against(session, row, person, now)


def sent_again(session: Session, row: OutboxRow) -> OutboxRow | None:
    """The message that went out in place of this one."""
    return session.scalar(select(OutboxRow).where(OutboxRow.dedupe == _again(row)))


def _changing(session: Session, contact_id: int, version: int, now: datetime) -> tuple[Contact, Talk]:
    """The person, locked, and staff's side. Raises CannotReach, AlreadyHandled."""
    contact = contacts.lock(session, contact_id)
    if contact is None:
        raise CannotReach("erased")
    talk = _own(session, contact_id, now)
    if talk.version != version:
        raise AlreadyHandled(talk.changed_by, talk.changed_at, talk.change)
    return contact, talk


def _own(session: Session, contact_id: int, now: datetime) -> Talk:
    talk = session.get(Talk, contact_id, populate_existing=True)
    if talk is None:
        talk = Talk(contact_id=contact_id, version=0, changed_at=now, changed_by=SYSTEM, change="")
        session.add(talk)
    return talk


def _changed(talk: Talk, change: str, actor: str, now: datetime) -> None:
    talk.version += 1
    talk.change, talk.changed_by, talk.changed_at = change, actor, now


def _back(session: Session, contact: Contact, talk: Talk, actor: str, now: datetime) -> None:
    talk.taken_by = None
    _changed(talk, "handed_back", actor, now)
    if not (contact.opted_out or contact.unreachable or contact.erased_at):
        payload = {"messages": [{"key": HANDED_BACK}]}
        _tell(session, talk, payload, now=now, not_before=london.awake(now) if actor == SYSTEM else None)
    audit.write(session, actor, "talk.handed_back", "contact", contact.id, now=now)


def _tell(
    session: Session, talk: Talk, payload: Json, *, now: datetime, not_before: datetime | None = None
) -> None:
    dedupe = (
        f"talk:{talk.contact_id}:{talk.version}:{now.isoformat()}"  # a conversation begins anew once erased
    )
    outbox.queue(session, talk.contact_id, "notice", payload, dedupe=dedupe, now=now, not_before=not_before)


def _no_longer_waits(
    session: Session, contact_id: int, actor: str, now: datetime, kinds: Collection[str] = WAITS
) -> None:
    query = select(Task.id).where(Task.contact_id == contact_id, Task.state == "open", Task.kind.in_(kinds))
    for task_id in session.scalars(query.order_by(Task.id)).all():
        tasks.close(session, task_id, actor=actor, now=now)


def _message_of(session: Session, task: Task, states: Collection[str]) -> OutboxRow:
    """The message of a task, locked before the task as a provider's callback does. Raises AlreadyHandled; Unsettled
    when it is in none of `states`."""
    kind, _, row_id = task.about.partition(":")
    if kind != "outbox" or not row_id.isdecimal():
        raise Unsettled("no message")
    query = select(OutboxRow).where(OutboxRow.id == int(row_id)).with_for_update(key_share=True)
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    fresh = session.get(Task, task.id, populate_existing=True)
    if fresh is not None and fresh.done_at is not None:
        raise AlreadyHandled(fresh.done_by or SYSTEM, fresh.done_at, fresh.state)
    if fresh is None or row is None or row.state not in states:
        raise Unsettled("it is gone, or its end is known")
    return row


def _again(row: OutboxRow) -> str:
    """The name of the one message in place of another."""
    return f"again:{row.id}"


def _decided_anew(session: Session, row: OutboxRow) -> bool:
    """It says what became of a booking, and the booking has changed since (its version: store/notices.py)."""
    first: OutboxRow | None = row
    while first is not None and (first.dedupe or "").startswith("again:"):
        first = session.get(OutboxRow, int((first.dedupe or "").partition(":")[2]))
    kind, _, rest = ((first.dedupe if first is not None else None) or "").partition(":")
    if kind != "booking":
        return False
    booking_id, version = (int(part) for part in rest.split(":"))
    booking = session.get(Booking, booking_id)
    return booking is None or booking.version != version
