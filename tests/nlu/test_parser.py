"""The trained model answers what it should, and knows when it does not know."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nlu.card import MODEL
from nlu.labels import INTENTS, TOPICS
from nlu.parser import ModelMissing, TrainedParser
from nlu.understanding import NOTHING, Thresholds, understand

HEADLINES = {
    "join_library": (
        "how do I join the library",
        "كيف أسجل في المكتبة",
        "چطور عضو کتابخانه شوم",
        "sidee maktabadda u xubin noqdaa",
        "comment s'inscrire à la bibliothèque",
        "як записатися до бібліотеки",
    ),
    "citizenship_practice": (
        "when is citizenship practice",
        "متى مجموعة تدريب اختبار الجنسية",
        "کلاس تمرین تابعیت چه وقت است",
        "goorma ayaa tababarka imtixaanka dhalashada",
        "quand est le groupe de citoyenneté",
        "коли група підготовки до тесту на громадянство",
    ),
    "book_session": (
        "book me a work coach",
        "أريد حجز موعد مع مدرب العمل",
        "می‌خواهم وقت مشاور کار بگیرم",
        "ballan work coach ii qabo",
        "je veux réserver un work coach",
        "запишіть мене до work coach",
    ),
}


@pytest.fixture(scope="module")
def parser() -> TrainedParser:
    return TrainedParser.load()


@pytest.mark.parametrize("intent", HEADLINES)
def test_the_headline_questions_are_understood_in_the_launch_languages(
    parser: TrainedParser, intent: str
) -> None:
    for text in HEADLINES[intent]:
        understood = parser.parse(text)
        assert understood.intent == intent, (text, understood)
        assert understood.half_sure, (text, understood)


def test_a_booking_tells_its_topic(parser: TrainedParser) -> None:
    assert parser.parse("book me a work coach").topic == "work_coach"
    assert parser.parse("I want to book a place on the driving theory group").topic == "driving_theory"
    assert parser.parse("can I make a booking please").topic is None


def test_the_model_knows_the_labels_of_the_contract(parser: TrainedParser) -> None:
    labels = {label.partition("+")[0] for label in parser.labels}
    assert labels == set(INTENTS)
    assert {label.partition("+")[2] for label in parser.labels} - {""} == set(TOPICS)


@pytest.mark.parametrize("text", ["", " ", "😀", "?!…", "\u202e", "///", "\x00"])
def test_a_message_without_a_word_is_not_understood(parser: TrainedParser, text: str) -> None:
    assert parser.parse(text) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "asdf qwer zxcv",
        "xkcd fghj lkj",
        "/greet",
        "ለለለ ገገ",
        "ضصثقفغع",
        "%s {{7*7}} {x}",
    ],
)
def test_gibberish_is_not_answered_surely_as_something(parser: TrainedParser, text: str) -> None:
    understood = parser.parse(text)
    assert not understood.sure or understood.intent == "out_of_scope" or text == "/greet"


@pytest.mark.parametrize("piece", ["lorem ipsum dolor ", "x", "12 ", "بلا "])
def test_five_thousand_characters_of_anything_are_not_certain(parser: TrainedParser, piece: str) -> None:
    understood = parser.parse(piece * (5_000 // len(piece)))
    assert understood.confidence < 0.999


def test_alternatives_are_three_at_most_best_first_and_include_the_answer(parser: TrainedParser) -> None:
    understood = parser.parse("work coach")
    assert 1 <= len(understood.alternatives) <= 3
    first = understood.alternatives[0]
    assert (first.intent, first.topic, first.confidence) == (
        understood.intent,
        understood.topic,
        understood.confidence,
    )
    confidences = [a.confidence for a in understood.alternatives]
    assert confidences == sorted(confidences, reverse=True)


def test_the_same_text_gets_the_same_answer_from_many_threads(parser: TrainedParser) -> None:
    texts = [f"how do I join library number {n}" for n in range(8)] * 6
    fresh = TrainedParser.load()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fresh.parse, texts)) == [parser.parse(t) for t in texts]


def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="make train"):
        TrainedParser.load(tmp_path)
    for name in ("card.json", "intent.json"):
        shutil.copy(MODEL / name, tmp_path)
    (tmp_path / "intent.npz").write_bytes(b"not a model")
    with pytest.raises(ModelMissing, match="make train"):
        TrainedParser.load(tmp_path)


LIMITS = Thresholds(sure=0.6, half_sure=0.3, emergency=0.6, maybe_emergency=0.2)


def test_the_topics_of_a_booking_are_added_up() -> None:
    understood = understand(
        {"book_session": 0.2, "book_session+work_coach": 0.3, "work_coach": 0.4, "greet": 0.1}, LIMITS
    )
    assert (understood.intent, understood.topic) == ("book_session", "work_coach")
    assert understood.confidence == pytest.approx(0.5)
    assert (understood.sure, understood.half_sure) == (False, True)


def test_a_bare_booking_has_no_topic() -> None:
    assert (
        understand({"book_session": 0.5, "book_session+work_coach": 0.3, "greet": 0.2}, LIMITS).topic is None
    )


def test_what_may_be_an_emergency_stands_before_what_is_likelier() -> None:
    understood = understand({"advice_housing": 0.75, "emergency": 0.25}, LIMITS)
    assert (understood.intent, understood.sure, understood.half_sure) == ("emergency", False, True)
    assert [a.intent for a in understood.alternatives] == ["emergency", "advice_housing"]


def test_an_emergency_is_sure_from_its_own_threshold() -> None:
    assert understand({"advice_housing": 0.35, "emergency": 0.65}, LIMITS).sure
    assert not understand({"advice_housing": 0.45, "emergency": 0.55}, LIMITS).sure


def test_an_unlikely_answer_is_neither_sure_nor_half_sure() -> None:
    understood = understand({"greet": 0.25, "menu": 0.25, "deny": 0.25, "affirm": 0.25}, LIMITS)
    assert not understood.sure
    assert not understood.half_sure
