"""What a message already says is not asked again, and a day or a library answers as well as a number does.

Sessions: work coach at Fosse Library on Tue 24 Nov and Tue 1 Dec, at Belgrave Library on Wed 25 Nov, all at
14:00; citizenship practice at the Central Lending Library on Thu 26 Nov. Today is Monday, 23 November 2026.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.state import State
from flows.values import Day, from_json, to_json
from flows.wishes import NOTHING, Wishes
from tests.flows.fakes import NOW, Chat

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)
NEXT_TUESDAY = date(2026, 12, 1)
AT_TWO, MORNING, AFTERNOON = (14 * 60, 15 * 60), (0, 12 * 60), (12 * 60, 18 * 60)
BOOK = "book a work coach tuesday at fosse"


def opening(chat: Chat, text: str = BOOK, **wished: Any) -> Chat:
    """A first message that asks for a work coach and wishes for something."""
    return chat.means(text, "book_session", "work_coach").wishes(text, **wished).says(text)


# the first message ------------------------------------------------------------------------------------
def test_a_place_and_a_day_leave_only_the_name_to_ask(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).is_asked("name")
    chat.says("Amina").is_asked("sure").reads("Work coach", "Tue 24 Nov, 14:00", "Fosse Library")
    chat.says("1").is_told("book.requested")
    assert [(each.place, each.start.date()) for each in chat.diary.booked] == [("fosse", TUESDAY)]


def test_a_place_alone_leaves_its_sessions_to_choose_from(chat: Chat) -> None:
    opening(chat, places=("fosse",)).is_asked("session").reads("Fosse Library", "Tue 24 Nov", "Tue 1 Dec")
    assert "Belgrave" not in chat.text


def test_a_day_alone_puts_the_libraries_first_that_are_open_then(chat: Chat) -> None:
    opening(chat, days=(WEDNESDAY,)).is_asked("place").reads("1 Belgrave Library")
    chat.says("1").is_asked("name")


def test_a_day_is_kept_for_the_library_that_is_chosen_then(chat: Chat) -> None:
    opening(chat, days=(NEXT_TUESDAY,)).says("fosse").is_asked("name").says("Amina").reads("Tue 1 Dec, 14:00")


def test_several_sessions_that_fit_come_first(chat: Chat) -> None:
    chat.diary.add("work_coach", "fosse", day=4)
    opening(chat, places=("fosse",), days=(NEXT_TUESDAY, date(2026, 11, 27))).is_asked("session")
    chat.reads("1 Fri 27 Nov", "2 Tue 1 Dec", "3 Tue 24 Nov")


def test_a_day_and_a_time_choose_together(chat: Chat) -> None:
    chat.diary.sessions.append(
        chat.diary.sessions[0].__class__(99, "work_coach", "fosse", NOW + timedelta(days=1), 5)
    )
    opening(chat, places=("fosse",), days=(TUESDAY,)).is_asked("session").says("0").says("0").says("0")
    opening(chat, places=("fosse",), days=(TUESDAY,), hours=(MORNING,)).is_asked("name")
    chat.says("Amina").reads("Tue 24 Nov, 09:00")


def test_29_a_date_is_confirmed_in_words_before_anything_is_asked_for(chat: Chat) -> None:
    opening(chat, "book a work coach 24/11 fosse", places=("fosse",), days=(TUESDAY,)).says("Amina")
    chat.is_asked("sure").reads("Tue 24 Nov, 14:00")
    assert chat.diary.booked == []


def test_26_a_day_that_is_over_offers_the_next_ones_and_says_so(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(date(2026, 11, 20),)).is_asked("session")
    chat.is_told("book.day_over").reads("Fri 20 Nov 2026", "1 Tue 24 Nov", "2 Tue 1 Dec")


def test_26_inside_the_lead_time_the_next_ones_are_offered(chat: Chat) -> None:
    """Today's session is no longer open for booking, so it is not in the diary's list."""
    opening(chat, places=("fosse",), days=(NOW.date(),)).is_told("book.no_day").reads(
        "Mon 23 Nov 2026", "1 Tue 24 Nov"
    )


def test_27_an_hour_that_the_clocks_skip_is_nothing_and_one_there_is_twice_is_the_first() -> None:
    night = Wishes(hours=((90, 120),))
    gap, twice = (
        [datetime(2027, 3, 28, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)],
        [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)],
    )
    assert [night.fits(start) for start in gap] == [False, False, False]
    assert [night.fits(start) for start in twice] == [True, False]


def test_28_a_date_in_other_digits_answers_when_suits_you(chat: Chat) -> None:
    chat.wishes("۱۲/۱۱", days=(date(2027, 11, 12),), bare=True).wishes("٢٤/١١", days=(TUESDAY,), bare=True)
    chat.says("book a work coach").says("1").says("۱۲/۱۱").is_told("book.no_day").reads("Fri 12 Nov 2027")
    chat.says("٢٤/١١").is_asked("name").says("Amina").reads("Tue 24 Nov")


def test_30_an_unknown_library_is_not_guessed(chat: Chat) -> None:
    opening(chat, "book a work coach at highfields", stranger=True, near=("belgrave",)).is_asked("place")
    chat.is_told("book.unknown_library").reads("1 Belgrave Library", "2 Fosse Library")
    assert chat.diary.booked == []


def test_30_also_when_only_one_library_is_open(chat: Chat) -> None:
    text = "citizenship at highfields"
    chat.means(text, "book_session", "citizenship_practice").wishes(text, stranger=True).says(text)
    chat.is_told("book.unknown_library").is_asked("place").says("1").is_asked("session")


def test_31_a_day_without_sessions_is_said_to_be_so_and_the_nearest_come_first(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(date(2026, 11, 30),)).is_told("book.no_day")
    chat.reads("nothing on Mon 30 Nov 2026", "1 Tue 24 Nov", "2 Tue 1 Dec")


def test_31_a_closed_day_and_a_bank_holiday_are_said_to_be_so(chat: Chat) -> None:
    chat.diary.off = {("fosse", date(2026, 11, 30)): "closed", (None, date(2026, 12, 25)): "bank_holiday"}
    opening(chat, places=("fosse",), days=(date(2026, 11, 30),)).is_told("book.closed_day")
    chat.reads("closed on Mon 30 Nov 2026", "1 Tue 24 Nov", "2 Tue 1 Dec")
    opening(chat, places=("fosse",), days=(date(2026, 12, 25),)).is_told("book.bank_holiday")
    chat.reads("Bank holiday: Fri 25 Dec 2026", "1 Tue 24 Nov")
    opening(chat, places=("fosse",), days=(date(2026, 11, 29), date(2026, 11, 30))).is_told("book.no_day")


def test_31_of_many_the_nearest_are_on_the_first_page_the_soonest_first(chat: Chat) -> None:
    for day in (15, 22, 29, 36):
        chat.diary.add("work_coach", "fosse", day=day)
    opening(chat, places=("fosse",), days=(date(2026, 12, 25),)).is_told("book.no_day")
    chat.reads("1 Tue 8 Dec", "2 Tue 15 Dec", "3 Tue 22 Dec", "4 Tue 29 Dec", "5 More")


def test_a_time_without_sessions_is_said_to_be_so(chat: Chat) -> None:
    opening(chat, places=("fosse",), hours=(MORNING,)).is_told("book.no_time").reads("1 Tue 24 Nov, 14:00")
    opening(chat, places=("fosse",), days=(TUESDAY,), hours=(MORNING,)).is_told("book.no_time")


def test_a_library_without_sessions_is_said_to_have_none(chat: Chat) -> None:
    opening(chat, places=("central-library",)).is_asked("place").is_told("book.not_there")
    chat.reads("Central Lending Library", "1 Fosse Library", "2 Belgrave Library")


def test_the_only_library_does_not_answer_for_another_that_was_named(chat: Chat) -> None:
    text = "citizenship at belgrave"
    chat.means(text, "book_session", "citizenship_practice").wishes(text, places=("belgrave",)).says(text)
    chat.is_asked("place").is_told("book.not_there").reads("1 Central Lending Library")


def test_of_two_libraries_one_is_chosen(chat: Chat) -> None:
    opening(chat, places=("belgrave", "fosse")).is_asked("place").reads(
        "1 Belgrave Library", "2 Fosse Library"
    )


def test_a_loose_wish_only_sorts(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(NEXT_TUESDAY,), loose=True).is_asked("session")
    chat.reads("When suits you?", "1 Tue 1 Dec", "2 Tue 24 Nov")
    opening(chat, places=("fosse",), days=(THURSDAY,), loose=True).reads("When suits you?", "1 Tue 24 Nov")


def test_a_full_session_that_was_wished_for_offers_the_waiting_list(chat: Chat) -> None:
    chat.diary.fill(chat.diary.sessions[0])
    opening(chat, places=("fosse",), days=(TUESDAY,)).says("Amina").is_asked("wait").reads("Tue 24 Nov")


def test_a_wish_waits_until_the_service_is_chosen(chat: Chat) -> None:
    chat.means("a place on tuesday", "book_session").wishes("a place on tuesday", days=(TUESDAY,))
    chat.says("a place on tuesday").is_asked("service").says("work coach").is_asked("place").reads("1 Fosse")
    chat.says("1").is_asked("name")


def test_a_wish_goes_with_the_line_of_did_you_mean(chat: Chat) -> None:
    chat.may_mean("coach tuesday fosse", "book_session").wishes(
        "coach tuesday fosse", places=("fosse",), days=(TUESDAY,)
    )
    chat.says("coach tuesday fosse").is_told("desk.did_you_mean").says("1").says("work coach").is_asked(
        "name"
    )


def test_a_wish_goes_from_the_service_to_its_booking(chat: Chat) -> None:
    text = "what is a work coach, tuesday at fosse"
    chat.means(text, "work_coach").wishes(text, places=("fosse",), days=(TUESDAY,)).says(text).says(
        "1"
    ).is_asked("name")


def test_a_wish_after_reading_of_a_service_opens_its_booking(chat: Chat) -> None:
    chat.means("work coach?", "work_coach").says("work coach?").wishes("tuesday", days=(TUESDAY,), bare=True)
    chat.means("tuesday", "change_booking").says("tuesday").is_asked("place").says("fosse").is_asked("name")


def test_what_was_written_before_the_language_was_known_still_counts(new_chat: Chat) -> None:
    chat = opening(new_chat, places=("fosse",), days=(TUESDAY,))
    chat.says("English").is_asked("name")


# instead of a number ----------------------------------------------------------------------------------
def test_a_day_answers_when_suits_you(chat: Chat) -> None:
    chat.says("book a work coach").says("fosse").wishes(
        "tuesday afternoon", days=(NEXT_TUESDAY,), hours=(AFTERNOON,)
    )
    chat.says("tuesday afternoon").is_asked("name").says("Amina").reads("Tue 1 Dec, 14:00")


def test_a_library_answers_when_suits_you_and_changes_the_library(chat: Chat) -> None:
    chat.says("book a work coach").says("fosse").wishes("belgarve", places=("belgrave",)).says("belgarve")
    chat.is_asked("session").reads("Belgrave Library", "Wed 25 Nov")


def test_a_library_without_sessions_answers_it_too(chat: Chat) -> None:
    chat.says("book a work coach").says("fosse").wishes("central", places=("central-library",)).says(
        "central"
    )
    chat.is_asked("place").is_told("book.not_there").says("fosse").is_asked("session")


def test_a_misspelt_library_answers_which_library(chat: Chat) -> None:
    chat.says("book a work coach").wishes("belgarve", places=("belgrave",)).says("belgarve").is_asked(
        "session"
    )


def test_30_a_name_nobody_knows_asks_again_with_the_nearest_and_then_shows_ways_out(chat: Chat) -> None:
    chat.wishes("Highfields", near=("belgrave", "fosse")).says("book a work coach").says("Highfields")
    chat.is_asked("place").is_told("book.unknown_library").reads("1 Belgrave Library")
    chat.says("Highfields").is_told("desk.stuck").is_asked("place").reads("Talk to a person")


def test_30_also_when_the_parser_takes_the_name_for_a_question_about_a_library(chat: Chat) -> None:
    chat.means("Highfields", "opening_hours").wishes("Highfields", near=("belgrave", "fosse"))
    chat.says("book a work coach").says("Highfields").is_asked("place").is_told("book.unknown_library")


def test_a_bare_day_is_an_answer_whatever_the_parser_makes_of_it(chat: Chat) -> None:
    for intent in ("opening_hours", "change_booking", "book_session", "greet", "out_of_scope"):
        chat.means("tuesday", intent).wishes("tuesday", days=(TUESDAY,), bare=True)
        opening(chat, "I want to book at fosse", places=("fosse",)).is_asked("session").says(
            "tuesday"
        ).is_asked("name")


def test_another_request_that_names_a_day_is_still_one(chat: Chat) -> None:
    chat.means("cancel tuesday", "cancel_booking").wishes("cancel tuesday", days=(TUESDAY,))
    chat.says("book a work coach").says("1").says("cancel tuesday").is_told("mine.none").is_asked("session")


def test_danger_comes_before_any_wish(chat: Chat) -> None:
    chat.means("he hits me, tuesday", "emergency").wishes("he hits me, tuesday", days=(TUESDAY,))
    chat.says("book a work coach").says("1").says("he hits me, tuesday").reads("999").is_asked("session")


def test_a_yes_with_a_day_is_a_yes(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).says("Amina").is_asked("sure")
    chat.means("yes tuesday is good", "affirm").wishes("yes tuesday is good", days=(TUESDAY,))
    chat.says("yes tuesday is good").is_told("book.requested")


def test_a_day_instead_of_yes_changes_the_session_and_keeps_the_name(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).says("Amina").is_asked("sure")
    chat.means("no 1 december", "deny").wishes("no 1 december", days=(NEXT_TUESDAY,)).says("no 1 december")
    chat.is_asked("sure").reads("Tue 1 Dec", "Fosse")


def test_a_first_name_that_is_also_a_day_is_a_name(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).is_asked("name")
    chat.wishes("Mohammed Ali Khamis", days=(THURSDAY,)).says("Mohammed Ali Khamis").is_asked("sure")


def test_a_time_in_figures_is_no_line_of_the_same_figures(chat: Chat) -> None:
    for day in (37, 38):
        chat.diary.add("work_coach", "fosse", day=day)  # Wed 30 Dec, 14:00
    chat.wishes("14:30", hours=((870, 900),), bare=True)
    chat.says("book a work coach").says("fosse").says("14:30").is_asked("session").is_told("book.no_time")


# going back, pages, restarts ---------------------------------------------------------------------------
def test_going_back_drops_the_wish_and_shows_everything(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).is_asked("name")
    chat.says("0").is_asked("session").reads("When suits you?", "1 Tue 24 Nov", "2 Tue 1 Dec")
    chat.says("0").is_asked("place").reads("1 Fosse Library", "2 Belgrave Library").says("2").is_asked(
        "session"
    )


def test_changing_the_library_keeps_the_day_that_was_wished_for(chat: Chat) -> None:
    chat.diary.add("work_coach", "belgrave", day=8)
    opening(chat, days=(NEXT_TUESDAY,)).says("fosse").is_asked("name")
    chat.wishes("belgrave please", places=("belgrave",), bare=True).says("belgrave please").is_asked("name")
    chat.says("Amina").reads("Tue 1 Dec", "Belgrave Library")


def test_the_place_that_has_just_gone_drops_the_wish(chat: Chat) -> None:
    opening(chat, places=("fosse",), days=(TUESDAY,)).says("Amina").is_asked("sure")
    del chat.diary.sessions[0]
    chat.says("1").is_told("book.closed").is_asked("session").reads("1 Tue 1 Dec")


def test_what_was_not_found_is_said_once_and_not_on_every_page(chat: Chat) -> None:
    for day in range(10, 20):
        chat.diary.add("work_coach", "fosse", day=day)
    opening(chat, places=("fosse",), days=(THURSDAY,)).is_told("book.no_day").says("more")
    chat.is_told("book.session").is_asked("session")


def test_asking_for_the_same_again_takes_the_new_wish(chat: Chat) -> None:
    opening(chat, places=("fosse",)).is_asked("session")
    chat.means("I book on tuesday", "book_session").wishes("I book on tuesday", days=(TUESDAY,))
    chat.says("I book on tuesday").is_asked("name")


def test_wishes_are_json_and_nothing_else() -> None:
    wishes = Wishes(("fosse",), True, ("belgrave",), (TUESDAY,), (AT_TWO,), loose=True)
    assert Wishes.from_json(json.loads(json.dumps(wishes.to_json()))) == wishes
    assert Wishes.from_json(None) == Wishes.from_json({}) == NOTHING
    assert from_json(json.loads(json.dumps(to_json(Day(TUESDAY))))) == Day(TUESDAY)


def test_a_conversation_stored_before_there_were_wishes_still_loads(chat: Chat) -> None:
    stored = json.loads(chat.says("book a work coach").stored)
    for frame in stored["stack"]:
        del frame["wishes"]
    chat.stored = json.dumps(stored)
    assert State.from_json(stored).top is not None
    chat.says("1").is_asked("session")


# moving a booking --------------------------------------------------------------------------------------
@pytest.fixture
def booked(chat: Chat) -> Chat:
    """Somebody who has booked the work coach at Fosse Library on Tuesday 24 November."""
    chat.says("book a work coach").says("1").says("1").says("Amina").says("1")
    return chat


def moving(chat: Chat, text: str, **wished: Any) -> Chat:
    return chat.means(text, "change_booking").wishes(text, **wished).says(text)


def test_a_booking_moves_to_the_day_that_is_said(booked: Chat) -> None:
    moving(booked, "move it to wednesday", days=(WEDNESDAY,)).is_asked("sure").reads(
        "Wed 25 Nov", "Belgrave Library"
    )
    booked.says("1").is_told("change.done")
    assert booked.diary.booked[0].place == "belgrave"


def test_what_is_said_of_the_old_time_is_no_wish(booked: Chat) -> None:
    moving(booked, "from tuesday to wednesday", days=(TUESDAY, WEDNESDAY)).is_asked("sure").reads(
        "Wed 25 Nov"
    )
    moving(booked, "my tuesday is bad", days=(TUESDAY,)).is_asked("session")
    moving(booked, "from fosse to belgrave", places=("fosse", "belgrave")).is_asked("sure").reads("Belgrave")
    moving(booked, "from 2 to the morning", hours=((120, 180), AT_TWO, MORNING)).is_told("change.no_time")


def test_a_day_without_sessions_is_said_when_moving(booked: Chat) -> None:
    moving(booked, "thursday", days=(THURSDAY,)).is_told("change.no_day").reads(
        "Thu 26 Nov 2026", "1 Wed 25 Nov"
    )
    booked.wishes("belgrave", places=("belgrave",), bare=True).says("belgrave").is_asked("sure")


def test_31_a_closed_day_is_said_when_moving(booked: Chat) -> None:
    booked.diary.off = {(None, THURSDAY): "closed"}
    moving(booked, "thursday", days=(THURSDAY,)).is_told("change.closed_day").reads("Closed on Thu 26 Nov")
    booked.diary.off = {(None, THURSDAY): "bank_holiday"}
    moving(booked, "thursday", days=(THURSDAY,)).is_told("change.bank_holiday")


def test_an_unknown_library_is_said_when_moving(booked: Chat) -> None:
    moving(booked, "move to highfields", stranger=True).is_told("change.unknown_library").is_asked("session")
    moving(booked, "move to central", places=("central-library",)).is_told("change.not_there").reads(
        "Central Lending"
    )


def test_no_wish_moves_a_booking_by_itself(booked: Chat) -> None:
    moving(booked, "move it to wednesday", days=(WEDNESDAY,)).says("2").is_told("change.kept")
    assert booked.diary.booked[0].place == "fosse"


# junk --------------------------------------------------------------------------------------------------
WISHES = st.builds(
    Wishes,
    places=st.lists(st.sampled_from(["fosse", "belgrave", "central-library", "nowhere"]), max_size=3).map(
        tuple
    ),
    stranger=st.booleans(),
    near=st.lists(st.sampled_from(["fosse", "nowhere"]), max_size=2).map(tuple),
    days=st.lists(st.dates(date(2026, 11, 20), date(2026, 12, 3)), max_size=3).map(tuple),
    hours=st.lists(st.tuples(st.integers(0, 900), st.integers(901, 1440)), max_size=2).map(tuple),
    loose=st.booleans(),
    bare=st.booleans(),
)
TALK = [
    "book a work coach",
    "wish",
    "1",
    "2",
    "0",
    "Amina",
    "yes",
    "move it",
    "more",
    "no",
    "help",
    "citizenship",
]


@given(st.lists(st.tuples(st.sampled_from(TALK), WISHES), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_heap_of_wishes_makes_it_raise(chat: Chat, said: list[tuple[str, Wishes]]) -> None:
    chat.stored = json.dumps(State().to_json())
    chat.means("move it", "change_booking").means("citizenship", "book_session", "citizenship_practice")
    for text, wishes in said:
        chat.wished[text] = wishes
        before = len(chat.diary.booked)
        chat.says(text)
        assert chat.messages
        assert chat.text
        assert len(chat.diary.booked) == before or text in ("1", "yes")


# a wish and nothing else ------------------------------------------------------------------------------
@pytest.mark.parametrize("sure", [True, False])
@pytest.mark.parametrize("taken_for", ["emergency", "out_of_scope"])
def test_a_library_by_itself_is_asked_about_whatever_it_was_taken_for(
    chat: Chat, taken_for: str, sure: bool
) -> None:
    chat.means("بلجريف", taken_for, sure=sure).wishes("بلجريف", places=("belgrave",), bare=True).says(
        "بلجريف"
    )
    chat.is_told("desk.did_you_mean").reads("1 Opening times, addresses", "2 Book a place", "3 My bookings")
    assert not chat.diary.tasks
    chat.says("2").is_asked("service").reads("4 Work coach")
    chat.says("4").is_asked("session").reads("Work coach, Belgrave Library")


def test_a_library_that_answers_a_question_is_never_danger(chat: Chat) -> None:
    chat.says("book a work coach").is_asked("place")
    chat.means("بلجريف", "emergency").wishes("بلجريف", places=("belgrave",), bare=True).says("بلجريف")
    chat.is_asked("session").reads("Belgrave Library")


def test_a_day_said_before_it_is_asked_for_is_kept(chat: Chat) -> None:
    chat.says("book a work coach").is_asked("place").reads("1 Fosse Library")
    chat.wishes("mercredi", days=(WEDNESDAY,), bare=True).says("mercredi")
    chat.is_asked("place").reads("1 Belgrave Library").says("1").is_asked("name")


def test_a_request_that_is_surely_read_from_a_single_name_is_answered(chat: Chat) -> None:
    chat.means("belgrave", "opening_hours").wishes("belgrave", places=("belgrave",), bare=True).says(
        "belgrave"
    )
    assert "desk.did_you_mean" not in chat.keys
