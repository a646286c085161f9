"""Inbound messages: each once, whatever the provider repeats."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import tasks
from store.database import insert_once
from store.models import InboxRow


@dataclass(frozen=True)
class Received:
    """`repeat`: this provider id was here before, answer with row.reply. `differs`: but with another body."""

    row: InboxRow
    repeat: bool
    differs: bool


def receive(  # noqa: PLR0917 - six facts, in the order they come
    session: Session, channel: str, provider_id: str, digest: str, text: str, now: datetime
) -> Received:
    """Keep an inbound message, first thing in the turn's transaction; a turn that fails keeps nothing.

    `text` is cleaned and redacted, `digest` (at most 64 characters) is of the raw body. The same id with
    another body keeps the first and files a staff task. A second turn for the same id waits for the first.
    """
    new = insert_once(
        session,
        InboxRow,
        channel=channel,
        provider_id=provider_id,
        digest=digest,
        text=text,
        received_at=now,
    )
    row = session.scalars(
        select(InboxRow).where(InboxRow.channel == channel, InboxRow.provider_id == provider_id)
    ).one()
    differs = not new and row.digest != digest
    if differs:
        tasks.file(session, "message_differs", about=f"inbox:{row.id}", contact_id=row.contact_id, now=now)
    return Received(row, repeat=not new, differs=differs)


def finish(row: InboxRow, reply: str) -> None:
    """Store exactly what was answered: a repeat gets the same bytes."""
    row.reply = reply


def count_since(session: Session, contact_id: int, since: datetime) -> int:
    """How many messages a person has sent since a moment, the one being answered included."""
    query = select(func.count()).where(InboxRow.contact_id == contact_id, InboxRow.received_at >= since)
    return session.scalar(query) or 0
