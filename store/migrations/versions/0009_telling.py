"""How members of staff are told: e-mail and the staff group, each notice, calendar feeds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "listeners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=24), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("address_sealed", sa.Text(), nullable=True),
        sa.Column("offered_sealed", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_until", MOMENT, nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("digest_days", sa.String(length=7), nullable=False),
        sa.Column("digest_since", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("refused", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("way IN ('mail','group')", name="ck_listeners_known_way"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_listeners_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_listeners"),
        sa.UniqueConstraint("who", name="uq_listeners_who"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "wishes",
        sa.Column("listener_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.String(length=8), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.CheckConstraint("moment IN ('at_once','digest')", name="ck_wishes_known_moment"),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["listeners.id"], name="fk_wishes_listener_id_listeners", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listener_id", "kind", name="pk_wishes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "noticed",
        sa.Column("listener_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=48), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["listeners.id"], name="fk_noticed_listener_id_listeners", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listener_id", "item", "round", name="pk_noticed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_noticed_at", "noticed", ["at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listener_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("about", JSON, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("too_late", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued','sending','sent','failed','unsure','dropped')", name="ck_notices_known_state"
        ),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["listeners.id"], name="fk_notices_listener_id_listeners", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("listener_id", "occurrence", name="uq_notices_listener_id_occurrence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_queue", "notices", ["state", "rank", "id"], unique=False)
    op.create_index("ix_notices_created_at", "notices", ["created_at"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("used_today", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_feeds_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_feeds"),
        sa.UniqueConstraint("token_hash", name="uq_feeds_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_events",
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrences.id"],
            name="fk_feed_events_occurrence_id_occurrences",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_feed_events"),
        sqlite_autoincrement=True,
    )
