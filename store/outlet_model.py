"""The table of outlets: where posters and leaflets hang or lie. The rules are in store/outlets.py."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


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
