"""The translation desk: what was approved goes out, what is wrong is said, and nobody's work is lost."""

from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pytest

from flows.catalogue import Entry
from flows.message import Message
from flows.numbers import Plural
from store.database import transaction
from store.translations import save
from tests.staff.conftest import PASSWORD, PHRASES, House
from tests.staff.translating import APPROVED, ENGLISH, KEY, Desk, kept, sent, sitting, words_of


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    house.staff("mia", role="manager", name="Mia Jones")
    with sitting(house) as desk:
        yield desk


def test_only_who_may_texts_sees_them(house: House, desk: Desk) -> None:
    assert '/staff/texts"' in desk.open("/more").text
    for who in ("vic", "sam"):
        with sitting(house, who) as other:
            assert '/staff/texts"' not in other.open("/more").text
            for path in (
                "/texts",
                "/texts/fr",
                f"/texts/fr/text/{KEY}",
                "/texts/fr/export",
                "/texts/fr/import",
            ):
                assert other.open(path).status_code == 403
            other.open("/")
            assert other.send(f"/texts/fr/text/{KEY}", {"text-0": "x", "do": "approve"}).status_code == 403
    assert kept(house) == []


def test_each_language_is_counted_and_its_unread_safety_texts_are_named(desk: Desk) -> None:
    page = desk.open("/texts").text
    assert "French" in page and "1 safety text that nobody has reviewed" in page
    assert '>1<span class="govuk-visually-hidden"> draft, French' in page


def test_safety_comes_first_then_what_needs_a_person_most(house: House, desk: Desk) -> None:
    with transaction(house.engine) as session:
        for key, state, english in (
            ("mine.none", "reviewed", "You have no bookings."),
            ("book.gone", "draft", "Old."),
        ):
            save(session, "fr", key, english=[english], forms=["Un mot."], state=state, who="Ann", actor="ann",
                 now=house.clock.now)  # fmt: skip
    page = desk.open("/texts/fr").text
    assert page.index("Emergency: call") < page.index("Book: gone") < page.index("Desk: please text")
    assert "English changed" in page and "page=2" in page
    assert page.count('scope="row"') == 25
    assert "Mine: none" in desk.open("/texts/fr?show=reviewed").text
    assert desk.open("/texts/fr?show=answers").text.count('scope="row"') == len(PHRASES)
    found = desk.open("/texts/fr?q=UN+MOT").text
    assert "<strong>2 texts</strong>" in found
    assert "There are none." in desk.open("/texts/fr?q=%3Cscript%3Enothing").text
    assert desk.open("/texts/fr?page=999").text.count('scope="row"') > 0


def test_an_approved_text_goes_out_at_once_and_the_next_one_opens(house: House, desk: Desk) -> None:
    assert "votre place" in desk.text()
    page = desk.save(APPROVED)
    assert "Approved: Booking: approved. Here is the next one." in page
    assert "/texts/fr/text/" in str(desk.page.url) and KEY not in str(desk.page.url).partition("?")[0]
    (row,) = kept(house)
    assert (row.who, row.state, row.english, row.text) == ("Mia Jones", "reviewed", [ENGLISH], [APPROVED])
    assert sent(house) == APPROVED
    assert "Approved by Mia Jones, 09:00" in desk.text()


def test_the_filter_is_kept_from_text_to_text(desk: Desk) -> None:
    desk.text("kb.place.fosse.name", show="answers")
    desk.page = desk.client.post(
        "/staff/texts/fr/text/kb.place.fosse.name?show=answers",
        data={
            "csrf": desk.hidden("csrf"),
            "version": desk.hidden("version"),
            "text-0": "Fosse",
            "do": "approve",
        },
    )
    assert "/text/kb." in str(desk.page.url) and "show=answers" in str(desk.page.url)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C'est confirmé : {service}, {when}, {place}. {reference}", "{name} is missing."),
        (APPROVED + " {phone}", "{phone} is not in the English."),
        (APPROVED.replace("{place}", "l{place}"), "{place} touches the word beside it."),
        (APPROVED + " {", "A curly bracket belongs to no slot."),
        (" \r\n", "It is empty."),
    ],
)
def test_wrong_slots_are_refused_in_a_sentence_and_the_words_stay(
    house: House, desk: Desk, text: str, said: str
) -> None:
    desk.text()
    page = desk.save(text)
    assert desk.page.status_code == 422
    assert said in page and text.strip() in page
    assert kept(house) == []


