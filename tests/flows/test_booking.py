"""Booking a place: service, library, session, first name, sure. Nothing is booked that was not confirmed."""

from dataclasses import replace

import pytest

from tests.flows.fakes import NOW, Chat


def book_a_work_coach(chat: Chat) -> Chat:
    return chat.says("book a work coach").says("1").says("1").says("Amina").says("1")


def test_a_booking_from_the_first_word_to_the_reference(chat: Chat) -> None:
    chat.says("book a work coach").is_asked("place")
    chat.says("1").is_asked("session")
    chat.says("1").is_asked("name")
    chat.says("Amina").is_asked("sure").reads("Work coach", "Tue 24 Nov, 14:00", "Fosse Library")
    chat.says("1").is_told("book.requested").reads("LB-7Q2K")
    assert [(each.service, each.place, each.name) for each in chat.diary.booked] == [
        ("work_coach", "fosse", "Amina")
    ]
    assert chat.doing == []


def test_without_a_topic_the_service_is_asked(chat: Chat) -> None:
    chat.means("I want to book", "book_session").says("I want to book").is_asked("service")
    chat.says("Citizenship").is_asked("session")


def test_the_only_library_answers_itself(chat: Chat) -> None:
    chat.means("book citizenship", "book_session", "citizenship_practice").says("book citizenship")
    chat.is_asked("session").reads("Central Lending Library")


@pytest.mark.parametrize("two", ["2", "٢", "۲", "፪", "２", "2.", " (2) ", "2️⃣", "२"])
def test_a_digit_of_any_script_picks_the_line(chat: Chat, two: str) -> None:
    chat.says("book a work coach").says(two).is_asked("session").reads("Belgrave")


def test_a_line_can_be_picked_by_its_words(chat: Chat) -> None:
    chat.says("book a work coach").says("belgrave").is_asked("session")
    chat.says("0").says("FOSSE library!").is_asked("session").says("1 dec").is_asked("name")


def test_one_means_the_line_the_person_saw(chat: Chat) -> None:
    chat.says("book a work coach").says("1").is_asked("session")
    chat.diary.add("work_coach", "fosse", day=0)
    chat.says("1").says("Amina").reads("Tue 24 Nov")


def test_the_known_first_name_is_offered_again(chat: Chat) -> None:
    chat.diary.name = "Amina"
    chat.says("book a work coach").says("1").says("1").is_asked("name").reads("1 Amina")
    chat.says("1").is_asked("sure").says("1")
    assert chat.diary.booked[0].name == "Amina"


@pytest.mark.parametrize(
    "name",
    [
        "Amina",
        "آمنة",
        "O'Neill",
        "Robert'); DROP TABLE",
        "{slot}",
        "%s",
        "<script>",
        "ሰላም",
        "Maya",
        "Yes",
        "Ok",
    ],
)
def test_a_name_is_kept_as_it_is_written(chat: Chat, name: str) -> None:
    chat.says("book a work coach").says("1").says("1").says(name).is_asked("sure").says("1")
    assert chat.diary.booked[0].name == name


@pytest.mark.parametrize("name", ["123", "{{7*7}}", "how do I join here?", "x" * 41, "a b c d e"])
def test_what_is_no_name_is_asked_again(chat: Chat, name: str) -> None:
    chat.says("book a work coach").says("1").says("1").says(name).is_asked("name").is_told("book.name.again")


