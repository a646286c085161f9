"""Every page and every form of the staff pages: what the account must be allowed, and whose things stand behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import select

from staff import app
from store import broadcasts, closing, outlets
from store.base import Base
from store.database import reading, transaction
from store.models import WeeklySession
from store.still import Group
from tests.staff.conftest import House

ANYBODY = ""  # nobody has to be logged in
LANGUAGES = ["fr"]


@dataclass(frozen=True)
class Door:
    """`may`: a word of ROLES. `thing`: what of a library the address names, as the audit calls it; "" is shared by all
    libraries, or one's own. `form`: without which the form would be none of ours."""

    method: str
    path: str
    may: str
    thing: str = ""
    form: Mapping[str, str] = field(default_factory=dict)

    def at(self, ids: Mapping[str, object]) -> str:
        return self.path.format(**ids)


DOORS = [
    Door("GET", "/login", ANYBODY),
    Door("POST", "/login", ANYBODY),
    Door("GET", "/login/code", ANYBODY),
    Door("POST", "/login/code", ANYBODY),
    Door("GET", "/login/council", ANYBODY),
    Door("GET", "/login/council/answer", ANYBODY),
    Door("GET", "/invited/{token}", ANYBODY),
    Door("POST", "/invited/{token}", ANYBODY),
    Door("GET", "/feeds/{token}.ics", ANYBODY),
    Door("GET", "/", "view"),
    Door("GET", "/more", "view"),
    Door("POST", "/logout", "view"),
    Door("GET", "/account", "view"),
    Door("POST", "/account", "view", form={"do": "others"}),
    Door("GET", "/account/codes", "view"),
    Door("POST", "/account/codes", "view", form={"do": "start"}),
    Door("GET", "/people", "accounts"),
    Door("GET", "/people/new", "accounts"),
    Door("POST", "/people/new", "accounts"),
    Door("GET", "/people/{account_id}", "accounts", "account"),
    Door("POST", "/people/{account_id}", "accounts", "account", {"do": "close", "version": "1"}),
    Door("GET", "/audit", "audit"),
    Door("GET", "/requests", "view"),
    Door("GET", "/requests/{booking_id}", "view", "booking"),
    Door("POST", "/requests/{booking_id}", "decide", "booking", {"do": "approve", "version": "1"}),
    Door("GET", "/sessions", "view"),
    Door("GET", "/sessions/new", "sessions"),
    Door("POST", "/sessions/new", "sessions"),
    Door("GET", "/sessions/calendar", "view"),
    Door("GET", "/sessions/sheet", "view"),
    Door("GET", "/sessions/{occurrence_id}", "view", "occurrence"),
    Door("POST", "/sessions/{occurrence_id}", "sessions", "occurrence", {"reason": "full"}),
    Door("GET", "/sessions/{occurrence_id}/open", "view", "occurrence"),
    Door("POST", "/sessions/{occurrence_id}/open", "sessions", "occurrence"),
    Door("GET", "/sessions/{occurrence_id}/places", "view", "occurrence"),
    Door(
        "POST", "/sessions/{occurrence_id}/places", "sessions", "occurrence", {"capacity": "9", "version": "1"}
    ),
    Door("GET", "/sessions/{occurrence_id}/move", "sessions", "occurrence"),
    Door(
        "POST", "/sessions/{occurrence_id}/move", "sessions", "occurrence",
        {"day": "2026-12-01", "start": "12:00", "minutes": "60", "version": "1"},
    ),
    Door("GET", "/sessions/{occurrence_id}/sheet", "view", "occurrence"),
    Door("GET", "/weekly", "view"),
    Door("GET", "/weekly/{weekly_id}", "view", "weekly_session"),
    Door(
        "POST", "/weekly/{weekly_id}", "sessions", "weekly_session",
        {"do": "end", "last": "2026-11-24", "reason": "full", "version": "1"},
    ),
    Door("GET", "/today", "view"),
    Door("GET", "/today/{booking_id}", "view"),  # back from a log-in: shows nothing of it
    Door("GET", "/today/walk-in/{booking_id}", "view"),
    Door("POST", "/today/{booking_id}", "decide", "booking", {"do": "attended", "version": "1"}),
    Door(
        "POST", "/today/walk-in/{occurrence_id}", "decide", "occurrence", {"change": "1", "tap": "a" * 32}
    ),
    Door("GET", "/closures", "view"),
    Door("POST", "/closures", "sessions"),
    Door("GET", "/closures/{closure_id}", "view"),
    Door("POST", "/closures/{closure_id}", "sessions", "closure"),
    Door("GET", "/messages", "view"),
    Door("GET", "/messages/{contact_id}", "view", "contact"),
    Door("POST", "/messages/{contact_id}", "reply", "contact", {"do": "note", "note": "x"}),
    Door("GET", "/tasks", "view"),
    Door("GET", "/tasks/{task_id}", "view", "task"),
    Door("POST", "/tasks/{task_id}", "tasks", "task"),
    Door("GET", "/answers", "view"),
    Door("GET", "/answers/{kind}/{record}/{field}", "view", "place."),
    Door("POST", "/answers/{kind}/{record}/{field}", "knowledge", "place.", {"do": "confirm"}),
    Door("POST", "/answers/{kind}/{record}/{field}", "tasks", "place.", {"do": "told"}),
    Door("GET", "/lessons", "view"),
    Door("GET", "/lessons/{lesson_id}", "view"),
    Door("POST", "/lessons/{lesson_id}", "tasks", form={"do": "drop"}),
    Door("GET", "/texts", "texts"),
    Door("GET", "/texts/{language}", "texts"),
    Door("GET", "/texts/{language}/text/{key}", "texts"),
    Door("POST", "/texts/{language}/text/{key}", "texts"),
    Door("GET", "/texts/{language}/export", "texts"),
    Door("GET", "/texts/{language}/import", "texts"),
    Door("POST", "/texts/{language}/import", "texts"),
    Door("GET", "/reminders", "reminders"),
    Door("GET", "/reminders/{topic}", "reminders"),
    Door("POST", "/reminders/{topic}", "reminders", form={"weekday": "1", "at": "10:00", "hours": "2"}),
    Door("GET", "/broadcasts", "broadcast"),
    Door("GET", "/broadcasts/new", "broadcast"),
    Door("POST", "/broadcasts/new", "broadcast"),
    Door("GET", "/broadcasts/{broadcast_id}", "broadcast", "broadcast"),
    Door("POST", "/broadcasts/{broadcast_id}", "broadcast", "broadcast", {"do": "stop", "version": "1"}),
    Door("GET", "/broadcasts/{broadcast_id}/edit", "broadcast", "broadcast"),
    Door("POST", "/broadcasts/{broadcast_id}/edit", "broadcast", "broadcast"),
    Door("GET", "/broadcasts/{broadcast_id}/text/{language}", "broadcast", "broadcast"),
    Door("POST", "/broadcasts/{broadcast_id}/text/{language}", "broadcast", "broadcast", {"kind": "left_out"}),
    Door("GET", "/posters", "view"),
    Door("GET", "/posters/{language}/{place}/{poster}.pdf", "view"),  # posters are for everybody
    Door("GET", "/outlets/new", "sessions"),
    Door("POST", "/outlets/new", "sessions"),
    Door("GET", "/outlets/{outlet_id}", "view", "outlet"),
    Door("POST", "/outlets/{outlet_id}", "sessions", "outlet"),
    Door("GET", "/telling", "view"),
    Door("POST", "/telling", "view", form={"do": "forget"}),
    Door("POST", "/telling", "broadcast", form={"do": "group"}),
    Door("GET", "/my-calendar", "view"),
    Door("POST", "/my-calendar", "view", form={"do": "renew"}),
    Door("GET", "/exports", "decide"),
    Door("POST", "/exports", "decide"),
]  # fmt: skip
INSIDE = [door for door in DOORS if door.may != ANYBODY]
FORMS = [door for door in DOORS if door.method == "POST"]


