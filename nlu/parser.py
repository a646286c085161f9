"""The trained model, read in process: numpy and the encoder, no Rasa, no second server.

nlu/model/intent.npz holds the same weights as the Rasa archive beside it; tests/nlu/test_parity.py
shows that both say the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.card import MODEL, ModelMissing, read_card, thresholds
from nlu.cleaning import clean
from nlu.encoder import encode
from nlu.network import Network
from nlu.normal import fold, for_model, ngrams
from nlu.recent import Recent
from nlu.understanding import (
    NOTHING,
    Alternative,
    IntentParser,
    Thresholds,
    Understanding,
    understand,
)

__all__ = ["Alternative", "IntentParser", "ModelMissing", "TrainedParser", "Understanding"]

Floats = NDArray[np.float32]


class TrainedParser:
    """The IntentParser that needs no server. Make it with `TrainedParser.load()`.

    A short message takes about 10 ms; one asked again comes from a memory of the last 2,048 (which
    keeps digests, not texts). Safe to use from several threads.
    """

    def __init__(
        self,
        labels: list[str],
        columns: dict[str, int],
        arrays: dict[str, NDArray[Any]],
        limits: Thresholds,
        encoder: Callable[[str], Floats] = encode,
    ) -> None:
        self.labels = labels
        self.thresholds = limits
        self._columns = columns
        self._rarity = arrays["rarity"].astype(np.float64)
        self._network = Network.from_arrays(arrays)
        self._low, self._high = (int(n) for n in arrays["ngram"])
        self._letter_length, self._meaning_length = (float(n) for n in arrays["lengths"])
        self._encode = encoder
        self._recent = Recent(2_048, self._work_out)

    @classmethod
    def load(cls, folder: Path = MODEL) -> TrainedParser:
        """Read the export in `folder`. Raises ModelMissing, with what to do, when it can't be read."""
        card = read_card(folder)
        try:
            with np.load(folder / "intent.npz", allow_pickle=False) as file:
                arrays: dict[str, Any] = {name: file[name] for name in file.files}
            grams: list[str] = json.loads((folder / "intent.json").read_text("utf-8"))["ngrams"]
            return cls(card["labels"], {g: i for i, g in enumerate(grams)}, arrays, thresholds(card))
        except (OSError, ValueError, KeyError) as fault:
            raise ModelMissing(f"The model in {folder} can't be read ({fault}): run `make train`.") from fault

    def parse(self, text: str) -> Understanding:
        """Return what `text` means. Cleans it first; reads 400 characters of it at most."""
        text = for_model(clean(text))
        return self._recent(text) if text else NOTHING

    def probabilities(self, text: str) -> dict[str, float]:
        """Return the probability of each label, `book_session+…` ones apart. `text` has words in it."""
        grams = ngrams(fold(text), self._low, self._high)
        counts = Counter(self._columns[g] for g in grams if g in self._columns)
        at = np.fromiter(counts, int, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), float, len(counts)))) * self._rarity[at]
        if counts:
            values *= self._letter_length / np.sqrt((values**2).sum())
        shares = self._network.probabilities(at, values, self._encode(text) * self._meaning_length)
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def _work_out(self, text: str) -> Understanding:
        return understand(self.probabilities(text), self.thresholds)
