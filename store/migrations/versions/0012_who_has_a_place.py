"""Bookings found by their session, however many there are of others."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_bookings_occurrence_id", "bookings", ["occurrence_id", "state"])
