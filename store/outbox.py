"""Outbound messages: queued → sending → sent → delivered | failed; or unsure; or dropped with a reason.

`sending` is committed before the provider is called, and so is the text in the person's words. After a crash or a
time-out nobody can tell whether a text went out: it becomes `unsure`, staff see it, and nothing sends it again by
itself (docs/adr, the outbox). A claim that has no text yet never reached the provider, and is queued again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, exists, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, aliased

from store import london, still, tasks
from store.base import Json
from store.database import insert_new, insert_once, transaction
from store.models import Contact, OutboxRow, Receipt, Subscription

RANK = {"reply": 0, "notice": 1, "reminder": 2, "broadcast": 3}  # the smaller goes first
CAN_WAIT = ("reminder", "broadcast")  # never in the quiet hours
OUTCOMES = ("sent", "failed", "retry", "unsure")
LOST_AFTER = timedelta(minutes=2)  # longer than any provider's time-out: bot/sending.py must give up sooner
MOST_ATTEMPTS = 20  # of a message that is lost before it is in words
BATCH = 50
WAKE = "welcome_outbox"  # PostgreSQL's NOTIFY when something is queued: workers listen (bot/queue.py)

# A provider's word → our state (None: accepted, not sent yet). Twilio's MessageStatus values.
PROVIDER_STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), None),
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
FINAL = ("delivered", "failed")


@dataclass(frozen=True)
class Claim:
    """A message that is now this worker's to send, once. `sealed_address` opens with Vault.open."""

    id: int
    worker: str
    contact_id: int
    channel: str
    kind: str
    payload: Json
    attempts: int
    language: str | None
    sealed_address: str
    topic: str | None = None
    broadcast_id: int | None = None


def queue(
    session: Session,
    contact_id: int,
    kind: str,
    payload: Json,
    *,
    dedupe: str | None,
    now: datetime,
    not_before: datetime | None = None,
    too_late: datetime | None = None,
    topic: str | None = None,
    subject: str | None = None,
    broadcast_id: int | None = None,
) -> OutboxRow | None:
    """Queue a message; None when `dedupe` was queued before, or the person has erased everything.

    kind: one of RANK. payload: {"messages": [...]} or {"flow": name, "answers": {...}}.
    `topic` of a reminder: it is dropped when the subscription is gone by the time of sending. `subject`: what has
    to hold by then (store/still.py). `broadcast_id`: the announcement that it belongs to.
    """
    contact = session.get_one(Contact, contact_id)
    if contact.erased_at is not None and kind != "reply":
        return None
    key = insert_once(
        session,
        OutboxRow,
        contact_id=contact_id,
        channel=contact.channel,
        payload=payload,
        dedupe=dedupe,
        topic=topic,
        subject=subject,
        broadcast_id=broadcast_id,
        not_before=not_before,
        **_queued(kind, now, too_late),
    )
    if key is None:
        return None
    _wake(session)
    return session.get_one(OutboxRow, key)


def queue_many(
    session: Session,
    kind: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    too_late: datetime | None,
) -> int:
    """Queue a message for each of many people in one statement: how many were not queued before.

    messages: contact_id, payload, dedupe, topic, subject and broadcast_id of each, as in `queue`.
    """
    people = select(Contact.id, Contact.channel).where(
        Contact.id.in_([each["contact_id"] for each in messages]), Contact.erased_at.is_(None)
    )
    channels = {row[0]: row[1] for row in session.execute(people)}
    same = _queued(kind, now, too_late)
    new = insert_new(
        session,
        OutboxRow,
        [
            {**each, **same, "channel": channels[each["contact_id"]]}
            for each in messages
            if each["contact_id"] in channels
        ],
    )
    if new:
        _wake(session)
    return new


def _queued(kind: str, now: datetime, too_late: datetime | None) -> dict[str, Any]:
    return {"kind": kind, "rank": RANK[kind], "state": "queued", "created_at": now, "too_late": too_late}


def record_sent(
    session: Session, contact_id: int, *, payload: Json, text: str, provider_id: str | None, now: datetime
) -> OutboxRow:
    """Keep a reply that went out inline (TwiML, the web page, the terminal): it is sent already."""
    contact = session.get_one(Contact, contact_id)
    row = OutboxRow(
        contact_id=contact_id,
        channel=contact.channel,
        kind="reply",
        rank=RANK["reply"],
        payload=payload,
        state="sent",
        created_at=now,
        settled_at=now,
        text=text,
        provider_id=provider_id,
        attempts=1,
    )
    session.add(row)
    session.flush()
    return row


