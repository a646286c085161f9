"""What came in and what goes out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Json


class InboxRow(Base):
    """One inbound message; the same channel and provider id never makes a second row."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    provider_id: Mapped[str] = mapped_column(String(128))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    digest: Mapped[str] = mapped_column(String(64))  # of the raw body: tells a repeat from another text
    text: Mapped[str] = mapped_column(Text)  # cleaned and redacted; empty after 30 days
    reply: Mapped[str | None] = mapped_column(Text)  # exactly what was answered; None: not finished
    received_at: Mapped[datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """One message to a person: queued → sending → sent → delivered | failed; or unsure; or dropped."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_queue", "state", "channel", "rank", "id"),
        Index("ix_outbox_broadcast", "broadcast_id", "state"),
        CheckConstraint(
            "state IN ('queued','sending','sent','delivered','failed','unsure','dropped')", name="known_state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # reply, notice, reminder, broadcast
    rank: Mapped[int]  # of the kind: the smaller goes first
    topic: Mapped[str | None] = mapped_column(String(64))  # of a reminder: whose subscription is the consent
    subject: Mapped[str | None] = mapped_column(String(64))  # what has to hold by then: store/still.py
    broadcast_id: Mapped[int | None]  # of an announcement
    payload: Mapped[Json]  # {"messages": [...]} or {"flow": name, "answers": {...}}
    dedupe: Mapped[str | None] = mapped_column(String(160), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))  # why dropped: too_late, opted_out, ...
    not_before: Mapped[datetime | None]
    too_late: Mapped[datetime | None]  # from this moment on it is dropped instead of sent
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    text: Mapped[str | None] = mapped_column(Text)  # what was sent, in the person's words
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    error_code: Mapped[str | None] = mapped_column(String(64))


class Receipt(Base):
    """A provider's word about a message that came before we knew the message's id: kept until we do."""

    __tablename__ = "receipts"

    provider_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    error_code: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class Pace(Base):
    """How much a channel may send just now: shared by every process that sends (bot/buckets.py)."""

    __tablename__ = "paces"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    tokens: Mapped[float] = mapped_column(Float)  # SMS segments, or Telegram messages
    at: Mapped[datetime]  # when there were so many
    rests_until: Mapped[datetime | None]  # the provider said "not before": nothing goes out until then
