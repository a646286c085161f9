"""Sessions: a week of them with who is booked, and one session's page: places, room, another time, cancelling."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import days, english, guard, reading
from staff.forms import Faults, Wrong, day_of, reason_of, version_of
from staff.sure import NotSure, make_sure
from staff.visit import Visit, enter
from staff.weekly import figure, rhythm, room_of, time_of
from store import attendance, occurrences
from store.errors import AlreadyHandled, Clash, Closed, DayOff, NoSuchTime
from store.models import Booking, Occurrence, WeeklySession
from store.transitions import UNDO_FOR, State

router = APIRouter()
AHEAD = timedelta(days=365)  # how far in the future a session may move
WAITS = (State.OFFERED, State.WAITLISTED)
STARTED = "This session has started. It cannot be changed any more."
TOO_LATE = "It is too late: the session has started or was cancelled. Nothing was changed."


@router.get("/sessions", name="sessions")
def show(
    request: Request, *, week: str = "", place: str = "", service: str = "", added: guard.MaybeId = 0
) -> Response:
    """One week, from Monday. `week`: any of its days as YYYY-MM-DD."""
    with enter(request) as visit:
        today = english.local(visit.now).date()
        monday = _monday(day_of(week) or today)
        sunday = monday + timedelta(days=6)
        chosen = days.filters(visit, place, service)
        found = days.between(visit, monday, sunday, **chosen)
        off = days.off(visit, monday, sunday, chosen["place"])
        return visit.page(
            "sessions.html",
            here="sessions",
            monday=monday,
            today=today,
            days={day: found.get(day, []) for day in sorted({*found, *off})},
            off=off,
            count=sum(map(len, found.values())),
            held=reading.taken(visit.session, [each.id for sessions in found.values() for each in sessions]),
            filters=chosen,
            week=monday.isoformat() if monday != _monday(today) else "",
            before=monday - timedelta(days=7),
            after=monday + timedelta(days=7),
            places=visit.my_places(),
            services=visit.services(),
            added=_added(visit, added),
            rhythm=rhythm,
        )


@router.get("/sessions/{occurrence_id:int}/places", include_in_schema=False)  # back from a log-in in between
@router.get("/sessions/{occurrence_id:int}/open", include_in_schema=False)
@router.get("/sessions/{occurrence_id:int}", name="session")
def one(request: Request, occurrence_id: guard.Id, saved: str = "", after: guard.MaybeId = 0) -> Response:
    """`saved`: what was just done; `after`: the booking that was just marked."""
    with enter(request) as visit:
        return page(visit, occurrence(visit, occurrence_id), saved=saved, after=after)


@router.post("/sessions/{occurrence_id:int}")
def cancel(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """Cancel this date. Everyone booked or waiting is told why, each in their language."""

    def do(visit: Visit, session: Occurrence, sent: Mapping[str, str]) -> None:
        _require_coming(visit, session, "This session has started. It cannot be cancelled any more.")
        reason, note = reason_of(sent, "cancel")
        occurrences.cancel(
            visit.session, session.id, actor=visit.actor, now=visit.now, reason=reason, note=note
        )

    return _decide(request, occurrence_id, form, do, saved="")


@router.post("/sessions/{occurrence_id:int}/places", name="places")
def resize(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """Another number of places, another room. Fewer places than people: said first, and nobody is dropped."""

    def do(visit: Visit, session: Occurrence, sent: Mapping[str, str]) -> None:
        _require_coming(visit, session)
        faults: Faults = []
        capacity, room = figure(sent, "capacity", faults), room_of(sent, faults)
        if faults:
            raise Wrong(*faults)
        held = reading.taken(visit.session, [session.id]).get(session.id, 0)
        make_sure(sent, _too_many(held, capacity) if capacity < session.capacity else "")
        occurrences.set_capacity(
            visit.session,
            session.id,
            capacity,
            room=room,
            version=_version(sent),
            actor=visit.actor,
            now=visit.now,
        )

    return _decide(request, occurrence_id, form, do, saved="places")


@router.post("/sessions/{occurrence_id:int}/open", name="reopen")
def reopen(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """A cancelled date is held after all: it can be booked anew."""

    def do(visit: Visit, session: Occurrence, _sent: Mapping[str, str]) -> None:
        occurrences.reopen(visit.session, session.id, actor=visit.actor, now=visit.now)

    return _decide(request, occurrence_id, form, do, saved="open")


@router.get("/sessions/{occurrence_id:int}/move", name="move")
def where(request: Request, occurrence_id: guard.Id) -> Response:
    with enter(request, may="sessions") as visit:
        return _move_page(visit, occurrence(visit, occurrence_id))


@router.post("/sessions/{occurrence_id:int}/move")
def move(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """To another day or time: bookings move with it, each person is told old and new time, once."""

    def do(visit: Visit, session: Occurrence, sent: Mapping[str, str]) -> None:
        _require_coming(visit, session)
        faults: Faults = []
        day, start, today = (
            day_of(sent.get("day", "")),
            time_of(sent.get("start", "")),
            english.local(visit.now),
        )
        if day is None or not today.date() <= day <= today.date() + AHEAD:
            faults.append(("day", "Enter a day from today on, within a year, such as 30/11/2026."))
        if start is None:
            faults.append(("start", "Enter when it starts, such as 14:30."))
        minutes = figure(sent, "minutes", faults)
        if not faults and (day, start) <= (today.date(), today.time()):
            faults.append(("start", "That time is over. Choose a later one."))
        if faults or day is None or start is None:
            raise Wrong(*faults)
        try:
            occurrences.move(
                visit.session,
                session.id,
                day=day,
                start=start,
                minutes=minutes,
                version=_version(sent),
                actor=visit.actor,
                now=visit.now,
            )
        except NoSuchTime:
            raise Wrong(
                ("start", "The clocks go forward that day, and skip that time. Choose another.")
            ) from None
        except Clash:
            raise Wrong(
                ("start", "This weekly session has a date at that time already. Choose another.")
            ) from None
        except DayOff:
            raise Wrong(("day", "The library is closed that day. Choose another.")) from None

    return _decide(request, occurrence_id, form, do, saved="move", show=_move_page)


def _decide(
    request: Request,
    occurrence_id: int,
    form: Mapping[str, str],
    do: Callable[[Visit, Occurrence, Mapping[str, str]], None],
    *,
    saved: str,
    show: Callable[..., Response] | None = None,
) -> Response:
    """Carry out a form of a session's page; then its page, with what was done, or with what is wrong."""
    sent = {name: clean(value) for name, value in form.items()}
    title, status, ask = "There is a problem", 422, ""
    already: AlreadyHandled | None = None
    faults: Faults = []
    try:
        with enter(request, form, may="sessions") as visit:
            do(visit, occurrence(visit, occurrence_id), sent)
            return visit.go("session", {"saved": saved}, occurrence_id=occurrence_id)
    except Wrong as wrong:
        faults = wrong.faults
    except NotSure as unsure:
        status, ask = 200, unsure.sentence
    except Closed:
        faults = [("", TOO_LATE)]
    except DayOff:
        faults = [("", "The library is closed that day. Open it again first.")]
    except AlreadyHandled as handled:
        title, status, already = "Somebody was faster", 409, handled
    with enter(request) as visit:
        if already is not None:
            faults = [("", visit.already(already))]
        session = occurrence(visit, occurrence_id)
        return (show or page)(
            visit, session, sent=sent, faults=faults, fault_title=title, ask=ask, status=status
        )


