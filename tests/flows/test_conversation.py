"""The desk's order: danger, the words that always win, the language, the waiting question, what is meant."""

import re
from pathlib import Path

import pytest

from flows.context import Meaning
from flows.intents import INTENTS, WORDS
from flows.registry import FLOWS
from flows.values import Weekly
from tests.flows.fakes import NOW, Chat

INTENTS_OF_THE_CONTRACT = [
    "greet",
    "thank_bye",
    "menu",
    "join_library",
    "opening_hours",
    "borrow_books",
    "computers_printing",
    "citizenship_practice",
    "driving_theory",
    "form_help",
    "work_coach",
    "book_session",
    "it_sessions",
    "mother_baby_group",
    "befriending_group",
    "english_classes",
    "volunteering",
    "advice_immigration",
    "advice_housing",
    "health_help",
    "children_events",
    "my_bookings",
    "cancel_booking",
    "change_booking",
    "subscribe_reminders",
    "stop_messages",
    "change_language",
    "talk_to_human",
    "privacy",
    "delete_my_data",
    "feedback",
    "emergency",
    "affirm",
    "deny",
    "out_of_scope",
]


# danger ------------------------------------------------------------
def test_danger_is_answered_first_and_staff_are_told(chat: Chat) -> None:
    chat.says("book a work coach").is_asked("place")
    chat.always("he hits me", "danger").says("he hits me").is_told("emergency.call")
    chat.reads("999", "111", "116 123", "0808 2000 247", "08000 121 700")
    assert chat.diary.tasks == [("emergency", "", "he hits me")]


def test_after_danger_the_conversation_goes_on_where_it_was(chat: Chat) -> None:
    chat.says("book a work coach").always("he hits me", "danger").says("he hits me")
    chat.says("1").is_asked("session")


def test_danger_without_a_language_brings_the_numbers_and_the_languages(new_chat: Chat) -> None:
    new_chat.always("...", "danger").says("...").is_told("emergency.call").reads("999", "العربية")
    new_chat.says("2").is_told("emergency.call")
    assert new_chat.spoken == "ar"


@pytest.mark.parametrize("sure", [True, False])
def test_danger_that_is_only_likely_gets_the_numbers_too(chat: Chat, sure: bool) -> None:
    chat.means("nowhere to go tonight", "emergency", sure=sure).says("nowhere to go tonight")
    chat.is_told("emergency.call")
    assert chat.diary.tasks[0][0] == "emergency"


def test_what_is_only_perhaps_danger_gets_the_numbers_and_what_else_it_may_mean(chat: Chat) -> None:
    chat.may_mean("we must leave our room on friday", "emergency", "advice_housing", "form_help")
    chat.says("we must leave our room on friday")
    assert chat.keys == ["emergency.call", "desk.did_you_mean"]
    assert chat.diary.tasks[0][0] == "emergency"
    chat.says("1").is_told("partners.names_only")


# words that always win ------------------------------------------------------------
def test_stop_ends_messages_and_what_was_asked(chat: Chat) -> None:
    chat.says("book a work coach").says("stop").is_told("stop.done")
    assert chat.diary.opted_out and chat.doing == []


@pytest.mark.parametrize("text", ["stop by tomorrow?", "أوقف هنا غدا؟"])
def test_a_question_ends_no_messages_however_sure_the_parser_is(chat: Chat, text: str) -> None:
    chat.means(text, "stop_messages").says(text).is_told("desk.did_you_mean").reads("No more messages")
    assert not chat.diary.opted_out
    chat.says("1")
    assert chat.diary.opted_out


def test_stop_is_confirmed_once(chat: Chat) -> None:
    chat.says("stop").says("stop")
    assert not chat.messages


def test_start_brings_messages_back(chat: Chat) -> None:
    chat.says("stop").says("start").is_told("start.done")
    assert not chat.diary.opted_out


def test_staff_hear_of_an_opt_out_only_when_something_is_booked(chat: Chat) -> None:
    chat.diary.request(31, "Amina")
    chat.says("stop")
    assert chat.diary.tasks == [("opt_out", "bookings", "")]


def test_menu_in_the_middle_of_a_booking_leads_back(chat: Chat) -> None:
    chat.says("book a work coach").says("menu").is_told("menu.page").reads("0 Back")
    chat.says("0").is_asked("place")


def test_a_line_of_the_menu_is_answered_and_then_the_booking_goes_on(chat: Chat) -> None:
    chat.says("book a work coach").says("menu").says("1").is_told("service.not_confirmed", "book.resume")
    chat.is_asked("place")


def test_the_menu_has_two_pages(chat: Chat) -> None:
    chat.says("menu").says("8").is_told("menu_more.page").says("1").is_told("service.next")


