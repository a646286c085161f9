"""The front page: what waits, in three numbers; and the way to everything that is not in the menu."""

from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from staff import english, reading, rooms
from staff.visit import enter
from store import tasks

router = APIRouter()


@router.get("/", name="front")
def front(request: Request) -> Response:
    with enter(request) as visit:
        waiting, oldest = reading.length(visit.session, reading.Queue(visit.places, visit.now))
        midnight = datetime.combine(english.local(visit.now).date(), time(), english.LONDON)
        today = reading.occurrences(visit.session, visit.places, midnight, midnight + timedelta(days=1))
        held = reading.taken(visit.session, (session.id for session in today if session.state == "open"))
        open_tasks = tasks.open_tasks(visit.session, places=visit.places)
        return visit.page(
            "front.html",
            waiting=waiting,
            oldest=oldest,
            sessions=sum(1 for session in today if session.state == "open"),
            people=sum(held.values()),
            today=today,
            held=held,
            tasks=len(open_tasks),
            emergencies=sum(1 for task in open_tasks if task.kind == "emergency"),
        )


@router.get("/more", name="more")
def more(request: Request) -> Response:
    """The rooms that staff need now and then."""
    with enter(request) as visit:
        return visit.page("more.html", here="more", rooms=rooms.more(visit.account))
