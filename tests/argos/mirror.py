"""A web server on this machine that has the tiny packages and an index of them, and that can misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.argos.build import file_of

NAME = "translate-en_fr-0_1.argosmodel"
WHOLE = file_of("en", "fr").read_bytes()


def row(**more: Any) -> dict[str, Any]:
    about = {"from_code": "en", "to_code": "fr", "package_version": "0.1", "links": [NAME, "ipfs://Qm"]}
    return {**about, "type": "translate", **more}


class Mirror(ThreadingHTTPServer):
    """A mirror of packages that can break off, forget how to go on, and change its file. `asked`: the ranges."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.index: Any = [row()]
        self.content, self.etag = WHOLE, '"one"'
        self.breaks: list[int] = []  # bytes after which the next answers end
        self.ranges = True
        self.status = 200
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no matter."""


class _Answers(BaseHTTPRequestHandler):
    server: Mirror

    def do_HEAD(self) -> None:
        self._head(200, len(self.server.content))

    def do_GET(self) -> None:
        if self.path.endswith("index.json"):
            content = json.dumps(self.server.index).encode()
            self._head(self.server.status, len(content))
            self.wfile.write(content)
            return
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        fits = self.headers.get("If-Range") == self.server.etag and self.server.ranges
        content, status = self.server.content, self.server.status
        if start and fits:
            content, status = content[start:], 206
        self._head(status, len(content), start if status == 206 else None)
        self.wfile.write(content[: self.server.breaks.pop(0)] if self.server.breaks else content)

    def _head(self, status: int, length: int, start: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", self.server.etag)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{start + length - 1}/{start + length}")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def open_mirror() -> Iterator[Mirror]:
    """A mirror that listens until the block ends."""
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
