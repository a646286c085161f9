"""Where Twilio and Telegram call: a request that is not theirs is refused, the rest becomes a turn or a state."""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from telegram import Update

from bot.channels.sms import BadSignature, Sms, reason_of
from bot.channels.telegram import Telegram
from bot.compose import Desk
from bot.here import Here
from bot.sending import Sender
from store import contacts, database, outbox

log = structlog.get_logger()
router = APIRouter(prefix="/channels")


def sms_of(desk: Here) -> Sms:
    """404 where there is no SMS."""
    if desk.sms is None:
        raise HTTPException(404)
    return desk.sms


def telegram_of(desk: Here) -> Telegram:
    """404 where there is no Telegram, or the desk asks for updates itself."""
    if desk.telegram is None or desk.settings.telegram_mode != "webhook":
        raise HTTPException(404)
    return desk.telegram


async def signed(request: Request, sms: Annotated[Sms, Depends(sms_of)]) -> dict[str, str]:
    """The form of Twilio's call. 403 for one that Twilio did not sign."""
    form = {key: str(value) for key, value in (await request.form()).items()}
    try:
        sms.check(request.url.path, request.url.query, form, request.headers.get("x-twilio-signature", ""))
    except BadSignature:
        log.warning("bad signature", channel="sms")
        raise HTTPException(403) from None
    return form


type Signed = Annotated[dict[str, str], Depends(signed)]


@router.post("/sms")
async def receive_sms(desk: Here, sms: Annotated[Sms, Depends(sms_of)], form: Signed) -> Response:
    if not form.get("From") or not form.get("MessageSid"):
        raise HTTPException(400)
    answer = await run_in_threadpool(desk.conversations.take, sms.inbound(form), desk.clock())
    return Response(sms.twiml(answer.texts), media_type="application/xml")


@router.post("/sms/status")
async def note_status(request: Request, desk: Here, form: Signed) -> Response:
    ours = request.query_params.get("outbox", "")
    await run_in_threadpool(_note_status, desk, form, int(ours) if ours.isdecimal() else None)
    return Response(status_code=204)


def _note_status(desk: Desk, form: dict[str, str], outbox_id: int | None) -> None:
    word = form.get("MessageStatus", "")
    if word not in outbox.PROVIDER_STATES or not form.get("MessageSid"):
        log.warning("unknown status", channel="sms")
        return
    code = form.get("ErrorCode") or None
    with database.transaction(desk.engine) as session:
        failed_to = outbox.status(
            session,
            form["MessageSid"],
            word,
            error_code=code,
            now=desk.clock(),
            row_id=outbox_id,
        )
    about_them = reason_of(code)
    if failed_to is not None and about_them is not None:
        with database.transaction(desk.engine) as session:  # the person is locked before their messages
            contacts.refused(session, failed_to, about_them, desk.clock())


@router.post("/telegram")
async def receive_telegram(
    request: Request, desk: Here, telegram: Annotated[Telegram, Depends(telegram_of)]
) -> Response:
    if not telegram.secret_matches(request.headers.get("x-telegram-bot-api-secret-token")):
        log.warning("bad secret", channel="telegram")
        raise HTTPException(403)
    try:
        update = telegram.update(await request.json())
    except ValueError:
        return Response(status_code=200)  # not for us; Telegram would only send it again
    await take_update(desk, telegram, request.app.state.sender, update)
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