def test_delete_is_asked_once_then_done_and_again_is_harmless(chat: Chat) -> None:
    chat.says("delete").is_asked("sure").says("1").is_told("delete.done")
    assert chat.diary.done == ["erased"]
    assert chat.state.to_json()["stack"] == [] and chat.state.last is None
    chat.diary.language = "en"
    chat.says("delete").says("2").is_told("delete.kept")
    chat.says("delete").says("1").is_told("delete.done")


# language ------------------------------------------------------------
def test_a_new_person_chooses_a_language_and_is_then_answered(new_chat: Chat) -> None:
    new_chat.says("how do I join?").is_asked("language").reads(
        "1 English", "العربية", "Soomaali", "Українська"
    )
    new_chat.says("٢")
    assert new_chat.diary.language == "ar" and new_chat.spoken == "ar"
    new_chat.is_told("service.not_confirmed")


def test_a_language_that_is_known_for_sure_is_not_asked(new_chat: Chat) -> None:
    new_chat.detected = "so"
    new_chat.says("how do I join?").is_told("service.not_confirmed")
    assert new_chat.diary.language == "so" and new_chat.spoken == "so"


def test_a_language_without_texts_is_not_taken_for_granted(new_chat: Chat) -> None:
    new_chat.detected = "pl"
    new_chat.says("dzień dobry").is_asked("language")


def test_junk_instead_of_a_language_asks_again_and_keeps_the_question(new_chat: Chat) -> None:
    new_chat.says("how do I join?").says("77").is_asked("language").says("5").is_told("service.not_confirmed")
    assert new_chat.spoken == "fr"


def test_a_language_can_be_named(chat: Chat) -> None:
    chat.means("please speak Somali", "change_language").says("please speak Somali").is_told("language.done")
    assert chat.spoken == "so"


def test_changing_the_language_asks_the_waiting_question_again(chat: Chat) -> None:
    chat.says("book a work coach").says("language").is_asked("language").says("Français")
    chat.is_asked("place").is_told("language.done", "book.resume", "book.place")
    assert chat.spoken == "fr"


# the waiting question ------------------------------------------------------------
def test_a_clear_request_interrupts_and_the_booking_comes_back(chat: Chat) -> None:
    chat.says("book a work coach").says("how do I join?")
    chat.is_told("service.not_confirmed", "book.resume").is_asked("place").says("1").is_asked("session")


def test_an_interruption_with_questions_of_its_own_comes_back_too(chat: Chat) -> None:
    chat.diary.request(34, "Amina")
    chat.means("cancel the other one", "cancel_booking")
    chat.says("book a work coach").says("cancel the other one").is_asked("sure")
    assert chat.doing == ["book", "cancel"]
    chat.says("2").is_told("cancel.kept", "book.resume").is_asked("place")


def test_a_second_interruption_takes_the_place_of_the_first(chat: Chat) -> None:
    chat.diary.request(34, "Amina")
    chat.means("cancel it please now", "cancel_booking").means("delete it all now", "delete_my_data")
    chat.says("book a work coach").says("cancel it please now").says("delete it all now")
    assert chat.doing == ["book", "delete"]


def test_half_a_guess_does_not_interrupt(chat: Chat) -> None:
    chat.means("hm join perhaps", "join_library", sure=False)
    chat.says("book a work coach").says("hm join perhaps").is_told("desk.not_understood").is_asked("place")


def test_after_two_unreadable_answers_the_menu_and_a_person_are_offered(chat: Chat) -> None:
    chat.says("book a work coach").says("zzz").is_told("desk.not_understood").reads("1 Fosse")
    chat.says("zzz").is_told("desk.stuck").reads("1 Fosse", "3 Menu", "4 Talk to a person", "0 Go back")
    chat.says("4").is_told("human_note.note")
    assert chat.doing == ["book", "human_note"]


def test_a_clear_request_instead_of_a_name_is_answered_and_one_word_is_a_name(chat: Chat) -> None:
    chat.means("join", "join_library")
    chat.says("book a work coach").says("1").says("1").says("how do I join?").is_told("book.resume")
    chat.is_asked("name").says("join").is_asked("sure")


def test_agreeing_in_a_sentence_is_yes(chat: Chat) -> None:
    chat.means("that is all right with me", "affirm")
    chat.says("book a work coach").says("1").says("1").says("Amina").says("that is all right with me")
    chat.is_told("book.requested")


def test_the_same_request_with_another_topic_starts_again(chat: Chat) -> None:
    chat.means("citizenship instead please", "book_session", "citizenship_practice")
    chat.says("book a work coach").says("citizenship instead please").is_asked("session")
    assert chat.doing == ["book"]


