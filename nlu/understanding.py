"""What a message may mean, and how far that can be relied on: the same for every parser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

OUT_OF_SCOPE = "out_of_scope"
EMERGENCY = "emergency"
TOPIC_MARK = "+"
"""`book_session+work_coach` in the training data is the intent book_session with a topic."""


@dataclass(frozen=True)
class Alternative:
    """One thing a message may mean; `confidence` from 0 to 1."""

    intent: str
    topic: str | None
    confidence: float


@dataclass(frozen=True)
class Understanding:
    """What a message means (labels: intents.md).

    `sure`: act on it. `half_sure`: ask "did you mean …" with the `alternatives` (best first, three at most, the
    best one included); of an emergency, say where help is before that. Neither: not understood. `confidence` is
    from 0 to 1. `also`: what else was asked in the same message, surely too and in its order (nlu/requests.py).
    """

    intent: str
    topic: str | None
    confidence: float
    sure: bool
    half_sure: bool
    alternatives: tuple[Alternative, ...]
    also: tuple[Alternative, ...] = ()


NOTHING = Understanding(OUT_OF_SCOPE, None, 0.0, sure=False, half_sure=False, alternatives=())
"""The understanding of a message without a single word."""


@dataclass(frozen=True)
class Thresholds:
    """From which confidence on an understanding counts, measured by `make train` (nlu/model/README.md).

    `maybe_emergency`: a message that means an emergency with at least this confidence may be one, whatever
    else it may mean more: a missed one costs more than a needless safety text. From `emergency` on it surely is.
    """

    sure: float
    half_sure: float
    emergency: float
    maybe_emergency: float


class IntentParser(Protocol):
    """Reads the intent of one cleaned message, in any language. The trained model, or a Rasa server."""

    def parse(self, text: str) -> Understanding:
        """Return what `text` means. Never asks the person; an empty text is not understood."""
        ...


def understand(probabilities: Mapping[str, float], thresholds: Thresholds) -> Understanding:
    """Turn the probability of every label into an understanding.

    The probabilities of `book_session` and its topics are summed; the topic is that of the likeliest
    of them (None when that is the bare label).
    """
    together: dict[str, float] = {}
    best: dict[str, tuple[float, str | None]] = {}
    for label, probability in probabilities.items():
        intent, _, topic = label.partition(TOPIC_MARK)
        together[intent] = together.get(intent, 0.0) + probability
        best[intent] = max(best.get(intent, (-1.0, None)), (probability, topic or None), key=lambda p: p[0])
    ranked = sorted(together, key=lambda intent: (-together[intent], intent))
    may_be_danger = together.get(EMERGENCY, 0.0) >= thresholds.maybe_emergency
    if may_be_danger:
        ranked.remove(EMERGENCY)
        ranked.insert(0, EMERGENCY)
    options = tuple(Alternative(i, best[i][1], min(1.0, together[i])) for i in ranked[:3])
    first = options[0]
    sure = first.confidence >= (thresholds.emergency if first.intent == EMERGENCY else thresholds.sure)
    half = sure or may_be_danger or first.confidence >= thresholds.half_sure
    return Understanding(first.intent, first.topic, first.confidence, sure, half, options)
