"""Short answers with the words of every language, and the language of a cry for help."""

import pytest
from sqlalchemy import select

from flows import answers
from flows.context import Heard
from flows.message import Option
from flows.values import Text
from flows.words import Words
from nlu.always import is_polite
from store import database
from store.models import Contact
from tests.bot.house import House

LINES = tuple(Option(f"7:{id_}", Text("…")) for id_ in ("yes", "no", "back"))
WORDS = Words({})
NUMBERS = """2 please|no. 2|number 2|option 2|I choose 2|2 svp|2 por favor|2 proszę|2 fadlan|2 من فضلك|رقم 2
۲ لطفا|نمبر 2|2 እባክዎ|٢ تکایە|numéro 2|numer 2|2 thanks|2 merci|٢ شكرا|፪ እባክዎ|2 będzie|2 pm"""
YES = """yes thanks|sí gracias|tak dziękuję|haa mahadsanid|بەڵێ سوپاس|ہاں شکریہ|አዎ አመሰግናለሁ|ok thank you
ok merci|vale gracias|نعم شكرا|آره مرسی|እሺ አመሰግናለሁ|добре дякую|thank you, yes"""
NO = "no thanks|لا شكرا|non merci|ні дякую|nie dziękuję|نه ممنون|maya mahadsanid|no gracias|نہیں شکریہ"


def chosen(text: str, language: str = "en") -> str:
    option = answers.read(Heard(text, polite=is_polite), LINES, WORDS, language)
    return option.bare if option else ""


def texts(lines: str) -> list[str]:
    return lines.replace("\n", "|").split("|")


@pytest.mark.parametrize("text", texts(NUMBERS))
def test_a_number_is_read_beside_the_polite_words_of_any_language(text: str) -> None:
    other = text in {"2 będzie", "2 pm"}
    assert chosen(text) == ("" if other else "no")


@pytest.mark.parametrize("text", texts(YES))
def test_a_yes_with_thanks_is_a_yes(text: str) -> None:
    assert chosen(text) == "yes"


@pytest.mark.parametrize("text", texts(NO))
def test_a_no_with_thanks_is_a_no(text: str) -> None:
    assert chosen(text) == "no"


@pytest.mark.parametrize("text", ["thanks", "no yes", "yes but not today", "merci beaucoup"])
def test_what_is_no_plain_answer_is_none(text: str) -> None:
    assert chosen(text) == ""


def test_polish_no_is_not_read() -> None:
    assert (chosen("no", "pl"), chosen("no"), chosen("nie", "pl")) == ("", "no", "no")


def test_a_cry_for_help_is_answered_in_its_own_language(house: House) -> None:
    """Lists of other languages hold loanwords like "ambulance", "rape"."""
    cries = {"I was raped": "en", "I am bleeding": "en", "J'ai besoin d'une ambulance": "fr"}
    for number, text in enumerate(cries):
        assert "999" in house.sms(f"+44770090012{number}", text)
    with database.transaction(house.desk.engine) as session:
        found = session.scalars(select(Contact).order_by(Contact.id))
        assert [contact.language for contact in found] == list(cries.values())