def routes() -> set[tuple[str, str]]:
    """Method and address of every page that the application has."""
    modules = [each for each in vars(app).values() if isinstance(each, ModuleType)]
    families = [each.router for each in modules if isinstance(getattr(each, "router", None), APIRouter)]
    found = [route for family in families for route in family.routes if isinstance(route, APIRoute)]
    return {
        (method, route.path.replace(":int", ""))
        for route in found
        for method in route.methods or ()
        if method != "HEAD"
    }


def fill(house: House, place: str, person: str) -> dict[str, object]:
    """One of everything in a library, with words in it that only its own staff may read: what addresses name."""
    now, today = house.clock.now, house.clock.now.date()
    occurrence = house.occurrences[f"work_coach {place}"][1]
    booking = house.request(person, occurrence, text=f"{person} needs help")
    account = house.staff(f"{place}.{person}".casefold(), places=[place], name=f"Colleague of {person}")
    task = house.task("callback", place=place, note=f"call {person}", contact_id=house.contact(person))
    with transaction(house.engine) as session:
        weekly = session.scalars(select(WeeklySession.id).filter_by(place_id=place).limit(1)).one()
        outlet = outlets.add(
            session, name=f"The shop of {person}", kind="shop", place=place, languages=LANGUAGES, copies=1,
            since=today, actor="system", now=now,
        ).id  # fmt: skip
        # The weekly session's own dates stay as they are: that day is none of them.
        day = today + timedelta(days=5)
        closure = closing.close(
            session,
            place=place,
            first=day,
            last=day,
            reason=f"The feast of {person}",
            actor="system",
            now=now,
        ).id
        group = Group("work_coach", place, "", "either")
        broadcast = broadcasts.create(session, group, f"News of {person}", actor="system", now=now).id
    return {
        "booking_id": booking, "occurrence_id": occurrence, "weekly_id": weekly, "account_id": account,
        "contact_id": house.contact(person), "task_id": task, "outlet_id": outlet, "closure_id": closure,
        "broadcast_id": broadcast, "kind": "place", "record": place, "field": "schedules", "language": "fr",
        "key": "booking.approved", "topic": "work_coach", "place": place, "poster": "poster", "token": "x",
        "lesson_id": house.unclear("Xaawo waa la waayay", "so"),
    }  # fmt: skip


def standing(house: House, but: Sequence[str] = ("audit", "staff_sessions", "login_failures")) -> str:
    """All that the database holds, except what a look leaves behind."""
    with reading(house.engine) as session:
        return "\n".join(
            f"{table.name}: {sorted(map(repr, session.execute(select(table))))}"
            for table in Base.metadata.sorted_tables
            if table.name not in but
        )
