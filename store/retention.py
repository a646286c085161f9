"""How long things are kept (DESIGN section 8), and the one function that forgets what is older."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from store import audit, contacts
from store.logins import AT_MOST, FORGIVEN_AFTER
from store.models import (
    Audit,
    Booking,
    Contact,
    Conversation,
    InboxRow,
    Lesson,
    LoginFailure,
    Mailing,
    Occurrence,
    OutboxRow,
    Receipt,
    StaffSession,
    Subscription,
    Talk,
    TalkNote,
    Task,
)

TEXTS = timedelta(days=30)  # messages in and out, conversations, notes of staff, tasks that are done
BOOKINGS = timedelta(days=365)  # then they stay without the person
CONTACTS = timedelta(days=365)  # since their last message, when nothing else needs them
AUDIT = timedelta(days=730)


def run(session: Session, now: datetime) -> dict[str, int]:
    """Forget what is over its time, and the shells of erased people: how many rows. For every few minutes."""
    rules: dict[str, Delete | Update] = {
        "inbox": delete(InboxRow).where(InboxRow.received_at < now - TEXTS),
        "outbox": delete(OutboxRow).where(OutboxRow.created_at < now - TEXTS, _settled()),
        "conversations": delete(Conversation).where(Conversation.updated_at < now - TEXTS),
        "talks": delete(Talk).where(
            Talk.changed_at < now - TEXTS,
            Talk.taken_by.is_(None),
            or_(Talk.snoozed_until.is_(None), Talk.snoozed_until < now),
        ),
        "talk_notes": delete(TalkNote).where(TalkNote.written_at < now - TEXTS),
        "tasks": delete(Task).where(Task.done_at < now - TEXTS),
        "lessons": delete(Lesson).where(
            Lesson.created_at < now - TEXTS, or_(Lesson.state != "taught", Lesson.harvested_at < now - TEXTS)
        ),
        "mailings": delete(Mailing).where(Mailing.finished_at < now - TEXTS),
        "receipts": delete(Receipt).where(Receipt.at < now - TEXTS),
        "bookings": update(Booking).where(_old_booking(now)).values(contact_id=None, name="", note=None),
        "contacts": delete(Contact).where(Contact.seen_at < now - CONTACTS, *_needed_by_nothing()),
        "audit": delete(Audit).where(Audit.at < now - AUDIT),
        "staff_sessions": delete(StaffSession).where(StaffSession.created_at < now - AT_MOST),
        "login_failures": delete(LoginFailure).where(LoginFailure.last_at < now - FORGIVEN_AFTER),
    }
    audit.may_forget(session, now - AUDIT)
    counts = {name: _count(session, statement) for name, statement in rules.items()}
    return {"erased": contacts.sweep_erased(session, now), **counts}


def _count(session: Session, statement: Delete | Update) -> int:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)


def _settled() -> ColumnElement[bool]:
    return OutboxRow.state.not_in(("queued", "sending"))


def _old_booking(now: datetime) -> ColumnElement[bool]:
    old = select(Occurrence.id).where(Occurrence.start < now - BOOKINGS)
    personal = or_(Booking.contact_id.is_not(None), func.length(Booking.name) > 0)
    return Booking.occurrence_id.in_(old) & personal


def _needed_by_nothing() -> list[ColumnElement[bool]]:
    models = (Booking, Subscription, Task, OutboxRow)
    return [~exists().where(model.contact_id == Contact.id) for model in models]
