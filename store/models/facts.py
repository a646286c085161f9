"""What staff confirmed, corrected or took out of the knowledge base's files (kb/)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class FactChange(Base):
    """One decision about one fact, shaped as HSDS's metadata. Rows are only added; the last of a fact counts.

    Values are JSON as kb/facts.py writes it, so that two are the same when their texts are.
    """

    __tablename__ = "fact_changes"
    __table_args__ = (
        UniqueConstraint("resource_type", "resource_id", "field_name", "version"),
        CheckConstraint("resource_type IN ('service','partner','place')", name="known_type"),
        CheckConstraint(
            "last_action_type IN ('confirmed','corrected','taken_out','file')", name="known_action"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_type: Mapped[str] = mapped_column(String(8))
    resource_id: Mapped[str] = mapped_column(String(64))
    field_name: Mapped[str] = mapped_column(String(40))  # "facts.0", "schedules"
    version: Mapped[int]  # of this fact: 1, 2, …
    previous_value: Mapped[str] = mapped_column(Text)  # the file's, which this one stands over
    replacement_value: Mapped[str] = mapped_column(Text)  # "null": nobody knows
    last_action_type: Mapped[str] = mapped_column(String(12))
    last_action_date: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(80))  # stands behind it, by name
    folded_at: Mapped[datetime | None]  # `welcome kb export` wrote it into the file
