"""Facts that staff confirmed or corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "fact_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_type", sa.String(length=8), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("field_name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous_value", sa.Text(), nullable=False),
        sa.Column("replacement_value", sa.Text(), nullable=False),
        sa.Column("last_action_type", sa.String(length=12), nullable=False),
        sa.Column("last_action_date", MOMENT, nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("folded_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "resource_type IN ('service','partner','place')", name="ck_fact_changes_known_type"
        ),
        sa.CheckConstraint(
            "last_action_type IN ('confirmed','corrected','taken_out','file')",
            name="ck_fact_changes_known_action",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fact_changes"),
        sa.UniqueConstraint(
            "resource_type",
            "resource_id",
            "field_name",
            "version",
            name="uq_fact_changes_resource_type_resource_id_field_name_version",
        ),
        sqlite_autoincrement=True,
    )
