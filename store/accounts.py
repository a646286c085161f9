"""Staff: accounts, what each role may do, and who lets whom in. Logging in: store/logins.py; codes: store/codes.py.

An administrator looks after the accounts within their own libraries (`scope`; None: every library), and nobody can
close the last account that looks after all of them.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from store import audit, codes, logins, passwords
from store.database import reading, transaction
from store.errors import AlreadyHandled, LastAdmin, NoInvitation, TooWide
from store.models import Account, Audit, Invitation
from store.transitions import PERSON, SYSTEM

SHORTEST_PASSWORD = passwords.SHORTEST
LONGEST_USERNAME, LONGEST_NAME = 64, 80
INVITED_FOR = timedelta(hours=72)  # how long a one-time link works
OPERATOR = "cli"  # the actor who types commands on the machine itself
NO_USERNAMES = (PERSON, SYSTEM, OPERATOR)  # whom the audit means by these is no member of staff
ADMIN = "admin"

# Each role may do what stands with it and with the roles before it.
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("view",),
    "librarian": ("decide", "sessions", "tasks", "reply"),
    "manager": ("reminders", "knowledge", "texts", "broadcast", "insight"),
    "admin": ("accounts", "audit"),
}
STATES = {  # what was done last to an account, as the one who came too late is told
    "account.disabled": "disabled",
    "account.enabled": "enabled",
    "account.changed": "changed",
    "account.reset": "reset",
}


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
    kept = passwords.hashed(password, username.strip().casefold())
    return _add(session, username, kept, name=name, role=role, places=places, actor=actor, now=now)


def invite(
    session: Session,
    username: str,
    *,
    name: str,
    role: str,
    places: Sequence[str] | None = None,
    council_only: bool = False,
    scope: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> tuple[Account, str]:
    """An account without a password, and the token of the one-time link with which its owner chooses one.

    Raises ValueError as `create`, and TooWide. `council_only`: no password ever opens it; the token is "" then.
    """
    if not within(scope, places):
        raise TooWide("more libraries than the administrator's own")
    account = _add(session, username, "", name=name, role=role, places=places, actor=actor, now=now)
    account.council_only = council_only
    return account, "" if council_only else _link(session, account, now)


def invited(session: Session, token: str, now: datetime) -> Account:
    """Whose link this is. Looking uses nothing up. Raises NoInvitation."""
    mine = select(Account).join(Invitation, Invitation.account_id == Account.id)
    live = (Invitation.token_hash == logins.hashed(token), Invitation.expires_at > now)
    account = session.scalar(mine.where(*live, Account.disabled_at.is_(None)))
    if account is None:
        raise NoInvitation("no such link, used, run out, or the account is closed")
    return account


def take_up(engine: Engine, token: str, password: str, now: datetime) -> Account:
    """Use the link up: this is the account's password now. Raises NoInvitation, UnfitPassword."""
    with reading(engine) as session:
        username = invited(session, token, now).username
    kept = passwords.hashed(password, username)  # outside the transaction: it takes its time
    with transaction(engine) as session:
        account = _locked(session, invited(session, token, now).id)
        mine = delete(Invitation).where(Invitation.token_hash == logins.hashed(token))
        result: Any = session.execute(mine)
        if result.rowcount != 1:  # a double tap
            raise NoInvitation("used this moment")
        account.password_hash = kept
        logins.end_sessions(session, account.id)
        audit.write(session, account.username, "account.joined", "account", account.id, now=now)
        return account


def waiting_links(session: Session) -> dict[int, datetime]:
    """Until when the one-time links work that nobody has used, by account."""
    return {row.account_id: row.expires_at for row in session.scalars(select(Invitation))}


