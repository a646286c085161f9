"""The whole desk on this machine: a real server, the real client libraries, the two providers as fakes over HTTP."""

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import create
from bot.compose import Desk, compose
from bot.demo import fill
from bot.settings import Settings
from store import database
from store.models import Booking
from tests.fakes import telegram as telegram_fake
from tests.fakes import twilio as twilio_fake
from tests.fakes.server import address, listen, serve
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import FakeTwilio


class Clock:
    """The time, as the test says."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class House:
    """A running desk with its providers. People write through webhooks, as they do in life."""

    desk: Desk
    settings: Settings
    clock: Clock
    url: str
    http: httpx.Client
    twilio: FakeTwilio
    telegram: FakeTelegram
    other: Desk  # the worker's own, as in another process
    portal: BlockingPortal
    last_sms: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def sms(self, number: str, text: str, sid: str = "", **more: str) -> str:
        """A person texts; what they get back at once."""
        answer = self.sms_webhook(
            twilio_fake.inbound(sid or f"SM{next(self.numbers):032d}", number, text, **more)
        )
        assert answer.status_code == 200, answer.text
        self.last_sms = "\n".join(
            unescape(body) for body in re.findall(r"<Message>(.*?)</Message>", answer.text, re.S)
        )
        return self.last_sms

    def sms_webhook(self, form: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        """Twilio's call, rightly signed unless other headers are given."""
        path = "/channels/sms"
        signed = twilio_fake.signed(self.url, path, form) if headers is None else headers
        return self.http.post(path, data=form, headers=signed)

    def telegram_text(self, chat: int, text: str) -> str:
        """A person writes to the bot; what they get back."""
        return self.telegram_update(telegram_fake.text_update(next(self.numbers), chat, text), chat)

    def telegram_button(self, chat: int, data: str) -> str:
        return self.telegram_update(telegram_fake.button_update(next(self.numbers), chat, data), chat)

    def telegram_update(self, update: dict[str, Any], chat: int) -> str:
        before = len(self.telegram.to(chat))
        answer = self.http.post("/channels/telegram", json=update, headers=SECRET)
        assert answer.status_code == 200, answer.text
        return "\n".join(self.telegram.to(chat)[before:])

    def work(self) -> int:
        """The worker looks once: chores, then sending."""
        return self.portal.call(self.worker.once)

    def wait_until(self, true: Callable[[], bool], seconds: float = 30) -> None:
        """Waits for something that happens in the server's own time."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.02)

    def bookings(self) -> list[Booking]:
        with database.transaction(self.desk.engine) as session:
            return list(session.scalars(select(Booking).order_by(Booking.id)))

    def __post_init__(self) -> None:
        self.worker = self.other.worker()


SECRET = {"X-Telegram-Bot-Api-Secret-Token": telegram_fake.SECRET}


@contextmanager
def open_house(database_url: str, now: datetime, **changes: Any) -> Iterator[House]:
    """A desk over the database at `database_url`, with demo sessions. `changes`: other settings."""
    twilio, telegram, clock = FakeTwilio(), FakeTelegram(), Clock(now)
    listener = listen()
    with ExitStack() as stack:
        wanted = {
            "database_url": database_url,
            "public_url": address(listener),
            "secret_keys": [SecretStr(KEY)],
            "twilio_account_sid": twilio_fake.ACCOUNT,
            "twilio_auth_token": SecretStr(twilio_fake.TOKEN),
            "twilio_from": twilio_fake.NUMBER,
            "twilio_api_url": stack.enter_context(serve(twilio.app)),
            "telegram_token": SecretStr(telegram_fake.TOKEN),
            "telegram_webhook_secret": SecretStr(telegram_fake.SECRET),
            "telegram_api_url": stack.enter_context(serve(telegram.app)),
            **changes,
        }
        settings = Settings(**wanted)
        desk, other = compose(settings, clock), compose(settings, clock)
        fill_sessions(desk)
        url = stack.enter_context(serve(create(desk), listener=listener, lifespan="on"))
        http = stack.enter_context(httpx.Client(base_url=url, timeout=60))
        portal = stack.enter_context(start_blocking_portal())
        yield House(desk, settings, clock, url, http, twilio, telegram, other, portal)
        portal.call(other.close)


KEY = Fernet.generate_key().decode()


def fill_sessions(desk: Desk) -> None:
    """The demo's sessions and its log-in, with a password that tests know."""
    fill(desk, password=PASSWORD)


PASSWORD = "a-password-for-tests"
