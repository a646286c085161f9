"""Every table, in the order of a conversation: people, messages, sessions and bookings, reminders, staff.

Moments are aware and in UTC (`datetime`); weekly rules are kept in London wall time (`date`, `time`).
Nothing here has a field for status, nationality, religion or a case number, and none may be added.
"""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Json
from store.outlet_model import Outlet  # noqa: F401 - one of the tables
from store.transitions import HOLDS_SEAT, LIVE, PERSON, State


def _among(states: tuple[State, ...]) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


class Contact(Base):
    """A person as one channel knows them. The address is sealed; `address_lookup` finds it (see vault.py)."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("channel", "address_lookup"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_lookup: Mapped[str] = mapped_column(String(64))
    address_sealed: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(
        String(8)
    )  # what the person chose or wrote in; None: not yet known
    name: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(64))  # the library they asked about last
    opted_out: Mapped[bool] = mapped_column(default=False)
    unreachable: Mapped[bool] = mapped_column(default=False)  # blocked the bot, or the number is gone
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # their last message
    erased_at: Mapped[datetime | None]  # only an empty shell, kept until the good-bye has been sent


class Conversation(Base):
    """The state of one person's conversation, as flows/state.py writes it."""

    __tablename__ = "conversations"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Json]
    updated_at: Mapped[datetime]


class Subscription(Base):
    """A person who wants the weekly reminder about a topic (a service's id)."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("contact_id", "topic"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]


class InboxRow(Base):
    """One inbound message; the same channel and provider id never makes a second row."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    provider_id: Mapped[str] = mapped_column(String(128))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    digest: Mapped[str] = mapped_column(String(64))  # of the raw body: tells a repeat from another text
    text: Mapped[str] = mapped_column(Text)  # cleaned and redacted; empty after 30 days
    reply: Mapped[str | None] = mapped_column(Text)  # exactly what was answered; None: not finished
    received_at: Mapped[datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """One message to a person: queued → sending → sent → delivered | failed; or unsure; or dropped."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_queue", "state", "rank", "id"),
        CheckConstraint(
            "state IN ('queued','sending','sent','delivered','failed','unsure','dropped')", name="known_state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # reply, notice, reminder, broadcast
    rank: Mapped[int]  # of the kind: the smaller goes first
    topic: Mapped[str | None] = mapped_column(String(64))  # of a reminder: whose subscription is the consent
    payload: Mapped[Json]  # {"messages": [...]} or {"flow": name, "answers": {...}}
    dedupe: Mapped[str | None] = mapped_column(String(160), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))  # why dropped: too_late, opted_out, ...
    not_before: Mapped[datetime | None]
    too_late: Mapped[datetime | None]  # from this moment on it is dropped instead of sent
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    text: Mapped[str | None] = mapped_column(Text)  # what was sent, in the person's words
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    error_code: Mapped[str | None] = mapped_column(String(64))


class Receipt(Base):
    """A provider's word about a message that came before we knew the message's id: kept until we do."""

    __tablename__ = "receipts"

    provider_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    error_code: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class Place(Base):
    """A library or centre, by the knowledge base's id; kb/ has the facts, sessions refer to this row."""

    __tablename__ = "places"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))  # English, for staff
    active: Mapped[bool] = mapped_column(default=True)


