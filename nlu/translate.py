"""An English reading of a message, for staff: always a machine's, always marked as one by who shows it.

Argos Translate knows ar, fa, ur, fr, uk, pl and es of our languages; ps, ckb, so, ti and am not
(findings/argos.md). A text for the people who write to us never comes from here.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from nlu.cleaning import clean

Translate = Callable[[str], str]


class Translator(Protocol):
    """Reads a message in English. Argos Translate, or nobody."""

    def english(self, text: str, language: str) -> str | None:
        """Return `text` in English, or None when that can't be had. Never raises."""
        ...


class NoTranslator:
    """Translates nothing: no package is installed, or nobody wants them."""

    def english(self, text: str, language: str) -> str | None:
        """Return None; English stays as it is."""
        return text if language == "en" else None


class ArgosTranslator:
    """Argos Translate with the packages in `folder` (one folder each, as Argos unpacks them).

    Loads nothing before the first use, downloads nothing ever. `seconds` is how long a person waits:
    a longer translation is given up (None) and the next ones are refused until it has ended.
    """

    def __init__(
        self,
        folder: Path,
        seconds: float = 5.0,
        load: Callable[[Path, str], Translate | None] | None = None,
    ) -> None:
        self._folder = folder
        self._seconds = seconds
        self._load = load or load_package
        self._found: dict[str, Translate | None] = {}
        self._loading = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="translate")
        self._running: Future[str | None] | None = None

    def languages(self) -> list[str]:
        """Return the codes of the languages that can be read into English, without loading anything."""
        return sorted({code for code, _ in _packages(self._folder)})

    def english(self, text: str, language: str) -> str | None:
        """Return `text` in English by a machine. None: no package, a damaged one, or it took too long.

        Numbers, times, telephone numbers and addresses come back exactly as they were written.
        """
        text = clean(text)
        if language == "en" or not text:
            return text or None
        if language not in self.languages():
            return None
        if self._running is not None and not self._running.done():
            return None
        self._running = self._worker.submit(self._english, text, language)
        try:
            return self._running.result(self._seconds)
        except TookTooLong:
            return None

    def close(self) -> None:
        """Let go of the worker thread; what still runs is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _english(self, text: str, language: str) -> str | None:
        with self._loading:
            if language not in self._found:
                self._found[language] = self._load(self._folder, language)
        translate = self._found[language]
        if translate is None:
            return None
        try:
            return protected(text, translate)
        except (RuntimeError, ValueError, OSError):  # what CTranslate2 and SentencePiece raise
            return None


_MARK = re.compile(r"X\d+X")
_PROTECTED = re.compile(
    r"https?://\S*[^\s.,;:!?)]|\bwww\.\S*[^\s.,;:!?)]"  # web addresses
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail addresses
    r"|\[…\]"  # what was redacted
    r"|\+?\d[\d\s().-]{6,}\d"  # telephone numbers
    r"|[£€$]\s?\d+(?:[.,]\d+)?"  # prices
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\bLB-[A-Z0-9]{4}\b"  # postcodes, our references
    r"|\d+(?:[.,:/-]\d+)*"  # times, dates, other numbers
)


def protected(text: str, translate: Translate) -> str:
    """Translate `text` with its numbers and addresses kept (Argos drops or changes them).

    They are masked as X0X, X1X …; when a mask doesn't come back exactly once, the pieces between them
    are translated one by one instead.
    """
    kept = _PROTECTED.findall(text)
    if not kept:
        return translate(text)
    if not _MARK.search(text):
        marks = iter(range(len(kept)))
        result = translate(_PROTECTED.sub(lambda _: f"X{next(marks)}X", text))
        if sorted(_MARK.findall(result)) == sorted(f"X{n}X" for n in range(len(kept))):
            return _MARK.sub(lambda mark: kept[int(mark.group()[1:-1])], result)
    pieces = _PROTECTED.split(text)
    words = [_piece(piece, translate) for piece in pieces]
    return "".join(w + k for w, k in zip(words, [*kept, ""], strict=True))


def _piece(text: str, translate: Translate) -> str:
    core = text.strip()
    if not re.search(r"\w", core):
        return text
    start = text.index(core)
    return text[:start] + translate(core) + text[start + len(core) :]


def _packages(folder: Path) -> list[tuple[str, Path]]:
    """The packages into English: language and folder. A folder without metadata is passed over."""
    found: list[tuple[str, Path]] = []
    for metadata in sorted(folder.glob("*/metadata.json")):
        try:
            words = metadata.read_text("utf-8")
        except OSError:
            continue
        codes = dict(re.findall(r'"(from_code|to_code)"\s*:\s*"(\w+)"', words))
        if codes.get("to_code") == "en" and "from_code" in codes:
            found.append((codes["from_code"], metadata.parent))
    return found


class _RuleSplitter:
    """Ends sentences at full stops of all our scripts; Argos' own splitters download at first use."""

    _END = re.compile(r"(?<=[.!?…؟۔።፧])\s+")

    def split_sentences(self, text: str) -> list[str]:
        return [sentence for sentence in self._END.split(text.strip()) if sentence]


def load_package(folder: Path, language: str) -> Translate | None:
    """Return what translates `language` into English with the package in `folder`; None when it can't be used."""
    try:
        with _ready_for_argos(folder):
            package: Any = importlib.import_module("argostranslate.package")
            engine: Any = importlib.import_module("argostranslate.translate")
        path = dict(_packages(folder))[language]
        into_english = engine.PackageTranslation(
            engine.Language(language, language), engine.Language("en", "English"), package.Package(path)
        )
    except (ImportError, OSError, ValueError, KeyError, AttributeError, RuntimeError):
        return None
    into_english.sentencizer = _RuleSplitter()

    def translate(text: str) -> str:
        return str(into_english.hypotheses(text, 1)[0].value).strip()

    return translate


@contextmanager
def _ready_for_argos(folder: Path) -> Iterator[None]:
    """What Argos wants while it is imported: folders of its own (it makes them) and something named stanza."""
    if "stanza" not in sys.modules and importlib.util.find_spec("stanza") is None:
        stand_in = types.ModuleType("stanza")
        stand_in.__spec__ = importlib.machinery.ModuleSpec("stanza", None)
        sys.modules["stanza"] = stand_in
    names = ("ARGOS_PACKAGES_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: str(folder if "ARGOS" in name else folder / ".argos") for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
