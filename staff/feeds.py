"""A calendar feed of the account's libraries (RFC 5545): sessions and how full they are. Nobody's name is in it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from staff import english, guard
from staff.desk import Desk, desk_of, link
from staff.visit import Visit, enter
from store import database, feeds
from store.feeds import Stand

router = APIRouter()
GROUP_SESSION = "Group session"  # for a service that must not be named outside these pages
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# The rules since 1981 and 1996 (directive 2000/84/EC); the zone that icalendar itself makes changes an hour late.
ZONE = "Europe/London"
CHANGES = (
    (TimezoneDaylight, "BST", datetime(1981, 3, 29, 1), 3, 0, 1),  # noqa: DTZ001 - wall times, as RFC 5545 has them
    (TimezoneStandard, "GMT", datetime(1996, 10, 27, 2), 10, 1, 0),  # noqa: DTZ001
)


@router.get("/my-calendar", name="my_calendar")
def show(request: Request) -> Response:
    """My feed: whether there is one, when it was used last."""
    with enter(request) as visit:
        return _page(visit)


@router.post("/my-calendar")
def change(request: Request, form: guard.Form) -> Response:
    """Make a new address, which is shown this once, or end the feed."""
    with enter(request, form) as visit:
        if form.get("do") == "end":
            feeds.end(visit.session, visit.account, visit.now)
            return visit.go("my_calendar")
        token = feeds.renew(visit.session, visit.account, visit.now)
        visit.session.flush()
        return _page(visit, visit.desk.public_url.rstrip("/") + visit.link("feed", token=token))


@router.api_route("/feeds/{token}.ics", methods=["GET", "HEAD"], name="feed")
def feed(request: Request, token: str) -> Response:
    """The feed, for whoever has its address. 404 also when the account is closed."""
    desk = desk_of(request)
    now = desk.clock()
    with database.transaction(desk.engine) as session:
        mine = feeds.use(session, token, now)
        if mine is None:
            return Response("There is no such calendar.\n", 404, media_type="text/plain")
        found = feeds.events(session, mine.account, now)
        shown = {each.occurrence.id: _shown(desk, each) for each in found}
        digests = {id_: (fields["shape"], repr(sorted(fields.items()))) for id_, fields in shown.items()}
        stands = feeds.stands(session, digests, now)
        body = _calendar(request, desk, found, shown, stands)
        digest, changed_at = feeds.since(mine, body, now)
    headers = {
        "etag": f'"{digest}"',
        "last-modified": format_datetime(changed_at.astimezone(UTC), usegmt=True),
        "cache-control": "private, no-cache",
        "content-disposition": 'inline; filename="library-sessions.ics"',
    }
    if _has_it(request, digest, changed_at):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def _page(visit: Visit, address: str = "") -> Response:
    mine = feeds.feed_of(visit.session, visit.account.id)
    today = english.local(visit.now).date()
    return visit.page(
        "feed.html",
        here="my_calendar",
        feed=mine,
        address=address,
        webcal=re.sub(r"^https?:", "webcal:", address),
        today=mine.used_today if mine and mine.used_at and english.local(mine.used_at).date() == today else 0,
    )


def _has_it(request: Request, digest: str, changed_at: datetime) -> bool:
    """RFC 9110, 13.2.2: with If-None-Match the date is not looked at."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or digest in re.findall(r'"([^"]*)"', tags)
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and changed_at.replace(microsecond=0) <= since


def _shown(desk: Desk, event: feeds.Event) -> dict[str, str]:
    """What a calendar shows of a session. `shape`: what SEQUENCE counts."""
    occurrence, taken = event.occurrence, event.references
    named = occurrence.service not in desk.names.sensitive and occurrence.service in desk.names.services
    cancelled = occurrence.state == "cancelled"
    what = desk.names.service(occurrence.service) if named else GROUP_SESSION
    where = [desk.names.place(occurrence.place_id), occurrence.room if named else ""]
    return {
        "summary": f"Cancelled: {what}"
        if cancelled
        else f"{what}: {len(taken)} of {occurrence.capacity} taken",
        "location": ", ".join(_plain(part) for part in where if part),
        "description": "\n".join(taken),
        "status": "CANCELLED" if cancelled else "CONFIRMED",
        "shape": f"{occurrence.start.isoformat()} {occurrence.end.isoformat()} {where} {cancelled}",
    }


def _calendar(
    request: Request,
    desk: Desk,
    found: list[feeds.Event],
    shown: Mapping[int, Mapping[str, str]],
    stands: Mapping[int, Stand],
) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Welcome Desk//Staff//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Library sessions")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add_component(_zone())
    host = urlsplit(desk.public_url).hostname or "welcome-desk"
    for each in found:
        occurrence = each.occurrence
        fields, stand = shown[occurrence.id], stands[occurrence.id]
        event = Event()
        event.add("uid", f"session-{occurrence.id}@{host}")
        event.add("dtstamp", stand.changed_at)
        event.add("last-modified", stand.changed_at)
        event.add("sequence", stand.sequence)
        _add_times(event, occurrence.start, occurrence.end)
        event.add("summary", _plain(fields["summary"]))
        event.add("location", fields["location"])
        if fields["description"]:
            event.add("description", fields["description"])
        event.add("status", fields["status"])
        event.add("transp", "TRANSPARENT")  # they keep nobody's own day busy
        address = link(request, "session", occurrence_id=occurrence.id)
        event.add("url", desk.public_url.rstrip("/") + address)
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _add_times(event: Event, start: datetime, end: datetime) -> None:
    """In London's time; in UTC when one of them is in the hour that comes twice, which RFC 5545 has no words for."""
    times = [english.local(each) for each in (start, end)]
    if any(_twice(each) for each in times):
        times = [each.astimezone(UTC) for each in times]
    for name, each in zip(("dtstart", "dtend"), times, strict=True):
        event.add(name, each)


def _twice(moment: datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _zone() -> Timezone:
    zone = Timezone()
    zone.add("tzid", ZONE)
    for kind, name, first, month, before, after in CHANGES:
        rule = kind()
        rule.add("tzname", name)
        rule.add("dtstart", first)
        rule.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        rule.add("tzoffsetfrom", timedelta(hours=before))
        rule.add("tzoffsetto", timedelta(hours=after))
        zone.add_component(rule)
    return zone


def _plain(text: str) -> str:
    """Without line breaks and control characters: whatever somebody typed in stays one line (bad input 12)."""
    return UNPRINTABLE.sub(" ", text).strip()
