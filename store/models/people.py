"""Who writes to the desk, how far their conversation is, what they want to be reminded of."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Json


class Contact(Base):
    """A person as one channel knows them. The address is sealed; `address_lookup` finds it (see vault.py)."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("channel", "address_lookup"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_lookup: Mapped[str] = mapped_column(String(64))
    address_sealed: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(
        String(8)
    )  # what the person chose or wrote in; None: not yet known
    name: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(64))  # the library they asked about last
    opted_out: Mapped[bool] = mapped_column(default=False)
    unreachable: Mapped[bool] = mapped_column(default=False)  # blocked the bot, or the number is gone
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # their last message
    erased_at: Mapped[datetime | None]  # only an empty shell, kept until the good-bye has been sent


class Conversation(Base):
    """The state of one person's conversation, as flows/state.py writes it."""

    __tablename__ = "conversations"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Json]
    updated_at: Mapped[datetime]


class Subscription(Base):
    """A person who wants the weekly reminder about a topic (a service's id)."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("contact_id", "topic"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