def change(
    session: Session,
    account_id: int,
    *,
    role: str,
    places: Sequence[str] | None,
    council_only: bool = False,
    version: int | None = None,
    scope: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """Another role, other libraries, another way in. Raises ValueError, AlreadyHandled, TooWide, LastAdmin."""
    _sensible(role, places)
    if not within(scope, places):
        raise TooWide("more libraries than the administrator's own")
    account = _taken(session, account_id, version, scope, now)
    guarded = _looked_after(session)
    libraries = None if places is None else sorted(set(places))
    if council_only and not account.council_only:
        logins.end_sessions(session, account_id)
        session.execute(delete(Invitation).filter_by(account_id=account_id))
    account.role, account.places, account.council_only = role, libraries, council_only
    _still_looked_after(session, guarded)
    audit.write(
        session, actor, "account.changed", "account", account_id, now=now, role=role, places=libraries
    )
    return account


def disable(
    session: Session,
    account_id: int,
    *,
    version: int | None = None,
    scope: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """No more logging in, and every browser of this account is logged out at once.

    Raises AlreadyHandled, TooWide, LastAdmin.
    """
    account = _taken(session, account_id, version, scope, now)
    if account.disabled_at is not None:
        raise _already(session, account_id, now)
    guarded = _looked_after(session)
    account.disabled_at = now
    _still_looked_after(session, guarded)
    session.execute(delete(Invitation).filter_by(account_id=account_id))
    logins.end_sessions(session, account_id)
    audit.write(session, actor, "account.disabled", "account", account_id, now=now)


def enable(
    session: Session,
    account_id: int,
    *,
    version: int | None = None,
    scope: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """It may log in again, as before. Raises AlreadyHandled, TooWide."""
    account = _taken(session, account_id, version, scope, now)
    if account.disabled_at is None:
        raise _already(session, account_id, now)
    account.disabled_at = None
    audit.write(session, actor, "account.enabled", "account", account_id, now=now)


def reset(
    session: Session,
    account_id: int,
    *,
    with_codes: bool = False,
    version: int | None = None,
    scope: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> str:
    """The token of a new one-time link. The old password opens nothing any more, every browser is logged out.

    `with_codes`: the phone is lost too, no code is asked for. An account that was only for the council's log-in
    takes a password again. Raises AlreadyHandled (also for a closed account), TooWide.
    """
    account = _taken(session, account_id, version, scope, now)
    if account.disabled_at is not None:
        raise _already(session, account_id, now)
    account.password_hash, account.council_only = "", False
    logins.end_sessions(session, account_id)
    if with_codes:
        codes.remove(session, account_id, actor=actor, now=now)
    audit.write(session, actor, "account.reset", "account", account_id, now=now)
    return _link(session, account, now)


def set_password(
    session: Session, account_id: int, password: str, *, actor: str, now: datetime, keep: str = ""
) -> None:
    """A new password; every browser of this account is logged out, but the one with the token `keep`.

    Raises UnfitPassword (a ValueError).
    """
    account = session.get_one(Account, account_id)
    account.password_hash = passwords.hashed(password, account.username)
    session.execute(delete(Invitation).filter_by(account_id=account_id))
    logins.end_sessions(session, account_id, keep=keep)
    audit.write(session, actor, "account.password", "account", account_id, now=now)


def listed(session: Session, scope: Sequence[str] | None) -> list[Account]:
    """The accounts that an administrator of these libraries looks after: the open ones first, by name."""
    found = session.scalars(select(Account))
    mine = [account for account in found if within(scope, account.places)]
    return sorted(mine, key=lambda each: (each.disabled_at is not None, each.name.casefold(), each.id))


def by_username(session: Session, username: str) -> Account | None:
    return session.scalar(select(Account).filter_by(username=username.strip().casefold()))


def may(account: Account, what: str) -> bool:
    """Whether the account's role allows `what` (a word of ROLES)."""
    roles = list(ROLES)
    return any(what in ROLES[role] for role in roles[: roles.index(account.role) + 1])


def sees(account: Account, place: str | None) -> bool:
    """Whether the account works for that library; what belongs to none in particular is everybody's."""
    return place is None or account.places is None or place in account.places


def is_username(text: str) -> bool:
    """Letters and signs that can be seen: with a space of no width one name looks like another."""
    return 1 <= len(text) <= LONGEST_USERNAME and text.isprintable() and " " not in text


def is_name(text: str) -> bool:
    """Not too long, and something of it can be seen."""
    return len(text) <= LONGEST_NAME and any(sign.isprintable() and sign != " " for sign in text)


def within(scope: Sequence[str] | None, places: Sequence[str] | None) -> bool:
    """Whether an administrator of the libraries `scope` looks after an account of the libraries `places`."""
    return scope is None or (places is not None and set(places) <= set(scope))


def fits(account: Account, password: str) -> bool:
    """Whether this is the account's password. Counts nothing: for people's log-ins there is logins.log_in."""
    return passwords.fits(account.password_hash, password)


def _add(
    session: Session,
    username: str,
    password_hash: str,
    *,
    name: str,
    role: str,
    places: Sequence[str] | None,
    actor: str,
    now: datetime,
) -> Account:
    username, name = username.strip().casefold(), name.strip()
    _sensible(role, places)
    if not is_username(username):
        raise ValueError(f"a username has 1 to {LONGEST_USERNAME} characters and no spaces")
    if not is_name(name):
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters, and so the username's owner is known")
    if username in NO_USERNAMES:
        raise ValueError(f"no username is one of {', '.join(NO_USERNAMES)}")
    if by_username(session, username) is not None:
        raise ValueError("there is such a username already")
    libraries = None if places is None else sorted(set(places))
    account = Account(
        username=username,
        name=name,
        password_hash=password_hash,
        role=role,
        places=libraries,
        created_at=now,
    )
    session.add(account)
    session.flush()
    detail = {"role": role, "places": libraries}
    audit.write(session, actor, "account.created", "account", account.id, now=now, **detail)
    return account


def _sensible(role: str, places: Sequence[str] | None) -> None:
    if role not in ROLES:
        raise ValueError(f"the role is one of {', '.join(ROLES)}")
    if places is not None and not places:
        raise ValueError("a role at no library at all")


def _link(session: Session, account: Account, now: datetime) -> str:
    session.execute(delete(Invitation).filter_by(account_id=account.id))
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(account_id=account.id, token_hash=logins.hashed(token), expires_at=now + INVITED_FOR)
    )
    return token


def _taken(
    session: Session, account_id: int, version: int | None, scope: Sequence[str] | None, now: datetime
) -> Account:
    """The account, to be changed by one at a time. Raises AlreadyHandled, TooWide, NoResultFound."""
    account = _locked(session, account_id)
    if not within(scope, account.places):
        raise TooWide("an account of more libraries than the administrator's own")
    if version is not None and version != account.version:
        raise _already(session, account_id, now)
    account.version += 1
    return account


def _locked(session: Session, account_id: int) -> Account:
    """The account, and every administrator's: two who close each other must not both be the last but one."""
    wanted = (Account.id == account_id) | (Account.role == ADMIN)
    query = select(Account).where(wanted).order_by(Account.id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    return next((each for each in found if each.id == account_id), None) or session.get_one(
        Account, account_id
    )


def _looked_after(session: Session) -> bool:
    """Whether somebody can log in here who looks after every library's accounts."""
    admins = session.scalars(select(Account).filter_by(role=ADMIN, disabled_at=None, council_only=False))
    return any(each.places is None and each.password_hash for each in admins)


def _still_looked_after(session: Session, before: bool) -> None:
    session.flush()
    if before and not _looked_after(session):
        raise LastAdmin("the last administrator of every library")


def _already(session: Session, account_id: int, now: datetime) -> AlreadyHandled:
    query = select(Audit).where(Audit.subject == "account", Audit.subject_id == str(account_id))
    last = session.scalars(query.where(Audit.action.in_(STATES)).order_by(Audit.id.desc()).limit(1)).first()
    if last is None:
        return AlreadyHandled(SYSTEM, now, "changed")
    return AlreadyHandled(last.actor, last.at, STATES[last.action])