class WeeklySession(Base):
    """Staff's rule: every week at this wall time in London. Occurrences are made from it 12 weeks ahead."""

    __tablename__ = "weekly_sessions"
    __table_args__ = (CheckConstraint("capacity > 0", name="capacity_above_zero"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    rrule: Mapped[str] = mapped_column(
        String(200)
    )  # RFC 5545, expanded in wall time; never with a zone or UTC
    first: Mapped[date]
    last: Mapped[date | None]  # the last day; None: no end
    start: Mapped[time]  # London wall time
    minutes: Mapped[int]
    capacity: Mapped[int]
    room: Mapped[str] = mapped_column(String(80), default="")
    lead_hours: Mapped[int]  # a place cannot be asked for later than this many hours before the start
    on_bank_holidays: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]

    exceptions: Mapped[list["SessionException"]] = relationship(cascade="all, delete-orphan")


class SessionException(Base):
    """A day on which a weekly session does not take place."""

    __tablename__ = "session_exceptions"

    weekly_id: Mapped[int] = mapped_column(
        ForeignKey("weekly_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(120), default="")


class Occurrence(Base):
    """One session on one day, which people book. `start` and `end` are UTC."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("weekly_id", "day"),
        Index("ix_occurrences_service_start", "service", "start"),
        CheckConstraint("state IN ('open','cancelled')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    weekly_id: Mapped[int] = mapped_column(ForeignKey("weekly_sessions.id"))
    service: Mapped[str] = mapped_column(String(64))
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    day: Mapped[date]  # in London
    start: Mapped[datetime]
    end: Mapped[datetime]
    closes_at: Mapped[datetime]  # no requests from this moment on (start less the lead time)
    capacity: Mapped[int]
    room: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(16), default="open")

    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


class Booking(Base):
    """One person's place in one session, or their wish for it; changed only through store/bookings.py."""

    __tablename__ = "bookings"
    __table_args__ = (
        Index(
            "ux_bookings_seat",
            "occurrence_id",
            "seat",
            unique=True,
            sqlite_where=text(_among(HOLDS_SEAT)),
            postgresql_where=text(_among(HOLDS_SEAT)),
        ),
        Index(
            "ux_bookings_person",
            "occurrence_id",
            "contact_id",
            unique=True,
            sqlite_where=text(_among(LIVE)),
            postgresql_where=text(_among(LIVE)),
        ),
        CheckConstraint(_among(tuple(State)), name="known_state"),
        CheckConstraint(f"NOT {_among(HOLDS_SEAT)} OR seat IS NOT NULL", name="seat_while_held"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Made from the id right after the insert, so it is never missing outside store/bookings.py.
    reference: Mapped[str] = mapped_column(String(12), unique=True, nullable=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(80))  # a first name; empty once anonymised
    state: Mapped[str] = mapped_column(String(24), index=True)
    seat: Mapped[int | None]  # 1..capacity while the state holds one
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64), default=PERSON)  # "person", "system" or a username
    offer_expires_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(
        String(32)
    )  # of a decline or cancellation: one of bookings.REASONS
    note: Mapped[str | None] = mapped_column(Text)  # staff's own words, sent as written
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("occurrences.id"))  # when staff offer another one
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))  # the one it was changed from

    occurrence: Mapped[Occurrence] = relationship(lazy="joined", innerjoin=True, foreign_keys=occurrence_id)
    asked: Mapped[Occurrence | None] = relationship(foreign_keys=asked_id)
    contact: Mapped[Contact | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class ReminderSchedule(Base):
    """When the weekly reminder about a topic goes out, in London wall time."""

    __tablename__ = "reminder_schedules"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    weekday: Mapped[int]  # 0 = Monday
    at: Mapped[time]
    sensitive: Mapped[bool]  # never named in a message
    active: Mapped[bool] = mapped_column(default=True)
    changed_by: Mapped[str] = mapped_column(String(64))


class ReminderOccurrence(Base):
    """One week's reminder about one topic; `cursor`: the last subscription done, to go on after a crash."""

    __tablename__ = "reminder_occurrences"

    topic: Mapped[str] = mapped_column(ForeignKey("reminder_schedules.topic"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    cursor: Mapped[int] = mapped_column(default=0)
    queued: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class Task(Base):
    """Something a person must do. While it is open the same thing is counted, not filed again."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "ux_tasks_open",
            "same",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open','done')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(
        String(120)
    )  # a topic, a fact ("work_coach.times") or a row ("outbox:17")
    note: Mapped[str] = mapped_column(Text)  # redacted
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    place_id: Mapped[str | None] = mapped_column(String(64))  # for staff scoped to a library; None: anyone
    same: Mapped[str] = mapped_column(String(64))
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="open", index=True)
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(64))

    contact: Mapped[Contact | None] = relationship()


class Lesson(Base):
    """A message that was not understood, for staff to say what it meant, and for the next training.

    `contact_id` is kept until somebody has decided, so that "delete my data" takes the message along.
    """

    __tablename__ = "lessons"
    __table_args__ = (CheckConstraint("state IN ('open','taught','dropped')", name="known_state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    same: Mapped[str] = mapped_column(String(64), unique=True)  # of language and words: asked about only once
    text: Mapped[str] = mapped_column(Text)  # redacted; as staff leave it once taught
    language: Mapped[str] = mapped_column(String(8))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="open", index=True)
    label: Mapped[str | None] = mapped_column(String(64))  # an intent, or "book_session+<topic>"
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    harvested_at: Mapped[datetime | None]  # written out for the training data


class Translation(Base):
    """A text in a language as staff, or a translator's file, made it. Rows are only added; the last one counts."""

    __tablename__ = "translations"
    __table_args__ = (
        UniqueConstraint("language", "key", "version"),
        CheckConstraint("state IN ('draft','reviewed')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(160))  # of the catalogue of texts
    version: Mapped[int]  # of this text in this language: 1, 2, …
    english: Mapped[list[str]]  # for which it was made: one form, or the plural forms
    text: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(8))
    who: Mapped[str] = mapped_column(String(80))  # stands behind it, by name
    source: Mapped[str] = mapped_column(String(8))  # the page, or a file
    at: Mapped[datetime]


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


# SQLite would give a deleted row's id to the next one; ids here stand in audit rows and callback addresses.
for _table in Base.metadata.tables.values():
    _table.dialect_options["sqlite"]["autoincrement"] = True
