"""Calendar feeds: whose secret address it is, what stands in the feed, and since when."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import batched

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import audit, london
from store.models import Account, Booking, Feed, FeedEvent, Occurrence
from store.transitions import HOLDS_SEAT, State

BACK, AHEAD = timedelta(weeks=4), timedelta(weeks=12)
TAKEN = (*HOLDS_SEAT, State.ATTENDED, State.NO_SHOW)  # of a session that is over, too
AT_ONCE = 500  # rows a statement: both databases take that many


@dataclass(frozen=True)
class Event:
    """A session, and the references of the places that are taken in it."""

    occurrence: Occurrence
    references: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stand:
    """How often calendars have to notice a change of when, where or whether; and the last change of anything."""

    sequence: int
    changed_at: datetime


def feed_of(session: Session, account_id: int) -> Feed | None:
    return session.get(Feed, account_id)


def renew(session: Session, account: Account, now: datetime) -> str:
    """A new secret for the address; the address that was is none any more."""
    token = secrets.token_urlsafe(32)
    feed = session.get(Feed, account.id, with_for_update=True)
    if feed is None:
        feed = Feed(account_id=account.id, used_today=0, digest="", created_at=now, changed_at=now)
        session.add(feed)
    feed.token_hash, feed.created_at, feed.used_at, feed.used_today = _hash(token), now, None, 0
    audit.write(session, account.username, "feed.made", "account", account.id, now=now)
    return token


def end(session: Session, account: Account, now: datetime) -> None:
    """No feed any more. Again is harmless."""
    feed = session.get(Feed, account.id)
    if feed is not None:
        session.delete(feed)
        audit.write(session, account.username, "feed.ended", "account", account.id, now=now)


def use(session: Session, token: str, now: datetime) -> Feed | None:
    """The feed with that secret, its use written down. None: there is no such, or its account is closed."""
    query = select(Feed).where(Feed.token_hash == _hash(token)).with_for_update(of=Feed)
    feed = session.scalars(query).one_or_none()
    if feed is None or feed.account.disabled_at is not None:
        return None
    today = london.wall(now).date()
    same_day = feed.used_at is not None and london.wall(feed.used_at).date() == today
    feed.used_at, feed.used_today = now, feed.used_today + 1 if same_day else 1
    return feed


def events(session: Session, account: Account, now: datetime) -> list[Event]:
    """Sessions of the account's libraries from four weeks back to twelve ahead, cancelled ones too."""
    midnight = london.to_utc(london.wall(now).date(), time())
    query = select(Occurrence).where(
        Occurrence.start >= midnight - BACK, Occurrence.start < midnight + AHEAD + timedelta(days=1)
    )
    if account.places is not None:
        query = query.where(Occurrence.place_id.in_(account.places))
    found = {row.id: Event(row) for row in session.scalars(query.order_by(Occurrence.start, Occurrence.id))}
    taken = (
        select(Booking.occurrence_id, Booking.reference)
        .where(Booking.occurrence_id.in_(query.with_only_columns(Occurrence.id)), Booking.state.in_(TAKEN))
        .order_by(Booking.id)
    )
    for occurrence_id, reference in session.execute(taken):
        found[occurrence_id].references.append(reference)
    return list(found.values())


def stands(session: Session, shown: Mapping[int, tuple[str, str]], now: datetime) -> dict[int, Stand]:
    """How each session stands in calendars, after what is shown now (id → its shape, all of it) was compared with
    what was shown last. The same for every feed; two readers at once count one change once."""
    digests = {id_: (_hash(shape), _hash(content)) for id_, (shape, content) in shown.items()}
    known = _known(session, list(digests))
    new = [
        {"occurrence_id": id_, "shape": shape, "content": content, "sequence": 0, "changed_at": now}
        for id_, (shape, content) in digests.items()
        if id_ not in known
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for rows in batched(new, AT_ONCE):
        session.execute(dialect.insert(FeedEvent).values(list(rows)).on_conflict_do_nothing())
    changed = [id_ for id_, (_, content) in digests.items() if id_ in known and known[id_].content != content]
    for row in _known(session, changed, lock=True).values():
        shape, content = digests[row.occurrence_id]
        if row.content != content:
            row.sequence += row.shape != shape
            row.shape, row.content, row.changed_at = shape, content, now
    now_known = known if not new else _known(session, list(digests))
    return {id_: Stand(row.sequence, row.changed_at) for id_, row in now_known.items()}


def since(feed: Feed, body: bytes, now: datetime) -> tuple[str, datetime]:
    """The digest of what the feed says, and since when it says that."""
    digest = hashlib.sha256(body).hexdigest()
    if feed.digest != digest:
        feed.digest, feed.changed_at = digest, now
    return digest, feed.changed_at


def _known(session: Session, ids: Sequence[int], *, lock: bool = False) -> dict[int, FeedEvent]:
    found: dict[int, FeedEvent] = {}
    for some in batched(ids, AT_ONCE):
        query = select(FeedEvent).where(FeedEvent.occurrence_id.in_(some)).order_by(FeedEvent.occurrence_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        found |= {row.occurrence_id: row for row in session.scalars(query)}
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
