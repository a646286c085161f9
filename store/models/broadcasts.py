"""Announcements: what staff write to a group, its text in each language, and staff's own phones for a test."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Json


class Broadcast(Base):
    """One announcement; changed only through store/broadcasts.py."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint("state IN ('draft','ready','sending','paused','stopped','done')", name="known_state"),
        CheckConstraint("who IN ('subscribed','booked','either')", name="known_group"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)  # in English
    service: Mapped[str] = mapped_column(String(64))  # "": of any service
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))  # None: of every library
    language: Mapped[str] = mapped_column(String(8))  # "": whatever people speak
    who: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8), index=True)
    version: Mapped[int] = mapped_column(default=1)  # goes up with everything that staff do
    writers: Mapped[list[str]]  # usernames: who wrote any of it cannot approve it
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    change: Mapped[str] = mapped_column(String(16))  # the last thing that was done
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(64))  # the second person
    start_at: Mapped[datetime | None]
    too_late: Mapped[datetime | None]  # nobody gets it from then on
    alone_up_to: Mapped[int | None]  # to so many people it may go without the second person
    people: Mapped[int | None]  # whom it was for when it began
    result: Mapped[Json | None]  # how it ended, by state: the messages themselves are forgotten after 30 days


class BroadcastText(Base):
    """The text in a language. Without a row people get the English one, with a line in their language."""

    __tablename__ = "broadcast_texts"
    __table_args__ = (CheckConstraint("kind IN ('reviewed','machine','left_out')", name="known_kind"),)

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(64))  # who checked it or chose so, by username
    at: Mapped[datetime]


class OwnPhone(Base):
    """A member of staff's own phone or Telegram, for tests: they texted the shown code from it."""

    __tablename__ = "own_phones"

    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    code_at: Mapped[datetime]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
