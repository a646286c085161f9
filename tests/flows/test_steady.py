"""A conversation keeps to its language: one odd message does not change it, two do or are asked about."""

import json

import pytest

from flows.state import Speech, State
from flows.words import FSI
from tests.flows.fakes import Chat

FRENCH = "comment je m'inscris"
AGAIN = "et c'est gratuit pour les enfants"


@pytest.fixture
def talk(chat: Chat) -> Chat:
    """Somebody who chose English."""
    for text in (FRENCH, AGAIN, "how do I join?", "waxaan rabaa kaarka", "maktabadu halkee bay ku taal"):
        chat.means(text, "join_library")
    return chat


@pytest.fixture
def recognised(talk: Chat) -> Chat:
    """Somebody whose first message was surely English."""
    talk.diary.language = ""
    return talk.writes("en", "how do I join?")


# one odd message ------------------------------------------------------------
def test_one_message_in_another_language_is_answered_in_theirs(talk: Chat) -> None:
    talk.writes("fr", FRENCH).is_told("service.not_confirmed")
    assert talk.spoken == talk.diary.language == "en"
    assert "Français" not in talk.text


def test_a_message_in_their_own_language_between_two_makes_each_of_them_odd(talk: Chat) -> None:
    talk.writes("fr", FRENCH).writes("en", "how do I join?").writes("fr", AGAIN)
    assert talk.spoken == "en" and "Français" not in talk.text


def test_two_messages_in_two_other_languages_change_nothing(talk: Chat) -> None:
    talk.writes("fr", FRENCH).writes("so", "waxaan rabaa kaarka")
    assert "Soomaali" not in talk.text and talk.spoken == "en"


@pytest.mark.parametrize(("language", "weight"), [("fr", 0), ("pl", 1), (None, 1)])
def test_what_says_too_little_or_has_no_texts_never_counts(
    talk: Chat, language: str | None, weight: int
) -> None:
    for _ in range(4):
        talk.writes(language, FRENCH, weight)
    assert talk.state.speech == Speech() and talk.spoken == "en"


# two, where the language was chosen ------------------------------------------------------------
def test_two_in_a_row_are_asked_about_and_answered_meanwhile(talk: Chat) -> None:
    talk.writes("fr", FRENCH).writes("fr", AGAIN)
    talk.is_told("language.offer_line", "service.not_confirmed").reads(
        "Answer in Français? Send 3.", "3 Français"
    )
    assert talk.spoken == "en" and talk.diary.language == "en"


def test_the_answer_is_said_again_in_the_language_they_take(talk: Chat) -> None:
    talk.writes("fr", FRENCH).writes("fr", AGAIN).says("3")
    talk.is_told("language.done", "service.not_confirmed")
    assert talk.spoken == talk.diary.language == "fr"
    assert talk.text.count("Français") == 1


def test_a_long_message_is_asked_about_at_once(talk: Chat) -> None:
    talk.writes("fr", FRENCH, weight=2).is_told("language.offer_line")


def test_who_does_not_take_it_is_not_asked_again(talk: Chat) -> None:
    talk.writes("fr", FRENCH).writes("fr", AGAIN).is_told("language.offer_line")
    for text in (FRENCH, AGAIN) * 3:
        assert "language.offer_line" not in talk.writes("fr", text, weight=2).keys
    assert talk.spoken == "en"
    talk.writes("so", "waxaan rabaa kaarka", weight=2).reads("Soomaali")


def test_where_nothing_else_is_offered_the_question_has_two_lines(talk: Chat) -> None:
    talk.means("merci beaucoup à vous", "thank_bye")
    talk.writes("fr", "merci beaucoup à vous", weight=2).is_told("thanks.said", "language.offer")
    talk.reads("Answer in Français?\n1 Français\n2 English")
    talk.says("1").is_told("language.done")
    assert talk.spoken == "fr"


def test_keeping_the_language_is_a_choice_too(recognised: Chat) -> None:
    recognised.means("merci beaucoup à vous", "thank_bye")
    recognised.writes("fr", "merci beaucoup à vous", weight=2).says("2").is_told("language.done")
    assert recognised.spoken == "en"
    recognised.writes("fr", FRENCH).writes("fr", AGAIN)
    assert recognised.spoken == "en" and "language.offer_line" not in recognised.keys


def test_names_are_kept_apart_in_right_to_left_text(talk: Chat) -> None:
    talk.diary.language = "ar"
    talk.writes("fr", FRENCH).writes("fr", AGAIN).reads(f"{FSI}Français")


# a booking that waits ------------------------------------------------------------
def test_a_booking_is_not_lost_and_its_numbers_stay(talk: Chat) -> None:
    talk.says("book a work coach").is_asked("place")
    talk.writes("fr", "je ne comprends pas bien").writes("fr", "je préfère le plus proche")
    talk.reads("1 Fosse", "2 Belgrave", "5 Français", "0 ").says("1").is_asked("session")


def test_a_booking_goes_on_in_the_language_they_take(talk: Chat) -> None:
    talk.says("book a work coach").writes("fr", "je ne comprends pas bien", weight=2).says("3")
    talk.is_told("language.done", "book.place").is_asked("place")
    assert talk.spoken == "fr" and talk.doing == ["book"]
    talk.says("2").is_asked("session")


