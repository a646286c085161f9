"""What happens without anybody writing: sending what waits, and the chores that keep the desk true to the clock.

On one machine this loop does both. On several, over PostgreSQL, bot/queue.py says who does which chore when.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import reconcile
from bot.sending import Lane, Sender
from bot.telling import PLANNED_EVERY, Teller
from store import bookings, broadcasts, database, outbox, reminders, retention, sessions, talks

log = structlog.get_logger()
LOOK = 1.0  # seconds between two looks at the outbox
PAUSE = 0.2  # seconds at least, while a channel fills its bucket: not every token is worth a look


def _in_transaction(work: Callable[[Session, datetime], object]) -> Callable[[Engine, datetime], object]:
    def run(engine: Engine, now: datetime) -> object:
        with database.transaction(engine) as session:
            return work(session, now)

    return run


@dataclass(frozen=True)
class Chore:
    """Something done again and again. Each is safe to do twice, or by two workers at once.

    `in_batches`: it goes on until the work returns nothing; each batch is committed, and a crash goes on there.
    """

    name: str
    every: timedelta
    work: Callable[[Engine, datetime], object]
    in_batches: bool = False


CHORES = (
    Chore("lost sends become unsure", timedelta(seconds=30), outbox.sweep),
    Chore("offers that nobody answered end", timedelta(minutes=1), _in_transaction(bookings.expire_offers)),
    Chore(
        "what is due to many is planned",
        timedelta(seconds=10),
        _in_transaction(reminders.plan),
        in_batches=True,
    ),
    Chore("announcements that went out are done", timedelta(seconds=10), _in_transaction(broadcasts.finish)),
    Chore("sessions are made 12 weeks ahead", timedelta(hours=1), _in_transaction(sessions.materialise)),
    Chore(
        "conversations that staff left go back to the desk",
        timedelta(minutes=1),
        _in_transaction(talks.hand_back_forgotten),
    ),
    Chore("what is over its time is forgotten", timedelta(minutes=10), _in_transaction(retention.run)),
)


@dataclass
class Worker:
    """Runs the chores that are due and empties the outbox, once or until it is cancelled.

    What is on its way to a provider is seen through first (bot/sending.py).
    """

    engine: Engine
    sender: Sender
    clock: Callable[[], datetime]
    teller: Teller | None = None  # None: members of staff look for themselves
    _done: dict[str, datetime] = field(default_factory=dict)
    _woken: dict[Lane, asyncio.Event] = field(default_factory=dict)

    @property
    def chores(self) -> tuple[Chore, ...]:
        """CHORES, and asking the providers that can be asked about messages we are unsure of."""
        asking = [
            Chore(f"unsure messages are asked about: {name}", reconcile.EVERY, work)
            for name, work in reconcile.questions(self.sender)
        ]
        telling = [Chore("staff are told", PLANNED_EVERY, self.teller.plan)] if self.teller else []
        return (*CHORES, *asking, *telling)

    async def once(self) -> int:
        """One look: every chore that is due, then all that may be sent. Returns how many messages were worked off."""
        for chore in self.chores:
            if self._due(chore):
                await self.do(chore)
        return await self.sender.send_waiting() + (await self.teller.once(self.clock()) if self.teller else 0)

    async def run(self) -> None:
        """For ever: a long plan holds up no message, and a slow provider no chore."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.keep_house())
            group.create_task(self.drain())

    async def do(self, chore: Chore) -> None:
        """One chore, to its end; between two batches it can be cancelled."""
        self._done[chore.name] = now = self.clock()
        while await asyncio.to_thread(chore.work, self.engine, now) and chore.in_batches:
            now = self.clock()

    async def keep_house(self) -> None:
        """Every chore when it is due. One that fails is tried again when it is due again, and stops no other."""
        while True:
            for chore in self.chores:
                if self._due(chore):
                    try:
                        await self.do(chore)
                    except Exception as error:
                        log.error("chore failed", task=chore.name, error=type(error).__name__)
            await asyncio.sleep(LOOK)

    async def drain(self) -> None:
        """Sends what waits to people, each lane by itself, and beside it to staff: a provider that hangs on a
        broadcast, or a slow mail server, keeps nobody's answer waiting."""
        async with asyncio.TaskGroup() as group:
            for lane in self.sender.lanes():
                group.create_task(self._drain(lane))
            if self.teller is not None:
                group.create_task(self._tell(self.teller))

    async def _tell(self, teller: Teller) -> None:
        while True:
            try:
                await teller.once(self.clock())
            except Exception as error:  # whatever it is: people's messages go on
                log.error("staff not told", error=type(error).__name__)
            await asyncio.sleep(LOOK)

    def wake(self) -> None:
        """Something was queued: look at once."""
        for woken in self._woken.values():
            woken.set()

    async def _drain(self, lane: Lane) -> None:
        """Sends what waits. A database that is locked or away is tried again; nothing is acknowledged meanwhile."""
        woken = self._woken.setdefault(lane, asyncio.Event())
        while True:
            woken.clear()
            try:
                await self.sender.send_lane(lane)
            except OperationalError as error:
                log.error("database not available", error=type(error.orig).__name__)
            except Exception as error:  # whatever it is: the other lanes go on, and this one tries again
                log.error("lane failed", channel=lane.channels[0], error=type(error).__name__)
            pause = min(LOOK, max(PAUSE, self.sender.waits.get(lane, LOOK)))
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), pause)

    def _due(self, chore: Chore) -> bool:
        last, now = self._done.get(chore.name), self.clock()
        # A clock that steps back is no pause.
        return last is None or not timedelta(0) <= now - last < chore.every


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Works until SIGTERM or Ctrl-C; what is on its way is seen through."""
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def wall_clock() -> datetime:
    """The moment, aware, in UTC: the only place where the desk looks at the clock, beside the tests."""
    return datetime.now(UTC)
