"""A desk with two libraries and three members of staff; and a browser without a screen for its pages."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import Engine, event, select

from bot.knowledge import told
from flows.words import Words
from kb.load import load
from staff.app import create
from staff.desk import Known, Names
from store import bookings, contacts, inbox, lessons, places, sessions, tasks
from store.database import transaction
from store.models import Account, Booking, Contact, Lesson
from store.vault import Vault
from tests.fakes.server import serve

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NAMES = Names(
    services={
        "work_coach": "Work coach session",
        "citizenship_practice": "Citizenship practice",
        "join_library": "Join",
    },
    places={"fosse": "Fosse Library", "belgrave": "Belgrave Library"},
    bookable=["work_coach", "citizenship_practice"],
)
KNOWN = Known(load(), told, lambda: None)
PHRASES = {
    "kb.service.work_coach.name": "Work coach session",
    "kb.service.citizenship_practice.name": "Citizenship practice",
    "kb.place.fosse.name": "Fosse Library",
    "kb.place.belgrave.name": "Belgrave Library",
}
PEOPLE = (  # name, language, channel, what they wrote
    ("مریم احمدی", "fa", "sms", "سلام، برای پیدا کردن کار کمک می‌خواهم (۲ نفر)."),
    ("عبد الله (Abdullah) 2", "ar", "telegram", "أريد الحجز مع مدرب العمل يوم ٢٤/١١ الساعة ٢ مساءً."),
    ("ተስፋይ ገብረመድህን", "ti", "telegram", "ስራሕ ንምርካብ ሓገዝ እደሊ።"),
    ("Xaawo Cali", "so", "sms", "Waxaan rabaa tababaraha shaqada."),
    ("Олена", "uk", "telegram", "Хочу записатися до консультанта з роботи."),
)


FRENCH = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

#. a draft: nobody has reviewed it
msgctxt "booking.approved"
msgid "{name}, your place is confirmed: {service}, {when}, {place}. Reference {reference}."
msgstr "{name}, votre place est confirmée : {service}, {when}, {place}. Référence {reference}."
"""


