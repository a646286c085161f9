"""The two providers as fakes over HTTP, and any number of workers that send to them; the time as the test says."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from bot.channels.channel import Channel
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.settings import Settings
from bot.worker import Worker
from tests.bot import crew
from tests.bot.crew import NOON, rows
from tests.fakes.server import serve
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import FakeTwilio


class Clock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Street:
    """The two providers, and workers that send to them."""

    engine: Engine
    twilio: FakeTwilio
    telegram: FakeTelegram
    settings: Settings
    clock: Clock
    real: list[Sms | Telegram] = field(default_factory=list)

    def worker(self, name: str = "w", *, only: Channel | None = None, timeout: float = 10.0) -> Worker:
        one = crew.worker(self.engine, self.settings, clock=self.clock, name=name, timeout=timeout)
        self.real += crew.reach(one)
        if only is not None:
            one.sender.channels = {only.name: only}
        return one

    def states(self) -> list[str]:
        return [row.state for row in rows(self.engine)]


@asynccontextmanager
async def open_street(engine: Engine, **changes: Any) -> AsyncIterator[Street]:
    """`changes`: other settings."""
    clock = Clock()
    twilio, telegram = FakeTwilio(clock=clock), FakeTelegram()
    with ExitStack() as stack:
        addresses = (stack.enter_context(serve(each.app)) for each in (twilio, telegram))
        opened = Street(engine, twilio, telegram, crew.settings(*addresses, **changes), clock)
        yield opened
        await crew.close(opened.real)
