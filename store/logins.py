"""Logging in: a password, or the council's word; a code where the account has them; and logged-in browsers.

A wrong password or code slows down only the source it came from, for that username: nobody is ever locked out.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from store import audit, codes, passwords
from store.database import insert_once, transaction
from store.errors import CodeWanted, NoAccount, NotLoggedIn, SlowDown, WrongCode, WrongPassword
from store.models import Account, HalfLogIn, LoginFailure, StaffSession
from store.vault import Vault

IDLE = timedelta(minutes=30)
AT_MOST = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)  # how exactly `seen_at` is kept: not a write for every page
HALF_LIVES = timedelta(minutes=10)  # how long a log-in waits for its code, or for the council's answer
HALF_TRIES = 10  # codes after one password
FREE_TRIES = 5
FREE_CODES = 50  # wrong codes for one account from everywhere; whoever gives them knows the password
SLOWEST = 30.0  # seconds between two tries, reached by doubling from 1
FORGIVEN_AFTER = timedelta(minutes=15)
COUNCIL = "council"  # a way to log in; the others: "password", "code", "paper"


def log_in(
    engine: Engine,
    username: str,
    password: str,
    *,
    source: str,
    now: datetime,
    browser: str = "",
    instead_of: str = "",
) -> str:
    """The token for the browser's cookie. `source`: where it comes from (an IP address).

    `browser`: in words, to be recognised later; `instead_of`: the token the browser had, which ends.
    Raises WrongPassword; SlowDown(seconds) after five wrong ones from there (nothing was checked then);
    CodeWanted(token) when the password is right and a code is asked for (give_code).
    """
    account = _checked(engine, username, password, source, now)
    with transaction(engine) as session:
        current = session.get_one(Account, account.id, with_for_update=True)
        # While argon2 took its time the account may have been closed or reset.
        if current.disabled_at is not None or current.password_hash != account.password_hash:
            raise WrongPassword("closed or reset meanwhile")
        session.execute(delete(LoginFailure).filter_by(source=_key(account.username, source)))
        if current.code_sealed is None:
            return _begin(session, current, "password", browser=browser, instead_of=instead_of, now=now)
        half = _half(session, current.id, "", now)
    raise CodeWanted(half)


def check_password(engine: Engine, account: Account, password: str, *, source: str, now: datetime) -> None:
    """Before something that a stolen browser must not do. Raises WrongPassword or SlowDown, as log_in."""
    _checked(engine, account.username, password, source, now)
    with transaction(engine) as session:
        session.execute(delete(LoginFailure).filter_by(source=_key(account.username, source)))


def give_code(
    engine: Engine,
    vault: Vault,
    half: str,
    code: str,
    *,
    source: str,
    now: datetime,
    browser: str = "",
    instead_of: str = "",
) -> str:
    """The second half of a log-in: the token for the browser's cookie. `half`: what CodeWanted brought.

    Raises WrongCode, SlowDown, and NotLoggedIn when the password was given too long ago or too many codes since.
    """
    wrong: WrongCode | None = None
    opened = ""
    with transaction(engine) as session:
        account = session.get_one(Account, _waiting(session, half, now).account_id, with_for_update=True)
        waiting = _waiting(
            session, half, now
        )  # again: closing the account ends it, and that may have been now
        keys = {
            _key(account.username, source, "code"): FREE_TRIES,
            _key(account.username, "anywhere", "code"): FREE_CODES,
        }
        for key, free in keys.items():
            _count_try(session, key, now, free)
        waiting.tries += 1  # the account's lock lets one code at a time in here
        try:
            way = codes.spend(session, vault, account, code, now=now)
        except WrongCode as fault:
            wrong = fault
            audit.write(session, account.username, "account.code_wrong", "account", account.id, now=now)
        else:
            session.execute(delete(LoginFailure).where(LoginFailure.source.in_(keys)))
            session.delete(waiting)
            opened = _begin(session, account, way, browser=browser, instead_of=instead_of, now=now)
    if wrong is not None:
        raise wrong
    return opened


def ask_council(session: Session, back: str, now: datetime) -> str:
    """A log-in that the council's provider will answer for: the token for the browser's cookie."""
    return _half(session, None, back, now)


def council_answers(session: Session, token: str, now: datetime) -> str:
    """The page to go back to. Works once for each `ask_council`; raises NotLoggedIn."""
    mine = (HalfLogIn.token_hash == hashed(token), HalfLogIn.account_id.is_(None))
    live = HalfLogIn.created_at > now - HALF_LIVES
    gone = session.execute(delete(HalfLogIn).where(*mine, live).returning(HalfLogIn.back)).first()
    if gone is None:
        raise NotLoggedIn("no such question to the council, or it was answered before")
    return gone[0]


def council_log_in(
    engine: Engine,
    *,
    issuer: str,
    subject: str,
    username: str,
    now: datetime,
    browser: str = "",
    instead_of: str = "",
) -> str:
    """The council says who it is: the token for the browser's cookie. No code is asked: that is the council's matter.

    The first time the account with that username is bound to the council's `subject`; after that only the subject
    counts, whatever the username says. Raises NoAccount: none was made for this person, or it is closed.
    """
    council_id = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()
    with transaction(engine) as session:
        account = session.scalar(select(Account).filter_by(council_id=council_id)) or _bind(
            session, username.strip().casefold(), council_id, now
        )
        if account is not None and account.disabled_at is None:
            return _begin(session, account, COUNCIL, browser=browser, instead_of=instead_of, now=now)
        if account is not None:
            audit.write(session, account.username, "account.council_refused", "account", account.id, now=now)
    raise NoAccount("the council's person has no open account here")


def _bind(session: Session, username: str, council_id: str, now: datetime) -> Account | None:
    """The account of that username, bound to the council's person; None when there is none to be bound."""
    account = session.scalar(select(Account).filter_by(username=username, council_id=None))
    if account is None or account.disabled_at is not None:
        return account
    unbound = update(Account).where(Account.id == account.id, Account.council_id.is_(None))
    session.execute(unbound.values(council_id=council_id).execution_options(synchronize_session=False))
    session.refresh(account)
    if account.council_id != council_id:  # somebody else was faster with that name
        return None
    audit.write(session, account.username, "account.council_bound", "account", account.id, now=now)
    return account


