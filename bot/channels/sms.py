"""SMS by Twilio: signed webhooks in, TwiML or the REST API out."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Literal

import phonenumbers
import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse
from urllib3.exceptions import NewConnectionError

from bot.channels.channel import CannotAsk, Inbound, Listed, MaybeSent, NotNow, Reason, Refused
from bot.settings import Settings
from flows.words import Rendered

# Whole-body words that Twilio itself acts on (findings: Twilio facts); English only.
TWILIO_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
TWILIO_IN = frozenset({"START", "YES", "UNSTOP"})

NO_CONNECTION_WAIT, WRONG_CREDENTIALS_WAIT = 5.0, 60.0  # seconds
TWILIO_WAIT = 1.0  # seconds: its 429 names no time, and this is what its own libraries wait first
FULL, FULL_WAIT = 21611, 60.0  # our queue at Twilio is full (four hours' worth): it empties slowly
AT_ONCE = 16  # requests on their way: replies and the rest, each up to bot/sending.py's AT_ONCE
LIST = 50  # messages to one person to look through

# Error codes that say something about the person: https://www.twilio.com/docs/api/errors. Those of 30000 come only
# with a report; 30003 (the phone is off) is not among them: it will be on again.
REASONS: dict[int, Reason] = {
    21610: "opted_out",
    21211: "unreachable",
    21612: "unreachable",
    21614: "unreachable",
    30005: "unreachable",
    30006: "unreachable",
}


def reason_of(code: str | None) -> Reason | None:
    """What an error code of Twilio's says about the person; None: nothing."""
    return REASONS.get(int(code)) if code is not None and code.isdecimal() else None


class BadSignature(Exception):
    """The request did not come from our Twilio account: answer 403 and keep nothing."""


class Sms:
    """The SMS channel."""

    name = "sms"

    def __init__(self, settings: Settings, timeout: float = 10.0) -> None:
        token = settings.twilio_auth_token.get_secret_value()
        self._settings = settings
        self._validator = RequestValidator(token)
        self._http = TwilioHttpClient(timeout=timeout, max_retries=None)
        for scheme in ("https://", "http://"):
            self._http.session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
        self._client = Client(settings.twilio_account_sid, token, http_client=self._http)
        # Their own threads: a provider that does not answer must not take those that ask the database.
        self._threads = ThreadPoolExecutor(AT_ONCE, "sms")
        if settings.twilio_api_url:
            self._client.api.base_url = settings.twilio_api_url

    def check(self, path: str, query: str, form: Mapping[str, str], signature: str) -> None:
        """Raises BadSignature unless Twilio signed this form for our public URL and our account.

        The configured public URL counts, whatever the request's own headers say.
        """
        url = self._settings.public_url.rstrip("/") + path + (f"?{query}" if query else "")
        signed = self._validator.validate(url, dict(form), signature)
        if not signed or form.get("AccountSid") != self._settings.twilio_account_sid:
            raise BadSignature

    @staticmethod
    def inbound(form: Mapping[str, str]) -> Inbound:
        """The person's message. Pictures are counted and never fetched."""
        text = form.get("Body", "")
        media = form.get("NumMedia", "0")
        return Inbound(
            channel="sms",
            address=_e164(form["From"]),
            provider_id=form["MessageSid"],
            text=text,
            has_media=media.isdigit() and int(media) > 0,
            provider_opted=_opted(form.get("OptOutType") or text),
        )

    @staticmethod
    def twiml(texts: list[str]) -> str:
        """The answer to a webhook: one message for each text, none for none."""
        response = MessagingResponse()
        for text in texts:
            response.message(text)
        return str(response)

    async def send(self, address: str, message: Rendered, outbox_id: int) -> str:
        """See Channel.send. Creating a message is not idempotent: a time-out or a 5xx is MaybeSent.

        Our id stands in the status address, so that even a message we are unsure of finds its end.
        """
        loop, text = asyncio.get_running_loop(), message.with_numbers()
        return await loop.run_in_executor(self._threads, self._send, address, text, outbox_id)

    def listed(self, address: str, since: datetime) -> list[Listed]:
        """See ListsSent.listed. Without Twilio's filter by date: that leaves out what it has not sent yet."""
        try:
            messages = self._client.messages.list(to=address, limit=LIST, page_size=LIST)
        except TwilioRestException as error:
            raise CannotAsk(str(error.status)) from None
        except (requests.exceptions.RequestException, TwilioException, ValueError) as error:
            raise CannotAsk(type(error).__name__) from None
        found = [
            Listed(
                provider_id=each.sid,
                text=each.body or "",
                status=str(each.status),
                error_code=str(each.error_code) if each.error_code else None,
                at=each.date_created or each.date_sent,
                reason=reason_of(str(each.error_code)),
            )
            for each in messages
            # "outbound-reply" is an answer in the webhook's response: that is no message of ours to look for
            if str(each.direction) == "outbound-api" and (each.date_created or each.date_sent)
        ]
        found.reverse()  # the newest comes first, and moments are whole seconds
        return sorted((each for each in found if each.at >= since), key=lambda each: each.at)

    def _send(self, address: str, body: str, outbox_id: int) -> str:
        sender = (
            {"messaging_service_sid": self._settings.twilio_messaging_service_sid}
            if self._settings.twilio_messaging_service_sid
            else {"from_": self._settings.twilio_from}
        )
        callback = f"{self._settings.public_url.rstrip('/')}/channels/sms/status?outbox={outbox_id}"
        try:
            created = self._client.messages.create(to=address, body=body, status_callback=callback, **sender)
        except TwilioRestException as error:
            if error.status == 429:
                raise NotNow(FULL_WAIT if error.code == FULL else TWILIO_WAIT) from None
            if error.status in (
                401,
                403,
            ):  # our credentials, not the person: nothing is lost while they are mended
                raise NotNow(WRONG_CREDENTIALS_WAIT) from None
            if error.status >= 500:
                raise MaybeSent from None
            raise Refused(REASONS.get(error.code or 0, "rejected"), str(error.code or error.status)) from None
        except requests.exceptions.ConnectionError as error:
            if _never_left(error):
                raise NotNow(NO_CONNECTION_WAIT) from None
            raise MaybeSent from None
        except (
            requests.exceptions.RequestException,
            TwilioException,
            ValueError,
        ):  # ValueError: a broken answer
            raise MaybeSent from None
        return str(created.sid)

    def close(self) -> None:
        """Closes the connections to Twilio."""
        self._threads.shutdown(wait=False)
        self._http.session.close()


def _never_left(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection was made at all, so that Twilio cannot have heard us."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _e164(number: str) -> str:
    """A telephone number as +44…; a sender that is none (a short code, a name) as it is."""
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(number, "GB"), phonenumbers.PhoneNumberFormat.E164
        )
    except phonenumbers.NumberParseException:
        return number.strip()


def _opted(word: str) -> Literal["out", "in"] | None:
    """What Twilio has done by itself on this word."""
    bare = word.strip().upper()
    return "out" if bare in TWILIO_OUT else "in" if bare in TWILIO_IN else None
