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
    """Staff's rule, such as every week at this wall time in London. Occurrences are made from it, 12 weeks ahead
    or as far as people see."""

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
    weeks_ahead: Mapped[int] = mapped_column(default=12)  # how far people see; staff see 12 weeks or more
    on_bank_holidays: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    exceptions: Mapped[list["SessionException"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class SessionException(Base):
    """A day on which a weekly session does not take place."""

    __tablename__ = "session_exceptions"

    weekly_id: Mapped[int] = mapped_column(
        ForeignKey("weekly_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(120), default="")


class Occurrence(Base):
    """One session on one day, which people book. `start` and `end` are UTC.

    A session that moves keeps its `rule_day`, so that the rule does not make it a second time.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("weekly_id", "rule_day", name="uq_occurrences_weekly_id_day"),
        Index("ix_occurrences_service_start", "service", "start"),
        Index("ix_occurrences_start", "start"),
        CheckConstraint("state IN ('open','cancelled')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    weekly_id: Mapped[int] = mapped_column(ForeignKey("weekly_sessions.id"))
    service: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    rule_day: Mapped[date]  # the day that the rule made it for
    day: Mapped[date]  # the day on which it takes place, in London
    start: Mapped[datetime]
    end: Mapped[datetime]
    closes_at: Mapped[datetime]  # no requests from this moment on (start less the lead time)
    capacity: Mapped[int]
    room: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(16), default="open")
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("closures.id"))  # what cancelled it, if one did
    version: Mapped[int] = mapped_column(default=1)

    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class Closure(Base):
    """Days on which a library, or every one, is closed. Bank holidays need none: the desk knows them."""

    __tablename__ = "closures"
    __table_args__ = (CheckConstraint("last >= first", name="ends_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))  # None: every library
    first: Mapped[date]
    last: Mapped[date]  # the last closed day
    reason: Mapped[str] = mapped_column(String(80))  # for staff; people read a ready text
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(String(64))
    lifted_at: Mapped[datetime | None]


class WalkIn(Base):
    """One more who came without a booking, or one less; their sum is the number. `tap`: the press of a button,
    which counts once however often the form arrives."""

    __tablename__ = "walk_ins"
    __table_args__ = (CheckConstraint("change IN (1, -1)", name="one_at_a_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    change: Mapped[int]
    tap: Mapped[str] = mapped_column(String(32), unique=True)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
