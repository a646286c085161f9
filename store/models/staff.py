"""Accounts, logged-in browsers, what was done by whom; and the word that proves the keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Json


class Account(Base):
    """A member of staff. `places` None: every library."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    role: Mapped[str] = mapped_column(String(16))  # viewer, librarian, manager, admin
    places: Mapped[list[str] | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffSession(Base):
    """A logged-in browser. The cookie's token is not here, only its hash."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))  # belongs in every form
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class LoginFailure(Base):
    """Wrong passwords for one username from one source; slows that source down, nobody else."""

    __tablename__ = "login_failures"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)  # hash of username and source
    count: Mapped[int]
    last_at: Mapped[datetime]


class Audit(Base):
    """Who did what, when: in the same transaction as the change. No text, name or address of a person."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))  # "person", "system" or a username
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[Json]


class Canary(Base):
    """One sealed word: whoever cannot open it has the wrong keys."""

    __tablename__ = "canary"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
