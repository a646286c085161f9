"""Outlets: where posters and leaflets hang."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outlets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("copies > 0", name="ck_outlets_copies_above_zero"),
        sa.CheckConstraint("removed_on IS NULL OR removed_on >= since", name="ck_outlets_removed_after"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_outlets_place_id_places"),
        sa.PrimaryKeyConstraint("id", name="pk_outlets"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outlets_place_id", "outlets", ["place_id"])
