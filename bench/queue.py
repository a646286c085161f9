"""The staff's page of requests with 50,000 bookings behind it, side by side with the same page of an empty desk.

Each page is opened through the real server by a logged-in browser, in turns: milliseconds, and SQL statements.
"""

import statistics
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import Engine, insert, select, text

from bench.common import DATABASES, KEY, Figures, Step, fresh_database
from store import database, places
from store.models import Booking, Contact, Occurrence
from store.vault import Vault
from tests.fakes.server import serve
from tests.staff.conftest import NAMES, Browser, Clock, House

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BOOKINGS, WAITING = 50_000, 200
PLACES = 40  # of each session
VISITS, QUICK_VISITS = 200, 20
DESKS = ("empty", "full")
PAGES = {
    "the queue": "/requests",
    "one library": "/requests?place=fosse",
    "what was closed": "/requests?show=closed",
}
STEPS = 2 * len(DATABASES)


def run(quick: bool, step: Step) -> Figures:
    """On both databases: an empty desk and a full one, the same pages in turns."""
    visits, many = (QUICK_VISITS, BOOKINGS // 10) if quick else (VISITS, BOOKINGS)
    rows: list[Figures] = []
    for kind in DATABASES:
        with ExitStack() as stack:
            step(f"{kind}: {many} bookings")
            browsers: dict[str, tuple[House, Browser]] = {}
            for desk in DESKS:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="welcome-bench-")))
                house = open_desk(stack.enter_context(fresh_database(kind, folder)), folder)
                stack.callback(house.engine.dispose)
                if desk == "full":
                    fill(house.engine, many)
                browser = Browser(stack.enter_context(serve(house.app())))
                stack.callback(browser.client.close)
                browser.log_in("sam")
                browsers[desk] = house, browser
            step(f"{kind}: opening pages")
            rows += [visit(kind, name, path, browsers, visits) for name, path in PAGES.items()]
    return {"bookings": many, "waiting": WAITING, "visits": visits, "pages": rows}


def open_desk(url: str, folder: Path) -> House:
    """An empty desk with one member of staff, who may see every library."""
    database.migrate(url)
    house = House(database.connect(url), Vault([KEY]), Clock(NOW), folder)
    with database.transaction(house.engine) as session:
        places.sync(session, NAMES.places)
    house.staff("sam")
    return house


def fill(engine: Engine, many: int) -> None:
    """So many bookings of a session a day, each decided, and 200 that wait for staff."""
    house = House(engine, Vault([KEY]), Clock(NOW), Path())
    coming = [
        *house.session("work_coach", "fosse", 2, capacity=PLACES),
        *house.session("work_coach", "belgrave", 3, capacity=PLACES),
    ]
    with database.transaction(engine) as session:
        people = [
            {
                "channel": "sms", "address_lookup": f"person {n}", "address_sealed": "sealed", "language": "ar",
                "opted_out": False, "unreachable": False, "created_at": NOW, "seen_at": NOW,
            }
            for n in range(many // 10)
        ]  # fmt: skip
        session.execute(insert(Contact), people)
        contacts = session.scalars(select(Contact.id).order_by(Contact.id)).all()
        like = session.get_one(Occurrence, coming[0])
        past = [
            {
                "weekly_id": like.weekly_id, "service": like.service, "place_id": ("fosse", "belgrave")[n % 2],
                "rule_day": start.date(), "day": start.date(), "start": start, "end": start + timedelta(hours=1),
                "closes_at": start, "capacity": PLACES, "room": "", "state": "open",
            }
            for n, start in enumerate(NOW - timedelta(days=n + 1) for n in range(many // PLACES))
        ]  # fmt: skip
        before = session.scalar(select(Occurrence.id).order_by(Occurrence.id.desc()).limit(1)) or 0
        session.execute(insert(Occurrence), past)
        over = session.scalars(
            select(Occurrence.id).where(Occurrence.id > before).order_by(Occurrence.id)
        ).all()
    booked: list[tuple[int, int, int | None, str, datetime]] = [
        (
            occurrence,
            contacts[(n * PLACES + seat) % len(contacts)],
            None,
            ("attended", "no_show", "declined")[seat % 3],
            NOW - timedelta(days=n),
        )
        for n, occurrence in enumerate(over)
        for seat in range(PLACES)
    ]
    wait: list[tuple[int, int, int | None, str, datetime]] = [
        (coming[n // PLACES], contacts[n % PLACES + n // PLACES * PLACES], n % PLACES + 1, "requested", NOW)
        for n in range(WAITING)
    ]
    for start in range(0, len(booked := booked + wait), 5_000):
        part = booked[start : start + 5_000]
        with database.transaction(engine) as session:
            session.execute(
                insert(Booking),
                [
                    {
                        "reference": f"L-{start + n:06d}", "occurrence_id": occurrence, "contact_id": contact,
                        "name": "Amal", "state": state, "seat": seat, "version": 1,
                        "created_at": NOW - timedelta(minutes=n + 1),
                        "changed_at": changed, "changed_by": "sam",
                    }
                    for n, (occurrence, contact, seat, state, changed) in enumerate(part)
                ],
            )  # fmt: skip
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # as PostgreSQL does by itself within a minute


def visit(
    kind: str, name: str, path: str, browsers: dict[str, tuple[House, Browser]], visits: int
) -> Figures:
    """The page opened on each desk in turns."""
    seconds: dict[str, list[float]] = {desk: [] for desk in browsers}
    statements = {
        desk: house.statements(partial(browser.open, path)) for desk, (house, browser) in browsers.items()
    }
    for _ in range(visits):
        for desk, (_, browser) in browsers.items():
            start = time.perf_counter()
            answer = browser.open(path)
            seconds[desk].append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.status_code
    p95 = {desk: round(statistics.quantiles(taken, n=20)[18] * 1000, 2) for desk, taken in seconds.items()}
    ratio = round(p95["full"] / p95["empty"], 2)
    return {"database": kind, "page": name, "p95_ms": p95, "ratio": ratio, "statements": statements}


def tables(figures: Figures) -> list[Table]:
    """One row a page and database."""
    title = f"Requests: {figures['bookings']:,} bookings, {figures['waiting']} waiting, beside an empty desk"
    table = Table(title=title, box=SIMPLE_HEAD)
    for column in ("database", "page", "empty p95 ms", "full p95 ms", "ratio", "SQL empty", "SQL full"):
        table.add_column(column, justify="left" if column in ("database", "page") else "right")
    for row in figures["pages"]:
        both = [str(row["p95_ms"][desk]) for desk in DESKS], [str(row["statements"][desk]) for desk in DESKS]
        table.add_row(row["database"], row["page"], *both[0], str(row["ratio"]), *both[1])
    return [table]
