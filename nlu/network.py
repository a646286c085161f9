"""The network that names an intent: letters and meaning in, a hidden layer, out a probability for each label.

Rasa (nlu/rasa/components/classifier.py) and the desk (nlu/parser.py) both work it out here, from the same
8-bit weights, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
STEPS = 127
"""The largest whole number of an 8-bit weight."""


@dataclass(frozen=True)
class Network:
    """`first`: 8-bit weights, a row a feature (the n-grams, then the encoder's numbers), a column a hidden unit.

    `step`: what 1 stands for in each of those columns; `first_bias`: one number a hidden unit; `second`: a row a
    hidden unit, a column a label; `second_bias`: one number a label.
    """

    first: NDArray[np.int8]
    step: NDArray[np.float32]
    first_bias: NDArray[np.float32]
    second: NDArray[np.float16]
    second_bias: NDArray[np.float32]

    @classmethod
    def of(cls, weights: Sequence[Floats], biases: Sequence[Floats], temperature: float) -> Network:
        """Round a trained network. `temperature` divides its scores: below 1 it is more certain."""
        first, second = weights
        step = np.maximum(np.abs(first).max(axis=0), 1e-9) / STEPS
        return cls(
            np.rint(first / step).astype(np.int8),
            step.astype(np.float32),
            biases[0].astype(np.float32),
            (second / temperature).astype(np.float16),
            (biases[1] / temperature).astype(np.float32),
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Network:
        """Raises KeyError when one is missing."""
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})

    def probabilities(
        self, at: NDArray[np.intp], values: Floats, meaning: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return the probability of each label for one message.

        `at`, `values`: which n-grams it holds and how much each counts; `meaning`: the encoder's numbers, scaled.
        """
        letters = values.astype(np.float32) @ self.first[at].astype(np.float32)
        meant = meaning @ self.first[-len(meaning) :].astype(np.float32)
        hidden = np.maximum((letters + meant) * self.step + self.first_bias, 0)
        scores = hidden.astype(np.float64) @ self.second.astype(np.float64) + self.second_bias
        shares: NDArray[np.float64] = np.exp(scores - scores.max())
        return shares / shares.sum()
