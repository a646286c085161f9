"""What staff must do. The same thing is filed once while it is open, and counted after that."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store import audit
from store.database import insert_once
from store.errors import AlreadyHandled
from store.models import Task
from store.transitions import SYSTEM

# What makes two tasks the same, beside the kind, the subject and the person: for these, also the words.
WORDS_COUNT = frozenset({"feedback", "unanswered"})


def file(
    session: Session,
    kind: str,
    *,
    about: str = "",
    note: str = "",
    contact_id: int | None = None,
    place: str | None = None,
    now: datetime,
) -> Task:
    """File a task, or count it once more when the same one is open (a newer note is added to it).

    Kinds of flows: unanswered, unconfirmed_fact, callback, emergency, feedback, opt_out, data_request; of the
    store: message_differs, message_unsure, undelivered (about "inbox:…" or "outbox:<id>"). `note`: redacted.
    """
    parts = [kind, about, str(contact_id), note if kind in WORDS_COUNT else ""]
    same = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    values = {"kind": kind, "about": about, "note": note, "contact_id": contact_id, "place_id": place}
    new = insert_once(session, Task, **values, same=same, created_at=now, last_at=now)
    task = session.scalars(
        select(Task).where(Task.same == same, Task.state == "open").with_for_update(key_share=True, of=Task)
    ).one()
    if not new:
        task.times += 1
        task.last_at = now
        if note and note not in task.note:
            task.note = f"{task.note}\n{note}".strip()
    return task


def open_tasks(session: Session, *, places: Collection[str] | None = None) -> Sequence[Task]:
    """Oldest first, emergencies before all. `places`: only of these libraries and of none in particular."""
    query = (
        select(Task).where(Task.state == "open").order_by(Task.kind != "emergency", Task.created_at, Task.id)
    )
    if places is not None:
        query = query.where(or_(Task.place_id.is_(None), Task.place_id.in_(places)))
    return session.scalars(query).all()


def close(session: Session, task_id: int, *, actor: str, now: datetime) -> Task:
    """Raises AlreadyHandled when somebody closed it before, NoResultFound when there is no such task."""
    task = session.scalars(
        select(Task).where(Task.id == task_id).with_for_update(key_share=True, of=Task)
    ).one()
    if task.done_at is not None:
        raise AlreadyHandled(task.done_by or SYSTEM, task.done_at, task.state)
    task.state, task.done_at, task.done_by = "done", now, actor
    audit.write(session, actor, "task.done", "task", task.id, now=now, kind=task.kind)
    return task


def settle(session: Session, kind: str, about: str, now: datetime) -> None:
    """Close what has settled itself, e.g. an unsure message whose delivery was confirmed after all."""
    for task in session.scalars(
        select(Task).where(Task.kind == kind, Task.about == about, Task.state == "open")
    ):
        close(session, task.id, actor=SYSTEM, now=now)
