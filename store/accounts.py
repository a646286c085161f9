"""Staff: accounts, passwords, logged-in browsers, and what each role may do.

A wrong password slows down only the source it came from, for that username: nobody is ever locked out.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from store import audit
from store.database import insert_once, transaction
from store.errors import NotLoggedIn, SlowDown, WrongPassword
from store.models import Account, LoginFailure, StaffSession
from store.transitions import PERSON, SYSTEM

IDLE = timedelta(minutes=30)
AT_MOST = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)  # how exactly `seen_at` is kept: not a write for every page
SHORTEST_PASSWORD = 12
FREE_TRIES = 5
SLOWEST = 30.0  # seconds between two tries from one source, reached by doubling from 1
FORGIVEN_AFTER = timedelta(minutes=15)

# Each role may do what stands with it and with the roles before it.
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("view",),
    "librarian": ("decide", "sessions", "tasks", "reply"),
    "manager": ("reminders", "knowledge", "texts", "broadcast", "insight"),
    "admin": ("accounts", "audit"),
}

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())  # checked for unknown usernames, so that they take as long


def create(
    session: Session,
    username: str,
    password: str,
    *,
    name: str,
    role: str,
    places: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """A member of staff; `places` None: every library. ValueError: a role, username or password won't do."""
    username = username.strip().casefold()
    if role not in ROLES or not username or username in (PERSON, SYSTEM):
        raise ValueError(f"role one of {tuple(ROLES)}; no username {PERSON!r} or {SYSTEM!r}")
    if session.scalar(select(Account.id).filter_by(username=username)) is not None:
        raise ValueError("there is such a username already")
    account = Account(
        username=username,
        name=name,
        password_hash=_hash(password),
        role=role,
        places=None if places is None else list(places),
        created_at=now,
    )
    session.add(account)
    session.flush()
    audit.write(session, actor, "account.created", "account", account.id, now=now, role=role)
    return account


def log_in(engine: Engine, username: str, password: str, *, source: str, now: datetime) -> str:
    """The token for the browser's cookie. `source`: where it comes from (an IP address).

    Raises WrongPassword, or SlowDown(seconds) after five wrong ones from there (nothing was checked then).
    """
    username = username.strip().casefold()
    key = hashlib.sha256(f"{username}\0{source}".encode()).hexdigest()
    with transaction(engine) as session:
        _count_try(session, key, now)
        account = session.scalar(select(Account).filter_by(username=username, disabled_at=None))
    # Outside any transaction: argon2 takes its time on purpose, and SQLite has one writer.
    right = _verify(_NOBODY if account is None else account.password_hash, password)
    if account is None or not right:
        raise WrongPassword(f"wrong password or unknown username ({key[:8]})")
    with transaction(engine) as session:
        session.execute(delete(LoginFailure).filter_by(source=key))
        return _begin(session, account, now)


def authenticate(session: Session, token: str, now: datetime) -> StaffSession:
    """Who a cookie belongs to (`.account`, `.csrf`). Raises NotLoggedIn. Needs a writing transaction."""
    staff = session.scalar(select(StaffSession).filter_by(token_hash=_token_hash(token)))
    if staff is None:
        raise NotLoggedIn("no such session")
    if (
        staff.account.disabled_at is not None
        or now - staff.seen_at >= IDLE
        or now - staff.created_at >= AT_MOST
    ):
        raise NotLoggedIn("the session has ended")
    if now - staff.seen_at >= SEEN_EVERY:
        staff.seen_at = now
    return staff


def log_out(session: Session, token: str, now: datetime) -> None:
    """End this browser's session. Again is harmless."""
    staff = session.scalar(select(StaffSession).filter_by(token_hash=_token_hash(token)))
    if staff is not None:
        audit.write(session, staff.account.username, "account.logged_out", "account", staff.account_id, now)
        session.delete(staff)


def disable(session: Session, account_id: int, *, actor: str, now: datetime) -> None:
    """No more logging in, and every browser of this account is logged out at once."""
    session.get_one(Account, account_id).disabled_at = now
    _end_sessions(session, account_id)
    audit.write(session, actor, "account.disabled", "account", account_id, now=now)


def enable(session: Session, account_id: int, *, actor: str, now: datetime) -> None:
    session.get_one(Account, account_id).disabled_at = None
    audit.write(session, actor, "account.enabled", "account", account_id, now=now)


def set_password(session: Session, account_id: int, password: str, *, actor: str, now: datetime) -> None:
    """A new password; every browser of this account is logged out. Raises ValueError when it is too short."""
    session.get_one(Account, account_id).password_hash = _hash(password)
    _end_sessions(session, account_id)
    audit.write(session, actor, "account.password", "account", account_id, now=now)


def may(account: Account, what: str) -> bool:
    """Whether the account's role allows `what` (a word of ROLES)."""
    roles = list(ROLES)
    return any(what in ROLES[role] for role in roles[: roles.index(account.role) + 1])


def sees(account: Account, place: str | None) -> bool:
    """Whether the account works for that library; what belongs to none in particular is everybody's."""
    return place is None or account.places is None or place in account.places


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return _hasher.hash(password)


def fits(account: Account, password: str) -> bool:
    """Whether this is the account's password. Counts nothing: for people's log-ins there is log_in."""
    return _verify(account.password_hash, password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except VerificationError:
        return False


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _begin(session: Session, account: Account, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    staff = StaffSession(
        token_hash=_token_hash(token),
        account_id=account.id,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        seen_at=now,
    )
    session.add(staff)
    audit.write(session, account.username, "account.logged_in", "account", account.id, now=now)
    return token


def _end_sessions(session: Session, account_id: int) -> None:
    session.execute(delete(StaffSession).filter_by(account_id=account_id))


def _count_try(session: Session, key: str, now: datetime) -> None:
    """Count a try as wrong until it proves right (so a hundred at once count too). Raises SlowDown."""
    insert_once(session, LoginFailure, source=key, count=0, last_at=now)
    failure = session.get_one(LoginFailure, key, with_for_update=True)
    since = now - failure.last_at
    if since >= FORGIVEN_AFTER:
        failure.count = 0
    if failure.count >= FREE_TRIES:
        wait = min(2.0 ** (failure.count - FREE_TRIES), SLOWEST)
        if since.total_seconds() < wait:
            raise SlowDown(wait - since.total_seconds())
    failure.count, failure.last_at = failure.count + 1, now
