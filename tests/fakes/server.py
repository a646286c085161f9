"""Runs an ASGI application on a free port of 127.0.0.1, in a thread, for as long as a test needs it."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


def listen() -> socket.socket:
    """A free port of 127.0.0.1, taken: for an application that has to know its address before it starts."""
    listener = socket.socket(
        proto=socket.IPPROTO_TCP
    )  # by its name, or asyncio leaves each answer 40 ms late (Nagle)
    listener.bind(("127.0.0.1", 0))
    return listener


def address(listener: socket.socket) -> str:
    """Such as http://127.0.0.1:40123."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serve(app: ASGIApp, *, listener: socket.socket | None = None, lifespan: str = "off") -> Iterator[str]:
    """Yields the server's address."""
    listener = listener or listen()
    config = uvicorn.Config(app, log_level="error", lifespan=lifespan, access_log=False)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        if time.monotonic() > until or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield address(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
