"""Telling staff what waits: who has which address, what they want to be told, and when.

store/digests.py plans, store/notify.py is the way out. Nothing here has the name of a person who writes to the desk.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import audit
from store.database import insert_once
from store.errors import AlreadyHandled, SlowDown
from store.models import Account, Listener, Notice, Wish
from store.transitions import SYSTEM
from store.vault import Vault

# What staff can be told, most urgent first; of which open tasks it is made (requests: of bookings).
KINDS: dict[str, tuple[str, ...]] = {
    "emergencies": ("emergency",),
    "requests": (),
    "callbacks": ("callback", "reply_wanted"),
    "unsure": ("message_unsure", "undelivered"),
    "facts": ("unconfirmed_fact",),
}
URGENT = "emergencies"
MOMENTS = ("at_once", "digest")
RANK = {"code": 0, "at_once": 1, "digest": 2}  # the smaller goes first
GROUP = "group"
DIGEST_AT, DIGEST_DAYS = time(9), "01234"  # until somebody chooses: Monday to Friday at 09:00
CODE_FOR, CODE_TRIES, CODES_AN_HOUR = timedelta(minutes=15), 5, 5
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")

Confirmed = Literal["right", "wrong", "over"]


def listener_of(session: Session, account_id: int) -> Listener | None:
    """How this account is told; None when it never gave an address."""
    return session.scalars(select(Listener).filter_by(who=f"account:{account_id}")).one_or_none()


def address_of(session: Session, username: str) -> str | None:
    """The sealed address of an open account; None when it has confirmed none."""
    query = select(Listener.address_sealed).join(Account, Listener.account_id == Account.id)
    return session.scalar(query.where(Account.username == username, Account.disabled_at.is_(None)))


def group_as_it_is(session: Session) -> Listener:
    """The staff group, only to read; as it begins when it was never told nor set."""
    found = session.scalars(select(Listener).filter_by(who=GROUP)).one_or_none()
    return found or Listener(
        way=GROUP, digest_at=DIGEST_AT, digest_days=DIGEST_DAYS, version=1, wishes=[Wish(kind=URGENT, moment="at_once")]
    )  # fmt: skip


def group(session: Session, now: datetime) -> Listener:
    """The staff group; told of emergencies at once until a manager chooses."""
    return _ensure(session, GROUP, None, SYSTEM, now)


def offer_address(session: Session, vault: Vault, account: Account, address: str, now: datetime) -> None:
    """Send a code to an address that the account wants to be told at; it counts once the code was typed in.

    Raises ValueError when it is no address, SlowDown after five codes in an hour: nobody's post box is flooded.
    """
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise ValueError("no e-mail address")
    listener = _locked(_ensure(session, f"account:{account.id}", account.id, account.username, now), session)
    codes = select(func.count(), func.min(Notice.created_at)).where(
        Notice.listener_id == listener.id, Notice.kind == "code", Notice.created_at > now - timedelta(hours=1)
    )
    sent, first = session.execute(codes).one()
    if sent >= CODES_AN_HOUR:
        raise SlowDown((first + timedelta(hours=1) - now).total_seconds())
    code = f"{secrets.randbelow(10**6):06d}"
    _drop_codes(session, listener, now)
    listener.offered_sealed, listener.code_hash = vault.seal(address), vault.lookup(f"{listener.who}:{code}")
    listener.code_until, listener.code_tries = now + CODE_FOR, 0
    _changed(listener, account.username, now)
    about = {"code": vault.seal(code)}
    queue(session, listener, f"code:{secrets.token_hex(8)}", "code", about, now=now, late=now + CODE_FOR)


def confirm_address(session: Session, vault: Vault, account: Account, code: str, now: datetime) -> Confirmed:
    """Take the code that came by e-mail. "over": too old, or tried five times: a new one is needed."""
    found = listener_of(session, account.id)
    if found is None:
        return "over"
    listener = _locked(found, session)
    if listener.code_hash is None or listener.code_until is None or now >= listener.code_until:
        return "over"
    if listener.code_tries >= CODE_TRIES:
        return "over"
    listener.code_tries += 1
    if listener.code_hash not in vault.lookups(f"{listener.who}:{code}"):
        return "over" if listener.code_tries >= CODE_TRIES else "wrong"
    listener.address_sealed, listener.refused = listener.offered_sealed, None
    listener.offered_sealed = listener.code_hash = listener.code_until = None
    _changed(listener, account.username, now)
    audit.write(session, account.username, "telling.confirmed", "account", account.id, now=now)
    return "right"


def forget_address(session: Session, account: Account, now: datetime) -> None:
    """No e-mail any more; what was chosen stays for another address. Again is harmless."""
    found = listener_of(session, account.id)
    if found is None:
        return
    listener = _locked(found, session)
    _drop_codes(session, listener, now)
    listener.address_sealed = listener.offered_sealed = listener.code_hash = listener.refused = None
    _changed(listener, account.username, now)
    audit.write(session, account.username, "telling.forgotten", "account", account.id, now=now)


def try_again(session: Session, account: Account, now: datetime) -> None:
    """Use an address again that the mail server did not know. Again is harmless."""
    listener = listener_of(session, account.id)
    if listener is not None and listener.refused is not None:
        listener.refused = None
        _changed(listener, account.username, now)


def choose(
    session: Session,
    listener: Listener,
    wishes: Mapping[str, str],
    *,
    at: time,
    days: str,
    version: int,
    actor: str,
    now: datetime,
) -> None:
    """What a listener is told (kind → "at_once" or "digest"; what is missing: not), and when digests go out.

    `days`: digits, 0 = Monday. Raises ValueError, and AlreadyHandled when it was changed since `version`.
    """
    if not wishes.keys() <= KINDS.keys() or not set(wishes.values()) <= set(MOMENTS):
        raise ValueError("no such wish")
    if not days or set(days) - set("0123456") or len(set(days)) < len(days):
        raise ValueError("weekdays 0 to 6")
    listener = _locked(listener, session)
    if listener.version != version:
        raise AlreadyHandled(listener.changed_by, listener.changed_at, "changed")
    before = {wish.kind: wish for wish in listener.wishes}
    digests = {kind for kind, wish in before.items() if wish.moment == "digest"}
    if (listener.digest_at, listener.digest_days) != (at, days) or not digests:
        listener.digest_since = now
    listener.digest_at, listener.digest_days = at, "".join(sorted(days))
    for kind, moment in wishes.items():
        if kind not in before:
            listener.wishes.append(Wish(kind=kind, moment=moment, since=now))
        elif before[kind].moment != moment:
            before[kind].moment, before[kind].since = moment, now
    listener.wishes = [wish for wish in listener.wishes if wish.kind in wishes]
    _changed(listener, actor, now)
    audit.write(session, actor, "telling.chosen", "listener", listener.id, now=now, **wishes)


def reseal(session: Session, vault: Vault) -> int:
    """Seal every address under the newest key (see store/vault.py). How many."""
    done = 0
    for listener in session.scalars(select(Listener)):
        for column in ("address_sealed", "offered_sealed"):
            sealed = getattr(listener, column)
            if sealed is not None:
                setattr(listener, column, vault.seal(vault.open(sealed)))
                done += 1
    return done


def queue(
    session: Session,
    listener: Listener,
    occurrence: str,
    kind: str,
    about: Mapping[str, object],
    *,
    now: datetime,
    late: datetime,
) -> bool:
    """Queue a notice of a kind of RANK. Whether it is new: the same occurrence never makes a second one."""
    values = {"about": dict(about), "kind": kind, "rank": RANK[kind], "state": "queued", "attempts": 0}
    new = insert_once(
        session,
        Notice,
        listener_id=listener.id,
        occurrence=occurrence,
        created_at=now,
        too_late=late,
        **values,
    )
    return new is not None


def _drop_codes(session: Session, listener: Listener, now: datetime) -> None:
    """Codes that are not out yet: another one takes their place."""
    query = select(Notice).filter_by(listener_id=listener.id, kind="code", state="queued")
    for notice in session.scalars(query.with_for_update(of=Notice)):
        notice.state, notice.reason, notice.settled_at, notice.about = "dropped", "replaced", now, {}


def _ensure(session: Session, who: str, account_id: int | None, actor: str, now: datetime) -> Listener:
    way = GROUP if account_id is None else "mail"
    new = insert_once(
        session, Listener, who=who, way=way, account_id=account_id, code_tries=0, digest_at=DIGEST_AT,
        digest_days=DIGEST_DAYS, digest_since=now, version=1, changed_by=actor, changed_at=now,
    )  # fmt: skip
    listener = session.scalars(select(Listener).filter_by(who=who)).one()
    if new is not None:
        listener.wishes.append(Wish(kind=URGENT, moment="at_once", since=now))
        session.flush()
    return listener


def _locked(listener: Listener, session: Session) -> Listener:
    query = select(Listener).where(Listener.id == listener.id).execution_options(populate_existing=True)
    return session.scalars(query.with_for_update(of=Listener)).one()


def _changed(listener: Listener, actor: str, now: datetime) -> None:
    listener.version += 1
    listener.changed_by, listener.changed_at = actor, now
