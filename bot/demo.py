"""What the demo adds: a week of example sessions and a log-in for the staff pages. Nothing of it is a fact."""

import secrets
from dataclasses import dataclass
from datetime import time

from sqlalchemy import select

from bot.compose import Desk, demo_secret
from store import accounts, database, sessions
from store.models import Account, WeeklySession

DEMO = "demo"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)
# service, place, weekday, start, places: examples, so that there is something to book.
SESSIONS = (
    ("work_coach", "brite-centre", WEDNESDAY, time(10, 0), 4),
    ("work_coach", "beaumont-leys", TUESDAY, time(14, 0), 4),
    ("citizenship_practice", "central-library", THURSDAY, time(14, 0), 10),
    ("driving_theory", "central-library", MONDAY, time(16, 0), 8),
    ("form_help", "st-matthews", TUESDAY, time(11, 0), 3),
    ("form_help", "central-library", FRIDAY, time(11, 0), 3),
    ("it_sessions", "fosse", FRIDAY, time(10, 0), 6),
    ("it_sessions", "belgrave", WEDNESDAY, time(14, 0), 6),
    ("mother_baby_group", "central-library", TUESDAY, time(10, 0), 12),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in to the demo's staff pages."""

    username: str
    password: str


def fill(desk: Desk, password: str = "") -> Login:
    """Adds the example sessions and the log-in, once; returns the log-in.

    Without a `password` one is made, and kept under var/ for the next start.
    """
    now = desk.clock()
    kept = desk.settings.var / "demo-password"
    login = Login(DEMO, password or demo_secret(kept, lambda: secrets.token_urlsafe(9)))
    with database.transaction(desk.engine) as session:
        if session.scalar(select(WeeklySession.id).filter_by(created_by=DEMO).limit(1)) is None:
            for service, place, weekday, start, capacity in SESSIONS:
                sessions.add_weekly(
                    session,
                    service=service,
                    place=place,
                    weekday=weekday,
                    start=start,
                    minutes=60,
                    capacity=capacity,
                    actor=DEMO,
                    now=now,
                )
        account = session.scalar(select(Account).filter_by(username=DEMO))
        if account is None:
            accounts.create(session, DEMO, login.password, name="Demo", role="admin", actor=DEMO, now=now)
        elif not accounts.fits(account, login.password):  # var/ was cleared, the database was not
            accounts.set_password(session, account.id, login.password, actor=DEMO, now=now)
    return login
