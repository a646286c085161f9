"""Where posters and leaflets hang. The plan of 2006 measures its publicity by the number of outlets that have it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import audit, closures
from store.database import DOUBLE_TAP
from store.errors import AlreadyHandled
from store.models import Audit, Outlet
from store.transitions import SYSTEM

KINDS = ("library", "partner", "community", "learning", "health", "worship", "shop", "other")
REMOVED = "removed"


def add(
    session: Session,
    *,
    name: str,
    kind: str,
    place: str,
    languages: Sequence[str],
    copies: int,
    since: date,
    actor: str,
    now: datetime,
) -> Outlet:
    """Write down a new outlet, looked after by a library. The very same by the same hand within a minute (a double
    tap): the one that is there. Raises ValueError for a kind that is none of KINDS."""
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}")
    closures.hold(session, place)  # two presses at the same moment, one after another
    facts = {
        "name": name,
        "kind": kind,
        "place_id": place,
        "copies": copies,
        "since": since,
        "created_by": actor,
    }
    twins = select(Outlet).filter_by(**facts, removed_on=None).where(Outlet.created_at > now - DOUBLE_TAP)
    for twin in session.scalars(twins.order_by(Outlet.id)):
        if twin.languages == sorted(set(languages)):
            return twin
    outlet = Outlet(**facts, languages=sorted(set(languages)), created_at=now)
    session.add(outlet)
    session.flush()
    detail = {"kind": kind, "place": place, "languages": outlet.languages, "copies": copies}
    audit.write(session, actor, "outlet.added", "outlet", outlet.id, now=now, **detail)
    return outlet


def remove(session: Session, outlet_id: int, *, on: date, actor: str, now: datetime) -> Outlet:
    """Nothing of ours is there any more from this day on. It stays in the history.

    Raises AlreadyHandled, NoResultFound, and ValueError for a day before it began.
    """
    outlet = session.scalars(select(Outlet).where(Outlet.id == outlet_id).with_for_update()).one()
    if outlet.removed_on is not None:
        done = _removal(session, outlet_id)
        raise AlreadyHandled(done.actor if done else SYSTEM, done.at if done else now, REMOVED)
    if on < outlet.since:
        raise ValueError("removed before it was there")
    outlet.removed_on = on
    audit.write(session, actor, "outlet.removed", "outlet", outlet.id, now=now)
    return outlet


def listed(session: Session, places: Sequence[str] | None) -> Sequence[Outlet]:
    """The outlets of these libraries (None: all): those that are there by name, then the removed ones."""
    query = select(Outlet).order_by(Outlet.removed_on.is_not(None), func.lower(Outlet.name), Outlet.id)
    return session.scalars(query if places is None else query.where(Outlet.place_id.in_(places))).all()


def count(session: Session, places: Sequence[str] | None, on: date) -> int:
    """How many outlets there are on a day: the measure of the plan of 2006."""
    return sum(is_there(each, on) for each in listed(session, places))


def by_language(session: Session, places: Sequence[str] | None, on: date) -> dict[str, int]:
    """How many outlets have each language on a day, the most frequent first."""
    there = [each for each in listed(session, places) if is_there(each, on)]
    return dict(Counter(code for each in there for code in each.languages).most_common())


def is_there(outlet: Outlet, on: date) -> bool:
    return outlet.since <= on and (outlet.removed_on is None or outlet.removed_on > on)


def _removal(session: Session, outlet_id: int) -> Audit | None:
    """Who removed it, and when."""
    query = select(Audit).where(Audit.subject == "outlet", Audit.subject_id == str(outlet_id))
    return session.scalars(query.where(Audit.action == "outlet.removed")).first()
