"""What waits for staff, and the plan of who is told of it: at once, or in a digest.

A digest has one notice for each listener and day, a notice at once marks what it was about: planned twice, by two
workers or after a clock set back, nobody is told twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine, Select, func, or_, select
from sqlalchemy.orm import Session

from store import london, telling
from store.database import transaction
from store.errors import NoSuchTime
from store.models import Account, Booking, Listener, Noticed, Occurrence, Task, Wish
from store.telling import GROUP, KINDS, URGENT
from store.transitions import State

AGAIN = timedelta(minutes=15)  # an open emergency that is heard of again is told again, but no sooner
TOGETHER = timedelta(minutes=10)  # between two notices at once: what comes meanwhile goes together
LOOKS_BACK = timedelta(days=7)  # a worker that was off for longer leaves the rest to the digest
TOO_LATE = {"at_once": timedelta(hours=24), "digest": timedelta(hours=6)}


@dataclass(frozen=True)
class Waiting:
    """Something that waits: how many, since when. `service`: of requests; `place`: None where it is of no library."""

    kind: str
    service: str | None
    place: str | None
    number: int
    oldest: datetime


def waiting(session: Session, kinds: Collection[str], places: Collection[str] | None) -> list[Waiting]:
    """What waits now, most urgent first. `places`: only of these libraries and of none in particular."""
    found: list[Waiting] = []
    if "requests" in kinds:
        counted = select(Occurrence.service, Occurrence.place_id, func.count(), func.min(Booking.created_at))
        rows = session.execute(_requests(counted, places).group_by(Occurrence.service, Occurrence.place_id))
        found += [Waiting("requests", *row) for row in rows]
    kind_of = {task: kind for kind in kinds for task in KINDS[kind]}
    tasks = select(Task.kind, Task.place_id, func.count(), func.min(Task.created_at))
    together: dict[tuple[str, str | None], Waiting] = {}
    for task, place, number, oldest in session.execute(
        _tasks(tasks, kind_of, places).group_by(Task.kind, Task.place_id)
    ):
        kind = kind_of[task]
        other = together.get((kind, place))
        together[kind, place] = Waiting(
            kind,
            None,
            place,
            number + (other.number if other else 0),
            min(oldest, other.oldest) if other else oldest,
        )
    order = list(KINDS)
    return sorted([*found, *together.values()], key=lambda each: (order.index(each.kind), each.oldest))


def plan(engine: Engine, now: datetime, ways: Collection[str]) -> int:
    """Queue what is due, at once or as a digest, for everybody who is told in one of these ways. How many."""
    with transaction(engine) as session:
        if GROUP in ways:
            telling.group(session, now)
        able = (
            select(Listener.id)
            .outerjoin(Account, Listener.account_id == Account.id)
            .where(
                Listener.way.in_(ways),
                Account.disabled_at.is_(None),
                Listener.refused.is_(None),
                or_(Listener.way == GROUP, Listener.address_sealed.is_not(None)),
            )
        )
        listeners = session.scalars(able.order_by(Listener.id)).all()
    return sum(_plan_one(engine, listener_id, now) for listener_id in listeners)


def _plan_one(engine: Engine, listener_id: int, now: datetime) -> int:
    """Another worker that plans the same listener now is left to it."""
    with transaction(engine) as session:
        query = select(Listener).where(Listener.id == listener_id)
        listener = session.scalars(query.with_for_update(skip_locked=True, of=Listener)).one_or_none()
        return (
            0 if listener is None else _plan_digest(session, listener, now) + _at_once(session, listener, now)
        )


def _plan_digest(session: Session, listener: Listener, now: datetime) -> int:
    if not any(wish.moment == "digest" for wish in listener.wishes):
        return 0
    today = london.wall(now).date()
    queued = 0
    for day in (today - timedelta(days=1), today):  # yesterday's may be due at 23:59
        due = _due(day, listener.digest_at)
        late = due + TOO_LATE["digest"]
        if str(day.weekday()) in listener.digest_days and listener.digest_since <= due <= now < late:
            kinds = [kind for kind in KINDS if kind in {wish.kind for wish in listener.wishes}]
            queued += telling.queue(
                session, listener, f"digest:{day}", "digest", {"kinds": kinds}, now=now, late=late
            )
    return queued


def _due(day: date, at: time) -> datetime:
    """The moment of a digest; in spring's gap the moment at which the clocks jump (01:00 UTC)."""
    try:
        return london.to_utc(day, at)
    except NoSuchTime:
        return datetime.combine(day, time(1), UTC)


