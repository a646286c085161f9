"""The messages the model learns from: nlu/rasa/data/<language>/<label>.yml, in Rasa's own format."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from nlu.card import DATA
from nlu.typos import misspell

ROMAN = "-Latn"


class DataFault(ValueError):
    """A training file isn't what Rasa and we expect; the message says which and why."""


@dataclass(frozen=True)
class Example:
    """One training message. `folder` is the language's folder, `ar-Latn` for Arabic in Latin letters."""

    text: str
    label: str
    folder: str
    file: Path
    origin: str = ""
    """The message that a misspelt variant was made from."""

    @property
    def language(self) -> str:
        """The language's code, without the mark of its letters."""
        return self.folder.removesuffix(ROMAN)

    @property
    def romanised(self) -> bool:
        """Whether the language is written in Latin letters here and elsewhere not."""
        return self.folder.endswith(ROMAN)


def read(data: Path = DATA) -> list[Example]:
    """Return all training messages, files and lines in order. Raises DataFault."""
    return [example for file in sorted(data.glob("*/*.yml")) for example in _read_file(file)]


def _read_file(file: Path) -> Iterator[Example]:
    try:
        content: Any = yaml.safe_load(file.read_text("utf-8"))
        blocks = [(str(b["intent"]), str(b["examples"])) for b in content["nlu"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as fault:
        raise DataFault(f"{file}: not a Rasa training file ({fault}).") from fault
    for label, examples in blocks:
        if label != file.stem:
            raise DataFault(f"{file}: holds messages of {label}; a file is named after its intent.")
        for line in examples.splitlines():
            text = line.strip()
            if not text.startswith("- "):
                raise DataFault(f"{file}: each message is a line that starts with '- ', not {text!r}.")
            yield Example(text[2:].strip(), label, file.parent.name, file)


def with_typos(examples: Iterable[Example], copies: int, seed: int) -> list[Example]:
    """Return `copies` misspelt variants of each message; the same `seed` gives the same ones.

    Each is made from its own message alone, so that a new message changes no other's variant. One that came
    out as the message itself, or as another one's, is left out.
    """
    examples = list(examples)
    known = {example.text for example in examples}
    found: list[Example] = []
    for number in range(copies):
        for example in examples:
            rng = random.Random(f"{seed} {number} {example.folder} {example.text}")
            text = misspell(example.text, example.language, rng, romanised=example.romanised).strip()
            if text and text not in known:
                known.add(text)
                found.append(replace(example, text=text, origin=example.text))
    return found


def write(examples: Iterable[Example], file: Path) -> None:
    """Write messages as one Rasa training file."""
    by_label: dict[str, list[str]] = {}
    for example in examples:
        by_label.setdefault(example.label, []).append(example.text)
    blocks = [
        {"intent": label, "examples": "".join(f"- {t}\n" for t in texts)} for label, texts in by_label.items()
    ]
    content = {"version": "3.1", "nlu": blocks}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), "utf-8")
