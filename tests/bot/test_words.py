"""What a text tells people to write is understood when they write it; and the words of Twilio stay Twilio's."""

import itertools
import re

import pytest

from bot.channels.sms import TWILIO_IN, TWILIO_OUT
from flows.catalogue import collect
from flows.words import Words
from kb.load import load
from kb.phrases import phrases
from nlu.always import always

WORDS = Words(phrases(load()))
ENTRIES = collect(phrases(load()))
LANGUAGES = list(WORDS.languages)


def words_in(key: str, language: str) -> set[str]:
    """The commands that the words of a text are, alone or two together."""
    spoken = re.findall(r"\w+", WORDS.sent(key, language)[0])
    pairs = [" ".join(pair) for pair in itertools.pairwise(spoken)]
    return {found.word for found in map(always, [*spoken, *pairs]) if found}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("key", "command"), [("desk.more_hint", "more"), ("stop.done", "start")])
def test_the_word_that_people_are_told_to_write_is_known(key: str, command: str, language: str) -> None:
    assert command in words_in(key, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_tells_people_to_write_a_word_that_twilio_keeps_for_itself(language: str) -> None:
    kept = (TWILIO_OUT | TWILIO_IN) - {"START"}  # to get messages again, START is right
    told = {entry.key: WORDS.sent(entry.key, language)[0] for entry in ENTRIES}
    shouted = {key: kept & set(re.findall(r"[A-Z]{2,}", text)) for key, text in told.items()}
    assert {key: found for key, found in shouted.items() if found} == {}
