"""Teach the desk: what was not understood is read, named, and handed to the training."""

import pytest

from flows.languages import ENGLISH
from staff.english import MEANINGS
from store.database import transaction
from store.models import Lesson
from tests.staff.conftest import Browser, House, browsing


def kept(house: House, lesson_id: int) -> Lesson:
    with transaction(house.engine) as session:
        return session.get_one(Lesson, lesson_id)


def test_every_label_of_the_model_has_plain_words() -> None:
    from nlu.labels import LABELS
    from nlu.language import LANGUAGES as CODES

    assert set(MEANINGS) == LABELS
    assert set(ENGLISH) == set(CODES)


def test_a_message_is_taught_and_the_next_one_opens(either_house: House, either_browser: Browser) -> None:
    first, second = (
        either_house.unclear("waxaan rabaa <b>buug</b> Amina", "so"),
        either_house.unclear("warqad", "so"),
    )
    either_browser.log_in("sam")
    listed = either_browser.open("/lessons").text
    assert "2 messages that the desk did not understand" in listed
    assert "<b>buug" not in listed and "&lt;b&gt;buug" in listed
    either_browser.open(f"/lessons/{first}")
    page = either_browser.send(
        f"/lessons/{first}",
        {"meaning": "borrow_books", "text": "waxaan rabaa buug", "do": "teach", "language": "so"},
    )
    assert "Kept: Borrow, renew or return books. Here is the next one." in page.text
    assert str(page.url).endswith(f"/lessons/{second}?taught={first}")
    page = either_browser.send(f"/lessons/{second}", {"do": "drop"})
    assert "Left out." in page.text and "Nothing to teach" in page.text
    lesson = kept(either_house, first)
    assert (lesson.label, lesson.text, lesson.decided_by) == ("borrow_books", "waxaan rabaa buug", "sam")


def test_the_likeliest_meanings_stand_first(house: House) -> None:
    lesson = house.unclear("buug", "so")
    with browsing(house, guesses=lambda _text: ["borrow_books", "nonsense", "join_library"]) as browser:
        browser.log_in("sam")
        page = browser.open(f"/lessons/{lesson}").text
        assert (
            page.index('value="borrow_books"')
            < page.index('value="join_library"')
            < page.index('value="other"')
        )
        assert 'value="nonsense"' not in page
        browser.send(
            f"/lessons/{lesson}", {"meaning": "other", "other": "privacy", "text": "buug", "language": "so"}
        )
    assert kept(house, lesson).label == "privacy"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": "buug"}, "Choose what the person meant"),
        ({"text": "buug", "meaning": "pizza"}, "Choose what the person meant"),
        ({"text": " 12 ", "meaning": "privacy"}, "Leave the words of the message"),
    ],
)
def test_a_form_that_says_too_little_changes_nothing(
    house: House, browser: Browser, form: dict[str, str], said: str
) -> None:
    lesson = house.unclear("buug", "so")
    browser.log_in("sam")
    browser.open(f"/lessons/{lesson}")
    page = browser.send(f"/lessons/{lesson}", form)
    assert (page.status_code, said in page.text) == (422, True)
    assert kept(house, lesson).state == "open"


def test_what_looks_like_a_case_number_is_taken_out(house: House, browser: Browser) -> None:
    lesson = house.unclear("buug", "so")
    browser.log_in("sam")
    browser.open(f"/lessons/{lesson}")
    browser.send(
        f"/lessons/{lesson}", {"meaning": "privacy", "text": "card 4111 1111 1111 1111", "language": "xx"}
    )
    assert "4111" not in kept(house, lesson).text
    assert kept(house, lesson).language == "so"


def test_two_staff_teach_the_same_message_and_one_is_told_who(house: House, browser: Browser) -> None:
    lesson = house.unclear("buug", "so")
    house.staff("kim", name="Kim Osei")
    with browsing(house) as other:
        for each, who in ((browser, "sam"), (other, "kim")):
            each.log_in(who)
            each.open(f"/lessons/{lesson}")
        other.send(f"/lessons/{lesson}", {"do": "drop"})
        page = browser.send(f"/lessons/{lesson}", {"do": "drop"})
    assert page.status_code == 409
    assert "Already left out by Kim Osei" in page.text


def test_who_may_only_read_cannot_teach(house: House, browser: Browser) -> None:
    lesson = house.unclear("buug", "so")
    browser.log_in("vic")
    assert "Keep" not in browser.open(f"/lessons/{lesson}").text
    assert (
        browser.send(f"/lessons/{lesson}", {"do": "drop", "csrf": browser.hidden("csrf")}).status_code == 403
    )
