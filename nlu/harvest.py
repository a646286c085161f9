"""What staff have taught, as training files for a person to read before they join nlu/rasa/data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu.labels import LABELS
from nlu.letters import SCRIPTS, Script, script_of, spelled
from nlu.training import ROMAN


@dataclass(frozen=True)
class Taught:
    """One message and what it means. `label`: of nlu/labels.py; `language`: a code of the thirteen."""

    text: str
    label: str
    language: str


def folder_of(text: str, language: str) -> str:
    """The folder of nlu/rasa/data that a text belongs in: `ar-Latn` for Arabic in Latin letters."""
    romanised = f"{language}{ROMAN}"
    in_latin = script_of(spelled(text).split()) is Script.LATIN
    return romanised if in_latin and romanised in SCRIPTS[Script.LATIN] else language


def write(taught: Iterable[Taught], to: Path) -> dict[Path, int]:
    """Add messages to `<to>/<folder>/<label>.yml`, in Rasa's form; how many were new in each file.

    One that is there already is left out. Raises ValueError for an unknown label.
    """
    files: dict[Path, list[str]] = {}
    for each in taught:
        if each.label not in LABELS:
            raise ValueError(f"{each.label} is not a label of nlu/labels.py")
        text = " ".join(each.text.split()).replace("[", "(").replace("]", ")").lstrip("/- ")
        files.setdefault(to / folder_of(text, each.language) / f"{each.label}.yml", []).append(text)
    return {file: _add(file, texts) for file, texts in files.items()}


def _add(file: Path, texts: list[str]) -> int:
    known: list[str] = []
    if file.exists():
        blocks = yaml.safe_load(file.read_text("utf-8"))["nlu"]
        known = [line.strip()[2:] for block in blocks for line in block["examples"].splitlines()]
    new = [text for text in dict.fromkeys(texts) if text and text not in known]
    lines = "".join(f"    - {text}\n" for text in [*known, *new])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'version: "3.1"\nnlu:\n- intent: {file.stem}\n  examples: |\n{lines}', "utf-8")
    return len(new)
