"""Messages that were not understood, for staff to teach the desk with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lessons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("same", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("harvested_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open','taught','dropped')", name="ck_lessons_known_state"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_lessons_contact_id_contacts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lessons"),
        sa.UniqueConstraint("same", name="uq_lessons_same"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lessons_contact_id", "lessons", ["contact_id"])
    op.create_index("ix_lessons_state", "lessons", ["state"])
