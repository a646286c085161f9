"""What the parts share: programs started and ended, databases, and how times become figures."""

import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests import postgres
from tests.fakes import twilio

ROOT = Path(__file__).parents[1]
PUBLIC = "https://desk.example.org"
DATABASES = ("SQLite", "PostgreSQL")
STOP_WITHIN = 10.0  # seconds, then it is killed
END_WITHIN = 1800.0  # seconds: longer than any part waits for one thing

type Figures = dict[str, Any]
type Step = Callable[[str], None]
"""Called with what is about to happen."""


class Missing(RuntimeError):
    """A part cannot run here; the message says what is missing and how to get it."""


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile of durations in seconds, in milliseconds. Needs two or more."""
    return {
        "p50_ms": round(statistics.median(seconds) * 1000, 3),
        "p99_ms": round(statistics.quantiles(seconds, n=100, method="inclusive")[98] * 1000, 3),
    }


def machine() -> Figures:
    """What it ran on and how busy that was: absolute times mean nothing without it."""
    load = [round(n, 2) for n in os.getloadavg()]
    return {"cpus": os.cpu_count(), "python": platform.python_version(), "load_1_5_15_min": load}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def python(*arguments: str) -> list[str]:
    """This Python with arguments."""
    return [sys.executable, *arguments]


def welcome(*arguments: str) -> list[str]:
    """The desk's own command, as an operator runs it."""
    return python("-c", "from bot.cli import app; app()", *arguments)


def settings(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a desk with SMS on, over a database."""
    wanted = {
        "database_url": database_url,
        "public_url": PUBLIC,
        "secret_keys": f'["{KEY}"]',
        "twilio_account_sid": twilio.ACCOUNT,
        "twilio_auth_token": twilio.TOKEN,
        "twilio_from": twilio.NUMBER,
        **more,
    }
    return {f"WELCOME_{name.upper()}": value for name, value in wanted.items()}


KEY = Fernet.generate_key().decode()


@contextmanager
def running(
    command: Sequence[str], folder: Path, *, talks: bool = False, env: Mapping[str, str] = {}
) -> Iterator["subprocess.Popen[str]"]:
    """A program of our own, in `folder`, ended with the block. What it writes is in folder/log; when it `talks`,
    its standard input and output are ours. The environment's own WELCOME_ settings do not reach it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("WELCOME_")}
    own |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **env}
    with (folder / "log").open("a") as log:
        here, there = (subprocess.PIPE, subprocess.PIPE) if talks else (subprocess.DEVNULL, log)
        process = subprocess.Popen(
            command, cwd=folder, env=own, stdin=here, stdout=there, stderr=log, text=True
        )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)  # does nothing when it has ended
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()


def log_of(folder: Path) -> str:
    """The end of what a program that failed has written."""
    return (folder / "log").read_text(errors="replace")[-2000:]


def wait_until(true: Callable[[], bool], folder: Path) -> None:
    """Waits for something that a process with its log in `folder` brings about. Raises RuntimeError with that log."""
    until = time.monotonic() + END_WITHIN
    while not true():
        if time.monotonic() > until:
            raise RuntimeError(f"It does not end:\n{log_of(folder)}")
        time.sleep(0.05)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, one of DATABASES."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'desk.db'}"
        return
    # The tests' server does not flush to disk. The desk's SQLite does (synchronous = FULL), so both do here.
    postgres.FAST.update(fsync="on", synchronous_commit="on", full_page_writes="on")
    with postgres.start(folder) as url:
        yield url