def test_a_first_name_a_number_and_a_line_never_count(talk: Chat) -> None:
    talk.says("book a work coach")
    for text in ("1", "1", "Jean-Pierre Marie"):
        talk.writes("fr", text, weight=2)
    talk.is_asked("sure")
    assert talk.state.speech == Speech()
    talk.writes("fr", "Yes, ask for it", weight=2).is_told("book.requested")
    assert talk.state.speech == Speech()


# where it was only recognised ------------------------------------------------------------
def test_a_recognised_language_changes_by_itself_after_two(recognised: Chat) -> None:
    assert recognised.diary.language == "en"
    recognised.writes("fr", FRENCH)
    assert recognised.spoken == "en"
    recognised.writes("fr", AGAIN)
    assert recognised.spoken == recognised.diary.language == "fr"
    assert "language.offer_line" not in recognised.keys


def test_one_long_message_is_not_two(recognised: Chat) -> None:
    recognised.writes("fr", FRENCH, weight=2).is_told("language.offer_line")
    assert recognised.spoken == "en"
    recognised.writes("fr", AGAIN)
    assert recognised.spoken == "fr"


def test_a_recognised_language_that_is_then_chosen_is_not_changed(recognised: Chat) -> None:
    recognised.always("English", "language").says("English").is_told("language.done")
    recognised.writes("fr", FRENCH).writes("fr", AGAIN)
    assert recognised.spoken == "en"


def test_a_booking_goes_on_when_the_language_changes_by_itself(recognised: Chat) -> None:
    recognised.says("book a work coach").writes("fr", "je ne comprends pas bien")
    recognised.writes("fr", "je préfère le plus proche").is_asked("place")
    assert recognised.spoken == "fr" and recognised.doing == ["book"]


# safety, state ------------------------------------------------------------
def test_nothing_is_asked_under_a_safety_text(talk: Chat) -> None:
    talk.means("il me fait du mal", "emergency")
    talk.writes("fr", FRENCH).writes("fr", "il me fait du mal")
    assert talk.keys == ["emergency.call"]
    talk.writes("fr", AGAIN).is_told("language.offer_line")


def test_an_old_button_still_changes_the_language_and_an_invented_one_does_not(talk: Chat) -> None:
    talk.writes("fr", FRENCH, weight=2)
    button = talk.button("Français")
    talk.says("book a work coach").says("", button=button).is_told("language.done").reads("Français")
    assert talk.spoken == "fr" and talk.doing == ["book"]
    talk.says("", button="go:change_language:xx").is_told("desk.old_button")


def test_a_state_from_before_is_read() -> None:
    old = {key: value for key, value in State().to_json().items() if key not in ("speech", "also")}
    assert State.from_json(old) == State()
    state = State(speech=Speech("en", "fr", 1, ("so",)), also=("go:menu",))
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


# the first message ------------------------------------------------------------
def test_the_likeliest_languages_are_the_first_lines(new_chat: Chat) -> None:
    new_chat.likely = ("so", "pl", "ar")
    new_chat.says("how do I join?").reads("1 Soomaali", "3 English")
    assert len(new_chat.messages[-1].options) == 6
    new_chat.says("1").is_told("service.not_confirmed")
    assert new_chat.spoken == "so"


def test_junk_leaves_the_lines_as_they_were_seen(new_chat: Chat) -> None:
    new_chat.likely = ("so", "en")
    new_chat.says("how do I join?")
    new_chat.likely = ()
    new_chat.says("77").reads("1 Soomaali").says("1")
    assert new_chat.spoken == "so"


def test_a_clear_request_that_can_be_in_one_language_only_is_answered_at_once(new_chat: Chat) -> None:
    new_chat.likely = ("so",)
    new_chat.says("how do I join?").is_told("service.not_confirmed")
    assert new_chat.spoken == "so" and new_chat.state.speech.recognised == "so"


@pytest.mark.parametrize("text", ["Amina", "how join", "hello good morning friend", "zzz zzz zzz"])
def test_a_name_a_greeting_and_what_is_not_clear_tell_no_language(new_chat: Chat, text: str) -> None:
    new_chat.likely = ("so",)
    new_chat.means("how join", "join_library").means("hello good morning friend", "greet")
    new_chat.says(text).is_asked("language")


def test_a_language_that_is_named_answers_what_was_held(new_chat: Chat) -> None:
    new_chat.always("Soomaali", "language").says("how do I join?").says("Soomaali")
    new_chat.is_told("service.not_confirmed")
    assert new_chat.spoken == "so"


def test_a_second_message_that_tells_the_language_brings_the_answer_to_the_clearer_one(
    new_chat: Chat,
) -> None:
    new_chat.says("how do I join?").is_asked("language")
    new_chat.writes("so", "fadlan iga caawi").is_told("service.not_confirmed")
    assert new_chat.spoken == "so" and new_chat.state.held == ""


def test_a_second_message_that_is_clear_is_answered_itself(new_chat: Chat) -> None:
    new_chat.means("goorma ayaa la furaa", "opening_hours")
    new_chat.says("how do I join?").writes("so", "goorma ayaa la furaa").is_told("opening.not_confirmed")


def test_danger_before_a_language_is_said_again_in_it(new_chat: Chat) -> None:
    new_chat.always("...", "danger").says("...")
    new_chat.writes("ar", "how do I join?").is_told("emergency.call", "service.not_confirmed")
    assert new_chat.spoken == "ar" and new_chat.keys[0] == "emergency.call"
