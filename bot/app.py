"""The composition root: every room of the house in one web application."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from telegram import Update
from telegram.error import TelegramError

from bot import health, published, webhooks
from bot.channels import try_page
from bot.channels.telegram import Telegram
from bot.compose import Desk, guesses_of
from bot.drafting import offered, previewed
from bot.knowledge import told
from bot.measure import measure_one
from bot.sending import Sender
from flows.exchange import LARGEST as LARGEST_FILE
from staff.app import create as staff_pages
from staff.desk import Known, Names
from staff.oidc import Council

log = structlog.get_logger()
LARGEST_BODY = 64 * 1024  # bytes; a provider's webhook and the longest form of staff are a few kilobytes
TAKES_A_FILE = re.compile(r"/staff/texts/[a-z]+/import")
POLL_AGAIN = 5.0  # seconds to wait when Telegram or the database does not answer


def create(desk: Desk, *, with_worker: bool = False) -> FastAPI:
    """The web application of a desk. `with_worker`: sends and does the chores in this process too."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(asyncio.to_thread(desk.search.warm))]
        if with_worker:
            tasks.append(asyncio.create_task(desk.worker().run()))
        if desk.telegram is not None:
            tasks.append(asyncio.create_task(_telegram(desk, desk.telegram, app.state.sender)))
        desk.translator.warm()
        yield
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await desk.close()

    app = FastAPI(title="Welcome Desk", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_middleware(LimitBody, most=LARGEST_BODY)
    app.add_exception_handler(OperationalError, _busy)
    app.state.desk, app.state.sender = desk, desk.sender()
    app.include_router(health.router)
    app.include_router(published.router)
    app.include_router(webhooks.router)
    if desk.settings.demo:
        app.include_router(try_page.router)
    app.mount("/staff", _staff(desk))
    return app


def _staff(desk: Desk) -> FastAPI:
    services, places = desk.kb.services, desk.kb.places
    names = Names(
        services={id_: service.name for id_, service in services.items()},
        places={id_: place.name for id_, place in places.items()},
        bookable=[id_ for id_, service in services.items() if service.bookable],
        sensitive=[id_ for id_, service in services.items() if service.sensitive],
    )
    return staff_pages(
        desk.engine,
        vault=desk.vault,
        names=names,
        words=desk.words,
        public_url=desk.settings.public_url,
        clock=desk.clock,
        demo=desk.settings.demo,
        reads=desk.translator.english,
        guesses=guesses_of(desk.conversations.parser),
        measures=lambda key, text, language: measure_one(desk.words, key, text, language),
        drafts=offered(desk.translator),
        posters=desk.posters(),
        preview=previewed(desk.words),
        hours=desk.conversations.hours,
        sms_price=desk.settings.sms_price,
        alone_up_to=desk.settings.broadcast_alone,
        known=Known(desk.kb, told, desk.current.look),
        tells=desk.tells,
        council=_council(desk),
        codes_required=desk.settings.codes == "required",
    )


def _council(desk: Desk) -> Council | None:
    """The council's log-in, when it is set."""
    settings = desk.settings
    if not settings.oidc_on:
        return None
    return Council(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        name=settings.oidc_name,
        claim=settings.oidc_username_claim,
    )


async def _telegram(desk: Desk, telegram: Telegram, sender: Sender) -> None:
    """Tells Telegram where updates go; when polling, asks for them for ever."""

    async def receive(update: Update) -> None:
        await webhooks.take_update(desk, telegram, sender, update)

    while True:
        try:
            await telegram.prepare(desk.settings.public_url, desk.settings.telegram_mode)
            if desk.settings.telegram_mode == "webhook":
                return
            await telegram.poll(receive)
        except (TelegramError, OperationalError) as error:
            log.error("telegram not answering", channel="telegram", error=type(error).__name__)
            await asyncio.sleep(POLL_AGAIN)


def _busy(_request: Request, _fault: Exception) -> Response:
    """The database is locked, full or away: nothing was taken, and the provider tries again."""
    log.error("database not available", status=503)
    return Response(status_code=503, headers={"retry-after": "5"})


class LimitBody:
    """Refuses a body that is too large before anything reads it; one of unknown length is read only that far."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        if length is None and any(name == b"transfer-encoding" for name, _ in scope["headers"]):
            body = await self._read(receive)
            receive = _replay(body) if body is not None else receive
            too_large = body is None
        else:
            most = self.most + (LARGEST_FILE if TAKES_A_FILE.fullmatch(scope["path"]) else 0)
            too_large = length is not None and (not length.isdigit() or int(length) > most)
        if too_large:
            await Response("Too large", status_code=413)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or None when it is too large."""
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.most:
                return None
        return body


def _replay(body: bytes) -> Receive:
    """Hands out a body that was read already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
