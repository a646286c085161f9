"""A message nobody was sure of still finds the nearest services, in a stable order."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.model import KnowledgeBase
from kb.search import Search, sentences


class WordCounter:
    """Encodes a text as the words in it, and counts how often it encoded each text."""

    def __init__(self, kb: KnowledgeBase) -> None:
        lines = [line for service in kb.services.values() for line in sentences(service)]
        self.words = sorted({word for line in lines for word in line.lower().split()})
        self.seen: Counter[str] = Counter()

    def __call__(self, text: str) -> NDArray[np.float32]:
        self.seen[text] += 1
        counts = Counter(text.lower().split())
        return np.array([counts[word] for word in self.words], dtype=np.float32)


@pytest.fixture
def encode(shipped: KnowledgeBase) -> WordCounter:
    return WordCounter(shipped)


def test_the_service_that_means_it_comes_first(shipped: KnowledgeBase, encode: WordCounter) -> None:
    search = Search(shipped, encode)
    assert search.nearest("driving theory test")[0] == "driving_theory"
    assert search.nearest("citizenship test practice")[0] == "citizenship_practice"


def test_it_gives_as_many_as_asked_for_and_each_once(shipped: KnowledgeBase, encode: WordCounter) -> None:
    search = Search(shipped, encode)
    assert len(search.nearest("a work coach")) == 3
    assert len(search.nearest("a work coach", n=1)) == 1
    assert sorted(search.nearest("a work coach", n=99)) == sorted(shipped.services)
    assert search.nearest("a work coach", n=0) == []


def test_nothing_said_finds_nothing_and_encodes_nothing(shipped: KnowledgeBase, encode: WordCounter) -> None:
    assert Search(shipped, encode).nearest(" \n\t") == []
    assert not encode.seen


def test_ties_are_always_in_the_same_order(shipped: KnowledgeBase, encode: WordCounter) -> None:
    search = Search(shipped, encode)
    assert search.nearest("xyzzy", n=99) == sorted(shipped.services)


def test_the_services_are_encoded_once_and_only_when_needed(
    shipped: KnowledgeBase, encode: WordCounter
) -> None:
    search = Search(shipped, encode)
    assert not encode.seen
    search.warm()
    before = dict(encode.seen)
    search.nearest("something new")
    search.nearest("something else")
    assert encode.seen == {**before, "something new": 1, "something else": 1}


def test_the_length_of_a_vector_changes_nothing(shipped: KnowledgeBase, encode: WordCounter) -> None:
    def louder(text: str) -> NDArray[np.float32]:
        return encode(text) * np.float32(len(text) + 1)

    question = "help with a form"
    assert Search(shipped, louder).nearest(question) == Search(shipped, encode).nearest(question)
