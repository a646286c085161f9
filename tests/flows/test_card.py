"""The desk card: the next booking in two languages, or what somebody speaks and wants to ask about."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from flows.card import BOOKING, HELP, MOST, SPOKEN, Card, card
from flows.context import ServiceView
from flows.languages import AUTONYMS
from flows.message import Message
from flows.values import Name, Say, Text, Value, When
from tests.flows.fakes import NOW, Chat, FakeKnowledge


def booked(chat: Chat, *numbers: int, state: str = "requested") -> None:
    """Bookings of the sessions with these numbers, as they stand in the fixture."""
    for number in numbers:
        booking = chat.diary.request(chat.diary.sessions[number].id, "Amina")
        chat.diary.booked[-1] = replace(booking, state=state)


def cards(chat: Chat) -> Sequence[Card]:
    shown = [each for each in chat.messages if each.key in (BOOKING, HELP)]
    return [card(chat.words, each, chat.spoken, chat.channel) for each in shown]


@pytest.fixture
def talking(chat: Chat) -> Chat:
    return chat.always("card", "card")


def test_the_card_of_a_booking_says_all_that_a_desk_needs(talking: Chat) -> None:
    booked(talking, 0, state="approved")
    (made,) = cards(talking.says("card").is_told("card.booking"))
    assert made.english == {
        "show": "Please show this at the library desk.",
        "service": "Work coach",
        "when": "Tue 24 Nov, 14:00",
        "place": "Fosse Library",
        "reference": "Reference LB-7Q2K",
        "name": "Amina",
        "state": "confirmed",
        "change": "To move it or give it up, write to us here.",
    }
    assert made.own == {} and made.confirmed


def test_who_writes_another_language_reads_it_beside_the_english(talking: Chat) -> None:
    talking.diary.language = "ar"
    booked(talking, 0)
    (made,) = cards(talking.says("card"))
    assert made.own["service"] == talking.words.name("service", "work_coach", "ar")
    assert made.own["when"] == talking.words.value(When(talking.diary.booked[0].start), "ar")
    assert made.english["service"] == "Work coach" and made.english["state"] == "waiting for staff"
    assert not made.confirmed
    assert "change" not in made.english or "change" not in made.own  # once is enough


def test_by_sms_there_is_one_card_elsewhere_a_few(talking: Chat) -> None:
    booked(talking, 0, 1, 2, 3)
    assert len(cards(talking.says("card"))) == 1
    assert not talking.messages[-1].options
    talking.channel = "telegram"
    assert len(cards(talking.says("card"))) == MOST
    assert [each.id for each in talking.messages[-1].options] == ["go:change_booking", "go:cancel_booking"]


def test_a_place_on_the_waiting_list_comes_last(talking: Chat) -> None:
    booked(talking, 0, state="waitlisted")
    booked(talking, 1, state="approved")
    (made,) = cards(talking.says("card"))
    assert made.confirmed


def test_a_sensitive_group_is_not_named_on_what_others_see(talking: Chat) -> None:
    class Private(FakeKnowledge):
        def service(self, id: str) -> ServiceView:
            return replace(super().service(id), sensitive=True)

    talking.knowledge = Private()
    booked(talking, 0)
    (made,) = cards(talking.says("card"))
    assert made.english["service"] == "My booking"


def test_a_service_that_is_gone_from_the_knowledge_base_is_not_named_either(talking: Chat) -> None:
    booked(talking, 0)
    talking.diary.booked[0] = replace(talking.diary.booked[0], service="gone")
    (made,) = cards(talking.says("card"))
    assert made.english["service"] == "My booking"


def test_without_a_booking_the_card_says_what_they_speak_and_lets_them_point(talking: Chat) -> None:
    talking.diary.language = "so"
    (made,) = cards(talking.says("card").is_told("card.help"))
    assert made.english["speak"] == "I speak Somali."
    assert "Join the library" in [english for _, english in made.topics]
    assert all(own and english for own, english in made.topics)
    assert [each.id for each in talking.messages[-1].options] == ["go:join_library", "go:book_session"]


def test_nobody_needs_to_say_that_they_speak_english(talking: Chat) -> None:
    (made,) = cards(talking.says("card"))
    assert set(made.english) == {"ask"}


def test_a_card_interrupts_a_booking_and_the_booking_goes_on(talking: Chat) -> None:
    talking.says("book a work coach").is_asked("place")
    talking.says("card").is_told("card.help").is_asked("place")


def test_staff_know_every_language_by_name() -> None:
    assert set(SPOKEN) == set(AUTONYMS)


def test_what_a_name_holds_is_only_text(talking: Chat) -> None:
    given: dict[str, Value] = {
        "service": Name("service", "work_coach"),
        "when": When(NOW),
        "place": Name("place", "fosse"),
        "reference": "LB-7Q2K",
        "name": Text("{reference} #set page()"),
        "state": Say("state.approved"),
    }
    made = card(talking.words, Message(BOOKING, given), "en", "sms")
    assert made.english["name"] == "{reference} #set page()"


def test_my_bookings_and_the_second_page_of_the_menu_lead_to_the_card(talking: Chat) -> None:
    booked(talking, 0)
    talking.always("mine", "mine").means("mine", "my_bookings").says("mine")
    assert "go:card" in {each.id for each in talking.messages[-1].options}
    talking.channel = "telegram"
    talking.says("menu").presses("More")
    assert "go:card" in {each.id for each in talking.messages[-1].options}


def test_a_line_of_a_right_to_left_card_begins_on_the_right(talking: Chat) -> None:
    """Isolates around a whole line would hide from it which way it is written."""
    talking.diary.language = "ar"
    booked(talking, 0)
    (made,) = cards(talking.says("card"))
    assert "work coach" in made.own["service"] and made.own["service"][0] not in "\u2066\u2067\u2068"
    talking.diary.booked.clear()
    (made,) = cards(talking.says("card"))
    assert all(own[0] not in "\u2066\u2067\u2068" for own, _ in made.topics)
