"""One message to many, planned once and durably, whatever it is about: the kinds are in the files beside this one.

A plan is a row for each mailing, and a cursor over its recipients that is committed with the messages it stands
for. A crash goes on where it stopped; two planners, or a clock set back, double nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store import outbox
from store.base import Json
from store.database import insert_once
from store.models import Contact, Mailing

BATCH = 200  # people a transaction: short enough for SQLite's one writer, and all that is in memory at once


@dataclass(frozen=True)
class Due:
    """A mailing whose time has come. `topic` and `day` make it one and the same; from `too_late` on nobody is added."""

    topic: str
    day: date
    due_at: datetime
    too_late: datetime


@dataclass(frozen=True)
class Recipient:
    """One person of a mailing. `cursor`: where to go on after them. The rest: see outbox.queue_many."""

    cursor: int
    contact_id: int
    payload: Json
    dedupe: str
    topic: str | None = None
    subject: str | None = None
    broadcast_id: int | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of mailing. `sends`: a kind of the outbox.

    due: those whose time has come, and is not over; again and again the same ones. recipients: up to so many after
    the cursor; none: it is finished; None: not now.
    """

    name: str
    sends: str
    due: Callable[[Session, datetime], Iterable[Due]]
    recipients: Callable[[Session, Mailing, datetime, int], Sequence[Recipient] | None]


def plan(session: Session, now: datetime, kinds: Sequence[Kind], *, batch: int = BATCH) -> int:
    """Queue up to `batch` messages of the first mailing that has any left, in the order of the kinds.

    How many: call again, committing each, until it is 0.
    """
    for kind in kinds:
        _open(session, kind, now)
        unfinished = select(Mailing).where(Mailing.kind == kind.name, Mailing.finished_at.is_(None))
        unfinished = unfinished.order_by(Mailing.due_at, Mailing.topic)
        for mailing in session.scalars(unfinished.with_for_update(key_share=True, skip_locked=True)).all():
            if queued := _fan_out(session, kind, mailing, now, batch):
                return queued
    return 0


def reachable() -> list[ColumnElement[bool]]:
    """The conditions on a contact to whom anything may be sent that they have not just asked for."""
    return [~Contact.opted_out, ~Contact.unreachable, Contact.erased_at.is_(None)]


def _open(session: Session, kind: Kind, now: datetime) -> None:
    """A row for each mailing that is due, once."""
    due = list(kind.due(session, now))
    if not due:
        return
    known = select(Mailing.topic, Mailing.day).where(
        Mailing.kind == kind.name, Mailing.day >= min(each.day for each in due)
    )
    opened = {(topic, day) for topic, day in session.execute(known)}
    for each in due:
        if (each.topic, each.day) not in opened:
            values = {"due_at": each.due_at, "too_late": each.too_late}
            insert_once(session, Mailing, kind=kind.name, topic=each.topic, day=each.day, **values)


def _fan_out(session: Session, kind: Kind, mailing: Mailing, now: datetime, batch: int) -> int:
    """Queue for the next recipients after the cursor; 0 when nobody is left, or it has to wait."""
    queued = 0
    while queued == 0 and now < mailing.too_late:
        recipients = kind.recipients(session, mailing, now, batch)
        if recipients is None:
            return 0
        if not recipients:
            break
        messages = [
            {
                "contact_id": each.contact_id,
                "payload": each.payload,
                "dedupe": each.dedupe,
                "topic": each.topic,
                "subject": each.subject,
                "broadcast_id": each.broadcast_id,
            }
            for each in recipients
        ]
        queued = outbox.queue_many(session, kind.sends, messages, now=now, too_late=mailing.too_late)
        mailing.cursor = recipients[-1].cursor
    mailing.queued += queued
    if queued == 0:
        mailing.finished_at = now
    return queued
