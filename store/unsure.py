"""Messages of which nobody knows whether they went out, for whoever can ask the provider (bot/reconcile.py)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.models import Contact, OutboxRow

MAY_BE_ASKED = ("lost", "no_answer")  # a crash, a time-out; "not_listed" has been asked about
NOT_LISTED = "not_listed"


def unsure(session: Session, channel: str, *, until: datetime, limit: int) -> list[tuple[OutboxRow, Contact]]:
    """Unsure messages of a channel that were claimed before `until` and not given up, oldest first."""
    query = (
        select(OutboxRow, Contact)
        .join(Contact, OutboxRow.contact_id == Contact.id)
        .where(
            OutboxRow.state == "unsure",
            OutboxRow.channel == channel,
            OutboxRow.error_code.in_(MAY_BE_ASKED),
            OutboxRow.text.is_not(None),
            OutboxRow.claimed_at < until,
        )
    )
    return [(row, contact) for row, contact in session.execute(query.order_by(OutboxRow.id).limit(limit))]


def known(session: Session, provider_ids: Collection[str]) -> set[str]:
    """Which of a provider's ids belong to messages of ours already."""
    query = select(OutboxRow.provider_id).where(OutboxRow.provider_id.in_(provider_ids))
    return {each for each in session.scalars(query) if each is not None}


def not_listed(session: Session, row_id: int) -> None:
    """The provider has no such message: it stays unsure, for staff, and that is its reason."""
    query = select(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.state == "unsure")
    row = session.scalars(query.with_for_update(key_share=True)).one_or_none()
    if row is not None:
        row.error_code = NOT_LISTED
