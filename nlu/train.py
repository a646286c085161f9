"""Train what the desk understands: `make train`, or `python -m nlu.train`.

With `--report` nothing is trained: the held-out messages are read again and the card is written anew.

Checks the messages, makes misspelt variants and stories, measures on messages left out of training how sure the
model may be, trains with Rasa, tests with `rasa test nlu` on nlu/eval, and exports to nlu/model.
Rasa runs in its own environment (nlu/rasa/.venv). The same data gives the same model.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from nlu import archive, background, lint, model_card, training
from nlu.calibration import Calibrated, calibrate
from nlu.card import EVAL, MODEL, RASA, ModelMissing, read_card, thresholds
from nlu.evaluate import Report, Row, evaluate
from nlu.evaluate import read as read_rows
from nlu.language_data import language_examples
from nlu.parser import TrainedParser
from nlu.reader import Reader

SEED = 20261121
TYPO_COPIES = 1
"""Misspelt variants a message: a second and third gained nothing in cross-validation (nlu/model/README.md)."""
STORIES = 0.45
"""The share of messages that also get a background story: long messages are about one in seven (nlu/eval)."""
WISHES = 0.25
"""The share of short messages that also get a day or a library."""
FOLDS = 4
SURE_AND_WRONG = 0.045
"""Of all messages, so many may be answered surely and wrongly in cross-validation. It holds near misses on purpose and
counts about four times as many as nlu/eval, where 2.5 % is the most (DESIGN.md, section 6)."""
WORK = RASA / ".rasa" / "welcome"
PYTHON = RASA / ".venv" / "bin" / "python"
ARCHIVE = "intent.rasa.tar.gz"


class TrainingFailed(RuntimeError):
    """A step failed; the message says which, and what to do."""


@dataclass
class _Steps:
    """What is shown while training: one line a step, with a bar where its length is known."""

    progress: Progress

    @contextmanager
    def step(self, words: str) -> Iterator[Callable[[int, int], None]]:
        task: TaskID = self.progress.add_task(words, total=None)

        def so_far(done: int, total: int) -> None:
            self.progress.update(task, completed=done, total=total)

        yield so_far
        self.progress.update(task, completed=1, total=1)


def main() -> int:
    """Train, test and export. Returns the exit code: 0 done, 1 something failed (and was said)."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            steps = _Steps(progress)
            report = report_again(steps) if "--report" in sys.argv[1:] else train(steps)
    except (TrainingFailed, training.DataFault, archive.ArchiveFault, ModelMissing) as fault:
        console.print(f"[red]{fault}[/red]")
        return 1
    console.print(model_card.summary(report))
    return 0


def train(steps: _Steps) -> Report:
    """Do all of it; returns the report on nlu/eval. Raises TrainingFailed, DataFault, ArchiveFault."""
    started = time.monotonic()
    if not PYTHON.exists():
        raise TrainingFailed("Rasa isn't there: run `make setup` (about 2.5 GB, in nlu/rasa/.venv).")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    with steps.step("Checking the messages"):
        examples = training.read()
        rows = read_rows(sorted(EVAL.glob("*.csv")))
        faults = [*lint.check_examples(examples), *lint.near_duplicates(examples, rows)]
        if faults:
            raise TrainingFailed("\n".join(str(f) for f in faults[:20]))
        around = background.read()
        stories = background.with_background(examples, around, STORIES, SEED)
        wishing = background.with_wishes(examples, around, WISHES, SEED)
    variants = [*training.with_typos(examples, TYPO_COPIES, SEED), *stories, *wishing]
    with steps.step("Learning to tell the languages"):  # first: the encoder asks it about Latin letters
        _train_language(examples)
    measured = _measure(steps, examples, variants)
    with steps.step("Training with Rasa"):
        _train_with_rasa([*examples, *variants], measured.temperature)
    with steps.step("Testing with rasa test nlu"):
        tested = _test_with_rasa(rows)
    with steps.step("Exporting"):
        trained = archive.read(MODEL / ARCHIVE, RASA / "config.yml")
        archive.save(trained, MODEL)
        card = model_card.begin(examples, trained, measured)
        model_card.save(card)
    card |= {"rasa_test_nlu": tested, "minutes": round((time.monotonic() - started) / 60)}
    return report_again(steps, card)


def report_again(steps: _Steps, card: model_card.Card | None = None) -> Report:
    """Read the held-out messages with the model as it is, and write their figures into its card."""
    with steps.step("Reading the held-out messages"):
        card = card or read_card()
        reader = Reader(TrainedParser.load(), thresholds(card))  # as the desk reads
        report = evaluate(sorted(EVAL.glob("*.csv")), reader, quiet=True)
    model_card.finish(card, report)
    return report


