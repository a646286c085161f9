"""The state of one person's conversation: JSON that flows/state.py writes and reads."""

from datetime import datetime

from sqlalchemy.orm import Session

from store.base import Json
from store.models import Conversation


def load(session: Session, contact_id: int) -> Json | None:
    """None: they have not talked yet (or it was erased)."""
    conversation = session.get(Conversation, contact_id)
    return None if conversation is None else conversation.state


def save(session: Session, contact_id: int, state: Json, now: datetime) -> None:
    """Only in the turn that locked the contact (contacts.find_or_create): no turn overwrites another."""
    conversation = session.get(Conversation, contact_id)
    if conversation is None:
        session.add(Conversation(contact_id=contact_id, state=state, updated_at=now))
    else:
        conversation.state, conversation.updated_at = state, now
