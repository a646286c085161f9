"""Places in sessions, and the wish for one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base
from store.models.people import Contact
from store.models.sessions import Occurrence
from store.transitions import HOLDS_SEAT, LIVE, PERSON, State


def _among(states: tuple[State, ...]) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


class Booking(Base):
    """One person's place in one session, or their wish for it; changed only through store/bookings.py."""

    __tablename__ = "bookings"
    __table_args__ = (
        Index(
            "ux_bookings_seat",
            "occurrence_id",
            "seat",
            unique=True,
            sqlite_where=text(_among(HOLDS_SEAT)),
            postgresql_where=text(_among(HOLDS_SEAT)),
        ),
        Index(
            "ux_bookings_person",
            "occurrence_id",
            "contact_id",
            unique=True,
            sqlite_where=text(_among(LIVE)),
            postgresql_where=text(_among(LIVE)),
        ),
        # Who has a place, for every list of sessions; and the queue by state, with what was closed of late.
        Index("ix_bookings_occurrence_id", "occurrence_id", "state"),
        Index("ix_bookings_state", "state", "changed_at"),
        CheckConstraint(_among(tuple(State)), name="known_state"),
        CheckConstraint(f"NOT {_among(HOLDS_SEAT)} OR seat IS NOT NULL", name="seat_while_held"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Made from the id right after the insert, so it is never missing outside store/bookings.py.
    reference: Mapped[str] = mapped_column(String(12), unique=True, nullable=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(80))  # a first name; empty once anonymised
    state: Mapped[str] = mapped_column(String(24))
    seat: Mapped[int | None]  # 1..capacity while the state holds one
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64), default=PERSON)  # "person", "system" or a username
    offer_expires_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(
        String(32)
    )  # of a decline or cancellation: one of bookings.REASONS
    note: Mapped[str | None] = mapped_column(Text)  # staff's own words, sent as written
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("occurrences.id"))  # when staff offer another one
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))  # the one it was changed from

    occurrence: Mapped[Occurrence] = relationship(lazy="joined", innerjoin=True, foreign_keys=occurrence_id)
    asked: Mapped[Occurrence | None] = relationship(foreign_keys=asked_id)
    contact: Mapped[Contact | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