def _measure(steps: _Steps, examples: list[training.Example], variants: list[training.Example]) -> Calibrated:
    """Cross-validate with Rasa's parts; no variant ever helps to predict its own original."""
    folds = _folds(examples)
    by_text = {e.text: f for e, f in zip(examples, folds, strict=True)}
    content = [
        {"text": e.text, "label": e.label, "fold": f, "of": f} for e, f in zip(examples, folds, strict=True)
    ] + [{"text": v.text, "label": v.label, "fold": None, "of": by_text[v.origin]} for v in variants]
    (WORK / "examples.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    result = WORK / "probabilities.npz"
    words = "Encoding the messages (the first time takes minutes)"
    with steps.step(words) as encoded, steps.step("Cross-validating") as validated:

        def heard(line: str) -> None:
            word, _, numbers = line.partition(" ")
            if word in ("encoded", "fold"):
                done, total = (int(n) for n in numbers.split())
                (encoded if word == "encoded" else validated)(done, total)

        _run("crossvalidate.py", "config.yml", WORK / "examples.json", result, heard=heard)
    with np.load(result) as file:
        labels = [str(label) for label in file["labels"]]
        right = [content[row]["label"] for row in file["rows"]]
        return calibrate(file["probabilities"].astype(float), labels, right, SURE_AND_WRONG)


def _train_language(examples: list[training.Example]) -> None:
    content = language_examples(examples, random.Random(SEED))
    (WORK / "languages.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    MODEL.mkdir(exist_ok=True)
    _run("train_language.py", WORK / "languages.json", MODEL / "language")


def _folds(examples: list[training.Example]) -> list[int]:
    """Deal the messages of each language and label round the folds, in seeded order."""
    rng = random.Random(SEED)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, example in enumerate(examples):
        groups.setdefault((example.folder, example.label), []).append(number)
    folds = [0] * len(examples)
    for group in groups.values():
        rng.shuffle(group)
        start = rng.randrange(FOLDS)
        for place, number in enumerate(group):
            folds[number] = (start + place) % FOLDS
    return folds


def _train_with_rasa(examples: list[training.Example], temperature: float) -> None:
    training.write(examples, WORK / "train" / "nlu.yml")
    config = yaml.safe_load((RASA / "config.yml").read_text("utf-8"))
    config["pipeline"][-1]["temperature"] = temperature
    (WORK / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    data, out = WORK / "train", WORK / "models"
    _rasa("train", "nlu", "--config", WORK / "config.yml", "--nlu", data, "--out", out,
          "--fixed-model-name", "intent")  # fmt: skip
    MODEL.mkdir(exist_ok=True)
    shutil.copyfile(out / "intent.tar.gz", MODEL / ARCHIVE)


def _test_with_rasa(rows: list[Row]) -> dict[str, Any]:
    """Run `rasa test nlu` on the held-out messages; returns its averages and its weakest labels."""
    held_out = [training.Example(" ".join(row.text.split()), _label(row), row.language, WORK) for row in rows]
    training.write(held_out, WORK / "held-out" / "nlu.yml")
    _rasa("test", "nlu", "--model", MODEL / ARCHIVE, "--nlu", WORK / "held-out", "--out", WORK / "results",
          "--no-plot", "--no-errors")  # fmt: skip
    report = json.loads((WORK / "results" / "intent_report.json").read_text("utf-8"))
    figures = {k: v for k, v in report.items() if isinstance(v, dict)}
    labels = [k for k in figures if not k.endswith(" avg")]
    weakest = sorted(labels, key=lambda label: figures[label]["f1-score"])[:5]
    return {
        "accuracy": round(report["accuracy"], 4),
        "macro_f1": round(figures["macro avg"]["f1-score"], 4),
        "weakest": {label: round(figures[label]["f1-score"], 3) for label in weakest},
    }


def _label(row: Row) -> str:
    return f"{row.intent}+{row.topic}" if row.topic else row.intent


def _rasa(*arguments: str | Path) -> None:
    _run("-m", "rasa", *arguments)


def _run(*arguments: str | Path, heard: Callable[[str], None] = lambda _: None) -> None:
    """Run Rasa's Python in nlu/rasa, its words going to a log. Raises TrainingFailed with their end."""
    log = WORK / "log.txt"
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "WELCOME_ENCODED": str(_cache())}
    lines: list[str] = []
    process = subprocess.Popen(  # noqa: S603
        [str(PYTHON), "-W", "ignore", *map(str, arguments)],
        cwd=RASA, env={**os.environ, **quiet}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with process, log.open("a", encoding="utf-8", buffering=1) as file:
        for line in process.stdout or ():
            file.write(line)
            lines.append(line.rstrip())
            heard(line.strip())
    if process.returncode:
        what = " ".join(Path(a).name for a in map(str, arguments[:3]))
        raise TrainingFailed(f"{what} failed; the whole story is in {log}:\n" + "\n".join(lines[-15:]))


def _cache() -> Path:
    return RASA / ".rasa" / "encoded.sqlite"


if __name__ == "__main__":
    sys.exit(main())
