"""A poster in every language: one page, every letter there, the number to read, and codes that phones can read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from typer.testing import CliRunner

from bot.cli import app
from bot.posters import NoSuchPoster, Posters, Way, not_set, ways
from bot.press import Press
from bot.settings import Settings
from flows import posters as texts
from flows.words import MARK, Words, own_english
from kb.load import load
from kb.phrases import phrases

KB = load()
PHRASES = phrases(KB)
PLACES = {place.id: place.name for place in KB.places.values()}
WAYS = (
    Way("sms", "07700 900123", "sms:+447700900123"),
    Way("telegram", "@leicester_desk_bot", "https://t.me/leicester_desk_bot"),
)
LANGUAGES = Words(PHRASES).languages
A4 = (595, 841)  # whole points


@dataclass(frozen=True)
class Approval:
    """What a person has made of a text."""

    english: Sequence[str]
    text: Sequence[str]
    state: str = "reviewed"
    who: str = "A. Person"
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)


def everything_in(marker: str) -> Words:
    """A catalogue in which a person has approved every text of a poster: its English behind a marker."""
    english = {**own_english(), **PHRASES}
    approved: Mapping[str, Approval] = {
        key: Approval((text,), (f"{marker} {text}",))
        for key, text in english.items()
        if isinstance(text, str)
    }
    return Words(PHRASES, approved=lambda _language: approved)


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


@pytest.fixture(scope="module")
def posters(press: Press) -> Posters:
    return Posters(press, Words(PHRASES), PLACES, WAYS)


@dataclass
class Paper:
    """A PDF as a reader sees it."""

    pages: int
    size: tuple[int, int]
    text: str
    codes: set[str]


def read(pdf: bytes) -> Paper:
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    words = page.get_textpage()
    pixels = page.render(scale=3, grayscale=True).to_numpy()
    width, height = page.get_size()
    paper = Paper(
        len(document),
        (int(width), int(height)),
        words.get_text_range(),
        {found.text for found in zxingcpp.read_barcodes(pixels)},
    )
    words.close()
    document.close()
    return paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poster_in_every_language_is_one_page_with_the_number_and_codes_that_lead_there(
    posters: Posters, language: str
) -> None:
    paper = read(posters.pdf(language, "central-library"))
    assert (paper.pages, paper.size) == (1, A4)
    for written in ("07700 900123", "@leicester_desk_bot", "Central Lending Library", "Join the library"):
        assert written in paper.text
    assert paper.codes == {way.address for way in WAYS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leaflet_in_every_language_is_one_page_to_fold_with_the_number_on_both_halves(
    posters: Posters, language: str
) -> None:
    paper = read(posters.pdf(language, "fosse", leaflet=True))
    assert (paper.pages, paper.size) == (1, (A4[1], A4[0]))
    assert paper.text.count("07700 900123") == 2
    assert paper.codes == {way.address for way in WAYS}


@pytest.mark.parametrize("place", PLACES)
def test_every_library_has_its_name_on_it(posters: Posters, place: str) -> None:
    assert PLACES[place] in read(posters.pdf("so", place)).text


def test_a_long_language_is_set_smaller_and_still_on_one_page(press: Press) -> None:
    long = Posters(press, everything_in("Wortungeheuer " * 6), PLACES, WAYS)
    for leaflet in (False, True):
        paper = read(long.pdf("fr", "central-library", leaflet=leaflet))
        assert paper.pages == 1 and "07700 900123" in paper.text
        assert paper.codes == {way.address for way in WAYS}


def test_what_nobody_has_checked_says_so_in_both_languages(posters: Posters) -> None:
    assert posters.standing("fr", "fosse").drafts
    text = read(posters.pdf("fr", "fosse")).text.replace("\r\n", " ")
    assert posters.words.english(MARK) in text


def test_what_a_person_has_approved_says_nothing_of_the_kind(press: Press) -> None:
    checked = Posters(press, everything_in("Approuvé:"), PLACES, WAYS)
    assert checked.standing("fr", "fosse").is_checked
    text = read(checked.pdf("fr", "fosse")).text
    assert checked.words.english(MARK) not in text.replace("\r\n", " ")
    assert "Approuvé: Send a text message" in text


def test_english_alone_is_said_once(posters: Posters) -> None:
    text = read(posters.pdf("en", "fosse")).text
    assert text.count(texts.TEXTS["poster.title"]) == 1 and posters.standing("en", "fosse").is_checked


def test_what_is_not_set_is_left_out(press: Press) -> None:
    for left, gone in ((WAYS[:1], "@leicester_desk_bot"), (WAYS[1:], "07700"), ((), "07700")):
        paper = read(Posters(press, Words(PHRASES), PLACES, left).pdf("ar", "fosse"))
        assert paper.codes == {way.address for way in left}
        assert gone not in paper.text and paper.pages == 1


def test_a_poster_says_nothing_of_what_a_message_costs() -> None:
    assert not [text for text in texts.TEXTS.values() if "free" in text or "cost" in text]


def test_no_sensitive_group_is_on_a_wall() -> None:
    sensitive = {service.intent or service.id for service in KB.services.values() if service.sensitive}
    assert sensitive and not sensitive & set(texts.TOPICS)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"sms_number": "+447700900123"}, ["07700 900123"]),
        ({"sms_number": "07700 900 123"}, ["07700 900123"]),
        ({"twilio_from": "+447700900123"}, ["07700 900123"]),
        ({"twilio_from": "+447700900123", "sms_number": "+353209123456"}, ["+353 20 912 3456"]),
        ({"sms_number": "call us"}, []),
        ({"sms_number": "12"}, []),
        ({"telegram_username": "@leicester_desk_bot"}, ["@leicester_desk_bot"]),
        ({"telegram_username": "leicester_desk_bot "}, ["@leicester_desk_bot"]),
        ({"telegram_username": "https://t.me/x"}, []),
        ({"telegram_username": "a b"}, []),
        ({"telegram_username": "evil?start=<script>"}, []),
        ({}, []),
    ],
)
def test_only_a_real_number_and_a_real_name_get_onto_paper(
    settings: dict[str, str], found: list[str]
) -> None:
    given = ways(Settings(**settings))  # type: ignore[arg-type]
    assert [way.shown for way in given] == found
    assert len(not_set(given)) == 2 - len(found)


def test_there_is_no_poster_for_what_is_not_there(posters: Posters) -> None:
    for language, place in (("xx", "fosse"), ("so", "nowhere"), ("../so", "fosse")):
        with pytest.raises(NoSuchPoster):
            posters.pdf(language, place)


# welcome poster ------------------------------------------------------------
@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a number set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELCOME_SMS_NUMBER", "07700900123")
    return tmp_path


def test_the_command_writes_one_poster(room: Path) -> None:
    done = CliRunner().invoke(app, ["poster", "--language", "so", "--place", "fosse", "--to", "a/so.pdf"])
    assert done.exit_code == 0, done.output
    assert "WELCOME_TELEGRAM_USERNAME is not set" in done.output
    assert read((room / "a/so.pdf").read_bytes()).codes == {"sms:+447700900123"}


def test_the_command_writes_a_leaflet_for_every_language(room: Path) -> None:
    done = CliRunner().invoke(app, ["poster", "--all", "--leaflet", "--to", "wall"])
    assert done.exit_code == 0, done.output
    assert {file.name for file in (room / "wall").iterdir()} == {
        f"leaflet-{language}-central-library.pdf" for language in LANGUAGES
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--language", "xx"], "There is no poster in xx."),
        ([], "Which language?"),
        (["--language", "so", "--place", "nowhere"], "There is no library nowhere."),
    ],
)
def test_the_command_says_what_there_is_to_choose_from(room: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["poster", *arguments])
    assert done.exit_code == 1 and said in done.output
    assert list(room.iterdir()) == []


def test_the_command_says_when_a_poster_cannot_be_made(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def jam(*_given: object, **_more: object) -> bytes:
        raise texts.NotPrinted("jammed")

    monkeypatch.setattr(Press, "pdf", jam)
    done = CliRunner().invoke(app, ["poster", "--language", "so"])
    assert done.exit_code == 1 and "could not be made: jammed" in done.output
