"""E-mail to staff by SMTP (RFC 5321), with the standard library: sent, certainly not sent, or nobody can know."""

import asyncio
import re
import smtplib
import ssl
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from bot.channels.channel import MaybeSent
from bot.settings import Settings
from store.notify import NO_ADDRESS

TIMEOUT = 10.0  # seconds for each answer of the mail server
DEADLINE = 90.0  # seconds for all of them; less than store/notify.py's LOST_AFTER
NO_SUCH = re.compile(r"\b5\.1\.[0-9]")  # RFC 3463: bad destination address
NO_SUCH_CODES = (550, 551, 553)  # RFC 5321: what a server without those says about a mailbox


class Later(Exception):
    """Certainly not sent; it may be tried again. `everyone`: nothing can be sent now, whoever it is for."""

    def __init__(self, reason: str, *, everyone: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.everyone = reason, everyone


class Never(Exception):
    """Certainly not sent, and refused for good. `reason`: a word, or "refused_554" with the server's code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Mail:
    """Sends from the address of the settings. One connection a message: there are few."""

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls`: how the server proves who it is; else by the certificates of this machine."""
        self._settings, self._timeout, self._deadline = settings, timeout, deadline
        self._tls = tls or ssl.create_default_context()
        self._name, self._from = parseaddr(settings.mail_from)
        self._domain = self._from.rpartition("@")[2] or "localhost"

    async def send(self, to: str, subject: str, text: str, *, name: str, now: datetime) -> None:
        """Hand a message over to the mail server. `name`: ours for the message, the same when it is tried again.

        Raises Later, Never or MaybeSent (no answer after it may have been taken).
        """
        message = self._message(to, subject, text, name, now)
        work = asyncio.to_thread(self._deliver, to, message.as_bytes(policy=SMTP))
        try:
            await asyncio.wait_for(work, self._deadline)
        except TimeoutError:
            raise MaybeSent from None

    def _message(self, to: str, subject: str, text: str, name: str, now: datetime) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._name or "Welcome Desk", addr_spec=self._from)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{name}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice answers it
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text, cte="quoted-printable")
        return message

    def _deliver(self, to: str, data: bytes) -> None:
        """The talk with the server, one order after the other: only so is it known how far it came."""
        with self._connection() as server:
            try:
                _expect((250,), server.mail(self._from))
                _expect((250, 251), server.rcpt(to), about_address=True)
                _expect((354,), server.docmd("DATA"))
            except OSError:  # a time-out or a hang-up; the message itself has not been sent yet
                raise Later("no_connection", everyone=True) from None
            try:
                server.send(re.sub(rb"(?m)^\.", b"..", data).removesuffix(b"\r\n") + b"\r\n.\r\n")
                answer = server.getreply()
            except OSError:  # smtplib's own exceptions are such, too
                raise MaybeSent from None
            if not 400 <= answer[0] < 600 and answer[0] // 100 != 2:  # no answer that SMTP knows
                raise MaybeSent
            _expect(range(200, 300), answer)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._open()
        except (smtplib.SMTPNotSupportedError, ssl.SSLError):
            raise Later("no_tls", everyone=True) from None
        except smtplib.SMTPAuthenticationError:
            raise Later("log_in_refused", everyone=True) from None
        except OSError:
            raise Later("no_connection", everyone=True) from None
        try:
            yield server
        finally:
            with suppress(OSError):
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        """Connected, encrypted as the settings say, logged in. Closes itself when that fails."""
        settings, host = self._settings, self._settings.smtp_host
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, settings.smtp_port, self._domain, timeout=self._timeout, context=self._tls
            )
        else:
            server = smtplib.SMTP(host, settings.smtp_port, self._domain, timeout=self._timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                self._start_tls(server)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _start_tls(self, server: smtplib.SMTP) -> None:
        """Never goes on without encryption: the log-in and the message would be open to read."""
        try:
            server.starttls(context=self._tls)
        except smtplib.SMTPResponseException as refusal:
            raise smtplib.SMTPNotSupportedError(refusal.smtp_code) from None
        server.ehlo()


def _expect(right: Container[int], answer: tuple[int, bytes], *, about_address: bool = False) -> None:
    """Raises Later or Never unless the server's answer is the right one."""
    code, words = answer
    if code in right:
        return
    if not 500 <= code < 600:
        raise Later(f"later_{code}")
    said = words.decode("ascii", "replace")
    enhanced = re.search(r"\b5\.[0-9]{1,3}\.[0-9]{1,3}\b", said)
    unknown = bool(NO_SUCH.search(said)) if enhanced else code in NO_SUCH_CODES
    raise Never(NO_ADDRESS if about_address and unknown else f"refused_{code}")