def test_what_is_written_is_shown_as_text_and_cleaned(house: House, desk: Desk) -> None:
    desk.text("mine.none")
    page = desk.send(
        "/texts/fr/text/mine.none", {"text-0": "<script>\u202e1</script>\r\nRien.", "do": "draft"}
    ).text
    assert "<script>1" not in page and "&lt;script&gt;1&lt;/script&gt;" in page
    assert kept(house, "mine.none")[0].text == ["<script>1</script>\nRien."]


def test_a_draft_is_saved_and_stays_open(house: House, desk: Desk) -> None:
    desk.text()
    page = desk.save(APPROVED, "draft")
    assert "Saved as a draft: Booking: approved." in page and KEY in str(desk.page.url)
    assert words_of(house).entry(KEY, "fr").status == "draft" and sent(house) == APPROVED


def test_a_look_changes_nothing_and_says_what_it_costs(house: House, desk: Desk) -> None:
    desk.text()
    page = desk.save(APPROVED.replace("'", "’"), "check")
    assert desk.page.status_code == 200 and kept(house) == []
    assert "1 SMS" in page or "2 SMS" in page
    assert "Write ' for ’" in page
    assert "Amina, c'est confirmé : Work coach session, mar. 24 nov., 14:00" in page
    long = desk.save(APPROVED + " très ô long" * 40, "check")
    assert "Too long: three is the most" in long


def test_two_at_the_same_text_and_the_later_one_is_told_and_keeps_their_words(
    house: House, desk: Desk
) -> None:
    house.staff("kim", role="manager", name="Kim Osei")
    desk.text()
    with sitting(house, "kim") as other:
        other.text()
        other.save(APPROVED)
    mine = APPROVED.replace("c'est", "tout est")
    page = desk.save(mine)
    assert desk.page.status_code == 409
    assert "Already approved by Kim Osei at 09:00" in page and "What you wrote is still in the box" in page
    assert mine in page and APPROVED in page
    assert len(kept(house)) == 1
    desk.save(mine)
    assert sent(house) == mine and [row.version for row in kept(house)] == [2, 1]


def test_english_that_changes_while_somebody_writes_is_noticed(house: House) -> None:
    house.staff("mia", role="manager", name="Mia Jones")
    words = words_of(house, dict(PHRASES))
    with sitting(house, words=words) as desk:
        desk.text("kb.place.fosse.name")
        words.phrases = {**words.phrases, "kb.place.fosse.name": "New Fosse Library"}
        page = desk.save("Fosse", key="kb.place.fosse.name")
        assert desk.page.status_code == 409 and "English was changed while you were writing" in page
        assert ">Fosse</textarea>" in page and "New Fosse Library" in page
        desk.save("Fosse", key="kb.place.fosse.name")
    assert kept(house, "kb.place.fosse.name")[0].english == ["New Fosse Library"]


def test_an_earlier_translation_is_put_back_in_the_state_it_had(house: House, desk: Desk) -> None:
    desk.text()
    desk.save(APPROVED)
    desk.text()
    desk.save(APPROVED.replace("c'est", "tout est"))
    first = kept(house)[-1]
    page = desk.text()
    assert page.count("Put this one back") == 2
    desk.save("", "back", version_of=str(first.id))
    assert sent(house) == APPROVED and kept(house)[0].state == "reviewed"
    desk.text()
    desk.save("", "back", version_of="0")
    assert "votre place est confirmée" in sent(house) and kept(house)[0].state == "draft"
    desk.text()
    assert "Choose one of the earlier" in desk.save("", "back", version_of="777")


def test_one_made_for_other_english_is_put_into_the_box_and_not_back(house: House, desk: Desk) -> None:
    with transaction(house.engine) as session:
        old = save(session, "fr", KEY, english=["Old {name}."], forms=["Vieux {name}."], state="reviewed", who="Ann",
                   actor="ann", now=house.clock.now).id  # fmt: skip
    desk.text()
    desk.save(APPROVED)
    assert "for other English" in desk.text()
    page = desk.save("", "back", version_of=str(old))
    assert desk.page.status_code == 409
    assert "made for other English" in page and ">Vieux {name}.</textarea>" in page
    assert sent(house) == APPROVED


