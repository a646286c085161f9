"""Weekly sessions: the rules, one rule with its coming dates, and adding one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nlu.cleaning import clean
from staff import days, english, guard, reading
from staff.forms import Faults, Wrong, day_of, reason_of, version_of
from staff.sure import NotSure, make_sure
from staff.visit import Visit, enter
from store import closures, london, sessions
from store.errors import AlreadyHandled, NoSuchTime
from store.models import Occurrence, WeeklySession

router = APIRouter()
LIMITS = {  # of a field: lowest, highest, what is asked for
    "minutes": (10, 480, "how many minutes it lasts"),  # up to a working day
    "capacity": (1, 200, "how many people can come"),
    "lead_hours": (0, 336, "how many hours before the start one can still ask"),  # up to two weeks
    "weeks_ahead": (1, sessions.MOST_WEEKS, "how many weeks ahead people see"),
}
DEFAULTS = {"repeat": "weekly", "lead_hours": "24", "weeks_ahead": str(sessions.WEEKS_AHEAD)}
ROOM_LIMIT = 80  # characters
AHEAD = timedelta(days=365)  # how far in the future a weekly session may begin or end
DATES = 12  # coming dates on a rule's page
NEVER = "With so many hours before, and so few weeks ahead, nobody could ever ask."


@dataclass(frozen=True)
class Date:
    """A coming date of a rule. `occurrence`: None when it is not made (yet); `why`: why it does not take place."""

    day: date
    occurrence: Occurrence | None
    why: str

    @property
    def moved(self) -> bool:
        return self.occurrence is not None and self.occurrence.day != self.day


@router.get("/weekly", name="weekly")
def show(request: Request) -> Response:
    """The rules that go on, by library and service."""
    with enter(request) as visit:
        today = english.local(visit.now).date()
        rules = days.rules(visit.session, visit.places, today)
        nearest = days.next_of_rules(visit.session, [rule.id for rule in rules], visit.now)
        return visit.page("weekly.html", here="sessions", rules=rules, nearest=nearest, rhythm=rhythm)


@router.get("/sessions/new", name="new_session")
def new(request: Request) -> Response:
    with enter(request, may="sessions") as visit:
        return _form(visit, {"minutes": "60", "capacity": "8", **DEFAULTS})


@router.post("/sessions/new")
def add(request: Request, form: guard.Form) -> Response:
    """Add a weekly session in London wall time; its next twelve weeks stand in the list at once."""
    sent = {**DEFAULTS, **{name: clean(value) for name, value in form.items()}}
    try:
        with enter(request, form, may="sessions") as visit:
            rule = _add(visit, sent)
            first = rule.first if rule.first > english.local(visit.now).date() else None
            return visit.go("sessions", {"added": rule.id, "week": first})
    except Wrong as wrong:
        with enter(request, may="sessions") as visit:
            return _form(visit, sent, wrong.faults, 422)


@router.get("/weekly/{weekly_id:int}", name="rule")
def one(request: Request, weekly_id: guard.Id, saved: str = "") -> Response:
    with enter(request) as visit:
        return _page(visit, _rule(visit, weekly_id), saved=saved)


@router.post("/weekly/{weekly_id:int}")
def decide(request: Request, weekly_id: guard.Id, form: guard.Form) -> Response:
    """Change it, leave one day out, or end it. Everyone whose date is cancelled is told, once."""
    sent = {name: clean(value) for name, value in form.items()}
    deeds = {"change": _change, "skip": _skip, "end": _end}
    title, status, ask = "There is a problem", 422, ""
    already: AlreadyHandled | None = None
    faults: Faults = []
    try:
        with enter(request, form, may="sessions") as visit:
            rule = _rule(visit, weekly_id)
            if sent.get("do") not in deeds:
                raise Wrong(("", "Choose what to do."))
            deeds[sent["do"]](visit, rule, sent)
            return visit.go("rule", {"saved": sent["do"]}, weekly_id=weekly_id)
    except Wrong as wrong:
        faults = wrong.faults
    except NotSure as unsure:
        status, ask = 200, unsure.sentence
    except AlreadyHandled as handled:
        title, status, already = "Somebody was faster", 409, handled
    with enter(request) as visit:
        if already is not None:
            faults = [("", visit.already(already))]
        rule = _rule(visit, weekly_id)
        return _page(visit, rule, sent=sent, faults=faults, fault_title=title, ask=ask, status=status)


def figure(sent: Mapping[str, str], field: str, faults: Faults) -> int:
    """A number of LIMITS; a sentence is added to the faults when it is none. 0 then."""
    low, high, what = LIMITS[field]
    written = sent.get(field, "").strip()
    number = int(written) if re.fullmatch(r"[0-9]{1,4}", written) else -1
    if not low <= number <= high:
        faults.append((field, f"Enter {what}: {low} to {high}."))
        return 0
    return number


def room_of(sent: Mapping[str, str], faults: Faults) -> str:
    room = sent.get("room", "").strip()
    if len(room) > ROOM_LIMIT:
        faults.append(("room", f"Write at most {ROOM_LIMIT} characters."))
    return room


def time_of(text: str) -> time | None:
    """A time as browsers send it or as people write it: 14:30, 14.30, 9:05; None when it is none."""
    found = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})(?::00)?", text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def rhythm(rule: WeeklySession) -> str:
    """How often a weekly session takes place, in words."""
    repeat, weekday = sessions.RULES.get(rule.rrule, ("weekly", rule.first.weekday()))
    return english.rhythm(repeat, weekday)


def _add(visit: Visit, sent: Mapping[str, str]) -> WeeklySession:
    """Raises Wrong with every fault of the form."""
    faults: Faults = []
    service, place, weekday = sent.get("service", ""), sent.get("place", ""), sent.get("weekday", "")
    first_text = sent.get("first", "")
    if service not in visit.desk.names.bookable:
        faults.append(("service", "Choose a service."))
    if place not in visit.my_places():
        faults.append(("place", "Choose a library."))
    if sent["repeat"] not in sessions.REPEATS:
        faults.append(("repeat", "Choose how often."))
    if weekday not in map(str, range(7)):
        faults.append(("weekday", "Choose a day of the week."))
    start = time_of(sent.get("start", ""))
    if start is None:
        faults.append(("start", "Enter when it starts, such as 14:30."))
    figures = {field: figure(sent, field, faults) for field in LIMITS}
    room = room_of(sent, faults)
    first, today = day_of(first_text), english.local(visit.now).date()
    if first_text and (first is None or not today <= first <= today + AHEAD):
        faults.append(("first", "Enter a day from today on, within a year, such as 30/11/2026."))
    if not faults and figures["lead_hours"] >= figures["weeks_ahead"] * 7 * 24:
        faults.append(("lead_hours", NEVER))
    if faults or start is None:
        raise Wrong(*faults)
    try:
        return sessions.add_weekly(
            visit.session,
            service=service,
            place=place,
            repeat=sent["repeat"],
            weekday=int(weekday),
            start=start,
            room=room,
            first=first,
            on_bank_holidays=bool(sent.get("on_bank_holidays")),
            actor=visit.actor,
            now=visit.now,
            minutes=figures["minutes"],
            capacity=figures["capacity"],
            lead_hours=figures["lead_hours"],
            weeks_ahead=figures["weeks_ahead"],
        )
    except NoSuchTime as gap:
        sentence = (
            "The clocks go forward on the first day, and skip that time. Choose another time or first day."
        )
        raise Wrong(("start", sentence)) from gap


def _change(visit: Visit, rule: WeeklySession, sent: Mapping[str, str]) -> None:
    faults: Faults = []
    figures = {field: figure(sent, field, faults) for field in LIMITS if field != "minutes"}
    room = room_of(sent, faults)
    if not faults and figures["lead_hours"] >= figures["weeks_ahead"] * 7 * 24:
        faults.append(("lead_hours", NEVER))
    version = version_of(sent)
    if version is None:
        faults.append(("", "Open the page again, then change it."))
    if faults or version is None:
        raise Wrong(*faults)
    on_bank_holidays = bool(sent.get("on_bank_holidays"))
    make_sure(sent, _loss(visit, rule, figures["capacity"], on_bank_holidays))
    sessions.change_weekly(
        visit.session,
        rule.id,
        room=room,
        on_bank_holidays=on_bank_holidays,
        version=version,
        actor=visit.actor,
        now=visit.now,
        **figures,
    )


def _loss(visit: Visit, rule: WeeklySession, capacity: int, on_bank_holidays: bool) -> str:
    """What people would lose by a change of the rule; "" when nothing."""
    coming = days.coming_of_rule(visit.session, rule.id, visit.now)
    held = reading.taken(visit.session, coming)
    gone = [each for each in coming.values() if london.is_bank_holiday(each.day) and not on_bank_holidays]
    tight = [
        each
        for each in coming.values()
        if each not in gone and each.capacity == rule.capacity and held.get(each.id, 0) > capacity
    ]
    sentences = [_cancels(visit, gone)] if gone else []
    if tight:
        dates = ", ".join(english.day(each.start, visit.now) for each in tight)
        sentences.append(f"More people have a place than {capacity} on {dates}. Nobody is dropped.")
    return " ".join(filter(None, sentences))


def _cancels(visit: Visit, gone: Sequence[Occurrence]) -> str:
    """Such as "This cancels 3 dates and tells 7 people."; "" when nobody is booked on any of them."""
    people = days.people_of(visit.session, [each.id for each in gone])
    if not people:
        return ""
    dates = english.count(len(gone), "date")
    return f"This cancels {dates} and tells {english.count(people, 'person', 'people')}."


def _skip(visit: Visit, rule: WeeklySession, sent: Mapping[str, str]) -> None:
    day = day_of(sent.get("day", ""))
    able = {each.day for each in _dates(visit, rule) if not each.why}
    if day is None or day not in able:
        raise Wrong(("day", "Choose the date to leave out."))
    reason, note = reason_of(sent, "skip")
    sessions.skip_day(visit.session, rule.id, day, actor=visit.actor, now=visit.now, reason=reason, note=note)


def _end(visit: Visit, rule: WeeklySession, sent: Mapping[str, str]) -> None:
    faults: Faults = []
    last, today = day_of(sent.get("last", "")), english.local(visit.now).date()
    if last is None or not today <= last <= today + AHEAD:
        faults.append(("last", "Enter the last day: today or later, within a year, such as 30/11/2026."))
    reason, note = "", None
    try:
        reason, note = reason_of(sent, "end")
    except Wrong as wrong:
        faults += wrong.faults
    if faults or last is None:
        raise Wrong(*faults)
    coming = days.coming_of_rule(visit.session, rule.id, visit.now)
    gone = [each for each in coming.values() if each.day > last]
    make_sure(sent, _cancels(visit, gone))
    sessions.end_weekly(
        visit.session, rule.id, last=last, actor=visit.actor, now=visit.now, reason=reason, note=note
    )


def _rule(visit: Visit, weekly_id: int) -> WeeklySession:
    rule = visit.session.get(WeeklySession, weekly_id)
    if rule is None or not visit.sees(rule.place_id):
        raise guard.NotHere("weekly_session", weekly_id)
    return rule


def _dates(visit: Visit, rule: WeeklySession) -> list[Date]:
    """The next dates of a rule, also those that are left out, and why."""
    today = english.local(visit.now).date()
    coming = sessions.next_days(rule, today, DATES)
    if not coming:
        return []
    made = days.dates_of_rule(visit.session, rule.id, coming)
    off = closures.closed_days(visit.session, rule.place_id, coming[0], coming[-1])
    skipped = {each.day for each in rule.exceptions}
    found = []
    for day in coming:
        occurrence = made.get(day)
        if occurrence is not None and occurrence.start <= visit.now:
            continue  # today's, begun already
        why = ""
        if occurrence is not None and occurrence.state == "open":
            pass
        elif day in skipped:
            why = "Left out"
        elif day in off:
            why = "The library is closed"
        elif london.is_bank_holiday(day) and not rule.on_bank_holidays:
            why = "Bank holiday"
        elif occurrence is not None:
            why = "Cancelled"
        found.append(Date(day, occurrence, why))
    return found


def _page(
    visit: Visit,
    rule: WeeklySession,
    *,
    saved: str = "",
    sent: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    fault_title: str = "",
    ask: str = "",
    status: int = 200,
) -> Response:
    dates = _dates(visit, rule)
    made = [each.occurrence.id for each in dates if each.occurrence is not None]
    today = english.local(visit.now).date()
    return visit.page(
        "rule.html",
        status=status,
        here="sessions",
        rule=rule,
        rhythm=rhythm,
        dates=dates,
        held=reading.taken(visit.session, made),
        ended=rule.last is not None and rule.last < today,
        today=today,
        can_change=visit.may("sessions") and (rule.last is None or rule.last >= today),
        added_by=visit.name_of(rule.created_by),
        saved=saved,
        sent=dict(sent or {}),
        faults=faults or [],
        fault_title=fault_title,
        ask=ask,
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
        repeat_items=list(english.REPEATS.items()),
        weekday_items=[(str(n), name) for n, name in enumerate(english.WEEKDAYS)],
    )