def claim(
    engine: Engine,
    *,
    channels: Collection[str],
    now: datetime,
    limit: int = BATCH,
    worker: str,
    only: Collection[int] | None = None,
    replies: bool | None = None,
    apart: timedelta | None = None,
    room: Callable[[Session, int], int] | None = None,
) -> list[Claim]:
    """Take up to `limit` messages to send now, replies first; `sending` is committed when this returns.

    Two workers never get the same one. What is too late, or not consented to any more, is dropped here.
    `only`: just these rows (a web process sending the replies of its own turn at once). `replies`: only those, or
    all but those. `apart`: one message to a person at a time, and what is no reply so long after the last.
    `room`: asked, in the same transaction, how many of so many may go now (bot/buckets.py).
    """
    while True:
        with transaction(engine) as session:
            rows = _next(session, channels, now, limit, only=only, replies=replies, apart=apart)
            wanted = [(row, contact) for row, contact in rows if not _drop(session, row, contact, now)]
            if apart is not None:
                first = {contact.id: row.id for row, contact in reversed(wanted)}
                wanted = [(row, contact) for row, contact in wanted if first[contact.id] == row.id]
            granted = room(session, len(wanted)) if room and wanted else len(wanted)
            claims = [_take(row, contact, now, worker) for row, contact in wanted[:granted]]
        if wanted or not rows:
            return claims


def may_go(session: Session, claim: Claim, contact: Contact, now: datetime) -> bool:
    """Whether a claimed message may still go out, looked at once more while the person is locked.

    They may have written STOP since, or the worker stood still: then it is dropped, or waits for the morning.
    """
    row = _mine(session, claim)
    if row is None or _drop(session, row, contact, now):
        return False
    if row.kind in CAN_WAIT and london.quiet(now):
        _finish(session, row, "retry", error_code=None, not_before=None, now=now)
        return False
    return True


def drop_claimed(session: Session, claim: Claim, reason: str, now: datetime) -> None:
    """Drop a claimed message that has no words yet; one that is no longer this worker's is left alone."""
    row = _mine(session, claim)
    if row is not None:
        _dropped(session, row, reason, now)


def ready(session: Session, claim: Claim, text: str) -> bool:
    """Keep the words before the provider gets them. False: the claim is no longer this worker's, and must not be sent.

    (It was taken for lost, because its worker stood still for so long; or the person has erased everything.)
    """
    row = _mine(session, claim)
    if row is not None:
        row.text = text
    return row is not None


