"""How members of staff are told what waits: to whom, what and when; each notice that went; calendar feeds."""

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Json
from store.models.staff import Account


class Listener(Base):
    """A member of staff with an e-mail address, or the staff group (`account_id` None).

    The address is sealed, and counts once its code was typed in; until then it waits in `offered_sealed`.
    """

    __tablename__ = "listeners"
    __table_args__ = (CheckConstraint("way IN ('mail','group')", name="known_way"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(24), unique=True)  # "account:5" or "group"
    way: Mapped[str] = mapped_column(String(8))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    address_sealed: Mapped[str | None] = mapped_column(Text)
    offered_sealed: Mapped[str | None] = mapped_column(Text)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    digest_at: Mapped[time]  # London wall time
    digest_days: Mapped[str] = mapped_column(String(7))  # "01234": Monday to Friday
    digest_since: Mapped[datetime]  # chosen at: a digest that was due before is not sent
    told_at: Mapped[datetime | None]  # the last notice at once, emergencies aside
    refused: Mapped[str | None] = mapped_column(
        String(64)
    )  # the mail server says that there is no such address
    version: Mapped[int] = mapped_column(default=1)  # of what was chosen
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship()
    wishes: Mapped[list["Wish"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class Wish(Base):
    """What a listener is told, and when. What is not here is not told."""

    __tablename__ = "wishes"
    __table_args__ = (CheckConstraint("moment IN ('at_once','digest')", name="known_moment"),)

    listener_id: Mapped[int] = mapped_column(ForeignKey("listeners.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)  # one of store/telling.py's KINDS
    moment: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime]  # chosen at: what came before is told in no notice at once


class Noticed(Base):
    """A listener was told of this request or task at once; a second time only in another `round`."""

    __tablename__ = "noticed"

    listener_id: Mapped[int] = mapped_column(ForeignKey("listeners.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[str] = mapped_column(String(48), primary_key=True)  # such as "requests:17"
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)


class Notice(Base):
    """One e-mail or group message to staff: queued → sending → sent | failed | dropped; or unsure after a crash.

    It holds no words: they are made when it is sent, from what waits then.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("listener_id", "occurrence"),
        Index("ix_notices_queue", "state", "rank", "id"),
        CheckConstraint(
            "state IN ('queued','sending','sent','failed','unsure','dropped')", name="known_state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listener_id: Mapped[int] = mapped_column(ForeignKey("listeners.id", ondelete="CASCADE"))
    occurrence: Mapped[str] = mapped_column(String(64))  # such as "digest:2026-10-25": never two of one
    kind: Mapped[str] = mapped_column(String(8))  # code, at_once, digest
    rank: Mapped[int]  # of the kind: the smaller goes first
    about: Mapped[Json]  # {"kinds": [...]}; of a code the sealed code, until it is sent
    state: Mapped[str] = mapped_column(String(8))
    not_before: Mapped[datetime | None]
    too_late: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(
        String(32)
    )  # why it is not sent (yet): a word, or an SMTP code

    listener: Mapped[Listener] = relationship(lazy="joined", innerjoin=True)


class Feed(Base):
    """A calendar feed of an account's libraries. The token in its address is not here, only its hash."""

    __tablename__ = "feeds"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_today: Mapped[int] = mapped_column(default=0)  # times, on the London day of `used_at`
    digest: Mapped[str] = mapped_column(String(64), default="")  # of what it said last
    changed_at: Mapped[datetime]  # since when it says that

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class FeedEvent(Base):
    """How a session stands in the feeds, so that calendars notice what changed (RFC 5545: SEQUENCE, DTSTAMP)."""

    __tablename__ = "feed_events"

    occurrence_id: Mapped[int] = mapped_column(
        ForeignKey("occurrences.id", ondelete="CASCADE"), primary_key=True
    )
    shape: Mapped[str] = mapped_column(String(64))  # digest of when, where and whether: SEQUENCE counts these
    content: Mapped[str] = mapped_column(String(64))  # digest of all of it
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