def test_a_stale_text_shows_the_english_it_was_made_for(house: House, desk: Desk) -> None:
    (house.texts / "fr.po").write_text("", "utf-8")
    with transaction(house.engine) as session:
        save(session, "fr", "mine.none", english=["You have nothing."], forms=["Rien."], state="reviewed", who="Ann",
             actor="ann", now=house.clock.now)  # fmt: skip
    page = desk.text("mine.none")
    assert "English has changed since" in page and "You have nothing." in page
    assert sent(house, "mine.none") == "You have no bookings."
    desk.save("Aucune réservation.", key="mine.none")
    assert sent(house, "mine.none") == "Aucune réservation."


def test_a_safety_text_is_approved_only_by_who_says_that_they_read_it(house: House, desk: Desk) -> None:
    text = "{police} {nhs} {samaritans} {violence} {slavery}."
    assert "A safety text" in desk.text("emergency.call")
    page = desk.save(text, key="emergency.call")
    assert desk.page.status_code == 422 and "Read each line and each number once more" in page
    desk.save(text, key="emergency.call", read="yes")
    assert sent(house, "emergency.call") == text


def test_a_machines_suggestion_is_marked_and_never_made_for_a_safety_text(house: House) -> None:
    house.staff("mia", role="manager", name="Mia Jones")
    asked: list[str] = []

    def drafts(entry: Entry, language: str) -> str | None:
        asked.append(entry.key)
        return f"{language}: {entry.english}"

    with sitting(house, drafts=drafts) as desk:
        page = desk.text("mine.none")
        assert "fr: You have no bookings." in page and "(by a machine, not checked)" in page
        page = desk.save("", "machine", key="mine.none")
        assert ">fr: You have no bookings.</textarea>" in page and kept(house, "mine.none") == []
        assert "A machine suggests" not in desk.text("emergency.call")
        desk.save("", "machine", key="emergency.call")
    assert set(asked) == {"mine.none"}


def test_a_text_with_a_number_has_a_box_for_each_form(house: House) -> None:
    house.staff("mia", role="manager", name="Mia Jones")
    phrases = {**PHRASES, "kb.places": Plural("{count} place", "{count} places")}
    with sitting(house, words=words_of(house, phrases)) as desk:
        page = desk.text("kb.places")
        assert "French for 0, 1 …" in page and "French for 2, 3, 4, 5 …" in page
        form = {"text-0": "{count} lieu", "text-1": "", "do": "approve"}
        assert "A form is empty." in unescape(desk.send("/texts/fr/text/kb.places", form).text)
        page = unescape(
            desk.send("/texts/fr/text/kb.places", {**form, "text-1": "{count} lieux", "do": "check"}).text
        )
        assert "0 lieu<" in page and "2 lieux<" in page
        desk.send("/texts/fr/text/kb.places", {**form, "text-1": "{count} lieux"})
    words = words_of(house, phrases)
    said = [words.render(Message("kb.places", {"count": n}), "fr").text for n in (1, 2)]
    assert said == ["1 lieu", "2 lieux"]


@pytest.mark.parametrize(
    "path", ["/texts/xx", "/texts/en", f"/texts/xx/text/{KEY}", "/texts/fr/text/no.such"]
)
def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    assert desk.open(path).status_code == 404


def test_a_log_in_in_between_keeps_the_words(house: House, desk: Desk) -> None:
    """Bad input 37."""
    desk.text()
    house.clock.forward(minutes=31)
    page = desk.save(APPROVED)
    assert "Log in" in page
    back = str(desk.page.url).partition("back=")[2]
    page = unescape(
        desk.send("/login", {"username": "mia", "password": PASSWORD, "back": unquote(back)}).text
    )
    assert "What you wrote is still here" in page and f">{APPROVED}</textarea>" in page
    assert kept(house) == []


def test_a_form_without_its_token_changes_nothing(house: House, desk: Desk) -> None:
    desk.text()
    assert (
        desk.send(f"/texts/fr/text/{KEY}", {"text-0": APPROVED, "do": "approve", "csrf": "x"}).status_code
        == 403
    )
    assert kept(house) == []