def authenticate(session: Session, token: str, now: datetime) -> StaffSession:
    """Who a cookie belongs to (`.account`, `.csrf`). Raises NotLoggedIn. Needs a writing transaction."""
    staff = session.scalar(select(StaffSession).filter_by(token_hash=hashed(token)))
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
    staff = session.scalar(select(StaffSession).filter_by(token_hash=hashed(token)))
    if staff is not None:
        audit.write(session, staff.account.username, "account.logged_out", "account", staff.account_id, now)
        session.delete(staff)


def log_out_others(session: Session, account: Account, keep: str, now: datetime) -> int:
    """End every session of the account but the one of this token: how many."""
    ended = end_sessions(session, account.id, keep=keep)
    if ended:
        audit.write(
            session, account.username, "account.others_out", "account", account.id, now=now, count=ended
        )
    return ended


def open_sessions(session: Session, account_id: int, now: datetime) -> Sequence[StaffSession]:
    """The browsers that are logged in, the last used first."""
    live = (StaffSession.seen_at > now - IDLE, StaffSession.created_at > now - AT_MOST)
    query = select(StaffSession).where(StaffSession.account_id == account_id, *live)
    return session.scalars(query.order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())).all()


def end_sessions(session: Session, account_id: int, *, keep: str = "") -> int:
    """Every browser of this account is logged out, and what waits for a code ends: how many were logged in."""
    session.execute(delete(HalfLogIn).where(HalfLogIn.account_id == account_id))
    mine = (StaffSession.account_id == account_id, StaffSession.token_hash != hashed(keep))
    result: Any = session.execute(delete(StaffSession).where(*mine))
    return int(result.rowcount)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checked(engine: Engine, username: str, password: str, source: str, now: datetime) -> Account:
    """The open account whose password this is. Raises WrongPassword or SlowDown."""
    username = username.strip().casefold()
    key = _key(username, source)
    with transaction(engine) as session:
        _count_try(session, key, now, FREE_TRIES)
        account = session.scalar(select(Account).filter_by(username=username, disabled_at=None))
    # Outside any transaction: argon2 takes its time on purpose, and SQLite has one writer.
    right = passwords.fits("" if account is None else account.password_hash, password)
    if account is None or not right or account.council_only or not account.password_hash:
        raise WrongPassword(f"wrong password or unknown username ({key[:8]})")
    return account


def _begin(
    session: Session, account: Account, way: str, *, browser: str, instead_of: str, now: datetime
) -> str:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == hashed(instead_of)))
    token = secrets.token_urlsafe(32)
    staff = StaffSession(
        token_hash=hashed(token),
        account_id=account.id,
        csrf=secrets.token_urlsafe(32),
        way=way,
        browser=browser[:60],
        created_at=now,
        seen_at=now,
    )
    session.add(staff)
    account.last_login_at = now
    audit.write(session, account.username, "account.logged_in", "account", account.id, now=now, way=way)
    return token


def _half(session: Session, account_id: int | None, back: str, now: datetime) -> str:
    session.execute(delete(HalfLogIn).where(HalfLogIn.created_at <= now - HALF_LIVES))
    token = secrets.token_urlsafe(32)
    session.add(
        HalfLogIn(token_hash=hashed(token), account_id=account_id, tries=0, back=back, created_at=now)
    )
    return token


def _waiting(session: Session, token: str, now: datetime) -> HalfLogIn:
    """A log-in that waits for its code. Raises NotLoggedIn."""
    half = session.get(HalfLogIn, hashed(token), populate_existing=True)
    if half is None or half.account_id is None:
        raise NotLoggedIn("no password was given")
    if now - half.created_at >= HALF_LIVES or half.tries >= HALF_TRIES:
        raise NotLoggedIn("the password was given too long ago, or too many codes since")
    return half


def _key(username: str, source: str, what: str = "") -> str:
    parts = [username, source, what] if what else [username, source]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _count_try(session: Session, key: str, now: datetime, free: int) -> None:
    """Count a try as wrong until it proves right (so a hundred at once count too). Raises SlowDown."""
    insert_once(session, LoginFailure, source=key, count=0, last_at=now)
    failure = session.get_one(LoginFailure, key, with_for_update=True)
    since = now - failure.last_at
    if since >= FORGIVEN_AFTER:
        failure.count = 0
    if failure.count >= free:
        wait = min(2.0 ** min(failure.count - free, 10), SLOWEST)
        if since.total_seconds() < wait:
            raise SlowDown(wait - since.total_seconds())
    failure.count, failure.last_at = failure.count + 1, now
