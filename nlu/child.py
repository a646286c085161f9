"""A process of our own that answers lines of JSON, and that can be given up on."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
"""Of our environment; never the desk's keys."""


class TookTooLong(Exception):
    """The process did not answer in time."""


class Ended(Exception):
    """The process ended, or said what is no answer."""


class Child:
    """Starts `command` when it is first asked, and again after it was stopped. For one thread at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._heard = b""

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to one question. After TookTooLong or Ended the process is stopped: the next question has a
        new one."""
        try:
            written, said = self._running()
            written.write(json.dumps(question).encode() + b"\n")
            written.flush()
            answer = json.loads(self._line(said, time.monotonic() + seconds))
            if not isinstance(answer, dict):
                raise Ended
            return answer
        except (OSError, ValueError) as fault:
            self.stop()
            raise Ended from fault
        except (TookTooLong, Ended):
            self.stop()
            raise

    def kill(self) -> None:
        """End the process from another thread: whoever asks it hears Ended."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process at once, whatever it does, and let go of its pipes."""
        process, self._process, self._heard = self._process, None, b""
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()

    def _running(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it may hold words of a message
                env=environment | {"PYTHONPATH": str(ROOT)},
                start_new_session=True,  # Ctrl-C is for us; it ends when its input does
            )
        if self._process.stdin is None or self._process.stdout is None:
            raise Ended
        return self._process.stdin, self._process.stdout

    def _line(self, said: IO[bytes], until: float) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(said, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TookTooLong
                more = os.read(said.fileno(), 65536)
                if not more:
                    raise Ended
                self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return line
