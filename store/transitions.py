"""How a booking may change: the one table. Each edge names who may, on what condition, what the person hears.

requested → approved | declined | offered | waitlisted      waitlisted → offered | expired
offered → approved | declined | expired                      approved → no_show
any live state → attended | cancelled_by_person | cancelled_by_staff
attended, no_show → approved: staff pressed the wrong button, for a week
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from store.errors import Closed, NotAllowed

if TYPE_CHECKING:
    from store.models import Booking


class State(StrEnum):
    """Where a booking stands; the value is what the database holds."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    OFFERED = "offered"
    WAITLISTED = "waitlisted"
    EXPIRED = "expired"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


HOLDS_SEAT = (
    State.REQUESTED,
    State.APPROVED,
    State.OFFERED,
)  # the partial unique index on seats covers these
LIVE = (*HOLDS_SEAT, State.WAITLISTED)  # one of these a person and session
TAKES_PLACE = (
    *HOLDS_SEAT,
    State.ATTENDED,
)  # who came early has no seat to hold any more, but sits on a chair

DOORS_OPEN = timedelta(hours=1)  # before the start: people come early
UNDO_FOR = timedelta(days=7)  # after it was marked

PERSON, SYSTEM = (
    "person",
    "system",
)  # the actors that are not a member of staff; no username may be one of them

Guard = Callable[["Booking", datetime], bool]


def not_started(booking: "Booking", now: datetime) -> bool:
    return now < booking.occurrence.start


def started(booking: "Booking", now: datetime) -> bool:
    return now >= booking.occurrence.start


def doors_open(booking: "Booking", now: datetime) -> bool:
    return now >= booking.occurrence.start - DOORS_OPEN


def just_marked(booking: "Booking", now: datetime) -> bool:
    return now < booking.changed_at + UNDO_FOR


def offer_open(booking: "Booking", now: datetime) -> bool:
    return booking.offer_expires_at is not None and now < booking.offer_expires_at


def offer_over(booking: "Booking", now: datetime) -> bool:
    return not offer_open(booking, now)


def above_capacity(booking: "Booking", _now: datetime) -> bool:
    """The session was made smaller and this seat is one too many."""
    return booking.seat is not None and booking.seat > booking.occurrence.capacity


@dataclass(frozen=True)
class Edge:
    """One allowed change. `notice`: what the person is sent, unless they did it themselves."""

    source: State
    target: State
    actors: frozenset[str]  # of "person", "staff", "system"
    guard: Guard | None = None
    notice: str | None = None


STAFF = "staff"
OFFER_FLOW = "offer"  # a notice that opens a conversation instead of ending one


def _edge(
    source: State, target: State, actors: str, guard: Guard | None = None, notice: str | None = None
) -> Edge:
    return Edge(source, target, frozenset(actors.split()), guard, notice)


S = State
TABLE: tuple[Edge, ...] = (
    _edge(S.REQUESTED, S.APPROVED, "staff", not_started, "booking.approved"),
    _edge(S.REQUESTED, S.DECLINED, "staff", None, "booking.declined"),
    _edge(S.REQUESTED, S.OFFERED, "staff", None, OFFER_FLOW),
    _edge(S.REQUESTED, S.WAITLISTED, "staff", above_capacity),
    _edge(S.OFFERED, S.APPROVED, "person", offer_open),
    _edge(S.OFFERED, S.APPROVED, "staff", not_started, "booking.approved"),
    _edge(S.OFFERED, S.DECLINED, "person", offer_open),
    _edge(S.OFFERED, S.DECLINED, "staff", None, "booking.declined"),
    _edge(S.OFFERED, S.EXPIRED, "system", offer_over, "booking.offer_expired"),
    _edge(S.WAITLISTED, S.OFFERED, "staff system", None, OFFER_FLOW),
    _edge(S.WAITLISTED, S.EXPIRED, "system", started),
    _edge(S.APPROVED, S.NO_SHOW, "staff", started),
    _edge(S.ATTENDED, S.APPROVED, "staff", just_marked),
    _edge(S.NO_SHOW, S.APPROVED, "staff", just_marked),
    # Whoever asked or waits and is let in at the door came, whatever was decided before.
    *(_edge(live, S.ATTENDED, "staff", doors_open) for live in LIVE),
    *(_edge(live, S.CANCELLED_BY_PERSON, "person", not_started) for live in LIVE),
    *(_edge(live, S.CANCELLED_BY_STAFF, "staff", None, "booking.cancelled_by_staff") for live in LIVE),
)
_BY_ENDS = {(edge.source, edge.target, actor): edge for edge in TABLE for actor in edge.actors}


def role_of(actor: str) -> str:
    """`actor` is "person", "system" or a member of staff's username."""
    return actor if actor in (PERSON, SYSTEM) else STAFF


def allowed(booking: "Booking", target: State, actor: str, now: datetime) -> Edge:
    """The edge to `target`. Raises NotAllowed when there is none, Closed when its guard says no."""
    edge = _BY_ENDS.get((State(booking.state), target, role_of(actor)))
    if edge is None:
        raise NotAllowed(f"{booking.state} → {target} by {role_of(actor)}")
    if edge.guard is not None and not edge.guard(booking, now):
        raise Closed(f"{booking.state} → {target}: not {edge.guard.__name__}")
    return edge
