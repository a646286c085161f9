"""A text falls into sentences and parts in every script, and a part that asks is told from one that tells."""

import re
from pathlib import Path

import pytest
import yaml

from nlu.language import LANGUAGES, ROMANISED
from nlu.letters import script_of
from nlu.sentences import ASKING, asks, sentences, split

FILES = sorted(ASKING.glob("*.yml"))


def parts(text: str, language: str) -> list[str]:
    return [part.text for sentence in split(text, language) for part in sentence.parts]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("How do I join? When is it open?", 2),
        ("كيف أسجل؟ وكم سعر الطباعة", 2),
        ("میں ممبر بننا چاہتا ہوں۔ کب کھلتا ہے؟", 2),
        ("እንዴት እመዘገባለሁ። መቼ ይከፈታል፧ አመሰግናለሁ", 3),
        ("¿Cómo me hago socio? ¿Cuánto cuesta?", 2),
        ("¿Hola qué tal ¿cuánto cuesta", 2),
        ("one\ntwo\n\nthree", 3),
        ("Really?!! Yes… no", 3),
        ("Call 0116.123 at 9.30 on example.org please", 1),
        ("I see Dr. Khan at St. Matthews at 3 p.m. on Monday", 1),
        ("??? ... !!!", 0),
        ("", 0),
        ("12. 13. 14.", 0),
    ],
)
def test_sentences_end_where_they_end_in_their_script(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "how do I join and when is the group", 2),
        ("en", "I want to cancel, and also what are your hours", 2),
        ("ar", "كيف أسجل وكم سعر الطباعة", 2),
        ("ar", "أحب القراءة والكتابة", 1),
        ("pl", "jak się zapisać i kiedy jest otwarte", 2),
        ("en", "i want to join", 1),
        ("fr", "comment s'inscrire et quand ouvrez-vous", 2),
        ("so", "sidee u xubin noqdaa iyo goorma la furaa", 2),
        ("uk", "як записатися і коли відкрито", 2),
        ("am", "እንዴት እመዘገባለሁ እና መቼ ይከፈታል", 2),
        ("fa-Latn", "chetor ozv besham va key baz ast", 2),
        ("ckb", "how do I join and when is it open", 2),
        ("xx", "how do I join and when is it open", 2),
    ],
)
def test_and_joins_in_each_language_by_its_own_word(language: str, text: str, count: int) -> None:
    assert len(parts(text, language)) == count


@pytest.mark.parametrize(
    ("language", "asking", "telling"),
    [
        ("en", "I would like a library card", "I came to Leicester in March"),
        ("ar", "أريد بطاقة المكتبة", "وصلت إلى ليستر في الشتاء"),
        ("ar", "وكم سعر الطباعة", "أولادي في المدرسة"),
        ("fr", "je voudrais une carte", "nous habitons près de la gare"),
        ("so", "waxaan rabaa kaarka", "Leicester ayaan degganahay"),
        ("ti", "ካርድ እደሊ", "ኣብ ሌስተር እየ"),
        ("es", "necesito la tarjeta", "vivo cerca del parque"),
    ],
)
def test_a_part_that_asks_is_told_from_one_that_tells(language: str, asking: str, telling: str) -> None:
    assert asks(asking, language)
    assert not asks(telling, language)


@pytest.mark.parametrize("mark", ["?", "؟", "፧"])
def test_a_question_mark_of_any_script_asks(mark: str) -> None:
    assert asks(f"ESOL{mark}", "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Do I need a visa and a passport to join?"),
        ("fr", "Est-ce qu'il faut un visa et un passeport pour s'inscrire ?"),
        ("fa", "آیا ویزا و پاسپورت برای عضویت لازم است؟"),
    ],
)
def test_the_mark_at_the_end_of_a_question_about_two_things_makes_no_second_one(
    language: str, text: str
) -> None:
    (sentence,) = split(text, language)
    assert [part.asks for part in sentence.parts] == [True, False]


def test_a_story_without_full_stops_is_cut_into_what_one_says_in_a_breath() -> None:
    story = "my name is Samira and I came from Sudan with my two girls " * 10
    found = split(story, "en")
    assert len(found) > 5
    assert all(len(sentence.text.split()) <= 18 for sentence in found)
    assert len(split("x" * 1_600, "en")) == 1
    assert sum(len(sentence.text.split()) for sentence in split("kelime " * 200, "en")) == 200


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_language_has_its_words_in_its_script(file: Path) -> None:
    words = yaml.safe_load(file.read_text("utf-8"))
    assert words["code"] == file.stem and words["source"]
    assert words["joining"] and len(words["asking"]) > 20
    script = script_of(["".join(words["asking"])])
    odd = [word for word in words["asking"] if script_of([word * 2]) is not script]
    assert not odd
    assert all(isinstance(word, str) and not re.search(r"[?.!,]", word) for word in words["asking"])


def test_every_language_has_a_file() -> None:
    assert {file.stem for file in FILES} == {*LANGUAGES, *ROMANISED}
