"""Outlets: places with our posters or leaflets. How many there are is the measure of the plan of 2006."""

import re
from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows.languages import ENGLISH
from nlu.cleaning import clean
from staff import english, guard
from staff.forms import Faults, Wrong, day_of
from staff.visit import Visit, enter
from store import outlets
from store.errors import AlreadyHandled
from store.models import Outlet

router = APIRouter()
NAME_LIMIT, MOST_COPIES = 120, 500
SPEAKS = "speaks-"  # a box of the form for each language


@router.get("/outlets/new", name="new_outlet")
def new(request: Request) -> Response:
    with enter(request, may="sessions") as visit:
        return _form(visit, {"copies": "1"})


@router.post("/outlets/new")
def add(request: Request, form: guard.Form) -> Response:
    """Write down where posters hang now."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may="sessions") as visit:
            outlet = _add(visit, sent)
            return visit.go("posters", {"just": outlet.id})
    except Wrong as wrong:
        with enter(request, may="sessions") as visit:
            return _form(visit, sent, wrong.faults, 422)


@router.get("/outlets/{outlet_id:int}", name="outlet")
def one(request: Request, outlet_id: guard.Id) -> Response:
    """One outlet, and the form that says its posters are gone."""
    with enter(request) as visit:
        return _page(visit, _outlet(visit, outlet_id))


@router.post("/outlets/{outlet_id:int}")
def remove(request: Request, outlet_id: guard.Id, form: guard.Form) -> Response:
    """The posters are not there any more."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may="sessions") as visit:
            outlet = _outlet(visit, outlet_id)
            on = _day(visit, sent.get("on", ""), "on", earliest=outlet.since)
            outlets.remove(visit.session, outlet.id, on=on, actor=visit.actor, now=visit.now)
            return visit.go("outlet", outlet_id=outlet_id)
    except Wrong as wrong:
        with enter(request) as visit:
            return _page(visit, _outlet(visit, outlet_id), sent, wrong.faults, 422)
    except AlreadyHandled as handled:
        with enter(request) as visit:
            faults = [("", visit.already(handled))]
            return _page(visit, _outlet(visit, outlet_id), sent, faults, 409)


def _add(visit: Visit, sent: Mapping[str, str]) -> Outlet:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    name, kind, place = sent.get("name", ""), sent.get("kind", ""), sent.get("place", "")
    if not name:
        faults.append(("name", "Write where the posters are."))
    elif len(name) > NAME_LIMIT:
        faults.append(("name", f"Write at most {NAME_LIMIT} characters. These are {len(name)}."))
    if kind not in outlets.KINDS:
        faults.append(("kind", "Choose what kind of place it is."))
    if place not in visit.my_places():
        faults.append(("place", "Choose the library that looks after it."))
    languages = [code for code in ENGLISH if sent.get(f"{SPEAKS}{code}")]
    if not languages:
        faults.append((SPEAKS + next(iter(ENGLISH)), "Choose at least one language."))
    copies = int(sent["copies"]) if re.fullmatch(r"[0-9]{1,4}", sent.get("copies", "")) else 0
    if not 1 <= copies <= MOST_COPIES:
        faults.append(("copies", f"Enter how many posters or leaflets: 1 to {MOST_COPIES}."))
    since = english.local(visit.now).date()
    try:
        since = _day(visit, sent.get("since", ""), "since")
    except Wrong as wrong:
        faults += wrong.faults
    if faults:
        raise Wrong(*faults)
    return outlets.add(
        visit.session,
        name=name,
        kind=kind,
        place=place,
        languages=languages,
        copies=copies,
        since=since,
        actor=visit.actor,
        now=visit.now,
    )


def _day(visit: Visit, text: str, field: str, earliest: date | None = None) -> date:
    """A day until today; today when nothing is written. Raises Wrong."""
    today = english.local(visit.now).date()
    day = day_of(text) if text else today
    if day is None or day > today:
        raise Wrong((field, "Enter today or an earlier day, such as 23/11/2026."))
    if earliest is not None and day < earliest:
        raise Wrong(
            (field, f"Enter a day from {english.day(earliest, visit.now)} on: it was not there before.")
        )
    return day


def _outlet(visit: Visit, outlet_id: int) -> Outlet:
    outlet = visit.session.get(Outlet, outlet_id)
    if outlet is None or not visit.sees(outlet.place_id):
        raise guard.NotHere("outlet", outlet_id)
    return outlet


def _page(
    visit: Visit,
    outlet: Outlet,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    status: int = 200,
) -> Response:
    return visit.page(
        "outlet.html",
        status=status,
        here="posters",
        outlet=outlet,
        kinds=english.OUTLETS,
        written_by=visit.name_of(outlet.created_by),
        sent=dict(sent or {}),
        faults=faults or [],
    )


def _form(visit: Visit, sent: Mapping[str, str], faults: Faults | None = None, status: int = 200) -> Response:
    return visit.page(
        "new_outlet.html",
        status=status,
        here="posters",
        default=dict(sent),
        faults=faults or [],
        places=visit.my_places(),
        kinds=english.OUTLETS,
        languages=ENGLISH,
        prefix=SPEAKS,
    )
