"""The model card: what nlu/model was trained on, how good it is, when it may be believed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from nlu.understanding import Thresholds

NLU = Path(__file__).parent
MODEL = NLU / "model"
RASA = NLU / "rasa"
DATA = RASA / "data"
BACKGROUND = RASA / "background"
EVAL = NLU / "eval"
_CODE = ("normal.py", "romanised.py", "typos.py", "background.py")
_MADE_FROM = (RASA / "config.yml", *(NLU / name for name in _CODE))


class ModelMissing(RuntimeError):
    """The trained model is not there or is damaged. The desk then answers with its menu."""


def fingerprint(data: Path = DATA) -> str:
    """Return the SHA-256 of what shapes the model: messages, background, pipeline, spelling, typos.

    Line ends don't count; names and order of files do. A model whose card says another one is stale.
    """
    total = hashlib.sha256()
    files = sorted(data.rglob("*.yml"), key=lambda f: f.relative_to(data).as_posix())
    for file in [*files, *sorted(BACKGROUND.glob("*.yml")), *_MADE_FROM]:
        name = file.relative_to(data).as_posix() if file.is_relative_to(data) else file.name
        total.update(f"{name}\n".encode())
        total.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def read_card(folder: Path = MODEL) -> dict[str, Any]:
    """Return the card of the model in `folder`. Raises ModelMissing when there is none to read."""
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise ModelMissing(f"No model card in {folder}: run `make train`.") from fault
    return card


def thresholds(card: dict[str, Any]) -> Thresholds:
    """Return the thresholds that a card states. Raises ModelMissing when it states none."""
    try:
        found = card["thresholds"]
        return Thresholds(**{field.name: float(found[field.name]) for field in fields(Thresholds)})
    except (KeyError, TypeError, ValueError) as fault:
        raise ModelMissing("The model card states no thresholds: run `make train`.") from fault
