"""Which language is it? Trains the small classifier over letters. Called by `make train`, with Rasa's Python.

    python train_language.py examples.json language

`examples.json`: [{"text", "label"}], a label being a language's folder (`ar`, `ar-Latn`). Writes
`language.npz` and `language.json`. Messages with English words mixed in, cut short or misspelt are
made by the caller.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import components  # noqa: F401  (puts the house on the path)
import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from nlu.language import language_ngrams
from nlu.letters import spelled

MOST = 9_000


def main(examples_file: str, out: str) -> None:
    examples = json.loads(Path(examples_file).read_text("utf-8"))
    counts = [Counter(language_ngrams(spelled(e["text"]))) for e in examples]
    held: Counter[str] = Counter()
    for count in counts:
        held.update(count.keys())
    often = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    ngrams = sorted(g for g, n in often if n >= 3)
    columns = {g: i for i, g in enumerate(ngrams)}
    rows = scipy.sparse.vstack([row(count, columns) for count in counts]).tocsr()
    model = LogisticRegression(C=30, max_iter=80, tol=1e-3, random_state=1)
    model.fit(rows, [e["label"] for e in examples])
    np.savez_compressed(
        f"{out}.npz", weights=model.coef_.T.astype(np.float16), bias=model.intercept_.astype(np.float32)
    )
    content = {"labels": [str(c) for c in model.classes_], "ngrams": ngrams}
    Path(f"{out}.json").write_text(json.dumps(content, ensure_ascii=False, indent=0), "utf-8")


def row(count: Counter, columns: dict[str, int]) -> scipy.sparse.csr_matrix:
    known = sorted((columns[g], n) for g, n in count.items() if g in columns)
    values = np.sqrt([n for _, n in known]) if known else np.zeros(0)
    if known:
        values = values / np.sqrt((values**2).sum())
    at = ([0] * len(known), [c for c, _ in known])
    return scipy.sparse.csr_matrix((values, at), shape=(1, len(columns)))


if __name__ == "__main__":
    main(*sys.argv[1:])
