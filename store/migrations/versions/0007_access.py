"""One-time codes, invitations, the council's accounts; and an audit that the database itself keeps as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SQLITE = (
    """CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is not changed'); END""",
    """CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    WHEN NOT EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.at < forgets)
    BEGIN SELECT RAISE(ABORT, 'the audit is kept'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.at < forgets) THEN RETURN OLD; END IF;
      END IF;
      RAISE EXCEPTION 'the audit is kept as it is' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_keeps()",
    "CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()",
)


def upgrade() -> None:
    # Columns are added one by one: copying `accounts` (a batch) would log everybody out on SQLite.
    for column in (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("last_login_at", MOMENT, nullable=True),
        sa.Column("code_sealed", sa.Text(), nullable=True),
        sa.Column("code_offered", sa.Text(), nullable=True),
        sa.Column("code_step", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("council_id", sa.String(length=64), nullable=True),
        sa.Column("council_only", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("accounts", column)
    op.add_column(
        "staff_sessions",
        sa.Column("way", sa.String(length=16), nullable=False, server_default="password"),
    )
    op.add_column(
        "staff_sessions", sa.Column("browser", sa.String(length=60), nullable=False, server_default="")
    )
    op.create_index("ux_accounts_council", "accounts", ["council_id"], unique=True)
    op.create_index("ix_audit_actor", "audit", ["actor"], unique=False)
    op.create_table(
        "half_log_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_half_log_ins_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_half_log_ins"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_half_log_ins_account_id", "half_log_ins", ["account_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_invitations_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recovery_codes_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"], unique=False)
    op.create_table(
        "audit_horizon",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("forgets", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_horizon"),
        sqlite_autoincrement=True,
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
