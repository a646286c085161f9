"""A small Twilio: takes messages over its REST API as Twilio does, lists them, reports on them, and refuses, stalls
or breaks off when told to.

Shapes: Twilio's API 2010-04-01, resource Message; tests/fakes/test_contracts.py holds them against its own contract.
"""

import asyncio
import base64
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from tests.fakes.odds import Odds

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "fake-token", "+441162000000"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
ERRORS = {  # code: (HTTP status, Twilio's message)
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21211: (400, "Invalid 'To' Phone Number"),
    20429: (429, "Too Many Requests"),
    20003: (401, "Authenticate"),
    20500: (500, "Internal Server Error"),
}
Fault = int | str


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class FakeTwilio(Odds[Fault]):
    """`sent` holds what was accepted; `faults` is what the next requests meet: an error code, "stall", or, after the
    message was taken, "drop" (half an answer), "cut" (the connection breaks) or "500". `lists`: False and the list of
    messages fails."""

    sent: list[dict[str, str]] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    clock: Callable[[], datetime] = _wall_clock
    stall_seconds: float = 30.0
    seconds: float = 0.0  # that every answer takes
    lists: bool = True
    asked: int = 0
    _to: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def app(self) -> Starlette:
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        return Starlette(
            routes=[Route(path, self.create, methods=["POST"]), Route(path, self.list, methods=["GET"])]
        )

    def to(self, number: str) -> list[str]:
        """The texts accepted for a number, in order."""
        return [message["Body"] for message in self._to[number]]

    def reports(self, random: Random, *, doubled: float = 0.3) -> list[tuple[str, dict[str, str]]]:
        """What Twilio tells about every message so far, as (address, form): late, some twice, in no order at all.
        A tenth was not delivered."""
        calls = []
        for message in self.sent:
            undelivered = random.random() < 0.1
            words = ["queued", "sent", "undelivered" if undelivered else "delivered"]
            message["status"] = words[-1]
            for word in words:
                form = {"MessageSid": message["sid"], "MessageStatus": word, "AccountSid": ACCOUNT}
                if word == "undelivered":
                    form["ErrorCode"] = "30003"
                calls += [(message["StatusCallback"], form)] * (2 if random.random() < doubled else 1)
        random.shuffle(calls)
        return calls

    async def create(self, request: Request) -> Response:
        if not _signed_in(request):
            return _error(20003)
        form = {key: str(value) for key, value in (await request.form()).items()}
        if not form.get("To", "").startswith("+") or not form.get("Body") or not _has_sender(form):
            return _error(21211)
        await asyncio.sleep(self.seconds)
        fault = self.faults.popleft() if self.faults else self._chance()
        if isinstance(fault, int):
            return _error(fault)
        sid = f"SM{len(self.sent):032x}"
        message = {**form, "sid": sid, "status": "queued", "at": format_datetime(self.clock())}
        self.sent.append(message)
        self._to[form["To"]].append(message)
        if fault == "stall":
            await asyncio.sleep(self.stall_seconds)
        answers = {
            "500": _error(20500),
            "drop": Response(b'{"sid": "SM', status_code=201, media_type="application/json"),
            # uvicorn closes a connection that was promised more than it got
            "cut": Response(b'{"sid"', status_code=201, headers={"content-length": "500"}),
        }
        return answers.get(fault or "") or JSONResponse(_message(message), status_code=201)

    async def list(self, request: Request) -> Response:
        """The newest first, as Twilio does."""
        self.asked += 1
        if not _signed_in(request):
            return _error(20003)
        if not self.lists:
            return _error(20500)
        asked = request.query_params
        found = list(reversed(self._to[asked["To"]] if "To" in asked else self.sent))
        size, page = int(asked.get("PageSize", 50)), int(asked.get("Page", 0))
        shown = found[page * size : (page + 1) * size]
        more = f"{PATH}.json?PageSize={size}&Page={page + 1}" if (page + 1) * size < len(found) else None
        return JSONResponse({
            "messages": [_message(message) for message in shown], "page": page, "page_size": size,
            "start": page * size, "end": page * size + max(0, len(shown) - 1), "uri": f"{PATH}.json",
            "first_page_uri": f"{PATH}.json?PageSize={size}&Page=0", "next_page_uri": more,
            "previous_page_uri": None,
        })  # fmt: skip


def _signed_in(request: Request) -> bool:
    wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    return request.headers.get("authorization") == f"Basic {wanted}"


def _has_sender(form: dict[str, str]) -> bool:
    return bool(form.get("From") or form.get("MessagingServiceSid"))


def _message(message: dict[str, str]) -> dict[str, object]:
    sid, failed = message["sid"], message["status"] == "undelivered"
    return {
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": message["Body"],
        "date_created": message["at"], "date_sent": None if message["status"] == "queued" else message["at"],
        "date_updated": message["at"], "direction": message.get("direction", "outbound-api"),
        "error_code": int(message.get("error_code", 30003)) if failed else None,
        "error_message": None, "from": message.get("From"),
        "messaging_service_sid": message.get("MessagingServiceSid"), "num_media": "0", "num_segments": "1",
        "price": None, "price_unit": None, "sid": sid, "status": message["status"], "subresource_uris": {},
        "to": message["To"], "uri": f"{PATH}/{sid}.json",
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
