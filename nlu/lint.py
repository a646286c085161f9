"""Are the training messages in order, and does the committed model match them? `welcome nlu lint`.

A fault stops a training and fails `make test`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from nlu.card import DATA, EVAL, MODEL, ModelMissing, fingerprint, read_card
from nlu.evaluate import Row
from nlu.evaluate import read as read_rows
from nlu.labels import LABELS
from nlu.letters import SCRIPTS, Script, script_of, spelled
from nlu.training import DataFault, Example, read

ALIKE = 93
"""Two messages that are as alike as this (of 100, rapidfuzz's ratio) are near-duplicates."""
_LATIN_SHARE = 0.2  # of a file in another script: "stop", "unsubscribe" and the like are written so too
_SCRIPT_OF = {language: script for script, languages in SCRIPTS.items() for language in languages}


@dataclass(frozen=True)
class Finding:
    """Something about the training data: where, and what, in one sentence."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check_examples(examples: Sequence[Example]) -> list[Finding]:
    """Return what is wrong with training messages: unknown labels, two intents for one text, other scripts."""
    return [*_labels(examples), *_two_intents(examples), *_scripts(examples)]


def check_model(folder: Path = MODEL, data: Path = DATA) -> list[Finding]:
    """Return a fault when the model in `folder` was not trained on `data` as it is now."""
    try:
        card = read_card(folder)
    except ModelMissing as fault:
        return [Finding(str(folder), str(fault))]
    if card.get("fingerprint") != fingerprint(data):
        return [Finding(str(folder), "was trained on other messages or settings: run `make train`.")]
    return []


def near_duplicates(examples: Sequence[Example], rows: Sequence[Row]) -> list[Finding]:
    """Return a fault for each held-out message that is nearly a training message of its language.

    Messages of under twelve letters are left out: people all say "thank you" in the same way.
    """
    by_language: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_language[example.language].append(_key(example.text))
    found: list[Finding] = []
    for row in rows:
        key = _key(row.text)
        if len(key) >= 12 and any(
            fuzz.ratio(key, other, score_cutoff=ALIKE) for other in by_language[row.language]
        ):
            found.append(
                Finding(f"nlu/eval ({row.language})", f"{row.text!r} is nearly in the training data.")
            )
    return found


def check() -> list[Finding]:
    """Return what is wrong with the committed data and model."""
    try:
        examples = read()
    except DataFault as fault:
        return [Finding("nlu/rasa/data", str(fault))]
    held_out = read_rows(sorted(EVAL.glob("*.csv")))
    return [*check_examples(examples), *near_duplicates(examples, held_out), *check_model()]


def _key(text: str) -> str:
    """Small letters and single spaces, no punctuation; accents stay, they tell words apart."""
    kept = (c if c.isalnum() or c in "\u200c\u200d'" else " " for c in text.casefold())
    return " ".join("".join(kept).split())


def _where(file: Path) -> str:
    return "/".join(file.parts[-4:])


def _labels(examples: Iterable[Example]) -> list[Finding]:
    unknown = {e.file: e.label for e in examples if e.label not in LABELS}
    return [Finding(_where(f), f"{label} is not a label of nlu/labels.py.") for f, label in unknown.items()]


def _two_intents(examples: Iterable[Example]) -> list[Finding]:
    seen: dict[str, Example] = {}
    found: list[Finding] = []
    for example in examples:
        first = seen.setdefault(_key(example.text) or example.text, example)
        if first.label != example.label:
            what = f"{example.text!r} is also under {first.label} ({first.folder})."
            found.append(Finding(_where(example.file), what))
    return found


def _scripts(examples: Iterable[Example]) -> list[Finding]:
    files: dict[Path, list[Example]] = defaultdict(list)
    for example in examples:
        files[example.file].append(example)
    found: list[Finding] = []
    for file, members in files.items():
        wanted = _SCRIPT_OF.get(members[0].folder)
        if wanted is None:
            found.append(Finding(_where(file), f"{members[0].folder} is not a language of ours."))
            continue
        latin = 0
        for member in members:
            script = script_of(spelled(member.text).split())
            latin += script is Script.LATIN and wanted is not Script.LATIN
            if script not in (None, wanted, Script.LATIN):
                found.append(Finding(_where(file), f"{member.text!r} is in another script."))
        if latin > max(3, _LATIN_SHARE * len(members)):
            found.append(Finding(_where(file), f"{latin} messages are in Latin letters."))
    return found
