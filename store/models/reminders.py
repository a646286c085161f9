"""When reminders go out, every mailing to many that went, and what people said after a session."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class ReminderSchedule(Base):
    """When people are reminded of a service, in London wall time: every week, and before a place they booked."""

    __tablename__ = "reminder_schedules"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    weekday: Mapped[int]  # 0 = Monday
    at: Mapped[time]
    sensitive: Mapped[bool]  # never named in a message
    active: Mapped[bool] = mapped_column(default=True)  # of the weekly one
    changed_by: Mapped[str] = mapped_column(String(64))
    day_before: Mapped[bool] = mapped_column(default=True)
    hours_before: Mapped[int] = mapped_column(default=2)  # 0: none
    asks_after: Mapped[bool] = mapped_column(default=True)  # the day after: how was it?


class Mailing(Base):
    """One message to many, planned once; `cursor`: the last recipient done, to go on after a crash."""

    __tablename__ = "mailings"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)  # a name of store/mailings.py's Kind
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)  # a service, a session, a broadcast
    day: Mapped[date] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    too_late: Mapped[datetime]  # from then on nobody is added
    cursor: Mapped[int] = mapped_column(default=0)
    queued: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)


class Rating(Base):
    """What somebody answered to "How was it?". It names nobody: once the booking is anonymised, nobody can tell."""

    __tablename__ = "ratings"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    service: Mapped[str] = mapped_column(String(64), index=True)
    place_id: Mapped[str] = mapped_column(String(64))
    good: Mapped[bool]
    at: Mapped[datetime]
