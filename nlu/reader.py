"""A message read as a whole and, where that helps, in parts: what stands between a parser and the desk.

Most messages are one short sentence and pass through as they are. Two kinds need a closer look: several
requests in one message (nlu/requests.py), and a long story with a request somewhere in it (nlu/stories.py). A
whole that may be danger is danger; but of a long story the model sees only the ends: there its sentences are
asked first.
Works alike over the trained model in process and over a Rasa server.
"""

from __future__ import annotations

from nlu import requests, stories
from nlu.cleaning import clean
from nlu.language import written_in
from nlu.recent import Recent
from nlu.sentences import split
from nlu.understanding import EMERGENCY, IntentParser, Thresholds, Understanding

MOST_PARTS_READ = 5
"""Parts that are read besides the whole, each 400 characters at most: six readings are the most that a message
of any length costs."""


class Reader:
    """An IntentParser over another one. `limits` are those of the model card, as for the parser itself.

    The readings of the last 2,048 different texts are remembered (by digest). Safe from several threads when
    the parser is.
    """

    def __init__(self, parser: IntentParser, limits: Thresholds) -> None:
        self._parser = parser
        self._limits = limits
        self._recent = Recent(2_048, self._work_out)

    def parse(self, text: str) -> Understanding:
        """Return what `text` means. Raises what the parser raises; that is not remembered."""
        return self._recent(clean(text))

    def _work_out(self, text: str) -> Understanding:
        whole = self._parser.parse(text)
        sentences = split(text, written_in(text)) if requests.may_be_several(text) else ()
        read = Reading(self._parser)
        long = stories.is_story(text, sentences)
        if whole.intent == EMERGENCY and (whole.sure or (whole.half_sure and not long)):
            return requests.beside_danger(sentences, whole, read)
        found = requests.several(sentences, whole, read)
        if found is None:
            found = requests.behind_a_greeting(text, whole, read)
        if found is None and long:
            found = stories.story(sentences, whole, read, self._limits)
        return found or whole


class Reading:
    """Reads parts of one message, each once, and no more of them than are allowed."""

    def __init__(self, parser: IntentParser) -> None:
        self._parser = parser
        self._known: dict[str, Understanding] = {}

    def __call__(self, text: str) -> Understanding | None:
        """Return what a part means on its own; None when enough parts have been read."""
        if text not in self._known:
            if len(self._known) >= MOST_PARTS_READ:
                return None
            self._known[text] = self._parser.parse(text)
        return self._known[text]
