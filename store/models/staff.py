"""Accounts, logged-in browsers, what was done by whom; and the word that proves the keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Json


class Account(Base):
    """A member of staff. `places` None: every library.

    Codes: `code_sealed` is the secret of their phone's app; `code_step` the last time step that was used, so that
    no code works twice; `code_offered` a secret that is shown and not confirmed yet.
    """

    __tablename__ = "accounts"
    __table_args__ = (Index("ux_accounts_council", "council_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id; "" until an invitation is taken up
    role: Mapped[str] = mapped_column(String(16))  # viewer, librarian, manager, admin
    places: Mapped[list[str] | None]
    version: Mapped[int] = mapped_column(default=1)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    code_sealed: Mapped[str | None] = mapped_column(Text)
    code_offered: Mapped[str | None] = mapped_column(Text)
    code_step: Mapped[int] = mapped_column(default=0)
    council_id: Mapped[str | None] = mapped_column(String(64))  # hash of issuer and subject
    council_only: Mapped[bool] = mapped_column(default=False)  # no password opens it


class StaffSession(Base):
    """A logged-in browser. The cookie's token is not here, only its hash."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))  # belongs in every form
    way: Mapped[str] = mapped_column(String(16), default="password")
    browser: Mapped[str] = mapped_column(String(60), default="")  # such as Firefox on Windows
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class HalfLogIn(Base):
    """A log-in that waits for its second half: the code after a password, or the council's answer.

    `account_id` None: nobody yet, the council is being asked. The cookie's token is not here, only its hash.
    """

    __tablename__ = "half_log_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    back: Mapped[str] = mapped_column(Text, default="")  # the page to open afterwards
    created_at: Mapped[datetime]


class Invitation(Base):
    """A one-time link with which somebody chooses their password. One an account: a new one ends the old."""

    __tablename__ = "invitations"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code on paper, for the day the phone is lost. Each works once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class LoginFailure(Base):
    """Wrong passwords or codes for one username from one source; slows that source down, nobody else."""

    __tablename__ = "login_failures"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)  # hash of username and source
    count: Mapped[int]
    last_at: Mapped[datetime]


class Audit(Base):
    """Who did what, when: in the same transaction as the change. No text, name or address of a person.

    Nothing here is changed or taken away: the database itself refuses (migration 0007), except for what is
    older than AuditHorizon.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)  # "person", "system" or a username
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[Json]


class AuditHorizon(Base):
    """One row: what the audit may forget, everything before this moment. store/audit.py's `forget` moves it."""

    __tablename__ = "audit_horizon"

    id: Mapped[int] = mapped_column(primary_key=True)
    forgets: Mapped[datetime]


class Canary(Base):
    """One sealed word: whoever cannot open it has the wrong keys."""

    __tablename__ = "canary"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
