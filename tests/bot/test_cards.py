"""A desk card fits three SMS in every language, is a picture on Telegram, and text wherever a picture cannot be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import cards, fonts
from bot.press import NoPress, Press
from bot.replies import CAPTION, compose
from bot.segments import segments
from flows.card import BOOKING, HELP, TOPICS, card
from flows.intents import go, line
from flows.message import Message
from flows.mine import STATES
from flows.posters import NotPrinted
from flows.values import Name, Say, Text, Value, When
from flows.words import MARK, Words
from kb.load import load
from kb.phrases import phrases
from store import database, outbox
from store.models import Contact, OutboxRow
from tests.bot.house import House, open_house

KB = load()
WORDS = Words(phrases(KB))
LONGEST_NAME = Text("Abdulrahman-Mohammed Al Hassan Ibrahimovi")  # 41 letters: flows/book.py takes no more
LONGEST_DAY = datetime(2026, 9, 23, 13, 0, tzinfo=UTC)
AMINA = 4711
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


def booking(state: str = "approved", **changes: Value) -> Message:
    values: dict[str, Value] = {
        "service": Name("service", "work_coach"),
        "when": When(LONGEST_DAY),
        "place": Name("place", "central-library"),
        "reference": "LB-7Q2K",
        "name": Text("Amina"),
        "state": Say(f"state.{state}"),
    }
    return Message(BOOKING, {**values, **changes})


# the text ------------------------------------------------------------
@pytest.mark.parametrize("language", WORDS.languages)
def test_the_longest_card_fits_three_sms_and_keeps_what_a_desk_needs(language: str) -> None:
    services = [service.id for service in KB.services.values() if service.bookable]
    for service, place, state in product(services, KB.places, STATES):
        names = {"service": Name("service", service), "place": Name("place", place)}
        message = booking(state, name=LONGEST_NAME, **names)
        for said in ((message,), (Message(MARK), message)):
            shown, waiting = compose(WORDS, said, language, "sms")
            assert waiting == [] and segments(shown.with_numbers()).count <= 3
            for needed in ("LB-7Q2K", "23 Sept, 14:00", KB.places[place].name, KB.services[service].name):
                assert needed in shown.text


@pytest.mark.parametrize("language", WORDS.languages)
def test_the_longest_card_without_a_booking_fits_too(language: str) -> None:
    lines = (line(go("join_library")), line(go("book_session")))
    message = Message(HELP, {"language": Name("language", language)}, lines)
    for said in ((message,), (Message(MARK), message)):
        shown, waiting = compose(WORDS, said, language, "sms")
        assert waiting == [] and segments(shown.with_numbers()).count <= 3
        assert "I would like to ask about:" in shown.text


def test_where_there_is_room_nothing_is_left_out() -> None:
    shown, _ = compose(WORDS, [booking("requested")], "en", "try")
    assert shown.text == (
        "Please show this at the library desk.\nWork coach\nWed 23 Sept, 14:00, Central Lending Library\n"
        "Reference LB-7Q2K, Amina\nwaiting for staff\nTo move it or give it up, write to us here."
    )
    asking = Message(HELP, {"language": Name("language", "ti")})
    shown, _ = compose(WORDS, [asking], "ti", "telegram")
    assert shown.text.count(" / ") >= len(TOPICS) - 1


def test_own_language_comes_first_and_english_after_it() -> None:
    shown, _ = compose(WORDS, [booking()], "fa", "sms")
    own = WORDS.name("service", "work_coach", "fa")
    assert shown.text.index(own) < shown.text.index("\nWork coach")


def test_a_caption_is_never_longer_than_telegram_takes() -> None:
    long = booking(name=LONGEST_NAME)
    shown, _ = compose(WORDS, [long, long, long], "fr", "telegram")
    assert len(shown.text.encode("utf-16-le")) // 2 <= CAPTION
    assert shown.text.count("LB-7Q2K") >= 3


# the picture ------------------------------------------------------------
@pytest.mark.parametrize("language", WORDS.languages)
def test_every_language_has_all_its_letters(press: Press, language: str) -> None:
    asking = Message(HELP, {"language": Name("language", language)})
    for message in (booking("requested"), booking("offered"), asking):
        made = cards.cards(WORDS, [message], language, "telegram")
        assert press.missing("".join([*made[0].own.values(), *made[0].english.values()])) == ""
        assert cards.picture(press, made).startswith(PNG)


def test_every_text_of_the_catalogues_could_be_printed(press: Press) -> None:
    lacking = {
        language: press.missing("".join(entry.text for entry in WORDS.written(language).values()))
        for language in WORDS.languages
    }
    assert {language: letters for language, letters in lacking.items() if letters} == {}


def test_a_name_that_no_typeface_has_is_left_to_the_text(press: Press) -> None:
    made = card(WORDS, booking(name=Text("王 😀")), "ar", "telegram")
    assert press.missing(made.english["name"]) == "王😀"
    assert cards.picture(press, [made]).startswith(PNG)


def test_what_a_name_holds_is_set_as_text_and_never_as_markup(press: Press) -> None:
    for name in ("#panic()", "*a* _b_ $c$ `d` <e> @f \\u{1}", "}}]//", '"#eval("1")'):
        made = card(WORDS, booking(name=Text(name)), "en", "telegram")
        assert cards.picture(press, [made]).startswith(PNG)


def test_a_letter_without_a_glyph_is_not_printed_as_an_empty_box(press: Press) -> None:
    made = card(WORDS, booking(), "en", "telegram")
    with pytest.raises(NotPrinted, match="without a glyph"):
        cards.picture(press, [replace(made, english={**made.english, "place": "王"})])


def test_without_its_typefaces_there_is_no_press(tmp_path: Path) -> None:
    with pytest.raises(NoPress):
        Press(tmp_path)
    for name in fonts.NAMES:
        (tmp_path / name).write_bytes(b"not a typeface")
    with pytest.raises(NoPress):
        Press(tmp_path)


# sending ------------------------------------------------------------
def card_for(house: House, message: Message) -> None:
    """A card waits in the outbox for Amina."""
    with database.transaction(house.desk.engine) as session:
        contact = session.scalars(select(Contact)).one()
        outbox.queue(
            session, contact.id, "notice", {"messages": [message.to_json()]}, dedupe=None, now=house.clock()
        )


def states(house: House) -> list[str]:
    with database.transaction(house.desk.engine) as session:
        query = select(OutboxRow.state).where(OutboxRow.kind == "notice").order_by(OutboxRow.id)
        return list(session.scalars(query))


@pytest.fixture
def talking(house: House) -> House:
    house.telegram_text(AMINA, "Hello, good morning")
    return house


def test_on_telegram_the_card_is_a_picture_with_the_same_words_under_it(talking: House) -> None:
    caption = talking.telegram_text(AMINA, "card")
    sent = talking.telegram.sent[-1]
    assert sent["photo"].startswith(PNG)
    assert "I would like to ask about:" in caption
    assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "go:join_library"
    assert talking.telegram.calls[-1] == "sendPhoto"


def test_the_card_of_a_booking_is_sent_as_it_stands(talking: House) -> None:
    talking.telegram_text(AMINA, "I want to book a work coach")
    for text in ("1", "1", "Amina", "1"):
        talking.telegram_text(AMINA, text)
    caption = talking.telegram_text(AMINA, "my card, please")
    assert talking.bookings()[0].reference in caption and "waiting for staff" in caption
    assert talking.telegram.sent[-1]["photo"].startswith(PNG)


@pytest.mark.parametrize("language", ["ar", "ti", "fa"])
def test_a_card_in_another_script_goes_out(talking: House, language: str) -> None:
    with database.transaction(talking.desk.engine) as session:
        session.scalars(select(Contact)).one().language = language
    card_for(talking, booking())
    talking.work()
    assert states(talking) == ["sent"]
    assert talking.telegram.sent[-1]["photo"].startswith(PNG)


def test_a_picture_that_telegram_does_not_want_goes_out_as_text(talking: House) -> None:
    talking.telegram.faults.append("photo")
    card_for(talking, booking())
    talking.work()
    assert states(talking) == ["sent"]
    assert "photo" not in talking.telegram.sent[-1] and "LB-7Q2K" in talking.telegram.to(AMINA)[-1]


def test_without_a_press_the_card_goes_out_as_text(talking: House) -> None:
    talking.worker.sender.press = None
    card_for(talking, booking())
    talking.work()
    assert states(talking) == ["sent"]
    assert "photo" not in talking.telegram.sent[-1] and "LB-7Q2K" in talking.telegram.to(AMINA)[-1]


class Jammed(Press):
    """A press that prints nothing."""

    def picture(self, template: str, data: object) -> bytes:
        raise NotPrinted("jammed")


def test_a_press_that_jams_costs_only_the_picture(talking: House) -> None:
    talking.worker.sender.press = Jammed()
    card_for(talking, booking())
    talking.work()
    assert states(talking) == ["sent"]
    assert "LB-7Q2K" in talking.telegram.to(AMINA)[-1]


def test_46_a_429_keeps_the_card_for_later(talking: House) -> None:
    talking.telegram.faults.append("429")
    card_for(talking, booking())
    talking.work()
    assert states(talking) == ["queued"]
    talking.clock.forward(seconds=40)
    talking.work()
    assert states(talking) == ["sent"]
    assert len([each for each in talking.telegram.sent if "photo" in each]) == 1


def test_47_a_card_of_which_nobody_knows_whether_it_went_is_never_sent_again(talking: House) -> None:
    talking.telegram.faults.append("drop")
    card_for(talking, booking())
    for _ in range(3):
        talking.work()
        talking.clock.forward(minutes=10)
    assert states(talking) == ["unsure"]
    assert len([each for each in talking.telegram.sent if "photo" in each]) == 1


def test_by_sms_the_card_is_text_in_the_reply(house: House) -> None:
    house.sms("+447700900123", "Waxaan rabaa inaan ballan ka qabsado work coach")
    assert "I speak Somali." in house.sms("+447700900123", "kaarkayga")


# the try-out page ------------------------------------------------------------
@pytest.fixture
def demo(sqlite_url: str, now: datetime) -> Iterator[House]:
    with open_house(sqlite_url, now, demo=True) as opened:
        yield opened


def test_the_try_out_page_shows_the_picture_to_its_person_only(demo: House) -> None:
    page = demo.http.post("/try", data={"text": "card"}, follow_redirects=True)
    shown = page.text.partition('<img class="card" src="')[2].partition('"')[0]
    assert demo.http.get(shown).content.startswith(PNG)
    assert demo.http.get("/try/card/999999").status_code == 404
    demo.http.cookies.clear()
    assert demo.http.get(shown).status_code == 404
    demo.http.post("/try", data={"text": "hello"})
    assert demo.http.get(shown).status_code == 404
