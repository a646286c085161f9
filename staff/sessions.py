"""Sessions: a week of them with who is booked, adding a weekly one, and one session's page."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import english, guard, reading
from staff.forms import Faults, Wrong, day_of, reason_of
from staff.visit import Visit, enter
from store import london, sessions
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Booking, Occurrence, WeeklySession

router = APIRouter()
LIMITS = {"minutes": (10, 480), "capacity": (1, 200)}  # minutes: up to a working day
ROOM_LIMIT = 80  # characters
AHEAD = timedelta(days=365)  # how far in the future a weekly session may begin


@router.get("/sessions", name="sessions")
def show(
    request: Request, *, week: str = "", place: str = "", service: str = "", added: guard.MaybeId = 0
) -> Response:
    """One week, from Monday. `week`: any of its days as YYYY-MM-DD."""
    with enter(request) as visit:
        today = english.local(visit.now).date()
        monday = _monday(day_of(week) or today)
        start, end = london.to_utc(monday, time()), london.to_utc(monday + timedelta(days=7), time())
        filters = {
            "place": place if place in visit.my_places() else "",
            "service": service if service in visit.desk.names.services else "",
        }
        found = reading.occurrences(visit.session, visit.places, start, end, **filters)
        days: dict[date, list[Occurrence]] = {}
        for occurrence in found:
            days.setdefault(occurrence.day, []).append(occurrence)
        return visit.page(
            "sessions.html",
            here="sessions",
            monday=monday,
            today=today,
            days=days,
            held=reading.taken(visit.session, [each.id for each in found]),
            filters=filters,
            week=monday.isoformat() if monday != _monday(today) else "",
            before=monday - timedelta(days=7),
            after=monday + timedelta(days=7),
            places=visit.my_places(),
            services=visit.services(),
            added=_added(visit, added),
        )


@router.get("/sessions/new", name="new_session")
def new(request: Request) -> Response:
    with enter(request, may="sessions") as visit:
        return _form(visit, {"minutes": "60", "capacity": "8"})


@router.post("/sessions/new")
def add(request: Request, form: guard.Form) -> Response:
    """Add a weekly session in London wall time; its next twelve weeks stand in the list at once."""
    sent = {name: clean(value) for name, value in form.items()}
    try:
        with enter(request, form, may="sessions") as visit:
            rule = _add(visit, sent)
            first = rule.first if rule.first > english.local(visit.now).date() else None
            return visit.go("sessions", {"added": rule.id, "week": first})
    except Wrong as wrong:
        with enter(request, may="sessions") as visit:
            return _form(visit, sent, wrong.faults, 422)


@router.get("/sessions/{occurrence_id:int}", name="session")
def one(request: Request, occurrence_id: guard.Id) -> Response:
    with enter(request) as visit:
        return _page(visit, _occurrence(visit, occurrence_id))


@router.post("/sessions/{occurrence_id:int}")
def cancel(request: Request, occurrence_id: guard.Id, form: guard.Form) -> Response:
    """Cancel this date. Everyone booked or waiting is told why, each in their language."""
    sent = {name: clean(value) for name, value in form.items()}
    title, status = "There is a problem", 422
    already: AlreadyHandled | None = None
    try:
        with enter(request, form, may="sessions") as visit:
            occurrence = _occurrence(visit, occurrence_id)
            if occurrence.start <= visit.now:
                raise Wrong(("", "This session has started. It cannot be cancelled any more."))
            reason, note = reason_of(sent, "cancel")
            sessions.cancel_occurrence(
                visit.session, occurrence_id, actor=visit.actor, now=visit.now, reason=reason, note=note
            )
            return visit.go("session", occurrence_id=occurrence_id)
    except Wrong as wrong:
        faults = wrong.faults
    except AlreadyHandled as handled:
        title, status, faults, already = "Somebody was faster", 409, [], handled
    with enter(request) as visit:
        if already is not None:
            faults = [("", visit.already(already))]
        occurrence = _occurrence(visit, occurrence_id)
        return _page(visit, occurrence, sent=sent, faults=faults, fault_title=title, status=status)


def _add(visit: Visit, sent: Mapping[str, str]) -> WeeklySession:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    service, place, weekday = sent.get("service", ""), sent.get("place", ""), sent.get("weekday", "")
    room, first_text = sent.get("room", ""), sent.get("first", "")
    if service not in visit.desk.names.bookable:
        faults.append(("service", "Choose a service."))
    if place not in visit.my_places():
        faults.append(("place", "Choose a library."))
    if weekday not in map(str, range(7)):
        faults.append(("weekday", "Choose a day of the week."))
    start = _time(sent.get("start", ""))
    if start is None:
        faults.append(("start", "Enter when it starts, such as 14:30."))
    figures = {}
    for field, what in (("minutes", "how many minutes it lasts"), ("capacity", "how many people can come")):
        low, high = LIMITS[field]
        figure = int(sent[field]) if re.fullmatch(r"\d{1,4}", sent.get(field, "")) else 0
        if not low <= figure <= high:
            faults.append((field, f"Enter {what}: {low} to {high}."))
        figures[field] = figure
    if len(room) > ROOM_LIMIT:
        faults.append(("room", f"Write at most {ROOM_LIMIT} characters."))
    first, today = day_of(first_text), english.local(visit.now).date()
    if first_text and (first is None or not today <= first <= today + AHEAD):
        faults.append(("first", "Enter a day from today on, within a year, such as 30/11/2026."))
    if faults or start is None:
        raise Wrong(*faults)
    try:
        return sessions.add_weekly(
            visit.session,
            service=service,
            place=place,
            weekday=int(weekday),
            start=start,
            minutes=figures["minutes"],
            capacity=figures["capacity"],
            room=room,
            first=first,
            actor=visit.actor,
            now=visit.now,
        )
    except NoSuchTime as gap:
        sentence = (
            "The clocks go forward on the first day, and skip that time. Choose another time or first day."
        )
        raise Wrong(("start", sentence)) from gap


def _added(visit: Visit, weekly_id: int) -> WeeklySession | None:
    """The weekly session that this member of staff has just added."""
    rule = visit.session.get(WeeklySession, weekly_id) if weekly_id else None
    return rule if rule is not None and rule.created_by == visit.actor and visit.sees(rule.place_id) else None


def _occurrence(visit: Visit, occurrence_id: int) -> Occurrence:
    occurrence = visit.session.get(Occurrence, occurrence_id)
    if occurrence is None or not visit.sees(occurrence.place_id):
        raise guard.NotHere("occurrence", occurrence_id)
    return occurrence


def _page(
    visit: Visit,
    occurrence: Occurrence,
    *,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "",
    status: int = 200,
) -> Response:
    people: list[Booking] = reading.booked(visit.session, occurrence.id)
    history = reading.history(visit.session, "occurrence", occurrence.id)
    cancelled = next((line for line in reversed(history) if line.action == "session.cancelled"), None)
    return visit.page(
        "session.html",
        status=status,
        here="sessions",
        occurrence=occurrence,
        people=people,
        held=sum(1 for each in people if each.seat is not None),
        cancelled=cancelled,
        cancelled_by=visit.name_of(cancelled.actor) if cancelled else "",
        can_cancel=visit.may("sessions") and occurrence.state == "open" and occurrence.start > visit.now,
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
    )


def _form(visit: Visit, sent: Mapping[str, str], faults: Faults | None = None, status: int = 200) -> Response:
    return visit.page(
        "new_session.html",
        status=status,
        here="sessions",
        default=dict(sent),
        faults=faults or [],
        places=visit.my_places(),
        services=visit.services(),
        weekday_items=[(str(n), name) for n, name in enumerate(english.WEEKDAYS)],
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _time(text: str) -> time | None:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::00)?", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))
