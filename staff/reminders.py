"""Reminders: when people are reminded, service by service; every week, and around a place that they booked."""

import re
from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import english, guard
from staff.forms import Faults, Wrong
from staff.visit import Visit, enter
from staff.weekly import time_of
from store import appointments, london, reminders
from store.models import ReminderSchedule

router = APIRouter()
ON = "yes"


@router.get("/reminders", name="reminders")
def show(request: Request, saved: str = "") -> Response:
    """Every service: when its weekly reminder goes out next and to how many, and what goes out around a place."""
    with enter(request, may="reminders") as visit:
        rows = _schedules(visit)
        return visit.page(
            "reminders.html",
            here="reminders",
            rows=[(row, reminders.next_time(row, visit.now)) for row in rows],
            subscribers=reminders.subscribers(visit.session),
            days=english.WEEKDAYS,
            saved=saved if saved in visit.desk.names.bookable else "",
        )


@router.get("/reminders/{topic}", name="reminder")
def one(request: Request, topic: str) -> Response:
    """The settings of one service."""
    with enter(request, may="reminders") as visit:
        return _page(visit, _schedule(visit, topic))


@router.post("/reminders/{topic}")
def save(request: Request, topic: str, form: guard.Form) -> Response:
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may="reminders") as visit:
            _save(visit, _schedule(visit, topic).topic, sent)
            return visit.go("reminders", {"saved": topic})
    except Wrong as wrong:
        with enter(request, may="reminders") as visit:
            return _page(visit, _schedule(visit, topic), sent, wrong.faults, 422)


def _save(visit: Visit, topic: str, sent: Mapping[str, str]) -> None:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    weekday, at, hours = sent.get("weekday", ""), time_of(sent.get("at", "")), sent.get("hours", "")
    if weekday not in map(str, range(7)):
        faults.append(("weekday", "Choose a day of the week."))
    if at is None or not london.AWAKE_FROM <= at < london.AWAKE_UNTIL:
        faults.append(("at", "Enter a time from 08:00 to 19:59, such as 10:00."))
    most = appointments.MOST_HOURS
    before = int(hours) if re.fullmatch(r"[0-9]{1,2}", hours) else most + 1
    if before > most:
        faults.append(("hours", f"Enter how many hours before: 0 to {most}. 0 means none."))
    if faults or at is None:
        raise Wrong(*faults)
    reminders.set_schedule(
        visit.session,
        topic,
        weekday=int(weekday),
        at=at,
        active=sent.get("active") == ON,
        actor=visit.actor,
        now=visit.now,
    )
    reminders.set_around(
        visit.session,
        topic,
        day_before=sent.get("day_before") == ON,
        hours_before=before,
        asks_after=sent.get("asks_after") == ON,
        actor=visit.actor,
        now=visit.now,
    )


def _schedules(visit: Visit) -> list[ReminderSchedule]:
    """Of each service that can be booked, by its name; as it is by itself where nobody has set anything."""
    found = {row.topic: row for row in reminders.schedules(visit.session)}
    return [found.get(topic) or _by_itself(topic) for topic in visit.services()]


def _schedule(visit: Visit, topic: str) -> ReminderSchedule:
    """Raises HTTPException(404) for something that cannot be booked."""
    found = next((row for row in _schedules(visit) if row.topic == topic), None)
    if found is None:
        raise HTTPException(404)
    return found


def _by_itself(topic: str) -> ReminderSchedule:
    return ReminderSchedule(
        topic=topic,
        weekday=reminders.DEFAULT_WEEKDAY,
        at=reminders.DEFAULT_AT,
        sensitive=True,
        active=True,
        day_before=True,
        hours_before=appointments.DEFAULT_HOURS,
        asks_after=True,
    )


def _page(
    visit: Visit,
    row: ReminderSchedule,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
) -> Response:
    kept = {
        "weekday": str(row.weekday),
        "at": f"{row.at:%H:%M}",
        "hours": str(row.hours_before),
        "active": ON if row.active else "",
        "day_before": ON if row.day_before else "",
        "asks_after": ON if row.asks_after else "",
    }
    boxes = dict.fromkeys(("active", "day_before", "asks_after"), "")
    answered = appointments.ratings(visit.session, visit.now - appointments.LOOKS_BACK)
    return visit.page(
        "reminder.html",
        status=status,
        here="reminders",
        row=row,
        default=kept if sent is None else {**boxes, **sent},
        boxes=boxes,
        faults=faults or [],
        next_time=reminders.next_time(row, visit.now),
        number=reminders.subscribers(visit.session).get(row.topic, 0),
        ratings=[
            (visit.desk.names.place(place), *figures)
            for (service, place), figures in sorted(answered.items())
            if service == row.topic and visit.sees(place)
        ],
        weekday_items=[(str(n), name) for n, name in enumerate(english.WEEKDAYS)],
        most_hours=appointments.MOST_HOURS,
    )
