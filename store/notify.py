"""Notices to staff on their way: queued → sending → sent | failed | dropped, with the promise of store/outbox.py.

`sending` is committed before the mail server or Telegram is spoken to. What nobody settled afterwards is unsure: it
is shown to its reader, and nothing sends it again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, or_, select
from sqlalchemy.orm import Session

from store.database import transaction
from store.models import Listener, Notice, Noticed

OUTCOMES = ("sent", "failed", "retry", "unsure", "dropped")
LOST_AFTER = timedelta(minutes=3)  # longer than bot/mail.py's deadline
KEPT = timedelta(days=30)
BATCH = 20
NO_ADDRESS = "no_such_address"  # a failure after which nothing more goes to that address


@dataclass(frozen=True)
class Claim:
    """A notice that is now this worker's to send, once. What is sealed opens with Vault.open.

    `kinds`: what it is about; `code_sealed`: of a code; `places`: the reader's libraries (None: all).
    """

    id: int
    way: str
    kind: str
    kinds: tuple[str, ...]
    code_sealed: str | None
    address_sealed: str | None
    places: list[str] | None
    attempts: int


def claim(
    engine: Engine, *, ways: Collection[str], now: datetime, worker: str, limit: int = BATCH
) -> list[Claim]:
    """Take notices to send now, codes first; `sending` is committed when this returns. Two workers never get the
    same one. What is too late, or whose reader is gone, is dropped here."""
    while True:
        with transaction(engine) as session:
            query = (
                select(Notice)
                .join(Listener, Notice.listener_id == Listener.id)
                .where(
                    Notice.state == "queued",
                    Listener.way.in_(ways),
                    or_(Notice.not_before.is_(None), Notice.not_before <= now),
                )
                .order_by(Notice.rank, Notice.id)
                .limit(limit)
            )
            rows = session.scalars(query.with_for_update(of=Notice, skip_locked=True)).unique().all()
            claims = [_take(row, now, worker) for row in rows if not _drop(row, now)]
        if claims or not rows:
            return claims


def settle(
    engine: Engine,
    notice_id: int,
    outcome: str,
    *,
    now: datetime,
    reason: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Say what became of a claim: one of OUTCOMES. `retry`: certainly not sent, again from `not_before` on."""
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is none of {OUTCOMES}")
    with transaction(engine) as session:
        query = select(Notice).where(Notice.id == notice_id).with_for_update(of=Notice)
        row = session.scalars(query).one_or_none()
        if row is None or row.state not in ("sending", "unsure"):
            return
        if outcome == "retry":
            row.state, row.not_before, row.claimed_at, row.claimed_by = "queued", not_before, None, None
            row.reason = reason
        else:
            _end(row, outcome, reason, now)
        if outcome == "failed" and reason == NO_ADDRESS and row.kind != "code":
            row.listener.refused = reason


def sweep(engine: Engine, now: datetime, *, after: timedelta = LOST_AFTER) -> int:
    """Claims that nobody settled become unsure; what is older than 30 days is forgotten. How many became unsure."""
    with transaction(engine) as session:
        query = select(Notice).where(Notice.state == "sending", Notice.claimed_at < now - after)
        lost = session.scalars(query.with_for_update(of=Notice, skip_locked=True)).unique().all()
        for row in lost:
            _end(row, "unsure", "lost", now)
        settled = Notice.state.not_in(("queued", "sending"))
        session.execute(delete(Notice).where(Notice.created_at < now - KEPT, settled))
        session.execute(delete(Noticed).where(Noticed.at < now - KEPT))
        return len(lost)


def recent(session: Session, listener_id: int, limit: int = 10) -> Sequence[Notice]:
    """The last notices, newest first. What was dropped because nothing waited is not worth a line."""
    query = select(Notice).where(
        Notice.listener_id == listener_id, or_(Notice.reason.is_(None), Notice.reason != "nothing_waits")
    )
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def _take(row: Notice, now: datetime, worker: str) -> Claim:
    listener = row.listener
    row.state, row.claimed_at, row.claimed_by, row.attempts = "sending", now, worker, row.attempts + 1
    return Claim(
        id=row.id,
        way=listener.way,
        kind=row.kind,
        kinds=tuple(row.about.get("kinds", ())),
        code_sealed=row.about.get("code"),
        address_sealed=listener.offered_sealed if row.kind == "code" else listener.address_sealed,
        places=listener.account.places if listener.account else None,
        attempts=row.attempts,
    )


def _drop(row: Notice, now: datetime) -> bool:
    reason = _reason_to_drop(row, now)
    if reason is not None:
        _end(row, "dropped", reason, now)
    return reason is not None


def _reason_to_drop(row: Notice, now: datetime) -> str | None:
    """The time and the account as they are at the moment of sending."""
    listener = row.listener
    if now >= row.too_late:
        return "too_late"
    if listener.account is not None and listener.account.disabled_at is not None:
        return "closed"
    if listener.way == "mail":
        address = listener.offered_sealed if row.kind == "code" else listener.address_sealed
        if address is None or (listener.refused and row.kind != "code"):
            return "no_address"
    return None


def _end(row: Notice, state: str, reason: str | None, now: datetime) -> None:
    row.state, row.reason, row.settled_at = state, reason, now
    if row.kind == "code":
        row.about = {}
