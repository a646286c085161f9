"""A small Twilio: takes messages over its REST API as Twilio does, and refuses, stalls or breaks off when told to.

Shapes: Twilio's API 2010-04-01, resource Message.
"""

import asyncio
import base64
from collections import deque
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "fake-token", "+441162000000"
ERRORS = {  # code: (HTTP status, Twilio's message)
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21211: (400, "Invalid 'To' Phone Number"),
    20429: (429, "Too Many Requests"),
    20003: (401, "Authenticate"),
    20500: (500, "Internal Server Error"),
}


@dataclass
class FakeTwilio:
    """`sent` holds what was accepted; `faults` is what the next requests meet: an error code, "stall" or "drop"."""

    sent: list[dict[str, str]] = field(default_factory=list)
    faults: deque[int | str] = field(default_factory=deque)
    stall_seconds: float = 30.0

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/2010-04-01/Accounts/{account}/Messages.json", self.create, methods=["POST"])]
        )

    def to(self, number: str) -> list[str]:
        """The texts accepted for a number, in order."""
        return [message["Body"] for message in self.sent if message["To"] == number]

    async def create(self, request: Request) -> Response:
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return _error(20003)
        form = {key: str(value) for key, value in (await request.form()).items()}
        if not form.get("To", "").startswith("+") or not form.get("Body") or not _has_sender(form):
            return _error(21211)
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, int):
            return _error(fault)
        sid = f"SM{len(self.sent):032x}"
        self.sent.append({**form, "sid": sid})
        if fault == "stall":
            await asyncio.sleep(self.stall_seconds)
        if fault == "drop":  # accepted, then the answer breaks off
            return Response(b'{"sid": "SM', status_code=201, media_type="application/json")
        return JSONResponse(_message(sid, form), status_code=201)


def _has_sender(form: dict[str, str]) -> bool:
    return bool(form.get("From") or form.get("MessagingServiceSid"))


def _message(sid: str, form: dict[str, str]) -> dict[str, object]:
    return {
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": form["Body"], "date_created": None,
        "date_sent": None, "date_updated": None, "direction": "outbound-api", "error_code": None,
        "error_message": None, "from": form.get("From"), "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0", "num_segments": "1", "price": None, "price_unit": None, "sid": sid, "status": "queued",
        "subresource_uris": {}, "to": form["To"], "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
    }  # fmt: skip


def _error(code: int) -> JSONResponse:
    status, message = ERRORS[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse(
        {"code": code, "message": message, "more_info": more, "status": status}, status_code=status
    )


def signed(public_url: str, path: str, form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    """The headers of a webhook call that Twilio would make."""
    signature = RequestValidator(token).compute_signature(public_url.rstrip("/") + path, form)
    return {"X-Twilio-Signature": signature}


def inbound(sid: str, number: str, body: str, **more: str) -> dict[str, str]:
    """The form of an inbound SMS."""
    return {
        "MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "From": number, "To": NUMBER, "Body": body,
        "NumMedia": "0", "NumSegments": "1", "FromCity": "", **more,
    }  # fmt: skip
