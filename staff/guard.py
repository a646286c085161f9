"""What stands between a browser and a change: same origin, a token in every form, roles, security headers."""

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Path, Query, Request
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_LIMIT = 64 * 1024  # bytes; the longest honest form is a note of 300 characters
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; font-src 'self';"
    " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": with it browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex",
}


class Refused(Exception):
    """Nothing was changed. `status`: the HTTP answer; `title` and `text`: what the page says about it."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


class CrossSite(Refused):
    """A form that another site sent."""

    def __init__(self) -> None:
        super().__init__(
            403, "This was not sent from our pages", "Nothing was changed. Open the page again here."
        )


class NotYourRole(Refused):
    """The account's role does not go that far."""

    def __init__(self) -> None:
        super().__init__(
            403, "Your account cannot do this", "Nothing was changed. Ask a manager if you should be able to."
        )


class TooLarge(Refused):
    """A form longer than any of ours."""

    def __init__(self) -> None:
        super().__init__(413, "That was too much text", "Nothing was changed. Go back and write less.")


class StaleForm(Refused):
    """The form's token is not this session's: mostly a page left open since an earlier log-in."""

    def __init__(self, form: Mapping[str, str]) -> None:
        super().__init__(
            403, "This form was out of date", "Nothing was changed. What you wrote has been kept."
        )
        self.form = form


class NotHere(Refused):
    """No such thing, or another library's: which of them is not said, but it is written down (audit)."""

    def __init__(self, subject: str, subject_id: int) -> None:
        super().__init__(
            404, "There is nothing here", "It may have been removed, or it belongs to another library."
        )
        self.subject, self.subject_id = subject, subject_id


def check_origin(headers: Mapping[str, str], public_url: str) -> None:
    """Raises CrossSite unless the browser says that the form came from our own page.

    Ours: the configured public URL's origin, or the very host the request was sent to (which no other site's
    page can forge in a browser). X-Forwarded-Host is not looked at (bad input 20). Without both Origin and
    Referer it is refused.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CrossSite
    public = urlsplit(public_url)
    try:
        said = urlsplit(headers.get("origin") or headers.get("referer") or "")
    except ValueError:  # such as http://[
        raise CrossSite from None
    ours = said.netloc and (
        (said.scheme, said.netloc) == (public.scheme, public.netloc) or said.netloc == headers.get("host")
    )
    if said.scheme not in ("http", "https") or not ours:
        raise CrossSite


def same(one: str, other: str) -> bool:
    """Compares two tokens in constant time; an empty one is never right."""
    return bool(one) and secrets.compare_digest(one.encode(), other.encode())


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain HTML form; of a repeated one the last. Raises TooLarge."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise TooLarge
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
    except ValueError as fault:
        raise TooLarge from fault


Form = Annotated[dict[str, str], Depends(read_form)]
LARGEST_ID = 2**31 - 1  # an integer column's; a larger one in an address is no page


class ShortNumber(IntegerConvertor):
    """The {…:int} of an address, as many digits as LARGEST_ID has: Starlette's own fails at 4,301 of them."""

    regex = "[0-9]{1,10}"


register_url_convertor("int", ShortNumber())
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
MaybeId = Annotated[int, Query(ge=0, le=LARGEST_ID)]


class SecurityHeaders:
    """Puts the headers on every answer, a fresh nonce into `request.state.nonce`. Only files may be kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope["state"] = {**scope.get("state", {}), "nonce": nonce}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["content-security-policy"] = POLICY.format(nonce=nonce)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
