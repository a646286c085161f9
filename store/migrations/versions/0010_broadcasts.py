"""Reminders of each kind, and messages to a group."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    _mailings()
    _broadcasts()
    # Columns are added one by one: a batch would copy the whole outbox on SQLite.
    op.add_column("outbox", sa.Column("subject", sa.String(length=64), nullable=True))
    op.add_column("outbox", sa.Column("broadcast_id", sa.Integer(), nullable=True))
    op.create_index("ix_outbox_broadcast", "outbox", ["broadcast_id", "state"], unique=False)
    for column in (
        sa.Column("day_before", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("hours_before", sa.Integer(), nullable=False, server_default="2"),
        sa.Column("asks_after", sa.Boolean(), nullable=False, server_default=sa.true()),
    ):
        op.add_column("reminder_schedules", column)


def _mailings() -> None:
    op.create_table(
        "mailings",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("too_late", MOMENT, nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("kind", "topic", "day", name="pk_mailings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mailings_finished_at", "mailings", ["finished_at"], unique=False)
    # One that is still going on is opened anew: whoever has their message already gets no second one.
    op.execute(
        "INSERT INTO mailings (kind, topic, day, due_at, too_late, cursor, queued, finished_at) "
        "SELECT 'weekly', topic, day, due_at, due_at, cursor, queued, finished_at FROM reminder_occurrences "
        "WHERE finished_at IS NOT NULL"
    )
    op.drop_table("reminder_occurrences")
    op.create_table(
        "ratings",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_ratings_booking_id_bookings"),
        sa.PrimaryKeyConstraint("booking_id", name="pk_ratings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ratings_service", "ratings", ["service"], unique=False)


def _broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("who", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("writers", JSON, nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("start_at", MOMENT, nullable=True),
        sa.Column("too_late", MOMENT, nullable=True),
        sa.Column("alone_up_to", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("result", JSON, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','ready','sending','paused','stopped','done')", name="ck_broadcasts_known_state"
        ),
        sa.CheckConstraint("who IN ('subscribed','booked','either')", name="ck_broadcasts_known_group"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_broadcasts_place_id_places"),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_broadcasts_state", "broadcasts", ["state"], unique=False)
    op.create_table(
        "broadcast_texts",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('reviewed','machine','left_out')", name="ck_broadcast_texts_known_kind"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name="fk_broadcast_texts_broadcast_id_broadcasts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "language", name="pk_broadcast_texts"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "own_phones",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("code_at", MOMENT, nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_own_phones_contact_id_contacts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("username", name="pk_own_phones"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_own_phones_contact_id", "own_phones", ["contact_id"], unique=False)
