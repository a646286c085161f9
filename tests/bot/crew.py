"""A worker as it runs in life, without the web around it: the real sender, the real client libraries, two fakes.

As a program of its own it is what tests/bot/test_kills.py and `python -m bench kills` kill.
"""

import asyncio
import multiprocessing
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, select

from bot import queue
from bot.buckets import buckets_of
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.log import configure
from bot.sending import Clock, Sender
from bot.settings import Settings
from bot.worker import Worker, until_told, wall_clock
from flows.words import Words
from store import contacts, database, outbox
from store.models import OutboxRow
from store.vault import Vault
from tests.fakes import telegram, twilio

KEY = Fernet.generate_key().decode()
WORDS = Words({})
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # awake, in London as in UTC


def settings(sms_at: str, telegram_at: str, **more: Any) -> Settings:
    """Both channels on, at the addresses of the fakes."""
    wanted = {
        "public_url": "https://desk.example.org",
        "twilio_account_sid": twilio.ACCOUNT,
        "twilio_auth_token": SecretStr(twilio.TOKEN),
        "twilio_from": twilio.NUMBER,
        "twilio_api_url": sms_at,
        "telegram_token": SecretStr(telegram.TOKEN),
        "telegram_webhook_secret": SecretStr(telegram.SECRET),
        "telegram_api_url": telegram_at,
        **more,
    }
    return Settings(**wanted)


def worker(
    engine: Engine,
    chosen: Settings,
    *,
    clock: Clock = wall_clock,
    key: str = KEY,
    name: str = "w",
    timeout: float = 10.0,
) -> Worker:
    """As bot/compose.py makes one. It needs no knowledge base: its messages open no conversation."""
    sender = Sender(
        engine=engine,
        vault=Vault([key]),
        words=WORDS,
        knowledge=_nothing(),
        channels={"sms": Sms(chosen, timeout), "telegram": Telegram(chosen, timeout)},
        clock=clock,
        name=name,
        buckets=buckets_of(chosen),
    )
    return Worker(engine, sender, clock)


def reach(one: Worker) -> list[Sms | Telegram]:
    """A worker's real channels."""
    return [each for each in one.sender.channels.values() if isinstance(each, Sms | Telegram)]


async def close(channels: Iterable[Sms | Telegram]) -> None:
    for each in channels:
        if isinstance(each, Sms):
            each.close()
        else:
            await each.close()


def _nothing() -> Any:
    return None


def queue_for(
    engine: Engine,
    addresses: Iterable[str],
    now: datetime,
    *,
    channel: str = "sms",
    kind: str = "notice",
    key: str = KEY,
    text: str = "We moved. Ask for Amira",
    **more: Any,
) -> list[int]:
    """The same message for each of these people; the rows' ids."""
    vault, rows = Vault([key]), []
    with database.transaction(engine) as session:
        for address in addresses:
            contact = contacts.find_or_create(session, vault, channel, address, now)
            payload = {"messages": [{"key": "staff.reply", "values": {"text": {"$text": text}}}]}
            row = outbox.queue(session, contact.id, kind, payload, dedupe=None, now=now, **more)
            assert row is not None
            rows.append(row.id)
    return rows


def numbers(count: int) -> list[str]:
    return [f"+447{n:09d}" for n in range(700_900_000, 700_900_000 + count)]


def rows(engine: Engine) -> list[OutboxRow]:
    with database.reading(engine) as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


@dataclass(frozen=True)
class Orders:
    """For a worker process: the database, the providers, who it is, and where it logs."""

    url: str
    sms_at: str
    telegram_at: str
    name: str
    log: Path
    key: str = KEY


def start(orders: Orders) -> BaseProcess:
    """A worker as a process of its own, forked from one that has read the programs already: it is up at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=main, args=(orders,), daemon=True)
    process.start()
    return process


def main(orders: Orders) -> None:
    """A worker process, until it is told or killed."""
    with orders.log.open("a", buffering=1) as log:
        configure(log)
        engine = database.connect(orders.url)
        chosen = settings(orders.sms_at, orders.telegram_at, sms_segments_per_second=0, telegram_per_second=0)
        one = worker(engine, chosen, key=orders.key, name=orders.name, timeout=3.0)
        many = engine.dialect.name == "postgresql"
        asyncio.run(until_told(queue.run(one, orders.url) if many else one.run()))
