"""A long story with a request in it: who they are, where they came from, and somewhere what they need.

Read as a whole, a story is often taken for what its background is about, and of 1,000 characters the
encoder reads 400. So the sentences that ask are read by themselves, then the last and the first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nlu.normal import MAX_CHARACTERS
from nlu.requests import CHAT, Read, beside_danger, is_danger, is_possible
from nlu.sentences import Sentence
from nlu.understanding import (
    EMERGENCY,
    OUT_OF_SCOPE,
    Alternative,
    Thresholds,
    Understanding,
)

STORY = MAX_CHARACTERS
"""Characters from which on two sentences or more are a story: what the model reads of a text. Shorter ones it has
learned to read as a whole (nlu/background.py): there, reading the parts made 92 % of long messages right 87 %."""
UNSURE_WHOLE = 0.5
"""What a whole reading that is not sure counts: it has seen all, but most of it was background."""
QUIET = 0.5
"""What a sentence without a word of asking counts: alone it can only make half sure."""
DOUBT = 1.5
"""How fast a rival's confidence lowers the first one's: 0.2 by a tenth, 0.8 by seven tenths. So parts that
disagree leave it half sure. With 1.5, stories glued from messages and background sentences were no more often
sure and wrong than their messages alone; with 1 they were rarely sure."""


class _Evidence:
    """The best that any reading says for each intent."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}
        self._topics: dict[str, str | None] = {}

    def hear(self, said: Understanding, weight: float, *, but: Collection[str] = ()) -> None:
        for each in said.alternatives:
            if each.intent not in but and each.confidence * weight > self.best.get(each.intent, 0.0):
                self.best[each.intent] = each.confidence * weight
                self._topics[each.intent] = each.topic or self._topics.get(each.intent)

    def ranked(self) -> list[Alternative]:
        order = sorted(self.best, key=lambda intent: (-self.best[intent], intent))
        return [Alternative(intent, self._topics[intent], min(1.0, self.best[intent])) for intent in order]


def is_story(text: str, sentences: Sequence[Sentence]) -> bool:
    """Whether a text is read sentence by sentence too."""
    return len(text) >= STORY and len(sentences) > 1


def story(
    sentences: Sequence[Sentence], whole: Understanding, read: Read, limits: Thresholds
) -> Understanding | None:
    """Return what a story asks for, from the `whole` reading and those of its sentences.

    Sure by the same threshold as ever, of a confidence that every rival request lowers. None when there is
    nothing to go by.
    """
    asking = [sentence.text for sentence in reversed(sentences) if sentence.asks]
    last_two = " ".join(sentence.text for sentence in sentences[-2:])
    others = [text for text in (sentences[-1].text, last_two, sentences[0].text) if text not in asking]
    heard = _Evidence()
    heard.hear(whole, 1.0 if whole.sure else UNSURE_WHOLE)
    danger: Understanding | None = None
    for text in dict.fromkeys(asking):
        said = read(text)
        if said is not None:
            heard.hear(said, 1.0, but=CHAT | {EMERGENCY})
            danger = danger or (said if is_danger(said) else None)
    rivals = dict(heard.best)
    for text in dict.fromkeys(others):
        said = read(text)
        if said is not None:
            heard.hear(said, QUIET, but=CHAT | {EMERGENCY, OUT_OF_SCOPE})
            if is_danger(said) and is_possible(
                EMERGENCY, whole
            ):  # "I work at night" alone looks like one too
                danger = danger or said
    if danger is not None:
        return beside_danger(sentences, danger, read)
    ranked = heard.ranked()
    if not ranked:
        return None
    first = ranked[0]
    if not asking or max(rivals.values(), default=0.0) < limits.half_sure:
        rivals = heard.best
    rival = max((share for intent, share in rivals.items() if intent != first.intent), default=0.0)
    confidence = first.confidence * (1 - min(1.0, rival) ** DOUBT)
    if first.confidence >= limits.half_sure:  # of two clear requests, one is asked: only which is not sure
        confidence = max(confidence, limits.half_sure)
    options = tuple(
        Alternative(each.intent, each.topic, min(each.confidence, confidence)) for each in ranked[:3]
    )
    return Understanding(
        first.intent,
        first.topic,
        confidence,
        sure=confidence >= limits.sure,
        half_sure=confidence >= limits.half_sure,
        alternatives=options,
    )
