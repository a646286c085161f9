"""A small SMTP server on 127.0.0.1 (RFC 5321): takes mail, and refuses, stalls or hangs up where it is told to."""

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "desk", "fake-password"
STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY")


@dataclass
class FakeMail:
    """`faults`: at which of STAGES what happens: an answer such as "451 4.3.0 not now", "hang-up" or "stall".

    `taken`: the bodies that were accepted, with their envelope; `stages`: what came, in order.
    """

    starttls: bool = True
    tls_first: bool = False
    auth: bool = True
    faults: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        plain = [body.replace(b"\r\n", b"\n") for _, _, body in self.taken]
        return [message_from_bytes(body, policy=default) for body in plain]

    def texts(self, to: str) -> list[str]:
        """What was accepted for an address, in order."""
        return [
            message.get_content()
            for message, (_, rcpts, _) in zip(self.messages, self.taken, strict=True)
            if to in rcpts
        ]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _Talk(self, reader, writer).run()
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@dataclass
class _Talk:
    """One connection."""

    server: FakeMail
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    over: bool = False

    async def run(self) -> None:
        if not await self._fault("CONNECT"):
            self._say("220 fake ESMTP")
        while not self.over and (line := await self.reader.readline()):
            words = line.decode("ascii", "replace").strip()
            verb = words[:4].upper() if words.upper() != "STARTTLS" else "STARTTLS"
            stage = "EHLO" if verb == "HELO" else verb
            if stage in STAGES and await self._fault(stage):
                continue
            await getattr(self, f"_{verb.lower()}", self._unknown)(words)

    async def _fault(self, stage: str) -> bool:
        self.server.stages.append(stage)
        fault = self.server.faults.get(stage)
        if fault is None:
            return False
        if fault == "stall":
            await asyncio.sleep(30)
        if fault in ("stall", "hang-up"):
            self.over = True
        else:
            self._say(fault)
        return True

    def _say(self, *lines: str) -> None:
        for at, line in enumerate(lines):
            code, text = line[:3], line[4:]
            self.writer.write(f"{code}{' ' if at == len(lines) - 1 else '-'}{text}\r\n".encode())

    async def _ehlo(self, _words: str) -> None:
        plain = self.writer.get_extra_info("ssl_object") is None
        offers = ["250 fake", "250 8BITMIME"]
        offers += ["250 STARTTLS"] if self.server.starttls and plain else []
        offers += ["250 AUTH PLAIN"] if self.server.auth else []
        self._say(*offers)

    _helo = _ehlo

    async def _starttls(self, _words: str) -> None:
        self._say("220 go on")
        await self.writer.drain()
        await self.writer.start_tls(server_context())

    async def _auth(self, words: str) -> None:
        said = base64.b64decode(words.split()[2]).decode().split("\0")
        self._say("235 ok" if said[1:] == [USER, PASSWORD] else "535 5.7.8 no")

    async def _mail(self, words: str) -> None:
        self.sender, self.recipients = words.partition("<")[2].partition(">")[0], []
        self._say("250 ok")

    async def _rcpt(self, words: str) -> None:
        self.recipients.append(words.partition("<")[2].partition(">")[0])
        self._say("250 ok")

    async def _data(self, _words: str) -> None:
        self._say("354 go on")
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            line = await self.reader.readline()
            if not line:
                return
            body += line
        self.server.encrypted.append(self.writer.get_extra_info("ssl_object") is not None)
        fault = self.server.faults.get("BODY", "")
        if not fault[:1].isdigit():  # taken, whatever is said about it
            text = b"\r\n".join(line.removeprefix(b".") for line in body[:-5].split(b"\r\n"))
            self.server.taken.append((self.sender, self.recipients, text))
        if not await self._fault("BODY"):
            self._say("250 2.0.0 taken")

    async def _rset(self, _words: str) -> None:
        self._say("250 ok")

    async def _quit(self, _words: str) -> None:
        self._say("221 bye")
        self.over = True

    async def _unknown(self, _words: str) -> None:
        self._say("500 what?")


@contextmanager
def serve_mail(server: FakeMail) -> Iterator[FakeMail]:
    """Runs it in a thread; `server.port` says where."""
    started = threading.Event()
    running: dict[str, Any] = {}

    async def main() -> None:
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            await server.talk(reader, writer)
            talks.discard(task)

        running["loop"], running["stop"] = asyncio.get_running_loop(), asyncio.Event()
        context = server_context() if server.tls_first else None
        listening = await asyncio.start_server(talk, "127.0.0.1", server.port, ssl=context)
        server.port = listening.sockets[0].getsockname()[1]
        started.set()
        await running["stop"].wait()
        listening.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        running["loop"].call_soon_threadsafe(running["stop"].set)
        thread.join(timeout=10)


_made: dict[str, ssl.SSLContext] = {}


def server_context() -> ssl.SSLContext:
    """With a certificate for 127.0.0.1 that the server signed itself."""
    _make()
    return _made["server"]


def client_context() -> ssl.SSLContext:
    """Trusts that certificate, and no other."""
    _make()
    return _made["client"]


def _make() -> None:
    if _made:
        return
    import tempfile

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(secret + pem)
        server.load_cert_chain(file)
    _made["client"] = ssl.create_default_context(cadata=pem.decode())
    _made["server"] = server
