"""What a channel is: it brings messages in, and sends one out or says why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from flows.words import Rendered

Reason = Literal["opted_out", "unreachable", "rejected"]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a person. `provider_id` names it for good: the same id again is the same message."""

    channel: str
    address: str
    provider_id: str
    text: str
    button: str | None = None
    has_media: bool = False
    provider_opted: Literal["out", "in"] | None = None  # the provider itself has opted the person out or in


class Channel(Protocol):
    """Sends a rendered message to an address; the two that reach a provider are SMS and Telegram."""

    name: str

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:
        """Sends, and returns the provider's id of the message. `outbox_id`: ours, for its status reports.

        Raises NotNow (certainly not sent, may be tried again), Refused (certainly not sent, never will be) or
        MaybeSent (nobody can know).
        """
        ...


@runtime_checkable
class SendsPictures(Channel, Protocol):
    """A channel that can send a picture with the message under it."""

    async def send_picture(self, address: str, message: Rendered, picture: bytes, outbox_id: int) -> str:
        """As `send`, with a PNG. A picture that the provider does not want goes out as the message alone."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that a provider says it has from us. `status`: its word, one of store/outbox.py's PROVIDER_STATES;
    `reason`: what its failure says about the person."""

    provider_id: str
    text: str
    status: str
    error_code: str | None
    at: datetime
    reason: Reason | None = None


@runtime_checkable
class ListsSent(Protocol):
    """A channel whose provider can be asked what it has sent."""

    name: str

    def listed(self, address: str, since: datetime) -> list[Listed]:
        """What it has from us for an address since then, oldest first. Raises CannotAsk."""
        ...


class CannotAsk(Exception):
    """The provider does not answer now; why, without any name."""


class NotNow(Exception):
    """The provider said no for now. `seconds` to wait; `everyone` when the whole channel has to wait."""

    def __init__(self, seconds: float, *, everyone: bool = True) -> None:
        super().__init__(f"not before {seconds:.0f} s")
        self.seconds, self.everyone = seconds, everyone


class Refused(Exception):
    """The provider said no for good: the person opted out, is unreachable, or the message is not acceptable."""

    def __init__(self, reason: Reason, code: str = "") -> None:
        super().__init__(f"{reason} {code}".strip())
        self.reason, self.code = reason, code


class MaybeSent(Exception):
    """No answer, or a broken one, after the provider may have taken the message."""
