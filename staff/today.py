"""Today: who is expected, now and later; one press says who came, and what nobody has said yet is finished."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import days, english, guard, reading, sessions
from staff.forms import version_of
from staff.visit import Visit, enter
from store import attendance
from store.errors import AlreadyHandled, Closed, Full, NotAllowed
from store.models import Booking, Occurrence
from store.transitions import DOORS_OPEN, UNDO_FOR, State

router = APIRouter()
TAP = r"[0-9a-f]{32}"
NOT_NOW = "That cannot be said of this person now. Nothing was changed."
Fault = tuple[int, str]  # a session's id, a sentence


@dataclass(frozen=True)
class Block:
    """One session of the page. `marking`: who came can be said now; `before`: it was not today."""

    session: Occurrence
    people: Sequence[Booking]
    walk_ins: int
    marking: bool
    over: bool
    before: bool

    @property
    def expected(self) -> int:
        return self._in(State.APPROVED)

    @property
    def came(self) -> int:
        return self._in(State.ATTENDED)

    @property
    def missing(self) -> int:
        return self._in(State.NO_SHOW)

    def _in(self, state: State) -> int:
        return sum(1 for each in self.people if each.state == state)


@router.get("/today", name="today")
def show(request: Request, place: str = "", after: guard.MaybeId = 0) -> Response:
    """`after`: the booking that was just marked."""
    with enter(request) as visit:
        return _page(visit, place, after)


@router.get("/today/{booking_id:int}", include_in_schema=False)
@router.get("/today/walk-in/{booking_id:int}", include_in_schema=False)
def back_from_log_in(request: Request, booking_id: guard.Id) -> Response:  # noqa: ARG001 - of the address
    """Somebody had to log in before a press: nothing was kept of it, they press again."""
    with enter(request) as visit:
        return visit.go("today")


@router.post("/today/{booking_id:int}", name="mark")
def mark(request: Request, booking_id: guard.Id, form: guard.Form) -> Response:
    """They came, they did not, or that was the wrong button."""
    what, seen = form.get("do", ""), version_of(form)
    try:
        with enter(request, form, may="decide") as visit:
            booking = _booking(visit, booking_id)
            if seen is None or what not in ("undo", *attendance.MARKS):
                raise NotAllowed(what)
            actor, now = visit.actor, visit.now
            if what == "undo":
                attendance.unmark(visit.session, booking_id, version=seen, actor=actor, now=now)
            else:
                attendance.mark(visit.session, booking_id, what, version=seen, actor=actor, now=now)
            return _back(visit, form, booking.occurrence_id, booking_id)
    except AlreadyHandled as handled:
        with enter(request) as visit:
            booking = _booking(visit, booking_id)
            return _again(visit, form, booking.occurrence, visit.already(handled), 409)
    except (Closed, Full, NotAllowed):
        with enter(request) as visit:
            return _again(visit, form, _booking(visit, booking_id).occurrence, NOT_NOW, 422)


@router.post("/today/walk-in/{occurrence_id:int}", name="walk_in")
def walk_in(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """One more, or one less, who came without a booking."""
    change, tap = form.get("change", ""), form.get("tap", "")
    try:
        with enter(request, form, may="decide") as visit:
            session = sessions.occurrence(visit, occurrence_id)
            if change not in ("1", "-1") or not re.fullmatch(TAP, tap):
                raise Closed(change)
            attendance.walked_in(
                visit.session, session.id, int(change), tap=tap, actor=visit.actor, now=visit.now
            )
            return _back(visit, form, session.id)
    except Closed:
        with enter(request) as visit:
            fault = "Nobody can be counted for this session now. Nothing was changed."
            return _again(visit, form, sessions.occurrence(visit, occurrence_id), fault, 422)


def _booking(visit: Visit, booking_id: int) -> Booking:
    booking = reading.booking(visit.session, booking_id)
    if booking is None or not visit.sees(booking.occurrence.place_id):
        raise guard.NotHere("booking", booking_id)
    return booking


def _back(visit: Visit, form: dict[str, str], occurrence_id: int, booking_id: int = 0) -> Response:
    """To the page where it was pressed, at the row of the person."""
    after = booking_id or None
    row = f"person-{booking_id}" if booking_id else f"session-{occurrence_id}"
    if form.get("back") == "session":
        there = visit.go("session", {"after": after}, occurrence_id=occurrence_id)
    else:
        there = visit.go("today", {"after": after, "place": form.get("place", "")})
    there.headers["location"] += f"#{row}"
    return there


def _again(visit: Visit, form: dict[str, str], session: Occurrence, sentence: str, status: int) -> Response:
    """The page with what was wrong. htmx takes only a page that is well, and shows the sentence at the session."""
    status = 200 if "hx-request" in visit.request.headers else status
    if form.get("back") == "session":
        return sessions.page(
            visit,
            session,
            faults=[("", sentence)],
            fault_title="Nothing was changed",
            fault=sentence,
            status=status,
        )
    return _page(visit, form.get("place", ""), fault=(session.id, sentence), kept=session, status=status)


def _page(
    visit: Visit,
    place: str,
    after: int = 0,
    *,
    fault: Fault | None = None,
    kept: Occurrence | None = None,
    status: int = 200,
) -> Response:
    """`kept`: a session that stays on the page, though nothing is left to do with it."""
    chosen = days.filters(visit, place, "")["place"]
    mine: Collection[str] | None = [chosen] if chosen else visit.places
    today = english.local(visit.now).date()
    found = days.between(visit, today, today, place=chosen).get(today, [])
    here = {each.id: each for each in found if each.state == "open"}
    for each in attendance.unfinished(visit.session, mine, visit.now - UNDO_FOR, visit.now):
        here.setdefault(each.id, each)
    marked = reading.booking(visit.session, after) if after else None
    if kept is None and marked is not None and visit.sees(marked.occurrence.place_id):
        kept = marked.occurrence
    if kept is not None and kept.state == "open" and attendance.counts(kept, visit.now):
        here.setdefault(kept.id, kept)
    blocks = _blocks(visit, here.values(), visit.now)
    return visit.page(
        "today.html",
        status=status,
        here="today",
        today=today,
        groups=_groups(blocks, visit.now),
        off=[each for each in found if each.state == "cancelled"],
        notes=days.off(visit, today, today, chosen).get(today, []),
        places=visit.my_places(),
        filter_place=chosen,
        fault=fault,
        after=after,
        **sessions.attendance_tools(),
    )


def _blocks(visit: Visit, found: Collection[Occurrence], now: datetime) -> list[Block]:
    ids = [each.id for each in found]
    people, walk_ins = attendance.people(visit.session, ids), attendance.walk_ins(visit.session, ids)
    today = english.local(now).date()
    return [
        Block(
            session=each,
            people=[
                row for row in people.get(each.id, []) if each.end > now or row.state != State.WAITLISTED
            ],
            walk_ins=walk_ins.get(each.id, 0),
            marking=attendance.counts(each, now),
            over=each.end <= now,
            before=each.day < today,
        )
        for each in sorted(found, key=lambda each: (each.start, each.id))
    ]


def _groups(blocks: Sequence[Block], now: datetime) -> list[tuple[str, str, list[Block]]]:
    """The page's parts: a title, a sentence, the sessions."""
    soon = now + DOORS_OPEN
    running = [each for each in blocks if not each.over and each.session.start <= soon]
    open_ends = [each for each in blocks if each.over and each.expected]
    later = [each for each in blocks if each.session.start > soon]
    done = [each for each in blocks if each.over and not each.expected]
    say = "Say who came, then it is done."
    return [
        ("Now", "", running),
        ("Not finished", say, open_ends),
        ("Later", "", later),
        ("Finished", "", done),
    ]
