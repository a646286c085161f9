"""When reminders go out, and each one that went."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class ReminderSchedule(Base):
    """When the weekly reminder about a topic goes out, in London wall time."""

    __tablename__ = "reminder_schedules"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    weekday: Mapped[int]  # 0 = Monday
    at: Mapped[time]
    sensitive: Mapped[bool]  # never named in a message
    active: Mapped[bool] = mapped_column(default=True)
    changed_by: Mapped[str] = mapped_column(String(64))


class ReminderOccurrence(Base):
    """One week's reminder about one topic; `cursor`: the last subscription done, to go on after a crash."""

    __tablename__ = "reminder_occurrences"

    topic: Mapped[str] = mapped_column(ForeignKey("reminder_schedules.topic"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    cursor: Mapped[int] = mapped_column(default=0)
    queued: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
