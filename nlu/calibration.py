"""From which confidence on may an answer be relied on? Measured on messages left out of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.understanding import EMERGENCY, Thresholds, understand

Floats = NDArray[np.floating[Any]]

_LISTED_RIGHT = 0.6  # half sure: the right answer is among the three at least this often
_FALSE_ALARMS = 0.006
_MAYBE_FALSE = 0.05
"""Of all other messages in cross-validation, at most so many are surely taken for an emergency, and so many may be
one. The training messages hold near misses on purpose: of those in nlu/eval it is less than a third of that."""


@dataclass(frozen=True)
class Calibrated:
    """`temperature` divides the scores; `thresholds` are for the probabilities after that."""

    temperature: float
    thresholds: Thresholds
    figures: dict[str, float]


def temperature(probabilities: Floats, right: NDArray[np.intp]) -> float:
    """Return the divisor of the scores under which the probabilities are likeliest (0.3 to 2).

    `probabilities`: one row a message; `right`: the column of its label.
    """
    scores = np.log(np.maximum(probabilities, 1e-9))
    tried = np.round(np.arange(0.30, 2.01, 0.02), 2)

    def loss(divisor: float) -> float:
        logs = scores / divisor
        top = logs.max(axis=1, keepdims=True)
        sums = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
        return float((sums - logs[np.arange(len(right)), right]).mean())

    return float(min(tried, key=loss))


def sharpened(probabilities: Floats, divisor: float) -> Floats:
    """Return the probabilities with their scores divided by `divisor`."""
    logs = np.log(np.maximum(probabilities, 1e-12)) / divisor
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    result: Floats = shares / shares.sum(axis=1, keepdims=True)
    return result


def calibrate(
    probabilities: Floats, labels: list[str], right: list[str], sure_and_wrong: float
) -> Calibrated:
    """Measure temperature and thresholds on cross-validated `probabilities` (columns: `labels`).

    `sure`: the lowest confidence from which on at most `sure_and_wrong` of all messages are answered
    surely and wrongly. `half_sure`: the lowest at which the right answer is mostly among three.
    """
    columns = np.array([labels.index(label) for label in right])
    divisor = temperature(probabilities, columns)
    settled = sharpened(probabilities, divisor)
    free = Thresholds(2.0, 2.0, 2.0, 2.0)
    read = [understand(dict(zip(labels, row.tolist(), strict=True)), free) for row in settled]
    intents = [label.partition("+")[0] for label in right]
    hit = np.array([u.intent == i for u, i in zip(read, intents, strict=True)])
    confidence = np.array([u.confidence for u in read])
    listed = np.array([i in [a.intent for a in u.alternatives] for u, i in zip(read, intents, strict=True)])
    steps = [step / 100 for step in range(5, 100)]
    sure = next((s for s in steps if ((confidence >= s) & ~hit).mean() <= sure_and_wrong), 0.99)
    half = min(sure, next((s for s in steps if _mostly_listed(confidence, listed, s)), sure))
    figures = {
        "accuracy": float(hit.mean()),
        "sure_share": float((confidence >= sure).mean()),
        "sure_wrong": float(((confidence >= sure) & ~hit).mean()),
        "half_sure_share": float(((confidence >= half) & (confidence < sure)).mean()),
        "right_among_three": float(listed.mean()),
    }
    emergency, maybe = (_alarm(settled, labels, intents, most) for most in (_FALSE_ALARMS, _MAYBE_FALSE))
    return Calibrated(
        divisor,
        Thresholds(sure, half, emergency, maybe),
        {name: round(value, 4) for name, value in figures.items()},
    )


def _mostly_listed(confidence: Floats, listed: NDArray[np.bool_], start: float) -> bool:
    """Whether messages of about this confidence have their right answer among three."""
    about = (confidence >= start) & (confidence < start + 0.1)
    return bool(about.sum() >= 10 and listed[about].mean() >= _LISTED_RIGHT)


def _alarm(settled: Floats, labels: list[str], intents: list[str], most: float) -> float:
    """The lowest threshold by which at most that share of the others is taken for an emergency."""
    if EMERGENCY not in labels:
        return 1.0
    alarm = settled[:, labels.index(EMERGENCY)]
    others = np.array([i != EMERGENCY for i in intents])
    return next((s / 100 for s in range(10, 100) if (alarm[others] >= s / 100).mean() <= most), 0.99)
