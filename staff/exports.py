"""Lists for a spreadsheet. Who took which, for which days and how many rows is written down before the first row."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from nlu.cleaning import clean
from staff import english, guard, spreadsheets
from staff.extracts import EXTRACTS, Extract, Wanted
from staff.forms import Faults, Wrong, day_of
from staff.visit import Visit, enter
from store import accounts, audit

router = APIRouter()
LONGEST = timedelta(days=3 * 366)  # longer than anything here is kept


@router.get("/exports", name="exports")
def show(request: Request) -> Response:
    """Choose a list and its days."""
    with enter(request, may="decide") as visit:
        return _page(visit)


@router.post("/exports")
def take(request: Request, form: guard.Form) -> Response:
    """The list, row after row as it is read."""
    sent = {name: clean(value).strip() for name, value in form.items()}
    try:
        with enter(request, form, may="decide") as visit:
            which, extract, wanted = _wanted(visit, sent)
            rows = extract.count(visit.session, wanted)
            days = {"first": wanted.first.isoformat(), "last": wanted.last.isoformat()}
            audit.write(
                visit.session, visit.actor, "export.taken", "export", which, now=visit.now,
                rows=rows, place=wanted.place, **days,
            )  # fmt: skip
    except Wrong as wrong:
        with enter(request, may="decide") as visit:
            return _page(visit, sent, wrong.faults, 422)
    name = f"{which}-{wanted.first}-to-{wanted.last}.csv"
    return StreamingResponse(
        _file(visit, extract, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _file(visit: Visit, extract: Extract, wanted: Wanted) -> Iterator[bytes]:
    return spreadsheets.lines(extract.columns, extract.rows(visit.desk.engine, visit.desk.names, wanted))


def _mine(visit: Visit) -> dict[str, Extract]:
    return {key: each for key, each in EXTRACTS.items() if visit.may(each.may)}


def _wanted(visit: Visit, sent: Mapping[str, str]) -> tuple[str, Extract, Wanted]:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    which, place = sent.get("which", ""), sent.get("place", "")
    extract = _mine(visit).get(which)
    if extract is None:
        faults.append(("which", "Choose a list."))
    elif extract.one_place and not place:
        faults.append(("place", "Choose the library: names are only for its own staff."))
    if place and place not in visit.my_places():
        faults.append(("place", "Choose one of your libraries."))
    days = {}
    for name, words in (("first", "first"), ("last", "last")):
        day = day_of(sent.get(name, ""))
        if day is None:
            faults.append((name, f"Enter the {words} day, such as 1/11/2026."))
        else:
            days[name] = day
    if len(days) == 2:
        if days["last"] < days["first"]:
            faults.append(("last", "The last day is before the first day."))
        elif days["last"] - days["first"] > LONGEST:
            faults.append(("last", "Choose at most three years."))
    if faults or extract is None:
        raise Wrong(*faults)
    staff = [each.username for each in accounts.listed(visit.session, visit.places)]
    return which, extract, Wanted(days["first"], days["last"], visit.places, place, visit.now, staff)


def _page(
    visit: Visit, sent: Mapping[str, str] | None = None, faults: Faults | None = None, status: int = 200
) -> Response:
    first, last = _last_month(english.local(visit.now).date())
    return visit.page(
        "exports.html",
        status=status,
        here="exports",
        extracts=_mine(visit),
        places=visit.my_places(),
        default={"first": first.isoformat(), "last": last.isoformat()},
        sent=dict(sent or {}),
        faults=faults or [],
    )


def _last_month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last
