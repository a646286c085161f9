"""What staff must do. The same thing is filed once while it is open, and counted after that."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from store import audit
from store.database import insert_once
from store.errors import AlreadyHandled
from store.models import Task, TaskHold
from store.transitions import SYSTEM

# What makes two tasks the same, beside the kind, the subject and the person: for these, also the words.
WORDS_COUNT = frozenset({"feedback", "unanswered"})
HELD_FOR = timedelta(hours=4)  # "I do this": after that anybody may take it


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
    store: message_differs, message_unsure, undelivered (about "inbox:…" or "outbox:<id>"), reply_wanted (they wrote
    while staff answer instead of the desk). `note`: redacted.
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
        select(Task)
        .where(Task.state == "open")
        .order_by(Task.kind != "emergency", Task.created_at, Task.id)
        .options(joinedload(Task.contact))
    )
    if places is not None:
        query = query.where(or_(Task.place_id.is_(None), Task.place_id.in_(places)))
    return session.scalars(query).all()


def close(session: Session, task_id: int, *, actor: str, now: datetime) -> Task:
    """Raises AlreadyHandled when somebody closed it before, NoResultFound when there is no such task."""
    task = _open(session, task_id)
    task.state, task.done_at, task.done_by = "done", now, actor
    audit.write(session, actor, "task.done", "task", task.id, now=now, kind=task.kind)
    return task


def settle(session: Session, kind: str, about: str, now: datetime) -> None:
    """Close what has settled itself, e.g. an unsure message whose delivery was confirmed after all."""
    for task in session.scalars(
        select(Task).where(Task.kind == kind, Task.about == about, Task.state == "open")
    ):
        close(session, task.id, actor=SYSTEM, now=now)


def hold(session: Session, task_id: int, *, actor: str, now: datetime) -> None:
    """ "I do this", so that colleagues leave it; again is harmless. Raises AlreadyHandled when somebody else does it,
    or it is done; NoResultFound when there is no such task."""
    task = _open(session, task_id)
    held = session.get(TaskHold, task.id, populate_existing=True)
    if held is not None and held.held_by != actor and now - held.held_at < HELD_FOR:
        raise AlreadyHandled(held.held_by, held.held_at, "held")
    if held is None:
        session.add(TaskHold(task_id=task.id, held_by=actor, held_at=now))
    else:
        held.held_by, held.held_at = actor, now
    audit.write(session, actor, "task.held", "task", task.id, now=now, kind=task.kind)


def let_go(session: Session, task_id: int, *, actor: str, now: datetime) -> None:
    """Somebody else may do it. Again, or when it is not one's own, nothing happens."""
    held = session.get(TaskHold, task_id)
    if held is not None and held.held_by == actor:
        session.delete(held)
        audit.write(session, actor, "task.let_go", "task", task_id, now=now)


def holders(session: Session, task_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Who does which of these tasks, by username."""
    query = select(TaskHold).where(TaskHold.task_id.in_(task_ids), TaskHold.held_at > now - HELD_FOR)
    return {held.task_id: held.held_by for held in session.scalars(query)}


def _open(session: Session, task_id: int) -> Task:
    """The task, locked. Raises AlreadyHandled when it is done."""
    query = select(Task).where(Task.id == task_id).with_for_update(key_share=True, of=Task)
    task = session.scalars(query.execution_options(populate_existing=True)).one()
    if task.done_at is not None:
        raise AlreadyHandled(task.done_by or SYSTEM, task.done_at, task.state)
    return task
