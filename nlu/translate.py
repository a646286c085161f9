"""Machine translation: an English reading of a message for staff, and drafts of our texts. Always a machine's.

Who shows or sends what comes from here says that a machine wrote it (bot/drafting.py, the staff pages). Argos
Translate knows ar, fa, ur, fr, uk, pl and es of our languages; ps, ckb, so, ti and am not (NOT_COVERED).

It runs in a process of its own (nlu/argos.py). Nobody waits longer than `seconds`: a page shows the message
without its reading, and has it when it is loaded again. A process that hangs is ended, and after three faults in
a row a package is left alone for a while; what is wrong stands in `degraded()`, for /readyz.
"""

from __future__ import annotations

import hashlib
import queue
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nlu.child import Child, Ended, TookTooLong
from nlu.cleaning import clean
from nlu.packages import LIST, Installed, ListUnreadable, installed

NOT_COVERED = ("ps", "ckb", "so", "ti", "am")
"""Languages of ours that Argos Translate has no package for (findings/argos.md)."""

LONGEST = 5000  # characters of a text that is drafted
REMEMBERED, REMEMBERED_FOR = 300, 3600.0  # texts; seconds, so that what a person erased is not kept here
WAITING = 60  # texts at most
FAULTS, REST, LONGEST_REST = 3, 300.0, 3600.0  # in a row; seconds without trying, doubled each time


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a machine made of a text. `package`: who it was, such as "translate-en_fr 1.9"."""

    text: str
    language: str
    package: str


class Translator(Protocol):
    """Reads and drafts. Argos Translate, or nobody. No method raises, and none waits for long."""

    def english(self, text: str, language: str) -> str | None:
        """Return `text` in English, or None when that can't be had (yet)."""
        ...

    def draft(self, text: str, language: str) -> Drafted | None:
        """Return English `text` in a language, or None when that can't be had (yet)."""
        ...

    def degraded(self) -> list[str]:
        """What is missing or broken, in words for /readyz."""
        ...

    def warm(self) -> None:
        """Begin to load, without waiting."""
        ...

    def close(self) -> None:
        """End what runs."""
        ...


class NoTranslator:
    """Translates nothing: it was switched off."""

    def english(self, text: str, language: str) -> str | None:
        """Return None; English stays as it is."""
        return text if language == "en" else None

    def draft(self, text: str, language: str) -> Drafted | None:  # noqa: ARG002
        return None

    def degraded(self) -> list[str]:
        return []

    def warm(self) -> None:
        return

    def close(self) -> None:
        return


@dataclass(slots=True)
class _Trouble:
    """A package that failed: how often in a row, why, and until when it is left alone."""

    times: int = 0
    why: str = ""
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    package: Installed
    key: bytes
    question: dict[str, Any]
    result: Future[str | None]


def tried(place: Path, seconds: float = 120.0) -> str | None:
    """What is wrong with an unpacked package, or None: it is loaded and translates, in a process of its own."""
    child = Child([sys.executable, "-P", "-m", "nlu.argos", str(place.parent), "1"])
    try:
        return child.ask({"place": str(place.resolve())}, seconds).get("fault")
    except TookTooLong:
        return "it takes too long"
    except Ended:
        return "its process ended"
    finally:
        child.stop()