def _at_once(session: Session, listener: Listener, now: datetime) -> int:
    """One notice for new emergencies; one for everything else that is new, some minutes after the last and by day."""
    wishes = {wish.kind: wish for wish in listener.wishes if wish.moment == "at_once"}
    last = listener.told_at
    calm = not london.quiet(now) and (last is None or not timedelta(0) <= now - last < TOGETHER)
    fresh = {
        kind: found
        for kind, wish in wishes.items()
        if (kind == URGENT or calm) and (found := _fresh(session, listener, wish, now))
    }
    others = [kind for kind in KINDS if kind in fresh and kind != URGENT]
    if others:
        listener.told_at = now
    queued = 0
    for kinds in ([URGENT] if URGENT in fresh else [], others):
        if kinds:
            late = now + TOO_LATE["at_once"]
            about = {"kinds": kinds}
            queued += telling.queue(
                session, listener, f"at_once:{fresh[kinds[0]][0]}", "at_once", about, now=now, late=late
            )
    return queued


def _fresh(session: Session, listener: Listener, wish: Wish, now: datetime) -> list[str]:
    """What the listener was not told of yet, marked as told: "requests:17:0" …"""
    since = max(wish.since, now - LOOKS_BACK)
    items = {f"{wish.kind}:{id_}": at for id_, at in _items(session, wish.kind, _scope(listener), since)}
    told = select(Noticed.item, func.max(Noticed.round), func.max(Noticed.at)).where(
        Noticed.listener_id == listener.id, Noticed.item.startswith(f"{wish.kind}:")
    )
    known = {item: (number, at) for item, number, at in session.execute(told.group_by(Noticed.item))}
    found = []
    for item, at in items.items():
        number, last = known.get(item, (-1, None))
        if last is None or (wish.kind == URGENT and at >= last + AGAIN):
            session.add(Noticed(listener_id=listener.id, item=item, round=number + 1, at=now))
            found.append(f"{item}:{number + 1}")
    return found


def _items(
    session: Session, kind: str, places: Collection[str] | None, since: datetime
) -> list[tuple[int, datetime]]:
    """Ids and moments of what came since then and still waits; an emergency comes again when it is heard of again."""
    if kind == "requests":
        bookings = select(Booking.id, Booking.created_at).where(Booking.created_at >= since)
        rows = session.execute(_requests(bookings, places).order_by(Booking.id))
    else:
        moment = Task.last_at if kind == URGENT else Task.created_at
        rows = session.execute(
            _tasks(select(Task.id, moment).where(moment >= since), KINDS[kind], places).order_by(Task.id)
        )
    return [(row[0], row[1]) for row in rows]


def _requests[*T](query: Select[*T], places: Collection[str] | None) -> Select[*T]:
    query = query.select_from(Booking).join(Occurrence, Booking.occurrence_id == Occurrence.id)
    query = query.where(Booking.state == State.REQUESTED)
    return query if places is None else query.where(Occurrence.place_id.in_(places))


def _tasks[*T](query: Select[*T], kinds: Collection[str], places: Collection[str] | None) -> Select[*T]:
    query = query.where(Task.state == "open", Task.kind.in_(kinds))
    return query if places is None else query.where(or_(Task.place_id.is_(None), Task.place_id.in_(places)))


def _scope(listener: Listener) -> Collection[str] | None:
    return None if listener.account is None else listener.account.places
