"""What staff add to a person's conversation: who answers instead of the desk, until when it waits, notes; and who
does a task."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class Talk(Base):
    """Staff's side of one conversation; there is none until staff do something. Only store/talks.py changes it."""

    __tablename__ = "talks"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    taken_by: Mapped[str | None] = mapped_column(String(64))  # answers instead of the desk: a username
    staff_at: Mapped[datetime | None] = mapped_column(index=True)  # taken over, or answered by staff, at
    snoozed_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)  # goes up when staff answer, take over or hand back
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))
    change: Mapped[str] = mapped_column(
        String(16)
    )  # the last one: taken_over, answered, handed_back, snoozed


class TalkNote(Base):
    """What a member of staff wants colleagues to know; never sent."""

    __tablename__ = "talk_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)  # redacted
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime]


class TaskHold(Base):
    """A member of staff has said "I do this" of an open task; it counts for some hours (store/tasks.py)."""

    __tablename__ = "task_holds"

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    held_by: Mapped[str] = mapped_column(String(64))
    held_at: Mapped[datetime]
