"""A month of sessions at a glance, with closed days and bank holidays; the week view is one press away."""

import re
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import days, english, reading
from staff.forms import FIRST_YEAR, LAST_YEAR
from staff.visit import enter

router = APIRouter()


@router.get("/sessions/calendar", name="calendar")
def show(request: Request, month: str = "", place: str = "", service: str = "") -> Response:
    """`month`: such as 2026-12; anything else is this month. Whole weeks, from Monday."""
    with enter(request) as visit:
        today = english.local(visit.now).date()
        first = month_of(month) or today.replace(day=1)
        weeks = weeks_of(first)
        chosen = days.filters(visit, place, service)
        found = days.between(visit, weeks[0][0], weeks[-1][-1], **chosen)
        held = reading.taken(visit.session, [each.id for sessions in found.values() for each in sessions])
        return visit.page(
            "calendar.html",
            here="sessions",
            first=first,
            today=today,
            weeks=weeks,
            found=found,
            off=days.off(visit, weeks[0][0], weeks[-1][-1], chosen["place"]),
            held=held,
            filters=chosen,
            before=f"{first - timedelta(days=1):%Y-%m}",
            after=f"{first + timedelta(days=31):%Y-%m}",
            weekdays=english.WEEKDAYS,
            places=visit.my_places(),
            services=visit.services(),
        )


def month_of(text: str) -> date | None:
    """The first day of a month such as 2026-12; None when it is none, or far from our time."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if not found or not FIRST_YEAR < int(found[1]) < LAST_YEAR or not 1 <= int(found[2]) <= 12:
        return None
    return date(int(found[1]), int(found[2]), 1)


def weeks_of(first: date) -> list[list[date]]:
    """The weeks of a month, each from Monday to Sunday; the ends belong to the months beside it."""
    monday = first - timedelta(days=first.weekday())
    weeks: list[list[date]] = []
    while monday.replace(day=1) <= first or not weeks:
        weeks.append([monday + timedelta(days=n) for n in range(7)])
        monday += timedelta(days=7)
    return weeks
