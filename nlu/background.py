"""Stories and wishes around requests, made on purpose when the model is trained.

People often say who they are, where they came from and why they write before they ask. Training messages are
mostly short; this glues sentences that ask for nothing (nlu/rasa/background/<language>.yml) around some of
them, so that the model learns to find the request in a story. Others get a day or a library ("… tuesday at
beaumont leys"), so that it learns that these alone say nothing about what is asked: nlu/wishes.py reads them.
Nothing here runs while the desk talks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from nlu.card import BACKGROUND
from nlu.training import DataFault, Example

LONGEST = 380
"""Characters of a story: what the model reads of a text (nlu/normal.py) has room for all of it."""
_NOT_IN_STORIES = frozenset(("affirm", "deny", "greet"))
_PLACES = (("before", 6), ("after", 2), ("around", 3))
_WITHOUT_A_WISH = _NOT_IN_STORIES | {
    "thank_bye",
    "menu",
    "stop_messages",
    "change_language",
    "delete_my_data",
}
_WISH_LAST = 0.75
WISHED_WORDS = 8
"""A longer message gets no wish: it has a day of its own, or a story."""


@dataclass(frozen=True)
class Background:
    """What stands around requests in one language: whole sentences, and days and libraries."""

    sentences: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


def read(folder: Path = BACKGROUND) -> dict[str, Background]:
    """Return the background of each language's folder name. Raises DataFault."""
    found: dict[str, Background] = {}
    for file in sorted(folder.glob("*.yml")):
        try:
            content: Any = yaml.safe_load(file.read_text("utf-8"))
            sentences, wishes = (
                tuple(str(line).strip() for line in content[kind]) for kind in ("sentences", "wishes")
            )
        except (OSError, yaml.YAMLError, KeyError, TypeError) as fault:
            raise DataFault(f"{file}: not lists of background sentences and wishes ({fault}).") from fault
        if content.get("code") != file.stem or not all(sentences + wishes):
            raise DataFault(f"{file}: `code` must be {file.stem}, and no line empty.")
        found[file.stem] = Background(sentences, wishes)
    return found


def with_background(
    examples: Iterable[Example], background: Mapping[str, Background], share: float, seed: int
) -> list[Example]:
    """Return a story for about `share` (0 to 1) of the messages; the same `seed` gives the same ones.

    Each is made from its own message alone, so that a new message changes no other's story. Plain yes, no
    and hello get none.
    """
    known = {folder: around.sentences for folder, around in background.items()}
    told = (example for example in examples if example.label not in _NOT_IN_STORIES)
    return list(_varied(told, known, share, f"{seed} story", _story))


def with_wishes(
    examples: Iterable[Example], background: Mapping[str, Background], share: float, seed: int
) -> list[Example]:
    """Return a variant with a day or a library for about `share` (0 to 1) of the short messages, chosen and made
    as stories are. Labels that nobody wishes a day for get none."""
    known = {folder: around.wishes for folder, around in background.items()}
    wished = (example for example in examples if example.label not in _WITHOUT_A_WISH)
    short = (example for example in wished if len(example.text.split()) <= WISHED_WORDS)
    return list(_varied(short, known, share, f"{seed} wish", _wish))


def _varied(
    examples: Iterable[Example],
    known: Mapping[str, Sequence[str]],
    share: float,
    seed: str,
    make: Callable[[str, Sequence[str], random.Random], str],
) -> Iterator[Example]:
    for example in examples:
        lines = known.get(example.folder)
        rng = random.Random(f"{seed} {example.folder} {example.text}")
        if lines and rng.random() < share and (text := make(example.text, lines, rng)):
            yield replace(example, text=text, origin=example.text)


def _wish(request: str, known: Sequence[str], rng: random.Random) -> str:
    """The request with a day or a library before or behind it."""
    wish, mark = rng.choice(known), rng.choice((" ", " ", " ", ", "))
    return mark.join((request, wish) if rng.random() < _WISH_LAST else (wish, request))


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
