"""Closed days, moved sessions, how far ahead people see, who walked in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("last >= first", name="ck_closures_ends_after_it_begins"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_closures_place_id_places"),
        sa.PrimaryKeyConstraint("id", name="pk_closures"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "walk_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("tap", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("change IN (1, -1)", name="ck_walk_ins_one_at_a_time"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name="fk_walk_ins_occurrence_id_occurrences"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_walk_ins"),
        sa.UniqueConstraint("tap", name="uq_walk_ins_tap"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_walk_ins_occurrence_id", "walk_ins", ["occurrence_id"], unique=False)
    # Columns are added one by one: on SQLite a batch would copy tables that bookings refer to.
    for table in ("weekly_sessions", "occurrences"):
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "weekly_sessions", sa.Column("weeks_ahead", sa.Integer(), nullable=False, server_default="12")
    )
    # The day of the rule stays what the unique rule is about; a session that moves gets another `day`.
    op.execute("ALTER TABLE occurrences RENAME COLUMN day TO rule_day")
    op.add_column("occurrences", sa.Column("day", sa.Date(), nullable=False, server_default="2000-01-01"))
    op.execute("UPDATE occurrences SET day = rule_day")
    op.execute(
        "ALTER TABLE occurrences ADD COLUMN closure_id INTEGER"
        " CONSTRAINT fk_occurrences_closure_id_closures REFERENCES closures (id)"
    )
    op.create_index("ix_occurrences_start", "occurrences", ["start"], unique=False)
