"""What happens without anybody writing: sending what waits, and the chores that keep the desk true to the clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.sending import Sender
from store import bookings, database, outbox, reminders, retention, sessions

log = structlog.get_logger()
LOOK = 1.0  # seconds between two looks at the outbox


def _in_transaction(work: Callable[[Session, datetime], object]) -> Callable[[Engine, datetime], object]:
    def run(engine: Engine, now: datetime) -> object:
        with database.transaction(engine) as session:
            return work(session, now)

    return run


def _plan_reminders(engine: Engine, now: datetime) -> None:
    """Batch by batch, each committed: a crash goes on where it stopped."""
    while _in_transaction(reminders.plan)(engine, now):
        pass


@dataclass(frozen=True)
class Chore:
    """Something done again and again. Each is safe to do twice, or by two workers at once."""

    name: str
    every: timedelta
    work: Callable[[Engine, datetime], object]


CHORES = (
    Chore("lost sends become unsure", timedelta(seconds=30), outbox.sweep),
    Chore("offers that nobody answered end", timedelta(minutes=1), _in_transaction(bookings.expire_offers)),
    Chore("reminders that are due are planned", timedelta(seconds=30), _plan_reminders),
    Chore("sessions are made 12 weeks ahead", timedelta(hours=1), _in_transaction(sessions.materialise)),
    Chore("what is over its time is forgotten", timedelta(minutes=10), _in_transaction(retention.run)),
)


@dataclass
class Worker:
    """Runs the chores that are due and empties the outbox, for ever or once."""

    engine: Engine
    sender: Sender
    clock: Callable[[], datetime]
    _done: dict[str, datetime] = field(default_factory=dict)

    async def once(self) -> int:
        """One look: every chore that is due, then all that may be sent. Returns how many messages were worked off."""
        now = self.clock()
        for chore in CHORES:
            last = self._done.get(chore.name)
            if (
                last is None or not timedelta(0) <= now - last < chore.every
            ):  # a clock that steps back is no pause
                await asyncio.to_thread(chore.work, self.engine, now)
                self._done[chore.name] = now
        return await self.sender.send_waiting()

    async def run(self) -> None:
        """For ever. A database that is locked or away is tried again; nothing is acknowledged meanwhile."""
        while True:
            try:
                await self.once()
            except OperationalError as error:
                log.error("database not available", error=type(error.orig).__name__)
            await asyncio.sleep(LOOK)


def wall_clock() -> datetime:
    """The moment, aware, in UTC: the only place where the desk looks at the clock, beside the tests."""
    return datetime.now(UTC)