@dataclass
class Clock:
    """The desk's time, which a test can move."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class House:
    """The database behind the pages, and short ways to put something into it."""

    engine: Engine
    vault: Vault
    clock: Clock
    texts: Path
    occurrences: dict[str, list[int]] = field(default_factory=dict)

    def staff(
        self, username: str, role: str = "librarian", places: list[str] | None = None, name: str = ""
    ) -> int:
        """An account; its password is PASSWORD, hashed cheaply so that logging in takes no time here."""
        with transaction(self.engine) as session:
            account = Account(
                username=username,
                name=name or username.title(),
                password_hash=CHEAP.hash(PASSWORD),
                role=role,
                places=places,
                created_at=self.clock.now,
            )
            session.add(account)
            session.flush()
            return account.id

    @property
    def fosse(self) -> int:
        """Next week's work coach session in the Fosse Library, four places."""
        return self.occurrences["work_coach fosse"][1]

    @property
    def belgrave(self) -> int:
        return self.occurrences["work_coach belgrave"][1]

    def session(
        self, service: str, place: str, weekday: int, *, capacity: int = 4, start: time = time(10)
    ) -> list[int]:
        """A weekly session; the ids of its occurrences, soonest first."""
        with transaction(self.engine) as session:
            sessions.add_weekly(
                session, service=service, place=place, weekday=weekday, start=start, minutes=60, capacity=capacity,
                actor="system", now=self.clock.now,
            )  # fmt: skip
        with transaction(self.engine) as session:
            found = sessions.open_occurrences(session, service, place, self.clock.now)
            ids = [each.occurrence.id for each in found]
        self.occurrences[f"{service} {place}"] = ids
        return ids

    def person(self, name: str, language: str = "en", channel: str = "sms", text: str = "") -> int:
        with transaction(self.engine) as session:
            address = f"+4479{crc32(name.encode()) % 10**8:08d}"
            contact = contacts.find_or_create(session, self.vault, channel, address, self.clock.now)
            contact.language, contact.name = language, name
            session.flush()
            if text:
                got = inbox.receive(session, channel, f"m-{contact.id}", "d", text, self.clock.now)
                got.row.contact_id = contact.id
            return contact.id

    def asks(self, contact_id: int, occurrence_id: int) -> int:
        with transaction(self.engine) as session:
            contact = session.get_one(Contact, contact_id)
            return bookings.request(session, contact_id, occurrence_id, contact.name or "", self.clock.now).id

    def request(
        self, name: str, occurrence_id: int, language: str = "en", channel: str = "sms", text: str = ""
    ) -> int:
        return self.asks(self.person(name, language, channel, text), occurrence_id)

    def cancels(self, booking_id: int) -> None:
        with transaction(self.engine) as session:
            contact = session.get_one(Booking, booking_id).contact_id or 0
            bookings.cancel_by_person(session, contact, booking_id, self.clock.now)

    def waits(self, name: str, occurrence_id: int) -> int:
        contact = self.person(name)
        with transaction(self.engine) as session:
            return bookings.waitlist(session, contact, occurrence_id, name, self.clock.now).id

    def contact(self, name: str) -> int:
        with transaction(self.engine) as session:
            return session.scalars(select(Contact.id).filter_by(name=name)).one()

    def statements(self, do: Callable[[], object]) -> int:
        """How many SQL statements something takes."""
        seen: list[str] = []

        def count(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(self.engine, "before_cursor_execute", count)
        try:
            do()
        finally:
            event.remove(self.engine, "before_cursor_execute", count)
        return len(seen)

    def booking(self, booking_id: int) -> Booking:
        with transaction(self.engine) as session:
            return session.get_one(Booking, booking_id)

    def task(self, kind: str, **facts: Any) -> int:
        with transaction(self.engine) as session:
            return tasks.file(session, kind, now=self.clock.now, **facts).id

    def unclear(self, text: str, language: str) -> int:
        """A message that was not understood."""
        with transaction(self.engine) as session:
            lessons.note(session, text, language, contact_id=None, now=self.clock.now)
            return session.scalars(select(Lesson.id).order_by(Lesson.id.desc())).first() or 0

    def app(self, **settings: Any) -> FastAPI:
        """The pages, mounted as bot/app.py mounts them."""
        parent = FastAPI()
        given = {
            "vault": self.vault, "names": NAMES, "words": Words(PHRASES, folder=self.texts), "public_url": "http://desk.example",
            "clock": self.clock, "known": KNOWN, **settings,
        }  # fmt: skip
        parent.mount("/staff", create(self.engine, **given))
        return parent


class Browser:
    """A browser as far as the server can see: cookies, Origin, forms filled from the page that was opened."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, headers={"origin": base}, follow_redirects=True, timeout=30)
        self.page: Response

    def open(self, path: str) -> Response:
        self.page = self.client.get(f"/staff{path}")
        return self.page

    def hidden(self, field: str) -> str:
        found = re.search(rf'name="{field}" value="([^"]*)"', self.page.text)
        assert found, f"no field {field} on {self.page.url}"
        return found[1]

    def send(self, path: str, form: dict[str, str] | None = None, **options: Any) -> Response:
        """Send a form of the page that is open, with its token and version."""
        hidden = {name: self.hidden(name) for name in ("csrf",)}
        if 'name="version"' in self.page.text:
            hidden["version"] = self.hidden("version")
        self.page = self.client.post(f"/staff{path}", data={**hidden, **(form or {})}, **options)
        return self.page

    def log_in(self, username: str, password: str = PASSWORD, back: str = "") -> Response:
        if back or 'name="csrf"' not in getattr(getattr(self, "page", None), "text", ""):
            self.open("/login")
        return self.send("/login", {"username": username, "password": password, "back": back})


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


def furnish(engine: Engine, vault: Vault, clock: Clock, folder: Path) -> House:
    """Two libraries with sessions, and three accounts: sam (Fosse), bea (Belgrave), vic (may only read)."""
    (folder / "fr.po").write_text(FRENCH, "utf-8")
    house = House(engine, vault, clock, folder)
    with transaction(engine) as session:
        places.sync(session, NAMES.places)
    house.staff("sam", places=["fosse"])
    house.staff("bea", places=["belgrave"])
    house.staff("vic", role="viewer")
    house.session("work_coach", "fosse", 2)
    house.session("work_coach", "belgrave", 3)
    return house


@pytest.fixture
def house(sqlite_engine: Engine, vault: Vault, clock: Clock, tmp_path: Path) -> House:
    """For what no database can change: SQLite alone."""
    return furnish(sqlite_engine, vault, clock, tmp_path)


@pytest.fixture
def either_house(engine: Engine, vault: Vault, clock: Clock, tmp_path: Path) -> House:
    """On SQLite and on PostgreSQL."""
    return furnish(engine, vault, clock, tmp_path)


@contextmanager
def browsing(house: House, **settings: Any) -> Iterator[Browser]:
    """A browser at a server of its own."""
    with serve(house.app(**settings)) as base:
        browser = Browser(base)
        yield browser
        browser.client.close()


@pytest.fixture
def browser(house: House) -> Iterator[Browser]:
    with browsing(house) as browser:
        yield browser


@pytest.fixture
def either_browser(either_house: House) -> Iterator[Browser]:
    with browsing(either_house) as browser:
        yield browser
