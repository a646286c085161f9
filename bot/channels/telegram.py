"""Telegram by python-telegram-bot: webhook with a secret or long polling in, the Bot API out."""

import hmac
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction, ChatType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.channel import Inbound, MaybeSent, NotNow, Refused
from bot.settings import Settings
from flows.words import Rendered

# retry_after as a timedelta: the library's future, without its warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")
log = structlog.get_logger()
NO_CONNECTION_WAIT, WRONG_CREDENTIALS_WAIT = 5.0, 60.0  # seconds
LONGEST_TEXT = 4096
CONNECTIONS = 64  # more than ever send at once: whoever waits for one too long was not heard by Telegram
BUTTON_ROWS = 12  # a longer keyboard fills the screen of a small phone; numbers still work


class Telegram:
    """The Telegram channel."""

    name = "telegram"

    def __init__(self, settings: Settings, timeout: float = 10.0) -> None:
        base = settings.telegram_api_url.rstrip("/")
        addresses: dict[str, Any] = (
            {"base_url": f"{base}/bot", "base_file_url": f"{base}/file/bot"} if base else {}
        )

        def request() -> HTTPXRequest:
            return HTTPXRequest(
                connection_pool_size=CONNECTIONS, read_timeout=timeout, connect_timeout=timeout
            )

        self._requests = (request(), request())
        self.bot = Bot(
            settings.telegram_token.get_secret_value(),
            request=self._requests[0],
            get_updates_request=self._requests[1],
            **addresses,
        )
        self._secret = settings.telegram_webhook_secret.get_secret_value()

    def secret_matches(self, header: str | None) -> bool:
        """Whether the webhook call carries the secret that we gave Telegram."""
        return bool(self._secret) and hmac.compare_digest((header or "").encode(), self._secret.encode())

    def update(self, data: dict[str, Any]) -> Update:
        """Reads one update as Telegram posts it. Raises ValueError when it is none."""
        try:
            update = Update.de_json(data, self.bot)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise ValueError("not a Telegram update") from error
        return update

    @staticmethod
    def inbound(update: Update) -> Inbound | None:
        """The person's message, or None for what is not for us: groups, edits, somebody else's button."""
        query, message = update.callback_query, update.message
        if query is not None:
            chat = query.message.chat if query.message else None
            if chat is None or chat.type != ChatType.PRIVATE or chat.id != query.from_user.id:
                return None
            return Inbound("telegram", str(chat.id), str(update.update_id), "", button=query.data or "")
        if message is None or message.chat.type != ChatType.PRIVATE or message.from_user is None:
            return None
        text = message.text or message.caption or ""
        if text.split(maxsplit=1)[:1] == ["/start"]:  # what Telegram itself sends when a person opens the bot
            text = "menu"
        return Inbound(
            "telegram",
            str(message.chat.id),
            str(update.update_id),
            text.removeprefix("/"),
            has_media=not message.text,
        )

    async def typing(self, address: str) -> None:
        """Shows "typing …" in the chat; whether it arrives does not matter."""
        try:
            await self.bot.send_chat_action(int(address), ChatAction.TYPING)
        except TelegramError as error:
            log.info("typing not shown", reason=type(error).__name__)

    async def acknowledge(self, update: Update) -> None:
        """Stops the little clock on a pressed button; whether it arrives does not matter."""
        if update.callback_query is None:
            return
        try:
            await self.bot.answer_callback_query(update.callback_query.id)
        except TelegramError as error:
            log.info("button not acknowledged", reason=type(error).__name__)

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:  # noqa: ARG002 - reports none
        """See Channel.send."""
        with _refusals():
            sent = await self.bot.send_message(
                int(address), message.text[:LONGEST_TEXT], reply_markup=_buttons(message)
            )
        return str(sent.message_id)

    async def send_picture(self, address: str, message: Rendered, picture: bytes, outbox_id: int) -> str:
        """See SendsPictures.send_picture. The text stands under it, so that a screen reader has it too."""
        try:
            with _refusals():
                sent = await self.bot.send_photo(
                    int(address),
                    picture,
                    caption=message.text,
                    reply_markup=_buttons(message),
                    filename="card.png",
                )
        except Refused as refusal:
            if refusal.reason != "rejected":
                raise
            return await self.send(address, message, outbox_id)
        return str(sent.message_id)

    async def poll(self, receive: Callable[[Update], Awaitable[None]]) -> None:
        """Asks for updates for ever, and acknowledges one only after `receive` has taken it.

        Errors of `receive` leave the update unacknowledged: Telegram hands it out again.
        """
        offset: int | None = None
        while True:
            for update in await self.bot.get_updates(offset=offset, timeout=25, read_timeout=40):
                await receive(update)
                offset = update.update_id + 1

    async def prepare(self, public_url: str, mode: str) -> None:
        """Tells Telegram where updates go. Raises telegram.error.TelegramError when it cannot be reached."""
        await self.bot.initialize()
        if mode == "webhook":
            await self.bot.set_webhook(
                f"{public_url.rstrip('/')}/channels/telegram",
                secret_token=self._secret,
                allowed_updates=["message", "callback_query"],
            )
        else:
            await self.bot.delete_webhook()

    async def close(self) -> None:
        """Closes the connections to Telegram."""
        for request in self._requests:
            await request.shutdown()


def _buttons(message: Rendered) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(f"{option.number}. {option.label}"[:64], callback_data=option.id[:64])]
        for option in message.options[:BUTTON_ROWS]
    ]
    return InlineKeyboardMarkup(rows) if rows else None


@contextmanager
def _refusals() -> Iterator[None]:
    """What Telegram says against a message, as NotNow, Refused or MaybeSent."""
    try:
        yield
    except RetryAfter as error:
        wait = error.retry_after
        raise NotNow(wait.total_seconds() if isinstance(wait, timedelta) else wait) from None
    except (Forbidden, ChatMigrated):  # a group that moved has another id
        raise Refused("unreachable", "403") from None
    except BadRequest as error:
        gone = "chat not found" in error.message.lower()
        raise Refused("unreachable" if gone else "rejected", "400") from None
    except InvalidToken:
        raise NotNow(WRONG_CREDENTIALS_WAIT) from None
    except TelegramError as error:  # a time-out, a broken answer, anything else: it may have gone out
        if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            raise NotNow(NO_CONNECTION_WAIT) from None
        raise MaybeSent from None
