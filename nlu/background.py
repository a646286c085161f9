"""Long stories, made on purpose when the model is trained.

People often say who they are, where they came from and why they write before they ask. Training messages are
mostly short; this glues sentences that ask for nothing (nlu/rasa/background/<language>.yml) around some of
them, so that the model learns to find the request in a story. Nothing here runs while the desk talks.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from nlu.card import BACKGROUND
from nlu.training import DataFault, Example

LONGEST = 380
"""Characters of a story: what the model reads of a text (nlu/normal.py) has room for all of it."""
_NOT_IN_STORIES = frozenset(("affirm", "deny", "greet"))
_PLACES = (("before", 6), ("after", 2), ("around", 3))


def read(folder: Path = BACKGROUND) -> dict[str, tuple[str, ...]]:
    """Return the background sentences of each language's folder name. Raises DataFault."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(folder.glob("*.yml")):
        try:
            content: Any = yaml.safe_load(file.read_text("utf-8"))
            sentences = tuple(str(sentence).strip() for sentence in content["sentences"])
        except (OSError, yaml.YAMLError, KeyError, TypeError) as fault:
            raise DataFault(f"{file}: not a list of background sentences ({fault}).") from fault
        if content.get("code") != file.stem or not all(sentences):
            raise DataFault(f"{file}: `code` must be {file.stem}, and no sentence empty.")
        found[file.stem] = sentences
    return found


def with_background(
    examples: Iterable[Example], sentences: Mapping[str, Sequence[str]], share: float, seed: int
) -> list[Example]:
    """Return a story for about `share` (0 to 1) of the messages; the same `seed` gives the same ones.

    Each is made from its own message alone, so that a new message changes no other's story. Plain yes, no
    and hello get none.
    """
    found: list[Example] = []
    for example in examples:
        rng = random.Random(f"{seed} story {example.folder} {example.text}")
        known = sentences.get(example.folder, ())
        if not known or example.label in _NOT_IN_STORIES or rng.random() >= share:
            continue
        text = _story(example.text, known, rng)
        if text:
            found.append(replace(example, text=text, origin=example.text))
    return found


def _story(request: str, known: Sequence[str], rng: random.Random) -> str:
    """The request with one to four sentences before, after or around it; "" when there is no room."""
    place = rng.choices([name for name, _ in _PLACES], [weight for _, weight in _PLACES])[0]
    chosen = rng.sample(known, min(len(known), rng.randint(1, 4)))
    cut = {"before": len(chosen), "after": 0, "around": (len(chosen) + 1) // 2}[place]
    while chosen:
        before, after = chosen[:cut], chosen[cut:]
        stop = "" if not after or request[-1:] in ".!?؟۔።" else rng.choice((".", ",", ""))
        text = " ".join([*before, request + stop, *after])
        if len(text) <= LONGEST:
            return text
        chosen.pop()
        cut = min(cut, len(chosen))
    return ""
