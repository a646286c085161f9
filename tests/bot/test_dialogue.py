"""By SMS, with the trained model: two requests at once, a long story, and a language that stays or changes."""

import re

from sqlalchemy import select

from store import database
from store.models import Contact
from tests.bot.house import House

AMINA = "+447700900123"
STORY = (
    "Hello, my name is Samira. We came to Leicester in March with our two girls. We live in a hotel near the "
    "station. The room is small and the girls are often bored. My husband was a tailor at home, in a shop of his "
    "own. It rains a lot here, and the bus is slow. "
)


def said(house: House, key: str, language: str) -> str:
    """The first words of a text, up to its first slot."""
    return house.desk.words.sent(key, language)[0].partition("{")[0].strip()


def language(house: House) -> str | None:
    with database.transaction(house.desk.engine) as session:
        return session.scalars(select(Contact)).one().language


def line(reply: str, label: str) -> str:
    """The number of the line that begins so."""
    found = re.search(rf"^(\d+) \W?{label}", reply, re.M)
    assert found, reply
    return found.group(1)


def test_two_questions_in_one_message_are_both_met(house: House) -> None:
    reply = house.sms(AMINA, "How do I join the library and when is the citizenship group?")
    assert said(house, "kb.service.join_library.summary", "en") in reply
    assert said(house, "desk.also", "en") in reply
    assert line(reply, said(house, "kb.service.citizenship_practice.name", "en")) == "1"
    assert said(house, "kb.service.citizenship_practice.summary", "en") in house.sms(AMINA, "1")


def test_a_question_in_the_middle_of_a_thousand_characters_is_met(house: House) -> None:
    story = f"{STORY * 2} How can I join the library? {STORY * 2}"
    assert len(story) > 1_000
    reply = house.sms(AMINA, story)
    if said(house, "desk.did_you_mean", "en") in reply:
        reply = house.sms(AMINA, line(reply, said(house, "intent.join_library", "en")))
    assert said(house, "kb.service.join_library.summary", "en") in reply


def test_a_language_that_was_recognised_follows_two_messages_in_another(house: House) -> None:
    house.sms(AMINA, "How do I join the library please?")
    assert language(house) == "en"
    first = house.sms(AMINA, "Comment je peux m'inscrire à la bibliothèque ?")
    assert said(house, "kb.service.join_library.summary", "en") in first
    second = house.sms(AMINA, "Et quand est le groupe de citoyenneté ?")
    assert said(house, "kb.service.citizenship_practice.summary", "fr") in second
    assert language(house) == "fr"


def test_a_language_that_was_chosen_is_only_changed_when_the_person_says_so(house: House) -> None:
    house.sms(AMINA, "English")
    house.sms(AMINA, "I want to book a work coach")
    house.sms(AMINA, "Je ne comprends pas bien cette question")
    reply = house.sms(AMINA, "Je ne sais pas quelle bibliothèque choisir")
    assert "Answer in Français?" in reply
    assert language(house) == "en"
    reply = house.sms(AMINA, line(reply, "Français"))
    assert language(house) == "fr"
    assert line(reply, ".") == "1"  # the booking goes on: which library?
    house.sms(AMINA, "1")
    house.sms(AMINA, "1")
    assert said(house, "book.sure.yes", "fr") in house.sms(AMINA, "Samira")
