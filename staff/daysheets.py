"""Sheets to print: who is expected, with boxes to tick, for one session or for a library's day. No phone numbers."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import days, english, guard, sessions
from staff.forms import day_of
from staff.visit import Visit, enter
from store import attendance
from store.models import Booking, Occurrence
from store.transitions import State

router = APIRouter()
EMPTY_LINES = 4  # for those who walk in
ORDER = (State.APPROVED, State.ATTENDED, State.NO_SHOW, State.REQUESTED, State.OFFERED, State.WAITLISTED)


@router.get("/sessions/{occurrence_id:int}/sheet", name="sheet")
def one(request: Request, occurrence_id: guard.Id) -> Response:
    """One session on one sheet."""
    with enter(request) as visit:
        session = sessions.occurrence(visit, occurrence_id)
        return _sheet(visit, [session], session.day, one=True)


@router.get("/sessions/sheet", name="day_sheet")
def day(request: Request, day: str = "", place: str = "") -> Response:
    """A day of a library (or of all that the account sees), a session below the other. Without a day: today."""
    with enter(request) as visit:
        on = day_of(day) or english.local(visit.now).date()
        chosen = days.filters(visit, place, "")["place"]
        found = days.between(visit, on, on, place=chosen).get(on, [])
        return _sheet(visit, [each for each in found if each.state == "open"], on, chosen)


def _sheet(
    visit: Visit, found: Sequence[Occurrence], on: date, place: str = "", *, one: bool = False
) -> Response:
    people = attendance.people(visit.session, [each.id for each in found])
    lists: dict[int, list[Booking]] = {
        id_: sorted(rows, key=lambda row: ORDER.index(State(row.state))) for id_, rows in people.items()
    }
    return visit.page(
        "sheet.html",
        here="sessions",
        sessions=found,
        people=lists,
        on=on,
        place_id=place,
        one=one,
        empty=EMPTY_LINES,
    )
