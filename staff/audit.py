"""Who did what, and when: for administrators. Nothing on this page can be changed, nor anywhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from nlu.cleaning import clean
from staff import deeds, english, guard
from staff.forms import day_of
from staff.visit import Visit, enter
from store import accounts, audit
from store.models import Account, Audit, Booking
from store.transitions import PERSON, SYSTEM

router = APIRouter()
FILTERS = ("who", "kind", "day", "until", "subject", "id")
NOBODY = {PERSON: "The person", SYSTEM: "The desk itself", accounts.OPERATOR: "The command line"}


@router.get("/audit", name="audit")
def show(request: Request, page: guard.MaybeId = 1) -> Response:
    """Newest first. An administrator of some libraries sees what the staff of these did. Six statements at most."""
    with enter(request, may="audit") as visit:
        filters = {key: clean(request.query_params.get(key, ""))[:64] for key in FILTERS}
        staff = {each.username: each.name for each in accounts.listed(visit.session, visit.places)}
        who = staff if visit.places is not None else {**NOBODY, **staff}
        asked, fault = _asked(visit, filters, who)
        found = audit.page(visit.session, asked, page)
        names = _names(visit, found, who)
        return visit.page(
            "audit.html",
            here="audit",
            found=found,
            lines=[_line(visit, row, names) for row in found.rows],
            filters=filters,
            faults=[("filter-day", fault)] if fault else [],
            who=sorted(who.items(), key=lambda item: (item[0] not in NOBODY, item[1].casefold())),
            kinds=sorted(deeds.KINDS.items(), key=lambda item: item[1]),
            about=_about(filters),
        )


def _asked(visit: Visit, filters: Mapping[str, str], who: Mapping[str, str]) -> tuple[audit.Asked, str]:
    """What to look for, and a sentence when a day cannot be read (it then counts as not written)."""
    asked = audit.Asked(
        actors=None if visit.places is None else list(who),
        actor=filters["who"] if filters["who"] in who else "",
        kind=filters["kind"] if filters["kind"] in deeds.KINDS else "",
        subject=filters["subject"] if filters["id"] else "",
        subject_id=filters["id"],
    )
    fault = ""
    first = last = None
    for name in ("day", "until"):
        day = day_of(filters[name]) if filters[name] else None
        if filters[name] and day is None:
            fault = "Enter a day such as 23/11/2026."
        first, last = (day, last) if name == "day" else (first, day)
    if first is not None:
        asked = replace(asked, since=datetime.combine(first, time(), english.LONDON))
        last = last or first  # one day alone is that day
    if last is not None:
        over = datetime.combine(last + timedelta(days=1), time(), english.LONDON)
        asked = replace(asked, until=over)
    return asked, fault


def _about(filters: Mapping[str, str]) -> str:
    """The thing that the page is only about, such as "request 7"."""
    if not filters["subject"] or not filters["id"]:
        return ""
    return deeds.thing(filters["subject"], filters["id"])


@dataclass(frozen=True)
class _Names:
    """What is called how on this page: staff by username, accounts (username, name) and bookings by id."""

    staff: Mapping[str, str]
    owners: Mapping[str, tuple[str, str]]
    bookings: Mapping[str, str]


def _names(visit: Visit, found: audit.Page, who: Mapping[str, str]) -> _Names:
    """Two statements, whatever is on the page."""
    ids: dict[str, set[int]] = {"account": set(), "booking": set()}
    for row in found.rows:
        if row.subject in ids and (number := _number(row)):
            ids[row.subject].add(int(number))
    actors = {row.actor for row in found.rows}
    wanted = Account.id.in_(ids["account"]) | Account.username.in_(actors)
    people = visit.session.execute(select(Account.id, Account.username, Account.name).where(wanted)).all()
    asked = select(Booking.id, Booking.reference).where(Booking.id.in_(ids["booking"]))
    return _Names(
        {**who, **{row.username: row.name for row in people}},
        {str(row.id): (row.username, row.name) for row in people},
        {str(row.id): row.reference or str(row.id) for row in visit.session.execute(asked)},
    )


def _line(visit: Visit, row: Audit, names: _Names) -> dict[str, str]:
    """One row as the page says it: who, the phrase before and after the thing, the thing and its page."""
    said = deeds.phrase(row.action)
    before, _, after = said.partition("{it}")
    page, field = deeds.page_of(row.subject)
    number = _number(row)
    return {
        "who": names.staff.get(row.actor, row.actor),
        "before": before,
        "thing": _thing(row, names) if "{it}" in said else "",
        "after": after,
        "href": visit.link(page, None, **{field: number}) if page and number else "",
        "more": deeds.more(row, visit.desk.names.places),
        "about": visit.link("audit", {"subject": row.subject, "id": row.subject_id}),
    }


def _thing(row: Audit, names: _Names) -> str:
    """Such as "request FX7-K2M", "the account of Sam", "task 3"."""
    if row.subject == "account":
        username, name = names.owners.get(row.subject_id, ("", ""))
        if username == row.actor:
            return "their own account"
        return f"the account of {name}" if name else "an account"
    return deeds.thing(
        row.subject,
        names.bookings.get(row.subject_id, row.subject_id) if row.subject == "booking" else row.subject_id,
    )


def _number(row: Audit) -> str:
    """The id of the thing, if it is one that a table can have; else ""."""
    id_ = row.subject_id
    right = id_.isascii() and id_.isdecimal() and len(id_) <= 10 and 0 < int(id_) <= guard.LARGEST_ID
    return id_ if right else ""
