"""The people who write: found by a keyed look-up of their sealed address, and erased when they say so."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from store import audit, bookings, outbox
from store.database import insert_once
from store.models import (
    Booking,
    Canary,
    Contact,
    Conversation,
    InboxRow,
    Lesson,
    OutboxRow,
    Subscription,
    Talk,
    TalkNote,
    Task,
)
from store.transitions import PERSON
from store.vault import WORD, Vault

GOODBYE_WITHIN = timedelta(hours=24)  # an erased shell whose good-bye cannot be sent goes away without it


def find_or_create(session: Session, vault: Vault, channel: str, address: str, now: datetime) -> Contact:
    """The person behind an address, who is writing now; locked until the end of the turn's transaction.

    `address`: E.164 for SMS, the chat id for Telegram. A row under an older key is rewritten under the new.
    """
    hashes = vault.lookups(f"{channel}:{address}")
    query = (
        select(Contact)
        .where(Contact.channel == channel, Contact.address_lookup.in_(hashes))
        .order_by(Contact.id)
        .limit(1)
        .with_for_update(key_share=True)  # rows that refer to the person may still be written meanwhile
        .execution_options(populate_existing=True)
    )
    contact = session.scalars(query).one_or_none()
    if contact is None:
        values = {"address_lookup": hashes[0], "address_sealed": vault.seal(address)}
        insert_once(
            session,
            Contact,
            channel=channel,
            **values,
            created_at=now,
            seen_at=now,
        )
        contact = session.scalars(query).one()
    if contact.address_lookup != hashes[0]:
        contact.address_lookup, contact.address_sealed = hashes[0], vault.seal(address)
    if contact.erased_at is not None:
        contact.erased_at, contact.created_at = None, now
    contact.seen_at, contact.unreachable = now, False
    return contact


def find(session: Session, vault: Vault, channel: str, address: str) -> Contact | None:
    """The person behind an address, only to read; None when nobody wrote from there."""
    hashes = vault.lookups(f"{channel}:{address}")
    query = select(Contact).where(Contact.channel == channel, Contact.address_lookup.in_(hashes))
    return session.scalars(query.order_by(Contact.id).limit(1)).one_or_none()


def lock(session: Session, contact_id: int) -> Contact | None:
    """The person, locked like in a turn, for whoever changes their conversation from outside one. None: erased."""
    query = select(Contact).where(Contact.id == contact_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def address_of(contact: Contact, vault: Vault) -> str:
    """Raises WrongKey when none of the keys opens it."""
    return vault.open(contact.address_sealed)


def reseal(session: Session, vault: Vault) -> int:
    """Rewrite every address, and the canary, under the newest key: then the older keys can be dropped."""
    contacts = session.scalars(select(Contact)).all()
    for contact in contacts:
        address = vault.open(contact.address_sealed)
        contact.address_sealed = vault.seal(address)
        contact.address_lookup = vault.lookup(f"{contact.channel}:{address}")
    session.get_one(Canary, 1).sealed = vault.seal(WORD)
    return len(contacts)


def opt_out(session: Session, contact: Contact, now: datetime) -> None:
    """No more messages but replies; what waits is dropped, also for later. Subscriptions stay for START."""
    contact.opted_out = True
    outbox.drop_queued(session, contact.id, "opted_out", now)


def opt_in(contact: Contact) -> None:
    contact.opted_out = False


def mark_unreachable(session: Session, contact_id: int, now: datetime) -> None:
    """They blocked the bot or the number is gone: no reminders, until they write again."""
    session.get_one(Contact, contact_id).unreachable = True
    outbox.drop_queued(session, contact_id, "unreachable", now)


def refused(session: Session, contact_id: int, reason: str, now: datetime) -> None:
    """Keep what a provider's refusal says about a person: "opted_out" there, or "unreachable". Others say nothing."""
    contact = lock(session, contact_id)
    if contact is None:
        return
    if reason == "unreachable":
        mark_unreachable(session, contact_id, now)
    elif reason == "opted_out":
        opt_out(session, contact, now)


def erase(session: Session, contact: Contact, now: datetime) -> None:
    """Everything about a person: texts, messages that wait, tasks, subscriptions, notes of staff; bookings lose them.

    Their coming bookings are cancelled, so the places go to others. What is left is a shell with the address
    and language, for the good-bye; sweep_erased removes it. Harmless when repeated.
    """
    for booking in bookings.bookings_of(session, contact.id, now):
        bookings.cancel_by_person(session, contact.id, booking.id, now)
    session.flush()
    anonymous = {"contact_id": None, "name": "", "note": None}
    session.execute(update(Booking).where(Booking.contact_id == contact.id).values(anonymous))
    # The ids stay, so that a repeat still does nothing; a reply that was given earlier is forgotten.
    mine = InboxRow.contact_id == contact.id
    session.execute(update(InboxRow).where(mine, InboxRow.reply.is_not(None)).values(reply=""))
    session.execute(update(InboxRow).where(mine).values(text="", contact_id=None))
    outbox.forget(session, contact.id)
    for model in (Conversation, Lesson, Subscription, Talk, TalkNote, Task):
        session.execute(delete(model).where(model.contact_id == contact.id))
    contact.name = contact.place = None
    if contact.erased_at is None:
        contact.erased_at = now
        audit.write(session, PERSON, "contact.erased", "contact", contact.id, now=now)


def sweep_erased(session: Session, now: datetime) -> int:
    """Remove the shells of erased people whose good-bye is out (or is a day late). How many."""
    waiting = exists().where(OutboxRow.contact_id == Contact.id, OutboxRow.state.in_(("queued", "sending")))
    over = or_(~waiting, Contact.erased_at < now - GOODBYE_WITHIN)
    gone = session.execute(delete(Contact).where(Contact.erased_at.is_not(None), over).returning(Contact.id))
    return len(gone.all())