class ArgosTranslator:
    """Argos Translate with the packages in `folder` (nlu/packages.py); those may come and go while it runs.

    `seconds`: how long one call waits; a translation that takes `give_up` seconds is ended. `models`: how many are
    in memory at once. `names`: names that stay as they are. Nothing is loaded before `warm` or the first use.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seconds: float = 2.0,
        give_up: float = 30.0,
        models: int = 2,
        names: Sequence[str] = (),
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._seconds, self._give_up = folder, seconds, give_up
        self._models, self._names, self._clock = models, tuple(names), clock
        self._child = Child(
            command or [sys.executable, "-P", "-m", "nlu.argos", str(folder.absolute()), str(models)]
        )
        self._lock = threading.Lock()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._flying: dict[bytes, Future[str | None]] = {}
        self._memory: OrderedDict[bytes, tuple[float, str | None]] = OrderedDict()
        self._troubles: dict[str, _Trouble] = {}
        self._thread: threading.Thread | None = None
        self._late = False
        self._closed = False
        self._listed: tuple[float, dict[str, Installed]] | None = None

    def languages(self) -> list[str]:
        """The codes of the languages that can be read into English, without loading anything."""
        return sorted(each.from_code for each in self._packages().values() if each.to_code == "en")

    def english(self, text: str, language: str) -> str | None:
        """Return `text` in English by a machine. None: no package or a broken one, nothing to translate, or it
        takes longer than one may wait (asked again later, it is there).

        Names, numbers, times, references and addresses come back exactly as they were written.
        """
        text = clean(text)
        if language == "en" or not text:
            return text or None
        return self._translate(self._packages().get(f"{language}_en"), text)

    def draft(self, text: str, language: str) -> Drafted | None:
        """Return English `text` in a language, for a person to check. None as in `english`, or too long a text."""
        package = self._packages().get(f"en_{language}")
        if package is None or len(text) > LONGEST:
            return None
        said = self._translate(package, text)
        return Drafted(said, language, package.name) if said is not None else None

    def degraded(self) -> list[str]:
        """What is missing or broken. Reads no file but the list, so it may be asked often."""
        try:
            packages = installed(self._folder)
        except ListUnreadable as fault:
            return [f"translation: {fault}"]
        if not packages:
            return ["no translation package is installed"]
        found = {
            pair: "its folder is missing"
            for pair, package in packages.items()
            if not (self._folder / package.folder / "model" / "model.bin").is_file()
        }
        with self._lock:
            for pair, package in packages.items():
                trouble = self._troubles.get(package.folder)
                if trouble is not None and trouble.until:
                    found.setdefault(pair, trouble.why)
        return [f"translation {pair.replace('_', ' to ')}: {why}" for pair, why in sorted(found.items())]

    def warm(self) -> None:
        """Begin to load the models that read into English, and to check the others. Returns at once."""
        packages = self._packages()
        reading = [pair for pair in packages if pair.endswith("_en")][: self._models]
        for pair, package in packages.items():
            question = {"pair": pair, "text": ""} if pair in reading else {"check": pair}
            self._begin(package, b"warm " + pair.encode(), question)

    def close(self) -> None:
        """End the process; what it still does is not waited for."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._empty()
            self._jobs.put(None)
            self._child.kill()
            thread.join(5)
            if not thread.is_alive():
                self._child.stop()

    def _packages(self) -> dict[str, Installed]:
        """What is installed now; the list is read again when it has changed."""
        try:
            changed = (self._folder / LIST).stat().st_mtime_ns
            if self._listed is None or self._listed[0] != changed:
                self._listed = (changed, installed(self._folder))
            return self._listed[1]
        except (OSError, ListUnreadable):
            return {}

    def _translate(self, package: Installed | None, text: str) -> str | None:
        if package is None or not text.strip():
            return None
        key = hashlib.sha256(f"{package.folder}\0{text}".encode()).digest()
        with self._lock:
            remembered = self._memory.get(key)
        if remembered is not None and remembered[0] > self._clock():
            return remembered[1]
        question = {"pair": package.pair, "text": text, "names": self._names}
        future = self._begin(package, key, question)
        if future is None:
            return None
        try:
            return future.result(0 if self._late else self._seconds)
        except NotYet:
            self._late = True  # whoever comes next, on the same page too, does not wait behind it
            return None

    def _begin(self, package: Installed, key: bytes, question: dict[str, Any]) -> Future[str | None] | None:
        """Put a question in the queue, unless it is there. None: the package is left alone, or too many wait."""
        with self._lock:
            trouble = self._troubles.get(package.folder)
            if self._closed or (trouble is not None and trouble.until > self._clock()):
                return None
            if key in self._flying:
                return self._flying[key]
            job = _Job(package, key, question, Future())
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                return None
            self._flying[key] = job.result
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="translate", daemon=True)
                self._thread.start()
        return job.result

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            text, why, at_once = self._ask(job)
            with self._lock:
                if self._closed:
                    why = ""
                self._note(job.package.folder, why, at_once=at_once)
                self._memory[job.key] = (self._clock() + (REST if why else REMEMBERED_FOR), text)
                while len(self._memory) > REMEMBERED:
                    self._memory.popitem(last=False)
                self._flying.pop(job.key, None)
                if self._jobs.empty():
                    self._late = False
            job.result.set_result(text)

    def _ask(self, job: _Job) -> tuple[str | None, str, bool]:
        """The translation; what went wrong in words ("": nothing); and whether it would always go wrong."""
        with self._lock:
            trouble = self._troubles.get(job.package.folder)
            if self._closed or (trouble is not None and trouble.until > self._clock()):
                return None, trouble.why if trouble else "", False
        try:
            answer = self._child.ask(job.question, self._give_up)
        except TookTooLong:
            return None, "it takes too long", False
        except Ended:
            return None, "its process ended", False
        if "fault" in answer:
            return None, str(answer["fault"]), True
        text = answer.get("text")
        return (text if isinstance(text, str) else None), ("it fails" if "failed" in answer else ""), False

    def _note(self, folder: str, why: str, *, at_once: bool) -> None:
        """Remember that a package failed, or that it works again."""
        if not why:
            self._troubles.pop(folder, None)
            return
        trouble = self._troubles.setdefault(folder, _Trouble())
        if trouble.until > self._clock():
            return
        trouble.times, trouble.why = trouble.times + 1, why
        if at_once or trouble.times >= FAULTS:
            again = max(0, trouble.times - (1 if at_once else FAULTS))
            trouble.until = self._clock() + min(LONGEST_REST, REST * 2**again)

    def _empty(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job.result.set_result(None)
