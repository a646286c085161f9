"""What waits for staff beside bookings: tasks, messages to learn from, translations, posters."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base
from store.models.people import Contact


class Task(Base):
    """Something a person must do. While it is open the same thing is counted, not filed again."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "ux_tasks_open",
            "same",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open','done')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(
        String(120)
    )  # a topic, a fact ("work_coach.times") or a row ("outbox:17")
    note: Mapped[str] = mapped_column(Text)  # redacted
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    place_id: Mapped[str | None] = mapped_column(String(64))  # for staff scoped to a library; None: anyone
    same: Mapped[str] = mapped_column(String(64))
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="open", index=True)
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(64))

    contact: Mapped[Contact | None] = relationship()


class Lesson(Base):
    """A message that was not understood, for staff to say what it meant, and for the next training.

    `contact_id` is kept until somebody has decided, so that "delete my data" takes the message along.
    """

    __tablename__ = "lessons"
    __table_args__ = (CheckConstraint("state IN ('open','taught','dropped')", name="known_state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    same: Mapped[str] = mapped_column(String(64), unique=True)  # of language and words: asked about only once
    text: Mapped[str] = mapped_column(Text)  # redacted; as staff leave it once taught
    language: Mapped[str] = mapped_column(String(8))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="open", index=True)
    label: Mapped[str | None] = mapped_column(String(64))  # an intent, or "book_session+<topic>"
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    harvested_at: Mapped[datetime | None]  # written out for the training data


class Translation(Base):
    """A text in a language as staff, or a translator's file, made it. Rows are only added; the last one counts."""

    __tablename__ = "translations"
    __table_args__ = (
        UniqueConstraint("language", "key", "version"),
        CheckConstraint("state IN ('draft','reviewed')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(160))  # of the catalogue of texts
    version: Mapped[int]  # of this text in this language: 1, 2, …
    english: Mapped[list[str]]  # for which it was made: one form, or the plural forms
    text: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(8))
    who: Mapped[str] = mapped_column(String(80))  # stands behind it, by name
    source: Mapped[str] = mapped_column(String(8))  # the page, or a file
    at: Mapped[datetime]


class Outlet(Base):
    """A place with our posters or leaflets: a library, a partner's waiting room, a shop."""

    __tablename__ = "outlets"
    __table_args__ = (
        CheckConstraint("copies > 0", name="copies_above_zero"),
        CheckConstraint("removed_on IS NULL OR removed_on >= since", name="removed_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))  # one of store/outlets.py's KINDS
    place_id: Mapped[str] = mapped_column(
        ForeignKey("places.id"), index=True
    )  # the library that looks after it
    languages: Mapped[list[str]]  # beside English
    copies: Mapped[int]
    since: Mapped[date]
    removed_on: Mapped[date | None]  # the first day without
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
