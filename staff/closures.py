"""Closed days: a library, or all of them, for a day or more. Sessions are cancelled, people are told why."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import days, english, guard, reading
from staff.forms import Faults, Wrong, day_of
from staff.sure import NotSure, make_sure
from staff.visit import Visit, enter
from store import closing, closures, london
from store.errors import AlreadyHandled
from store.models import Closure

router = APIRouter()
REASON_LIMIT = 80  # characters
EVERYWHERE = "all"  # of the form: every library
AHEAD = timedelta(days=366)  # of the bank holidays that are shown


@router.get("/closures", name="closures")
def show(request: Request, done: guard.MaybeId = 0) -> Response:
    """What is closed now and later, and a form for more. `done`: the closure that was just made or lifted."""
    with enter(request) as visit:
        return _page(visit, done=done)


@router.post("/closures")
def add(request: Request, form: guard.Form) -> Response:
    """Close from one day to another. What that cancels is said first, when anybody is booked."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    status, ask = 422, ""
    faults: Faults = []
    try:
        with enter(request, form, may="sessions") as visit:
            closure = _add(visit, sent)
            return visit.go("closures", {"done": closure.id})
    except Wrong as wrong:
        faults = wrong.faults
    except NotSure as unsure:
        status, ask = 200, unsure.sentence
    with enter(request) as visit:
        return _page(visit, sent=sent, faults=faults, ask=ask, status=status)


@router.get("/closures/{closure_id:int}", include_in_schema=False)
def back_from_log_in(request: Request, closure_id: guard.Id) -> Response:  # noqa: ARG001 - of the address
    with enter(request) as visit:
        return visit.go("closures")


@router.post("/closures/{closure_id:int}", name="lift")
def lift(request: Request, closure_id: guard.Id, form: guard.Form) -> Response:
    """It is open after all. Sessions can be booked again; nobody is booked by itself."""
    try:
        with enter(request, form, may="sessions") as visit:
            closure = visit.session.get(Closure, closure_id)
            if closure is None or not _may_lift(visit, closure):
                raise guard.NotHere("closure", closure_id)
            closing.lift(visit.session, closure_id, actor=visit.actor, now=visit.now)
            return visit.go("closures", {"done": closure_id})
    except AlreadyHandled as handled:
        with enter(request) as visit:
            faults = [("", visit.already(handled))]
            return _page(visit, faults=faults, fault_title="Somebody was faster", status=409)


def _may_lift(visit: Visit, closure: Closure) -> bool:
    """A closure of all libraries is lifted by those who are there for all of them."""
    if closure.place_id is None:
        return visit.places is None
    return visit.sees(closure.place_id)


def _add(visit: Visit, sent: Mapping[str, str]) -> Closure:
    """Raises Wrong with every fault of the form, and NotSure."""
    faults: Faults = []
    today = english.local(visit.now).date()
    where, reason = sent.get("place", ""), sent.get("reason", "")
    if where not in visit.my_places() and not (where == EVERYWHERE and visit.places is None):
        faults.append(("place", "Choose a library."))
    first = day_of(sent.get("first", ""))
    last = day_of(sent["last"]) if sent.get("last") else first
    if first is None or not today <= first <= today + closing.AHEAD:
        faults.append(
            ("first", "Enter the first closed day: today or later, within a year, such as 24/12/2026.")
        )
    elif last is None or not first <= last <= first + closing.LONGEST:
        faults.append(("last", "Enter the last closed day: the first one or later, at most a year after it."))
    if not reason:
        faults.append(("reason", "Write why, such as Christmas."))
    elif len(reason) > REASON_LIMIT:
        faults.append(("reason", f"Write at most {REASON_LIMIT} characters."))
    if faults or first is None or last is None:
        raise Wrong(*faults)
    place = None if where == EVERYWHERE else where
    dates, people = closing.would_cancel(visit.session, place, first, last, visit.now)
    told = f"{english.count(people, 'person', 'people')} {'is' if people == 1 else 'are'} told"
    make_sure(sent, f"This cancels {english.count(dates, 'session')}, and {told}." if people else "")
    return closing.close(
        visit.session, place=place, first=first, last=last, reason=reason, actor=visit.actor, now=visit.now
    )


def _hands(listed: Sequence[Closure]) -> set[str]:
    """Who closed and who lifted."""
    return {actor for each in listed for actor in (each.created_by, each.lifted_by) if actor}


def _page(
    visit: Visit,
    *,
    done: int = 0,
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "There is a problem",
    ask: str = "",
    status: int = 200,
) -> Response:
    today = english.local(visit.now).date()
    listed = closures.listed(visit.session, visit.places, today)
    holidays = [date.fromordinal(today.toordinal() + n) for n in range(AHEAD.days)]
    return visit.page(
        "closures.html",
        status=status,
        here="closures",
        standing=[each for each in listed if each.lifted_at is None],
        lifted=[each for each in listed if each.lifted_at is not None],
        done=next((each for each in listed if each.id == done), None),
        touched=days.cancelled_by(visit.session, [each.id for each in listed]),
        may_lift=lambda closure: visit.may("sessions") and _may_lift(visit, closure),
        people=reading.account_names(visit.session, _hands(listed)),
        holidays=[day for day in holidays if london.is_bank_holiday(day)],
        places=[
            *([(EVERYWHERE, "All libraries")] if visit.places is None else []),
            *visit.my_places().items(),
        ],
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
        ask=ask,
    )