# what is meant ------------------------------------------------------------
def test_every_intent_of_the_contract_has_its_flow() -> None:
    assert set(INTENTS_OF_THE_CONTRACT) <= set(INTENTS)
    assert {opens.flow for opens in INTENTS.values()} <= set(FLOWS)
    assert set(WORDS.values()) <= set(INTENTS)


@pytest.mark.parametrize("intent", INTENTS_OF_THE_CONTRACT)
def test_every_intent_is_answered(chat: Chat, intent: str) -> None:
    chat.means("a few words here", intent).says("a few words here")
    assert chat.messages and "Sorry, I did not" not in chat.text
    assert "desk.unanswered" not in chat.keys


def test_half_sure_asks_did_you_mean(chat: Chat) -> None:
    chat.may_mean("the test", "citizenship_practice", "driving_theory", "book_session").says("the test")
    chat.is_told("desk.did_you_mean")
    chat.reads("1 Citizenship test practice", "2 Driving theory study group", "3 Book a place", "4 Menu")
    chat.says("2").is_told("service.not_current").reads("Driving theory")


def test_what_nobody_understands_goes_to_staff_once_with_the_nearest_services(chat: Chat) -> None:
    chat.near = ["form_help", "advice_sessions", "nonsense"]
    chat.says("blue paper came").is_told("desk.nearest")
    chat.reads("1 Help with letters and forms", "2 Community advice", "3 Menu", "4 Talk to a person")
    chat.says("blue paper came")
    assert chat.diary.tasks == [("unanswered", "", "blue paper came")]
    chat.says("1").reads("About: Help with letters")


def test_a_plain_no_to_did_you_mean_is_no_task_for_staff(chat: Chat) -> None:
    chat.may_mean("the test", "citizenship_practice", "driving_theory").says("the test").says("لا")
    chat.is_told("deny.said")
    assert not chat.diary.tasks


def test_a_likely_joke_is_declined_kindly_and_not_filed(chat: Chat) -> None:
    chat.may_mean("pizza?", "out_of_scope").says("pizza?").is_told("out_of_scope.said")
    assert not chat.diary.tasks


def test_without_a_parser_numbers_do(chat: Chat) -> None:
    chat.otherwise = Meaning("out_of_scope")
    chat.says("how can I get a card").is_told("menu.page").says("1").is_told("service.not_confirmed")
    assert [kind for kind, _, _ in chat.diary.tasks] == ["unconfirmed_fact"]


def test_thanks_after_asking_for_a_person_is_no_note(chat: Chat) -> None:
    chat.means("thank you so much", "thank_bye").says("human").says("thank you so much").is_told(
        "thanks.said"
    )
    assert [about for _, about, _ in chat.diary.tasks] == [""]


def test_only_emoji_bring_the_menu_once(chat: Chat) -> None:
    assert chat.says("🙏🙏").keys == ["menu.page"]
    assert chat.says("🙏🙏").keys == ["desk.please_text"]


def test_an_empty_message_is_asked_to_be_words(chat: Chat) -> None:
    chat.says("  ").is_told("desk.please_text")
    chat.says("book a work coach").says("").is_told("desk.please_text").says("1").is_asked("session")


def test_a_number_with_nothing_asked_brings_the_menu(chat: Chat) -> None:
    chat.says("5").is_told("menu.page")


def test_a_line_of_an_old_menu_still_works_and_an_invented_button_does_nothing(chat: Chat) -> None:
    chat.says("menu")
    join = chat.button("Join")
    chat.means("hi there", "thank_bye").says("hi there").says("", button=join).is_told(
        "service.not_confirmed"
    )
    chat.says("", button="go:about:../../etc").is_told("desk.old_button", "service.not_confirmed")
    chat.says("", button="go:nothing").is_told("desk.old_button")


# the services ------------------------------------------------------------
def test_a_service_with_sessions_says_when_and_one_books_it(chat: Chat) -> None:
    chat.means("when is citizenship practice", "citizenship_practice").says("when is citizenship practice")
    chat.is_told("service.next").reads("Thu 26 Nov, 14:00", "Central Lending Library", "1 Book a place")
    chat.says("1").is_asked("session")


def test_what_is_not_confirmed_is_said_so_and_staff_get_one_task(chat: Chat) -> None:
    chat.means("driving theory?", "driving_theory").says("driving theory?").says("driving theory?")
    chat.is_told("service.not_current").reads("Not confirmed", "Staff will tell you")
    assert chat.diary.tasks == [("unconfirmed_fact", "driving_theory", "")]


def test_a_lapsed_service_says_that_it_is_over(chat: Chat) -> None:
    chat.near = ["kickstart"]
    chat.says("kickstart job?").says("1").is_told("service.lapsed")