def test_saying_no_books_nothing(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").says("Amina").says("no").is_told("book.not_booked")
    assert chat.diary.booked == []


def test_yes_in_any_language_is_yes(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").says("Amina").says("haa").is_told("book.requested")


def test_a_full_session_offers_the_waiting_list(chat: Chat) -> None:
    chat.diary.fill(chat.diary.sessions[0])
    chat.says("book a work coach").says("1").reads("full, waiting list")
    chat.says("1").says("Amina").is_asked("wait").says("1").is_told("book.waiting")
    assert chat.diary.booked[0].state == "waitlisted"


def test_the_place_that_has_just_gone_is_asked_again_and_the_name_is_not(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").says("Amina").is_asked("sure")
    chat.diary.fill(chat.diary.sessions[0])
    chat.says("1")
    assert chat.diary.booked == []
    chat.is_told("book.gone").is_asked("session").says("2").is_asked("sure").says("1").is_told(
        "book.requested"
    )


def test_a_session_that_was_called_off_is_not_booked(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").says("Amina")
    del chat.diary.sessions[0]
    chat.says("1").is_told("book.closed").is_asked("session")


def test_when_nothing_is_open_staff_get_a_task_and_the_person_is_told(chat: Chat) -> None:
    chat.means("driving please", "book_session", "driving_theory").says("driving please")
    chat.is_told("book.nothing_open").reads("Driving theory study group")
    assert ("callback", "driving_theory", "") in chat.diary.tasks


def test_zero_goes_back_and_drops_what_follows(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").is_asked("name")
    chat.says("0").is_asked("session").says("back").is_asked("place").says("2").is_asked("session")
    chat.reads("Wed 25 Nov").says("1").says("Amina").is_asked("sure").reads("Belgrave")


def test_zero_on_the_first_question_leaves(chat: Chat) -> None:
    chat.means("book", "book_session").says("book").is_asked("service").says("0").is_told("desk.left")
    assert chat.doing == []


def test_many_sessions_come_in_pages(chat: Chat) -> None:
    for day in range(10, 20):
        chat.diary.add("work_coach", "fosse", day=day)
    chat.says("book a work coach").says("1").reads("5 More")
    chat.says("5").is_asked("session").says("0").is_asked("session").reads("Tue 24 Nov")
    chat.says("more").says("more").says("1").says("Amina").is_asked("sure").reads("Wed 9 Dec")


def test_a_double_tap_makes_one_booking_with_the_same_reference(chat: Chat) -> None:
    chat.says("book a work coach").says("1").says("1").says("Amina")
    button = chat.button("Yes")
    first = chat.says("", button=button).text
    assert chat.says("", button=button).text == first
    assert len(chat.diary.booked) == 1


def test_the_same_number_sent_twice_gets_the_same_reference(chat: Chat) -> None:
    first = book_a_work_coach(chat).text
    assert chat.says("1").text == first
    assert len(chat.diary.booked) == 1


def test_a_button_of_an_earlier_question_answers_nothing(chat: Chat) -> None:
    chat.says("book a work coach")
    old = chat.button("Belgrave")
    chat.says("1").says("", button=old).is_told("desk.old_button").is_asked("session")


def test_my_bookings_say_whether_staff_confirmed(chat: Chat) -> None:
    book_a_work_coach(chat).means("what have I booked", "my_bookings").says("what have I booked")
    chat.reads("Work coach", "Tue 24 Nov", "waiting for staff")
    chat.diary.booked[0] = replace(chat.diary.booked[0], state="approved")
    chat.says("what have I booked").reads("confirmed")


def test_no_bookings_is_said(chat: Chat) -> None:
    chat.means("what have I booked", "my_bookings").says("what have I booked").is_told("mine.none")


def test_giving_a_booking_up_is_asked_once_more(chat: Chat) -> None:
    book_a_work_coach(chat).means("cancel it", "cancel_booking").says("cancel it").is_asked("sure")
    chat.says("2").is_told("cancel.kept")
    chat.says("cancel it").says("1").is_told("cancel.done")
    assert chat.diary.booked[0].state == "cancelled_by_person"


def test_which_booking_is_chosen_by_number(chat: Chat) -> None:
    book_a_work_coach(chat)
    chat.diary.request(chat.diary.sessions[3].id, "Amina")
    chat.means("cancel it", "cancel_booking").says("cancel it").is_asked("booking").says("2").says("1")
    assert [each.service for each in chat.diary.bookings()] == ["work_coach"]


def test_a_booking_moves_to_another_session(chat: Chat) -> None:
    book_a_work_coach(chat).means("another day", "change_booking").says("another day").is_asked("session")
    chat.reads("Wed 25 Nov, 14:00, Belgrave Library").says("1").is_asked("sure").says("1").is_told(
        "change.done"
    )
    assert chat.diary.booked[0].place == "belgrave"


def test_no_other_session_keeps_the_place_and_tells_staff(chat: Chat) -> None:
    chat.diary.sessions = chat.diary.sessions[:1]
    chat.says("book a work coach").says("1").says("Amina").says("1")
    chat.means("another day", "change_booking").says("another day").is_told("change.no_other")
    assert any(kind == "callback" for kind, _, _ in chat.diary.tasks)


@pytest.mark.parametrize(
    ("answer", "told", "state"), [("1", "taken", "approved"), ("2", "not_taken", "declined")]
)
def test_staff_offer_another_time_and_the_person_answers(
    chat: Chat, answer: str, told: str, state: str
) -> None:
    book_a_work_coach(chat)
    chat.diary.booked[0] = replace(
        chat.diary.booked[0], state="offered", offered_start=NOW.replace(day=30), offered_place="belgrave"
    )
    chat.staff_open("offer", booking=1).is_asked("take").reads("Mon 30 Nov", "Belgrave")
    chat.says(answer).is_told(f"offer.{told}")
    assert chat.diary.booked[0].state == state


def test_an_offer_in_the_middle_of_a_booking_leads_back_to_it(chat: Chat) -> None:
    chat.diary.request(31, "Amina")
    chat.means("citizenship", "book_session", "citizenship_practice").says("citizenship").is_asked("session")
    chat.staff_open("offer", booking=1).is_asked("take").says("2").is_told("book.resume").is_asked("session")


def test_an_offer_that_is_over_says_so(chat: Chat) -> None:
    chat.staff_open("offer", booking=9).is_told("offer.late")
