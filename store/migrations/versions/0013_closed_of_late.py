"""What was closed of late found without looking at all that was closed before."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_bookings_state", "bookings")
    op.create_index("ix_bookings_state", "bookings", ["state", "changed_at"])
