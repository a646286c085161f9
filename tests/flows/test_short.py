"""A word or two is read for what it is: a line, yes or no, leaving, a first name, a language one does not speak."""

import pytest

from flows import short
from flows.answers import is_no_name, language_named, languages_denied
from flows.book import first_name
from tests.flows.fakes import Chat

LANGUAGES = ("en", "ar", "fa", "so", "fr", "es")


def asked_for_a_name(chat: Chat) -> Chat:
    return chat.says("book a work coach").says("1").says("1").is_asked("name")


def asked_whether_sure(chat: Chat) -> Chat:
    return asked_for_a_name(chat).says("Amina").is_asked("sure")


# numbers, yes and no ------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["2 please", "no. 2", "number 2", "option 2", "I choose 2", "2 thank you", "n° 2"]
)
def test_a_number_beside_politeness_is_the_line(chat: Chat, text: str) -> None:
    chat.says("book a work coach").says(text).is_asked("session").reads("Belgrave")


@pytest.mark.parametrize("text", ["2 children", "10:30 please", "1 2", "2nd", "9999 please"])
def test_a_number_beside_anything_else_is_no_line(chat: Chat, text: str) -> None:
    chat.says("book a work coach").says(text).is_asked("place")


@pytest.mark.parametrize(
    ("text", "told"),
    [("yes thanks", "requested"), ("ok thank you", "requested"), ("no, thanks", "not_booked")],
)
def test_yes_and_no_may_be_polite(chat: Chat, text: str, told: str) -> None:
    asked_whether_sure(chat).says(text).is_told(f"book.{told}")


def test_thanks_after_an_answer_opens_nothing(chat: Chat) -> None:
    chat.means("ok thanks", "thank_bye").says("how do I join?").says("ok thanks").is_told("thanks.said")


@pytest.mark.parametrize("text", ["no", "No."])
def test_no_is_asked_about_where_it_may_mean_yes(chat: Chat, text: str) -> None:
    chat.means(text, "deny")
    asked_whether_sure(chat).diary.language = "pl"
    chat.says(text).is_asked("sure").is_told("desk.not_understood")
    chat.says("nie").is_told("book.not_booked")


# leaving ------------------------------------------------------------
@pytest.mark.parametrize("text", ["cancel", "Stop it!", "cancel please", "never mind", "annuler", "إلغاء"])
def test_a_booking_can_be_left_in_a_word_at_any_question(chat: Chat, text: str) -> None:
    for answers in ((), ("1",), ("1", "1"), ("1", "1", "Amina")):
        chat.says("book a work coach")
        for answer in answers:
            chat.says(answer)
        assert chat.says(text).is_told("desk.left").doing == []
    assert not chat.diary.booked


def test_cancel_where_a_booking_is_given_up_is_no_leaving(chat: Chat) -> None:
    chat.diary.request(31, "Amina")
    chat.means("cancel", "cancel_booking").says("cancel").is_asked("sure")
    chat.says("cancel").is_asked("sure")


def test_a_note_to_staff_may_say_anything(chat: Chat) -> None:
    chat.says("human").says("cancel").is_told("human_note.noted")


def test_who_has_no_booking_gives_up_the_one_they_make(chat: Chat) -> None:
    chat.means("I want to cancel my place", "cancel_booking")
    assert asked_whether_sure(chat).says("I want to cancel my place").is_told("desk.left").doing == []


def test_who_has_a_booking_may_mean_that_one(chat: Chat) -> None:
    chat.diary.request(33, "Amina")
    chat.means("I want to cancel my place", "cancel_booking")
    chat.says("book a work coach").says("I want to cancel my place").is_told("cancel.sure")


def test_another_day_shows_other_dates(chat: Chat) -> None:
    for day in range(9, 17):
        chat.diary.add("work_coach", "fosse", day=day)
    chat.means("another day please", "change_booking")
    chat.says("book a work coach").says("another day please").is_asked("place")
    chat.says("1").reads("Tue 24 Nov").says("another day please").is_asked("session").reads("Fri 4 Dec")
    chat.says("1").says("Amina").is_asked("sure").says("another day please").is_asked("session").reads(
        "Tue 24 Nov"
    )
    chat.says("1").is_asked("sure")
    assert not chat.diary.booked


# first names ------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "word"), [("Adam", "human"), ("آدم", "human"), ("زمان", "language"), ("Badi", "more")]
)
def test_a_word_that_else_wins_is_a_first_name_where_one_is_asked_for(
    chat: Chat, text: str, word: str
) -> None:
    asked_for_a_name(chat.always(text, word)).says(text).is_asked("sure").says("1")
    assert chat.diary.booked[0].name == text and not chat.diary.tasks


@pytest.mark.parametrize(
    ("text", "word", "told"),
    [
        ("help", "help", "menu.page"),
        ("menu", "menu", "menu.page"),
        ("stop", "stop", "stop.done"),
        ("he hits me", "danger", "emergency.call"),
        ("human", "human", "human_note.note"),
        ("talk to adam", "human", "human_note.note"),
        ("Soomaali", "language", "language.done"),
    ],
)
def test_what_is_no_name_still_wins_there(chat: Chat, text: str, word: str, told: str) -> None:
    asked_for_a_name(chat.always(text, word)).says(text).is_told(told)


@pytest.mark.parametrize("text", ["I forgot", "don't know", "نسيت", "j'ai oublié", "забула"])
def test_what_is_no_name_is_asked_again(chat: Chat, text: str) -> None:
    asked_for_a_name(chat).says(text).is_told("book.name.again").says("Amina").is_asked("sure")


@pytest.mark.parametrize(
    "name", ["Adam", "Maya", "Tak", "Na", "Han", "My", "Ji", "Selam", "Don", "Will", "Zaman"]
)
def test_names_that_are_words_elsewhere_are_names(name: str) -> None:
    assert first_name(name) == name


def test_no_yes_is_a_word_that_no_name_holds() -> None:
    yes = {word for words in short.YES.values() for word in words}
    assert [word for word in yes if is_no_name(word)] == []


# languages ------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "named", "denied"),
    [
        ("speak Somali", "so", set()),
        ("I don't speak English", None, {"en"}),
        ("I don't understand English", None, {"en"}),
        ("no English", None, {"en"}),
        ("my English is bad", None, {"en"}),
        ("no hablo english", None, {"en"}),
        ("No, English", "en", set()),
        ("no English, Arabic please", "ar", {"en"}),
        ("My English is not good. I speak Farsi", "fa", {"en"}),
        ("pas english", None, {"en"}),
    ],
)
def test_a_language_that_one_does_not_speak_is_not_chosen(
    text: str, named: str | None, denied: set[str]
) -> None:
    assert (language_named(text, LANGUAGES), languages_denied(text, LANGUAGES)) == (named, denied)


@pytest.mark.parametrize("first", ["", "..."])
def test_who_does_not_speak_english_keeps_the_menu_of_languages(new_chat: Chat, first: str) -> None:
    new_chat.means("no English", "change_language")
    new_chat.says(first).writes("en", "no English").is_asked("language").reads("العربية")
    assert new_chat.context.person.language == ""
    new_chat.says("2").is_told("greet.said").writes("en", "no English").is_asked("language")
    assert new_chat.diary.language == "ar"


def test_who_misses_an_english_class_is_answered_in_english(new_chat: Chat) -> None:
    text = "no English class today?"
    new_chat.means(text, "english_classes").writes("en", text).is_told("service.not_current")
