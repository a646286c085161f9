"""A small, bounded memory of answers already worked out."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Recent(Generic[Answer]):  # noqa: UP046 (Python 3.10 imports this too, when training)
    """Remember the answers to the last `size` different texts, by the digest of the text.

    The texts themselves are not kept: what people wrote doesn't stay in memory. Safe to use from
    several threads; two threads may work out the same answer at once, both get the same one.
    """

    def __init__(self, size: int, work_out: Callable[[str], Answer]) -> None:
        self._size = size
        self._work_out = work_out
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, text: str) -> Answer:
        key = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = self._work_out(text)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
        return answer

    def __len__(self) -> int:
        return len(self._answers)
