"""Staff's own phones, to try an announcement on: a phone is theirs once they have texted a shown code from it.

The code is looked for among the messages that came in; the desk answers to it as to any message. So nothing can be
sent as a test to a person who did not write the code.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import audit, outbox
from store.base import Json
from store.errors import NotAllowed
from store.models import Contact, InboxRow, OutboxRow, OwnPhone

LASTS = timedelta(minutes=30)  # a code


class NotFoundYet(NotAllowed):
    """No message with the code has come in, or it came from two phones."""


def of(session: Session, username: str) -> OwnPhone | None:
    return session.get(OwnPhone, username, populate_existing=True)


def contact_of(session: Session, username: str) -> Contact | None:
    """The phone that a test goes to; None when there is none, or it has been erased."""
    phone = of(session, username)
    contact = session.get(Contact, phone.contact_id) if phone and phone.contact_id else None
    return contact if contact is not None and contact.erased_at is None else None


def show_code(session: Session, username: str, now: datetime) -> str:
    """A new code to text to the desk; an earlier one no longer counts, nor does an earlier phone."""
    code = f"{secrets.randbelow(900_000) + 100_000}"
    phone = of(session, username)
    if phone is None:
        session.add(OwnPhone(username=username, code=code, code_at=now))
    else:
        phone.code, phone.code_at, phone.contact_id = code, now, None
    audit.write(session, username, "own_phone.code", "account", username, now=now)
    return code


def find(session: Session, username: str, now: datetime) -> Contact:
    """The phone from which the code came; again is harmless. Raises NotFoundYet."""
    phone = of(session, username)
    if phone is not None and not phone.code:  # a second tap; what has no words must not be taken for the code
        found = contact_of(session, username)
        if found is not None:
            return found
    if phone is None or not phone.code or now - phone.code_at >= LASTS:
        raise NotFoundYet("no code, or an old one")
    heard = select(InboxRow.contact_id).where(
        InboxRow.text == phone.code, InboxRow.received_at >= phone.code_at, InboxRow.contact_id.is_not(None)
    )
    whose = set(session.scalars(heard))
    if len(whose) != 1:
        raise NotFoundYet(f"{len(whose)} phones")
    phone.contact_id = whose.pop()
    phone.code = ""  # once
    audit.write(session, username, "own_phone.found", "account", username, now=now)
    return session.get_one(Contact, phone.contact_id)


def test(session: Session, username: str, payload: Json, *, once: str, now: datetime) -> OutboxRow | None:
    """Send something to their own phone, at any hour. None: no phone, or this very test (`once`) went before."""
    contact = contact_of(session, username)
    if contact is None:
        return None
    return outbox.queue(session, contact.id, "notice", payload, dedupe=f"test:{username}:{once}", now=now)
