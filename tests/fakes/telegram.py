"""A small Telegram: the Bot API methods that the desk uses, with polling, webhooks and the faults of the real one.

Given the Bot API's contract (tests/fakes/contracts.py), it holds every call and every answer against it.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.contracts import BotApi
from tests.fakes.odds import Odds

TOKEN, SECRET = "123456:fake-telegram-token", "fake-secret"
DATE = 1_790_000_000
FAULTS: dict[str, tuple[int, str, dict[str, int]]] = {
    "429": (429, "Too Many Requests: retry after 35", {"retry_after": 35}),
    "403": (403, "Forbidden: bot was blocked by the user", {}),
    "400": (400, "Bad Request: message text is empty", {}),
    "gone": (400, "Bad Request: chat not found", {}),
    "502": (502, "Bad Gateway", {}),
    "photo": (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", {}),
}


@dataclass
class FakeTelegram(Odds[str]):
    """`sent` holds accepted messages (of a photo its bytes too); `faults` is what the next of them meet: one of
    FAULTS, "stall", or, after it was accepted, "drop" (half an answer) or "cut" (the connection breaks).
    `updates` wait for polling. `broken`: what was not as `contract` says."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    updates: list[dict[str, Any]] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    stall_seconds: float = 30.0
    seconds: float = 0.0  # that every message takes
    retry_after: int = 35  # seconds, in a 429
    contract: BotApi | None = None
    broken: list[str] = field(default_factory=list)
    _to: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/bot{token}/{method}", self.call, methods=["GET", "POST"])])

    @property
    def contract_methods(self) -> set[str]:
        """Of the contract, those that this fake has."""
        methods = self.contract.methods if self.contract is not None else {}
        return {method for method in methods if hasattr(self, f"_{method}")}

    def to(self, chat: int) -> list[str]:
        """The texts accepted for a chat, in order."""
        return [message["text"] for message in self._to[chat]]

    async def call(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return _fail(401, "Unauthorized")
        method = request.path_params["method"]
        self.calls.append(method)
        form = {key: await _value(value) for key, value in (await request.form()).items()}
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            return _fail(404, "Not Found")
        if self.contract is not None:
            self.broken += self.contract.call(method, form)
        answer: Response | Coroutine[Any, Any, Response] = handler(form)
        answer = answer if isinstance(answer, Response) else await answer
        if self.contract is not None and answer.status_code == 200 and not _half(answer):
            self.broken += self.contract.answer(method, json.loads(bytes(answer.body)))
        return answer

    def _getMe(self, _form: dict[str, Any]) -> Response:
        me = {"id": 123456, "is_bot": True, "first_name": "Desk", "username": "fake_desk_bot"}
        return _ok({**me, "can_join_groups": False, "can_read_all_group_messages": False})

    def _setWebhook(self, form: dict[str, Any]) -> Response:
        self.webhook = form
        return _ok(True)

    def _deleteWebhook(self, _form: dict[str, Any]) -> Response:
        self.webhook = {}
        return _ok(True)

    def _sendChatAction(self, _form: dict[str, Any]) -> Response:
        return _ok(True)

    def _answerCallbackQuery(self, _form: dict[str, Any]) -> Response:
        return _ok(True)

    async def _getUpdates(self, form: dict[str, Any]) -> Response:
        if self.webhook:
            return _fail(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(form.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        for _ in range(20):  # a long poll, shortened
            if self.updates:
                break
            await asyncio.sleep(0.05)
        return _ok(self.updates)

    async def _sendMessage(self, form: dict[str, Any]) -> Response:
        if not 0 < len(str(form.get("text", ""))) <= 4096:
            return _fail(400, "Bad Request: message is too long or empty")
        return await self._accept(form)

    async def _sendPhoto(self, form: dict[str, Any]) -> Response:
        caption, photo = str(form.get("caption", "")), form.get("photo", b"")
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            return _fail(400, "Bad Request: message caption is too long")
        if not isinstance(photo, bytes) or not photo.startswith(b"\x89PNG"):
            return _fail(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return await self._accept({**form, "text": caption})

    async def _accept(self, form: dict[str, Any]) -> Response:
        await asyncio.sleep(self.seconds)
        fault = self.faults.popleft() if self.faults else self._chance()
        if fault in FAULTS:
            status, description, parameters = FAULTS[fault]
            if status == 429:
                description = f"Too Many Requests: retry after {self.retry_after}"
                parameters = {"retry_after": self.retry_after}
            return _fail(status, description, parameters)
        message_id = len(self.sent) + 1
        message = {**form, "chat_id": int(form["chat_id"]), "text": str(form["text"]), "id": message_id}
        self.sent.append(message)
        self._to[message["chat_id"]].append(message)
        if fault == "stall":
            await asyncio.sleep(self.stall_seconds)
        if fault == "drop":
            return Response(b'{"ok": tr', media_type="application/json")
        if fault == "cut":  # uvicorn closes a connection that was promised more than it got
            return Response(b'{"ok"', media_type="application/json", headers={"content-length": "500"})
        said = _message(message_id, int(form["chat_id"]), str(form["text"]), from_bot=True)
        if "photo" in form:
            size = {"file_id": "p", "file_unique_id": "p", "width": 1080, "height": 1200}
            said |= {"photo": [size], "caption": said.pop("text")}
        return _ok(said)


def _half(answer: Response) -> bool:
    return not bytes(answer.body).endswith(b"}")


async def _value(value: str | UploadFile) -> Any:
    if not isinstance(value, UploadFile):
        return _plain(value)
    content = await value.read()
    await value.close()
    return content


def _plain(value: str) -> Any:
    """Form values that are JSON (keyboards, lists) as what they are; digits stay text."""
    return json.loads(value) if value[:1] in ("{", "[") else value


def _ok(result: object) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def _fail(status: int, description: str, parameters: dict[str, int] | None = None) -> JSONResponse:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return JSONResponse({**body, "parameters": parameters} if parameters else body, status_code=status)


def _message(message_id: int, chat: int, text: str, *, from_bot: bool = False) -> dict[str, Any]:
    sender = {"id": 123456 if from_bot else chat, "is_bot": from_bot, "first_name": "Somebody"}
    return {
        "message_id": message_id, "date": DATE, "from": sender,
        "chat": {"id": chat, "type": "private", "first_name": "Somebody"}, "text": text,
    }  # fmt: skip


def text_update(update_id: int, chat: int, text: str) -> dict[str, Any]:
    """What Telegram posts when a person writes."""
    return {"update_id": update_id, "message": _message(update_id, chat, text)}


def button_update(update_id: int, chat: int, data: str, *, presser: int | None = None) -> dict[str, Any]:
    """What Telegram posts when a person (or somebody else) presses a button of ours."""
    return {
        "update_id": update_id,
        "callback_query": {
            "id": str(update_id), "chat_instance": "1", "data": data,
            "from": {"id": presser or chat, "is_bot": False, "first_name": "Somebody"},
            "message": _message(1, chat, "earlier", from_bot=True),
        },
    }  # fmt: skip


def group_update(update_id: int, chat: int, text: str) -> dict[str, Any]:
    """A message in a group that somebody has added the bot to."""
    update = text_update(update_id, chat, text)
    update["message"]["chat"] = {"id": -chat, "type": "group", "title": "A group"}
    return update
