"""Libraries, weekly rules in London wall time, and the single sessions made from them."""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base


class Place(Base):
    """A library or centre, by the knowledge base's id; kb/ has the facts, sessions refer to this row."""

    __tablename__ = "places"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))  # English, for staff
    active: Mapped[bool] = mapped_column(default=True)


class WeeklySession(Base):
    """Staff's rule: every week at this wall time in London. Occurrences are made from it 12 weeks ahead."""

    __tablename__ = "weekly_sessions"
    __table_args__ = (CheckConstraint("capacity > 0", name="capacity_above_zero"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    rrule: Mapped[str] = mapped_column(
        String(200)
    )  # RFC 5545, expanded in wall time; never with a zone or UTC
    first: Mapped[date]
    last: Mapped[date | None]  # the last day; None: no end
    start: Mapped[time]  # London wall time
    minutes: Mapped[int]
    capacity: Mapped[int]
    room: Mapped[str] = mapped_column(String(80), default="")
    lead_hours: Mapped[int]  # a place cannot be asked for later than this many hours before the start
    on_bank_holidays: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    exceptions: Mapped[list["SessionException"]] = relationship(cascade="all, delete-orphan")


class SessionException(Base):
    """A day on which a weekly session does not take place."""

    __tablename__ = "session_exceptions"

    weekly_id: Mapped[int] = mapped_column(
        ForeignKey("weekly_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(120), default="")


class Occurrence(Base):
    """One session on one day, which people book. `start` and `end` are UTC."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("weekly_id", "day"),
        Index("ix_occurrences_service_start", "service", "start"),
        CheckConstraint("state IN ('open','cancelled')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    weekly_id: Mapped[int] = mapped_column(ForeignKey("weekly_sessions.id"))
    service: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    day: Mapped[date]  # in London
    start: Mapped[datetime]
    end: Mapped[datetime]
    closes_at: Mapped[datetime]  # no requests from this moment on (start less the lead time)
    capacity: Mapped[int]
    room: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(16), default="open")

    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)