def occurrence(visit: Visit, occurrence_id: int) -> Occurrence:
    """Raises NotHere for none, and for another library's."""
    found = visit.session.get(Occurrence, occurrence_id)
    if found is None or not visit.sees(found.place_id):
        raise guard.NotHere("occurrence", occurrence_id)
    return found


def page(
    visit: Visit,
    session: Occurrence,
    *,
    saved: str = "",
    after: int = 0,
    fault: str = "",
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "",
    ask: str = "",
    status: int = 200,
) -> Response:
    """One session: who has a place, who waits, and what can be done with it. `fault`: said beside the people."""
    people: list[Booking] = reading.booked(visit.session, session.id)
    history = reading.history(visit.session, "occurrence", session.id)
    cancelled = next((line for line in reversed(history) if line.action == "session.cancelled"), None)
    coming = session.start > visit.now
    return visit.page(
        "session.html",
        status=status,
        here="sessions",
        occurrence=session,
        rule=visit.session.get_one(WeeklySession, session.weekly_id),
        rhythm=rhythm,
        seated=[each for each in people if each.state not in WAITS],
        waiting=sorted((each for each in people if each.state in WAITS), key=lambda each: each.id),
        live=sum(1 for each in people if each.state not in (State.ATTENDED, State.NO_SHOW)),
        held=reading.taken(visit.session, [session.id]).get(session.id, 0),
        cancelled=cancelled,
        people=reading.account_names(visit.session, {line.actor for line in history}),
        history=[line for line in history if line.action in DEEDS],
        deeds=DEEDS,
        can_change=visit.may("sessions") and session.state == "open" and coming,
        can_reopen=visit.may("sessions") and session.state == "cancelled" and coming,
        marking=session.state == "open" and attendance.counts(session, visit.now),
        walk_ins=attendance.walk_ins(visit.session, [session.id]),
        **attendance_tools(),
        moment_of=datetime.fromisoformat,
        saved=saved,
        after=after,
        fault=fault,
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
        ask=ask,
    )


