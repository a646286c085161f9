"""A person at the desk who writes English by SMS; sessions of three services are open."""

import pytest

from flows.words import Words
from tests.flows.fakes import PHRASES, Chat, FakeDiary, FakeKnowledge


@pytest.fixture
def chat() -> Chat:
    diary = FakeDiary(language="en")
    diary.add("work_coach", "fosse", day=1)
    diary.add("work_coach", "fosse", day=8)
    diary.add("work_coach", "belgrave", day=2)
    diary.add("citizenship_practice", "central-library", day=3)
    words = Words(PHRASES, languages=("en", "ar", "fa", "so", "fr", "uk"))
    talk = Chat(diary, FakeKnowledge(), words)
    talk.means("book a work coach", "book_session", "work_coach")
    talk.means("how do I join?", "join_library")
    for word in ("stop", "start", "help", "menu", "language", "delete", "human", "more"):
        talk.always(word, word)
    return talk


@pytest.fixture
def new_chat(chat: Chat) -> Chat:
    """The same with a person who has never written before."""
    chat.diary.language = ""
    return chat
