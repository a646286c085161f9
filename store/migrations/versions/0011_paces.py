"""How fast each channel may send, shared by all who send; and the outbox found by channel."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("rests_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("channel", name="pk_paces"),
    )
    op.drop_index("ix_outbox_queue", "outbox")
    op.create_index("ix_outbox_queue", "outbox", ["state", "channel", "rank", "id"])