DEEDS = {  # of the history of a session
    "session.cancelled": "Cancelled",
    "session.reopened": "Held after all",
    "session.moved": "Moved",
    "session.capacity": "Another number of places",
    "session.room": "Another room",
}


def _move_page(
    visit: Visit,
    session: Occurrence,
    *,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "",
    ask: str = "",
    status: int = 200,
) -> Response:
    local = english.local(session.start)
    minutes = int((session.end - session.start).total_seconds()) // 60
    now_is = {"day": local.date().isoformat(), "start": f"{local:%H:%M}", "minutes": str(minutes)}
    return visit.page(
        "move.html",
        status=status,
        here="sessions",
        occurrence=session,
        default=now_is,
        live=days.people_of(visit.session, [session.id]),
        can_change=session.state == "open" and session.start > visit.now,
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
        ask=ask,
    )


def attendance_tools() -> dict[str, object]:
    """What templates/attendance.html needs: a name for each press of a button, and until when a mark is undone."""
    return {
        "tap": lambda: secrets.token_hex(16),
        "undo_until": lambda booking: booking.changed_at + UNDO_FOR,
    }


def _added(visit: Visit, weekly_id: int) -> WeeklySession | None:
    """The weekly session that this member of staff has just added."""
    rule = visit.session.get(WeeklySession, weekly_id) if weekly_id else None
    return rule if rule is not None and rule.created_by == visit.actor and visit.sees(rule.place_id) else None


def _require_coming(visit: Visit, session: Occurrence, sentence: str = STARTED) -> None:
    if session.start <= visit.now:
        raise Wrong(("", sentence))


def _version(sent: Mapping[str, str]) -> int:
    version = version_of(sent)
    if version is None:
        raise Wrong(("", "Open the page again, then change it."))
    return version


def _too_many(held: int, capacity: int) -> str:
    """What fewer places mean when more people have one; "" when they still fit."""
    if held <= capacity:
        return ""
    places = english.count(capacity, "place")
    return f"{held} people have a place, and there would be {places}: {held - capacity} too many. Nobody is dropped."


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
