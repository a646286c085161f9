"""The composition root: every room of the house in one web application."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from telegram import Update
from telegram.error import TelegramError

from bot.channels import try_page
from bot.channels.sms import BadSignature, Sms
from bot.channels.telegram import Telegram
from bot.compose import Desk, guesses_of
from bot.drafting import offered, previewed
from bot.knowledge import told
from bot.measure import measure_one
from bot.sending import Sender
from flows.exchange import LARGEST as LARGEST_FILE
from kb import openreferral
from staff.app import create as staff_pages
from staff.desk import Known, Names
from staff.oidc import Council
from store import database, outbox

log = structlog.get_logger()
LARGEST_BODY = (
    64 * 1024
)  # bytes; a provider's webhook is a few kilobytes, the longest form of staff less than that
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
            tasks.append(asyncio.create_task(_telegram(desk, desk.telegram)))
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
    _add_health(app, desk)
    _add_open_referral(app, desk)
    if desk.sms is not None:
        _add_sms(app, desk, desk.sms)
    if desk.telegram is not None and desk.settings.telegram_mode == "webhook":
        _add_telegram(app, desk, desk.telegram)
    if desk.settings.demo:
        try_page.add_to(app, desk)
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


def _add_sms(app: FastAPI, desk: Desk, sms: Sms) -> None:
    async def signed(request: Request) -> dict[str, str]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            sms.check(
                request.url.path, request.url.query, form, request.headers.get("x-twilio-signature", "")
            )
        except BadSignature:
            log.warning("bad signature", channel="sms")
            raise HTTPException(403) from None
        return form

    @app.post("/channels/sms")
    async def receive(request: Request) -> Response:
        form = await signed(request)
        if not form.get("From") or not form.get("MessageSid"):
            raise HTTPException(400)
        answer = await run_in_threadpool(desk.conversations.take, sms.inbound(form), desk.clock())
        return Response(sms.twiml(answer.texts), media_type="application/xml")

    @app.post("/channels/sms/status")
    async def status(request: Request) -> Response:
        form = await signed(request)
        ours = request.query_params.get("outbox", "")
        await run_in_threadpool(_note_status, desk, form, int(ours) if ours.isdecimal() else None)
        return Response(status_code=204)


def _note_status(desk: Desk, form: dict[str, str], outbox_id: int | None) -> None:
    word = form.get("MessageStatus", "")
    if word not in outbox.PROVIDER_STATES or not form.get("MessageSid"):
        log.warning("unknown status", channel="sms")
        return
    with database.transaction(desk.engine) as session:
        outbox.status(
            session,
            form["MessageSid"],
            word,
            error_code=form.get("ErrorCode") or None,
            now=desk.clock(),
            row_id=outbox_id,
        )


def _add_telegram(app: FastAPI, desk: Desk, telegram: Telegram) -> None:
    sender = desk.sender()

    @app.post("/channels/telegram")
    async def receive(request: Request) -> Response:
        if not telegram.secret_matches(request.headers.get("x-telegram-bot-api-secret-token")):
            log.warning("bad secret", channel="telegram")
            raise HTTPException(403)
        try:
            update = telegram.update(await request.json())
        except ValueError:
            return Response(status_code=200)  # not for us; Telegram would only send it again
        await take_update(desk, telegram, sender, update)
        return Response(status_code=200)


async def take_update(desk: Desk, telegram: Telegram, sender: Sender, update: Update) -> None:
    """Answers one Telegram update: the turn commits, then the reply goes out at once."""
    inbound = telegram.inbound(update)
    if inbound is None:
        return
    shown = asyncio.gather(telegram.typing(inbound.address), telegram.acknowledge(update))
    try:
        answer = await run_in_threadpool(desk.conversations.take, inbound, desk.clock())
    finally:
        await shown
    if answer.queued:
        await sender.send_waiting(only=answer.queued)


async def _telegram(desk: Desk, telegram: Telegram) -> None:
    """Tells Telegram where updates go; when polling, asks for them for ever."""
    sender = desk.sender()

    async def receive(update: Update) -> None:
        await take_update(desk, telegram, sender, update)

    while True:
        try:
            await telegram.prepare(desk.settings.public_url, desk.settings.telegram_mode)
            if desk.settings.telegram_mode == "webhook":
                return
            await telegram.poll(receive)
        except (TelegramError, OperationalError) as error:
            log.error("telegram not answering", channel="telegram", error=type(error).__name__)
            await asyncio.sleep(POLL_AGAIN)


def _add_open_referral(app: FastAPI, desk: Desk) -> None:
    @app.get("/openreferral/services")
    def services(page: int = 1, per_page: int = 50) -> dict[str, object]:
        try:
            return openreferral.service_list(desk.current(), page, per_page)
        except ValueError:
            raise HTTPException(400, "page and per_page start at 1") from None

    @app.get("/openreferral/services/{identity}")
    def service(identity: str) -> dict[str, object]:
        found = openreferral.service_detail(desk.current(), identity)
        if found is None:
            raise HTTPException(404)
        return found


def _add_health(app: FastAPI, desk: Desk) -> None:
    @app.get("/livez")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def ready() -> dict[str, object]:
        with database.reading(desk.engine) as session:
            session.execute(text("SELECT 1"))
        missing = [*desk.degraded, *desk.translator.degraded()]
        channels = {
            "sms": desk.sms is not None,
            "telegram": desk.telegram is not None,
            "try": desk.settings.demo,
        }
        return {
            "status": "degraded" if missing else "ok",
            "missing": missing,
            "channels": {name: "on" if on else "off" for name, on in channels.items()},
        }

    @app.get("/metrics")
    def metrics() -> Response:
        """Counts for Prometheus; nothing about any person."""
        with database.reading(desk.engine) as session:
            tally = outbox.tally(session)
        lines = ["# TYPE welcome_outbox_messages gauge"]
        lines += [
            f'welcome_outbox_messages{{kind="{kind}",state="{state}"}} {number}'
            for (kind, state), number in sorted(tally.items())
        ]
        return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


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