def test_opening_hours_are_not_confirmed_until_staff_give_them(chat: Chat) -> None:
    chat.means("when open", "opening_hours").says("when open").is_told("opening.not_confirmed")
    assert ("unconfirmed_fact", "opening_hours", "") in chat.diary.tasks


def test_confirmed_opening_hours_are_told_by_library(chat: Chat) -> None:
    chat.knowledge.hours["fosse"] = (Weekly((0, 1, 2, 4), "09:00", "17:00"),)
    chat.means("when open", "opening_hours").says("when open").is_asked("place")
    chat.says("fosse").is_told("opening.known").reads(
        "Mon-Wed, Fri 09:00-17:00", "The address is not confirmed"
    )
    assert ("unconfirmed_fact", "fosse", "") in chat.diary.tasks
    chat.says("when open").says("belgrave").is_told("opening.not_confirmed")
    assert ("unconfirmed_fact", "belgrave", "") in chat.diary.tasks


def test_31_who_asks_when_a_library_is_open_hears_that_it_is_closed_today(chat: Chat) -> None:
    chat.knowledge.hours["fosse"] = (Weekly((0, 1, 2, 4), "09:00", "17:00"),)
    chat.diary.off = {(None, NOW.date()): "closed"}
    chat.means("when open", "opening_hours").says("when open").says("fosse")
    chat.is_told("opening.known").reads("Fosse Library\nClosed today.\nMon-Wed, Fri 09:00-17:00")
    chat.says("when open").says("belgrave").is_told("opening.off").reads(
        "Belgrave Library is closed today, Mon 23"
    )
    chat.diary.off = {(None, NOW.date()): "bank_holiday"}
    chat.says("when open").says("fosse").reads("Today is a bank holiday: times may differ.")
    chat.says("when open").says("belgrave").is_told("opening.not_confirmed")


def test_31_also_when_nobody_has_said_when_libraries_are_open(chat: Chat) -> None:
    chat.diary.off = {(None, NOW.date()): "closed"}
    chat.means("when open", "opening_hours").says("when open").is_told("opening.all_off")
    chat.reads("All libraries are closed today, Mon 23 Nov 2026.")


@pytest.mark.parametrize(
    ("intent", "name"),
    [
        ("advice_immigration", "Refugee Action"),
        ("advice_housing", "Refugee Housing"),
        ("health_help", "Assist"),
    ],
)
def test_partners_are_named_and_their_phone_numbers_are_not_invented(
    chat: Chat, intent: str, name: str
) -> None:
    chat.means("help me please", intent).says("help me please").is_told("partners.names_only").reads(name)
    assert not re.search(r"\d{3}", chat.text)


def test_a_person_of_the_staff_is_told_at_once_and_again_what_it_is_about(chat: Chat) -> None:
    chat.means("can somebody call", "talk_to_human").says("can somebody call").is_told("human_note.note")
    chat.says("my library card is lost").is_told("human_note.noted")
    assert chat.diary.tasks == [
        ("callback", "", "can somebody call"),
        ("callback", "note", "my library card is lost"),
    ]


def test_another_question_after_asking_for_a_person_is_noted_and_answered(chat: Chat) -> None:
    chat.says("human").says("how do I join?").is_told("human_note.noted", "service.not_confirmed")


def test_feedback_is_taken_whole_even_when_it_sounds_like_a_request(chat: Chat) -> None:
    chat.means("complaint", "feedback").says("complaint").is_asked("note")
    chat.says("how do I join?").is_told("feedback.thanks")
    assert chat.diary.tasks == [("feedback", "", "how do I join?")]


def test_feedback_that_is_already_said_is_not_asked_again(chat: Chat) -> None:
    chat.means("the work coach was very kind", "feedback").says("the work coach was very kind")
    chat.is_told("feedback.thanks")


def test_weekly_reminders_are_switched_on_and_off(chat: Chat) -> None:
    chat.means("remind me", "subscribe_reminders").says("remind me").is_asked("service").says("1")
    chat.is_told("subscribe.on")
    assert chat.diary.subscriptions == ("citizenship_practice",)
    chat.says("remind me").reads("on now").says("1").is_asked("off").says("1").is_told("subscribe.is_off")
    assert not chat.diary.subscriptions


def test_privacy_leads_to_deleting(chat: Chat) -> None:
    chat.means("what do you keep", "privacy").says("what do you keep").says("1").is_asked("sure")


def test_a_new_flow_is_a_file_and_nothing_else_hides_in_the_folder() -> None:
    from flows.registry import FILES

    assert {f"{name}.py" for name in FILES} <= {path.name for path in Path("flows").glob("*.py")}