def settle(
    engine: Engine,
    claim_id: int,
    outcome: str,
    *,
    now: datetime,
    text: str | None = None,
    provider_id: str | None = None,
    error_code: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Say what became of a claim. `sent`: the provider accepted it. `failed`: it refused for good.

    `retry`: it certainly did not accept (429, refused connection); queued again, not before `not_before`.
    `unsure`: it may have accepted (time-out, 5xx). A row that was erased meanwhile is left alone.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is none of {OUTCOMES}")
    with transaction(engine) as session:
        # The receipt is where this and the provider's callback meet: the second waits for the first.
        new = provider_id and insert_once(
            session, Receipt, provider_id=provider_id, status="accepted", at=now
        )
        row = _locked(session, OutboxRow.id == claim_id)
        if row is not None:
            row.text = text or row.text
            row.provider_id = provider_id or row.provider_id
            if row.state in ("sending", "unsure"):  # else a callback was faster and knows better
                _finish(session, row, outcome, error_code=error_code, not_before=not_before, now=now)
        if provider_id is not None:
            receipt = session.get_one(Receipt, provider_id)
            if row is not None and not new:
                _hear(session, row, receipt.status, receipt.error_code, now)
            session.delete(receipt)


def status(
    session: Session,
    provider_id: str,
    status: str,
    *,
    error_code: str | None = None,
    now: datetime,
    row_id: int | None = None,
) -> int | None:
    """A provider's callback, in whatever order they come; a word not in PROVIDER_STATES raises KeyError.

    `row_id`: our own id, when the callback address carries it; so even an unsure message finds its end.
    To whom the message went, when this is news and says that it failed.
    """
    PROVIDER_STATES[status]  # an unknown word is the caller's mistake, and must not wait in a receipt
    values = {"status": status, "error_code": error_code, "at": now}
    new = insert_once(session, Receipt, provider_id=provider_id, **values)
    receipt = session.get_one(Receipt, provider_id)
    which = OutboxRow.provider_id == provider_id
    row = _locked(session, which if row_id is None else or_(which, OutboxRow.id == row_id))
    if row is not None:
        before = row.state
        row.provider_id = row.provider_id or provider_id
        _hear(session, row, status, error_code, now)
        session.delete(receipt)
        return row.contact_id if row.state == "failed" != before else None
    if not new and PROVIDER_STATES[receipt.status] not in FINAL:
        receipt.status, receipt.error_code = status, error_code
    return None


def sweep(engine: Engine, now: datetime, *, after: timedelta = LOST_AFTER) -> int:
    """Claims that nobody settled within `after`. How many.

    With a text they become unsure, with a task for staff; without one they never went out, and are queued again,
    unless that has happened too often: then something about the message is wrong, and staff see it too.
    """
    with transaction(engine) as session:
        query = select(OutboxRow).where(OutboxRow.state == "sending", OutboxRow.claimed_at < now - after)
        rows = session.scalars(query.with_for_update(key_share=True, skip_locked=True)).all()
        for row in rows:
            if row.text is None and row.attempts < MOST_ATTEMPTS:
                _finish(session, row, "retry", error_code=None, not_before=row.not_before, now=now)
                _wake(session)
            else:
                _become(session, row, "unsure", "lost", now)
        return len(rows)


def drop_queued(session: Session, contact_id: int, reason: str, now: datetime) -> None:
    """Drop what waits for a person, replies excepted (they opted out, or cannot be reached)."""
    query = select(OutboxRow).where(
        OutboxRow.contact_id == contact_id, OutboxRow.state == "queued", OutboxRow.kind != "reply"
    )
    for row in session.scalars(query.with_for_update(key_share=True)):
        _dropped(session, row, reason, now)


def forget(session: Session, contact_id: int) -> None:
    """Erase every message to a person, sent or not."""
    session.execute(delete(OutboxRow).where(OutboxRow.contact_id == contact_id))


def tally(session: Session) -> dict[tuple[str, str], int]:
    """How many messages stand where: (kind, state or drop reason) → number, for /metrics and staff."""
    word = func.coalesce(OutboxRow.reason, OutboxRow.state)
    rows = session.execute(select(OutboxRow.kind, word, func.count()).group_by(OutboxRow.kind, word))
    return {(kind, state): number for kind, state, number in rows}


def _next(
    session: Session,
    channels: Collection[str],
    now: datetime,
    limit: int,
    *,
    only: Collection[int] | None,
    replies: bool | None,
    apart: timedelta | None,
) -> list[tuple[OutboxRow, Contact]]:
    wanted: list[ColumnElement[bool]] = [
        OutboxRow.state == "queued",
        OutboxRow.channel.in_(channels),
        or_(OutboxRow.not_before.is_(None), OutboxRow.not_before <= now),
        or_(OutboxRow.broadcast_id.is_(None), OutboxRow.broadcast_id.not_in(still.PAUSED)),
    ]
    if london.quiet(now):
        wanted.append(OutboxRow.rank < min(RANK[kind] for kind in CAN_WAIT))
    if only is not None:
        wanted.append(OutboxRow.id.in_(only))
    if replies is not None:
        wanted.append(OutboxRow.rank == RANK["reply"] if replies else OutboxRow.rank > RANK["reply"])
    if apart:
        last = aliased(OutboxRow)
        just_now = (last.claimed_at > now - apart) & (last.claimed_at <= now)  # later: the clock was set back
        ours = exists().where(last.contact_id == OutboxRow.contact_id, last.kind != "reply", just_now)
        wanted.append(or_(OutboxRow.kind == "reply", ~ours))
    query = select(OutboxRow, Contact).join(Contact, OutboxRow.contact_id == Contact.id).where(*wanted)
    query = query.order_by(OutboxRow.rank, OutboxRow.id).limit(limit)
    rows = session.execute(query.with_for_update(of=OutboxRow, key_share=True, skip_locked=True))
    return [(row, contact) for row, contact in rows]


def _take(row: OutboxRow, contact: Contact, now: datetime, worker: str) -> Claim:
    row.state, row.claimed_at, row.claimed_by, row.attempts = "sending", now, worker, row.attempts + 1
    row.text = None  # until it is ready
    return Claim(
        id=row.id,
        worker=worker,
        contact_id=row.contact_id,
        channel=row.channel,
        kind=row.kind,
        payload=row.payload,
        attempts=row.attempts,
        language=contact.language,
        sealed_address=contact.address_sealed,
        topic=row.topic,
        broadcast_id=row.broadcast_id,
    )


def _drop(session: Session, row: OutboxRow, contact: Contact, now: datetime) -> bool:
    reason = against(session, row, contact, now)
    if reason is None:
        return False
    _dropped(session, row, reason, now)
    return True


def _dropped(session: Session, row: OutboxRow, reason: str, now: datetime) -> None:
    row.state, row.reason, row.settled_at = "dropped", reason, now
    if row.kind == "notice":
        about, contact_id = f"outbox:{row.id}", row.contact_id
        tasks.file(session, "undelivered", about=about, note=reason, contact_id=contact_id, now=now)


def against(session: Session, row: OutboxRow, contact: Contact, now: datetime) -> str | None:
    """Why a message must not go out, as its drop reason; None: it may. Consent and time, as they are now.

    A reply is always wanted: they just wrote.
    """
    if row.too_late is not None and now >= row.too_late:
        return "too_late"
    if row.kind == "reply":
        return None
    if contact.opted_out:
        return "opted_out"
    if row.kind in CAN_WAIT and contact.unreachable:
        return "unreachable"
    if row.kind == "reminder" and row.topic is not None:
        wants = select(Subscription.id).filter_by(contact_id=contact.id, topic=row.topic)
        if session.scalar(wants) is None:
            return "unsubscribed"
    return still.against(session, row.subject, contact.id, now) if row.subject else None


def _finish(
    session: Session,
    row: OutboxRow,
    outcome: str,
    *,
    error_code: str | None,
    not_before: datetime | None,
    now: datetime,
) -> None:
    if outcome == "retry":
        tasks.settle(session, "message_unsure", f"outbox:{row.id}", now)
        row.state, row.not_before, row.claimed_at, row.claimed_by = "queued", not_before, None, None
    else:
        _become(session, row, outcome, error_code, now)


def _wake(session: Session) -> None:
    """Tell the workers once the transaction is through; once for however many rows."""
    if session.get_bind().dialect.name == "postgresql" and not session.info.get(WAKE):
        session.info[WAKE] = True
        session.execute(sql(f"NOTIFY {WAKE}"))


def _locked(session: Session, which: ColumnElement[bool]) -> OutboxRow | None:
    query = select(OutboxRow).where(which).limit(1)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def _mine(session: Session, claim: Claim) -> OutboxRow | None:
    """The row of a claim, locked; None when it is no longer this worker's."""
    mine = (OutboxRow.state == "sending") & (OutboxRow.claimed_by == claim.worker)
    return _locked(session, (OutboxRow.id == claim.id) & mine & (OutboxRow.attempts == claim.attempts))


def _hear(session: Session, row: OutboxRow, word: str, error_code: str | None, now: datetime) -> None:
    """Take a provider's word about a row, unless the row is further on than that."""
    state = PROVIDER_STATES[word]
    if row.state in FINAL or (row.state == "sent" and state is None):
        return
    _become(session, row, state or "sent", error_code, now)


def _become(session: Session, row: OutboxRow, state: str, error_code: str | None, now: datetime) -> None:
    about = f"outbox:{row.id}"
    if row.state == "unsure" and state != "unsure":
        tasks.settle(session, "message_unsure", about, now)
    row.state, row.error_code, row.settled_at = state, error_code or row.error_code, now
    if state == "unsure":
        tasks.file(session, "message_unsure", about=about, contact_id=row.contact_id, now=now)
    elif state == "failed" and row.kind == "notice":
        note = row.error_code or ""
        tasks.file(session, "undelivered", about=about, note=note, contact_id=row.contact_id, now=now)
