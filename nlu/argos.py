"""The process in which Argos Translate runs, apart from the desk: `python -m nlu.argos FOLDER MODELS`.

A model may hang, take all memory or crash; then this process is ended and the desk goes on (nlu/translate.py).
A line of JSON in is a request, a line of JSON out its answer: {"pair": "fr_en", "text": …, "names": […]} →
{"text": …} (null: nothing to translate) or {"fault": …}. Nothing is downloaded, ever. It ends when its input
ends, also in the middle of a translation: nobody is there any more.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import queue
import sys
import tempfile
import threading
import types
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from nlu.packages import Installed, ListUnreadable, installed, verify
from nlu.protect import Translate, translated

WORDS = "A library is open."
"""What a package is tried with."""


class Unusable(Exception):
    """A package that cannot be used; the message says why."""


class Models:
    """At most `most` loaded models; the one that was not used for longest goes first (one takes about 90 MB)."""

    def __init__(self, folder: Path, most: int, load: Callable[[Path], Translate] | None = None) -> None:
        self._folder, self._most, self._load = folder, most, load or load_package
        self._loaded: OrderedDict[str, Translate] = OrderedDict()

    def get(self, pair: str) -> Translate:
        """What translates from one language into another ("fr_en"). Its files are checked before they are
        loaded. Raises Unusable."""
        package = self._find(pair)
        if package.folder in self._loaded:
            self._loaded.move_to_end(package.folder)
            return self._loaded[package.folder]
        self.check(pair)
        while len(self._loaded) >= self._most:
            self._loaded.popitem(last=False)
        self._loaded[package.folder] = self._load(self._folder / package.folder)
        return self._loaded[package.folder]

    def check(self, pair: str) -> None:
        """Raises Unusable when a file of an installed package is not what it was."""
        wrong = verify(self._folder, self._find(pair))
        if wrong:
            raise Unusable(wrong)

    def _find(self, pair: str) -> Installed:
        try:
            package = installed(self._folder).get(pair)
        except ListUnreadable as fault:
            raise Unusable(str(fault)) from fault
        if package is None:
            raise Unusable("it is not installed")
        return package

    def __len__(self) -> int:
        return len(self._loaded)


def load_package(place: Path) -> Translate:
    """What translates one sentence with the package in this folder. Raises Unusable."""
    try:
        package: Any = importlib.import_module("argostranslate.package")
        engine: Any = importlib.import_module("argostranslate.translate")
        found = package.Package(place)
        with_package = engine.PackageTranslation(
            engine.Language(found.from_code, ""), engine.Language(found.to_code, ""), found
        )
    except (ImportError, OSError, ValueError, KeyError, AttributeError, RuntimeError, TypeError) as fault:
        raise Unusable(f"it cannot be loaded ({type(fault).__name__})") from fault
    with_package.sentencizer = _AsItIs()

    def translate(sentence: str) -> str:
        return str(with_package.hypotheses(sentence, 1)[0].value)

    try:
        translate(WORDS)  # the model itself is loaded only now
    except Exception as fault:  # whatever a damaged model makes CTranslate2 or SentencePiece raise
        raise Unusable(f"it cannot be used ({type(fault).__name__})") from fault
    return translate


class _AsItIs:
    """Sentences come apart already (nlu/protect.py); Argos' own splitters download at first use."""

    def split_sentences(self, text: str) -> list[str]:
        return [text]


def answer(models: Models, asked: dict[str, Any]) -> dict[str, Any]:
    """One request, answered: a text; a package in some folder, tried; or one that is installed, checked ("check")
    or made ready ("text": ""). "fault": the package cannot be used. "failed": this text could not be
    translated. Never raises."""
    try:
        if "place" in asked:
            load_package(Path(asked["place"]))
            return {"text": None}
        if "check" in asked:
            models.check(str(asked["check"]))
            return {"text": None}
        translate = models.get(str(asked["pair"]))
        return {"text": translated(str(asked["text"]), translate, tuple(asked.get("names", ())))}
    except Unusable as fault:
        return {"fault": str(fault)}
    except Exception as fault:  # one text that a model cannot take must not end the process
        return {"failed": type(fault).__name__}


def prepare() -> None:
    """What Argos wants while it is imported: folders of its own (it makes them, and needs them no more), few
    threads, and something named stanza, which is not needed here. Without Argos, each package says so itself."""
    if importlib.util.find_spec("stanza") is None:
        stand_in = types.ModuleType("stanza")
        stand_in.__spec__ = importlib.machinery.ModuleSpec("stanza", None)
        sys.modules["stanza"] = stand_in
    with tempfile.TemporaryDirectory(prefix="welcome-argos-") as scratch, suppress(ImportError, OSError):
        for name in ("ARGOS_PACKAGES_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = scratch
        os.environ |= {"ARGOS_INTER_THREADS": "1", "ARGOS_INTRA_THREADS": "1", "ARGOS_DEVICE_TYPE": "cpu"}
        importlib.import_module("argostranslate.translate")


def serve(asked: IO[str], out: IO[str], models: Models) -> None:
    """Answer line after line until there are no more; a reader of its own notices the end at once."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in asked:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        out.write(json.dumps(answer(models, json.loads(lines.get()))) + "\n")
        out.flush()


def main() -> None:
    folder, most = Path(sys.argv[1]), int(sys.argv[2])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand between the answers
    with suppress(OSError):
        os.nice(5)  # the desk's own answers come first
    prepare()
    with suppress(BrokenPipeError):
        serve(open(0, encoding="utf-8", closefd=False), out, Models(folder, max(1, most)))  # noqa: SIM115


if __name__ == "__main__":
    main()
