"""How good is it? Messages with known answers, read by the desk's own parts: `welcome nlu evaluate`.

A file is CSV with the columns text,language,intent,topic[,variant]. What counts is what the desk
would do: words of danger are met before the model, so a message caught by them is an emergency.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nlu.always import Always, always
from nlu.language import Identified, identify
from nlu.understanding import EMERGENCY, IntentParser

COLUMNS = ("text", "language", "intent", "topic")


class EvaluationFault(ValueError):
    """A file can't be evaluated; the message says which and why."""


@dataclass(frozen=True)
class Row:
    """One message with its right answer. `topic` and `variant` may be empty."""

    text: str
    language: str
    intent: str
    topic: str
    variant: str


@dataclass(frozen=True)
class Judged:
    """One message and what was made of it. `caught`: by the words of danger, before the model."""

    text: str
    language: str
    intent: str
    topic: str
    variant: str
    predicted: str
    predicted_topic: str
    predicted_language: str
    confidence: float
    sure: bool
    caught: bool

    @property
    def right(self) -> bool:
        """Whether the intent is right."""
        return self.predicted == self.intent


@dataclass(frozen=True)
class Report:
    """All messages judged; `as_json` gives the figures."""

    messages: tuple[Judged, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data.

        Shares are from 0 to 1, None when there is nothing to count. `sure.share`: messages answered
        surely; `sure.wrong`: sure and wrong; both of all messages. `topic_accuracy`: of the
        book_session messages, those with the right intent and topic. `emergency`: the share of emergencies that
        were `met` with the safety text; of the other messages, those answered with nothing else
        (`false_alarms`), and those with what else they may mean below it (`perhaps`). `confusions`: how often one
        intent was taken for another, most often first.
        """
        rows = self.messages
        booked = [m for m in rows if m.intent == "book_session"]
        confused = Counter((m.intent, m.predicted) for m in rows if not m.right)
        emergencies = [m for m in rows if m.intent == EMERGENCY]
        others = [m for m in rows if m.intent != EMERGENCY]
        return {
            "n": len(rows),
            "accuracy": _share(m.right for m in rows),
            "topic_accuracy": _share(m.right and m.predicted_topic == m.topic for m in booked),
            "language_accuracy": _share(m.predicted_language == m.language for m in rows),
            "sure": {
                "share": _share(m.sure for m in rows),
                "wrong": _share(m.sure and not m.right for m in rows),
            },
            "by_language": _by(rows, lambda m: m.language),
            "by_variant": _by(rows, lambda m: m.variant),
            "by_intent": _by(rows, lambda m: m.intent),
            "by_language_and_variant": _by(rows, lambda m: f"{m.language} {m.variant}".strip()),
            "language_by_variant": _by(rows, lambda m: m.variant, _language_right),
            "emergency": {
                "met": _share(m.predicted == EMERGENCY for m in emergencies),
                "false_alarms": _share(m.predicted == EMERGENCY and m.sure for m in others),
                "perhaps": _share(m.predicted == EMERGENCY and not m.sure for m in others),
            },
            "confusions": [
                {"intent": intent, "predicted": predicted, "n": n}
                for (intent, predicted), n in sorted(confused.items(), key=lambda c: (-c[1], c[0]))
            ],
            "messages": [asdict(m) for m in rows],
        }


def read(paths: Iterable[Path]) -> list[Row]:
    """Return the messages of CSV files (UTF-8, with or without a mark). Raises EvaluationFault."""
    rows: list[Row] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
                if missing:
                    raise EvaluationFault(f"{path}: no column {', '.join(missing)}.")
                rows += [_row(line) for line in reader if (line["text"] or "").strip()]
        except (OSError, UnicodeDecodeError, csv.Error) as fault:
            raise EvaluationFault(f"{path} can't be read: {fault}") from fault
    if not rows:
        raise EvaluationFault("There is no message in the files given.")
    return rows


def _row(line: dict[str, str | None]) -> Row:
    def value(name: str) -> str:
        return (line.get(name) or "").strip()

    return Row(line["text"] or "", value("language"), value("intent"), value("topic"), value("variant"))


def judge(
    row: Row,
    parser: IntentParser,
    identify: Callable[[str], Identified] = identify,
    always: Callable[[str], Always | None] = always,
) -> Judged:
    """Return what the desk would make of one message on its own."""
    understood = parser.parse(row.text)
    word = always(row.text)
    caught = word is not None and word.word == "danger"
    return Judged(
        **asdict(row),
        predicted=EMERGENCY if caught else understood.intent,
        predicted_topic="" if caught else understood.topic or "",
        predicted_language=identify(row.text).language,
        confidence=1.0 if caught else round(understood.confidence, 6),
        sure=caught or understood.sure,
        caught=caught,
    )


def evaluate(
    paths: Sequence[Path],
    parser: IntentParser,
    identify: Callable[[str], Identified] = identify,
    always: Callable[[str], Always | None] = always,
    *,
    quiet: bool = False,
) -> Report:
    """Judge every message of the CSV files `paths`, with a progress bar unless `quiet`.

    Raises EvaluationFault for a file that can't be read, and whatever the parser raises.
    """
    rows = read(paths)
    columns = (TextColumn("Reading messages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        judged = tuple(judge(row, parser, identify, always) for row in progress.track(rows))
    return Report(judged)


def _share(answers: Iterable[bool]) -> float | None:
    found = list(answers)
    return round(sum(found) / len(found), 4) if found else None


def _by(
    rows: Iterable[Judged],
    key: Callable[[Judged], str],
    right: Callable[[Judged], bool] = lambda m: m.right,
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for message in rows:
        groups[key(message)].append(right(message))
    named = sorted((name, found) for name, found in groups.items() if name)
    return {name: {"n": len(found), "accuracy": _share(found)} for name, found in named}


def _language_right(message: Judged) -> bool:
    return message.predicted_language == message.language
