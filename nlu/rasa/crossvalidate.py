"""How sure may it be? Called by `make train`, with Rasa's Python, in this folder.

    python crossvalidate.py config.yml examples.json probabilities.npz

`examples.json`: [{"text", "label", "fold", "of"}]; an example with a fold is predicted by a model that
saw neither it nor its misspelt variants (those have "fold": null and "of": the fold of their original).
The parts and their settings are those of the pipeline in config.yml.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import scipy.sparse
import yaml
from components.classifier import SmallNetwork
from components.encoder import CACHE, Kept
from components.letters import LetterNgrams

from nlu.encoder import encode


def main(config_file: str, examples_file: str, out_file: str) -> None:
    steps = {
        s["name"].rpartition(".")[2]: s for s in yaml.safe_load(Path(config_file).read_text())["pipeline"]
    }
    examples = json.loads(Path(examples_file).read_text("utf-8"))
    texts = [e["text"] for e in examples]
    labels = np.array([e["label"] for e in examples])
    folds = np.array([-1 if e["fold"] is None else e["fold"] for e in examples])
    of = np.array([e["of"] for e in examples])
    kept = Kept(os.environ.get(CACHE, ":memory:"))
    meaning = []
    for number, text in enumerate(texts):
        meaning.append(encode(text, kept))
        if number % 250 == 0:
            print(f"encoded {number} {len(texts)}", flush=True)
    kept.close()
    meaning = scipy.sparse.csr_matrix(np.vstack(meaning) * steps["SentenceEncoder"]["scale"])
    names = sorted(set(labels))
    probabilities = np.zeros((len(texts), len(names)), np.float32)
    count = int(folds.max()) + 1

    def leave_out(fold: int) -> tuple[np.ndarray, list[int], np.ndarray]:
        seen, left_out = np.flatnonzero(of != fold), np.flatnonzero(folds == fold)
        letters = LetterNgrams(settings(LetterNgrams, steps), "letters", None, None)
        letters.learn([texts[i] for i in seen])
        model = SmallNetwork(settings(SmallNetwork, steps), "classifier", None, None)

        def features(rows: np.ndarray) -> scipy.sparse.csr_matrix:
            counted = scipy.sparse.vstack([letters.count(texts[i]) for i in rows])
            return scipy.sparse.hstack([counted, meaning[rows]]).tocsr().astype(np.float32)

        model.learn(features(seen), labels[seen])
        return left_out, [names.index(c) for c in model.labels], model.probabilities(features(left_out))

    print(f"fold 0 {count}", flush=True)
    for done, (rows, columns, found) in enumerate(at_once(leave_out, count), start=1):
        probabilities[np.ix_(rows, columns)] = found
        print(f"fold {done} {count}", flush=True)
    rows = np.flatnonzero(folds >= 0)
    np.savez(out_file, rows=rows, labels=np.array(names), probabilities=probabilities[rows])


def at_once(work: Callable[[int], Any], count: int) -> Iterator[Any]:
    """work(0) … work(count - 1), as many at a time as there are cores, in the order they are done."""
    with joblib.Parallel(n_jobs=-1, prefer="processes", return_as="generator_unordered") as parallel:
        yield from parallel(joblib.delayed(work)(number) for number in range(count))


def settings(component: type, steps: dict[str, dict]) -> dict:
    return {**component.get_default_config(), **steps[component.__name__]}


if __name__ == "__main__":
    main(*sys.argv[1:])
