"""The try-out page: looks like a phone, talks to the same desk, sends nothing to anybody. Demo only."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import cards
from bot.channels.channel import Inbound
from bot.compose import Desk
from bot.here import Here
from flows.languages import RIGHT_TO_LEFT
from flows.message import Message, messages_from_json
from flows.posters import NotPrinted
from flows.state import State
from flows.words import Rendered
from store import contacts, conversations, database
from store.base import Json
from store.models import Contact, InboxRow, OutboxRow

PAGES = Path(__file__).parents[1] / "pages"
COOKIE = "try"
LARGEST_ID = 2**31 - 1
SHOWN = 60  # the newest messages of a talk
STYLES = ("try.css", "try.js")
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
router = APIRouter(include_in_schema=False)  # of a demo desk
TEMPLATES = Environment(loader=FileSystemLoader(PAGES), autoescape=True)


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble. `theirs`: the person wrote it. `card`: the outbox row of a desk card, which has a picture."""

    text: str
    theirs: bool
    card: int = 0


@router.get("/try")
def talk(request: Request, desk: Here) -> HTMLResponse:
    lines, choices = _talk(desk, request.cookies.get(COOKIE, ""))
    way = "rtl" if choices and choices.language in RIGHT_TO_LEFT else "ltr"
    html = TEMPLATES.get_template("try.html").render(lines=lines, choices=choices, way=way)
    return HTMLResponse(html, headers={"content-security-policy": CSP, "cache-control": "no-store"})


@router.post("/try")
async def say(request: Request, desk: Here, text: str = Form(""), button: str = Form("")) -> Response:
    address = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    inbound = Inbound("try", address, secrets.token_hex(16), text, button=button or None)
    await run_in_threadpool(desk.conversations.take, inbound, desk.clock())
    response = RedirectResponse("/try", status_code=303)
    response.set_cookie(COOKIE, address, httponly=True, samesite="strict", max_age=7 * 24 * 3600)
    return response


@router.post("/try/new")
def another_person() -> Response:
    response = RedirectResponse("/try", status_code=303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/try/card/{row_id}")
def card(request: Request, desk: Here, row_id: int) -> Response:
    picture = _picture(desk, request.cookies.get(COOKIE, ""), row_id)
    if picture is None:
        return Response(status_code=404)
    return Response(picture, media_type="image/png", headers={"cache-control": "no-store"})


@router.get("/pages/{name}")
def style(name: str) -> Response:
    return FileResponse(PAGES / name) if name in STYLES else Response(status_code=404)


def _talk(desk: Desk, address: str) -> tuple[list[Line], Rendered | None]:
    """What was said so far, and the lines to choose from now."""
    if not address:
        return [], None
    with database.reading(desk.engine) as session:
        contact = contacts.find(session, desk.vault, "try", address)
        if contact is None:
            return [], None
        lines = _lines(session, contact, pictures=desk.press is not None)
        top = State.from_json(conversations.load(session, contact.id)).top
        language = contact.language or "en"
    if top is None or not top.offered or not lines or lines[-1].theirs:
        return lines, None
    choices = replace(
        desk.words.render(Message("desk.more", options=top.offered), language, "try"), language=language
    )
    numbered = choices.with_numbers().removeprefix(choices.text)
    lines[-1] = replace(lines[-1], text=lines[-1].text.removesuffix(numbered))
    return lines, choices


def _lines(session: Session, contact: Contact, *, pictures: bool) -> list[Line]:
    heard = session.execute(
        select(InboxRow.received_at, InboxRow.id, InboxRow.text)
        .where(InboxRow.contact_id == contact.id)
        .order_by(InboxRow.id.desc())
        .limit(SHOWN)
    )
    said = session.execute(
        select(OutboxRow.settled_at, OutboxRow.id, OutboxRow.text, OutboxRow.payload)
        .where(OutboxRow.contact_id == contact.id, OutboxRow.text.is_not(None))
        .order_by(OutboxRow.id.desc())
        .limit(SHOWN)
    )
    both = [(at, 0, id_, text, 0) for at, id_, text in heard] + [
        (at, 1, id_, text, id_ if pictures and any(map(cards.is_card, _messages(payload))) else 0)
        for at, id_, text, payload in said
    ]
    return [Line(text or "👆", side == 0, card) for _, side, _, text, card in sorted(both)][-SHOWN:]


def _messages(payload: Json) -> tuple[Message, ...]:
    return messages_from_json(payload.get("messages", ()))


def _picture(desk: Desk, address: str, row_id: int) -> bytes | None:
    """The picture of a card that this very person was given; None when there is none, or it cannot be drawn."""
    if not address or desk.press is None or not 0 < row_id <= LARGEST_ID:
        return None
    with database.reading(desk.engine) as session:
        contact = contacts.find(session, desk.vault, "try", address)
        row = session.get(OutboxRow, row_id)
        if contact is None or row is None or row.contact_id != contact.id:
            return None
        shown = cards.cards(desk.words, _messages(row.payload), contact.language or "en", "try")
    try:
        return cards.picture(desk.press, shown) if shown else None
    except NotPrinted:
        return None
