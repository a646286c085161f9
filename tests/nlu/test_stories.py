"""The request in a long story is found, wherever it stands; and a story that asks two things is not sure."""

from dataclasses import dataclass, field

import pytest

from nlu.parser import TrainedParser
from nlu.reader import MOST_PARTS_READ, Reader
from nlu.stories import STORY
from nlu.understanding import EMERGENCY, Alternative, Thresholds, Understanding

LIMITS = Thresholds(sure=0.85, half_sure=0.2, emergency=0.6, maybe_emergency=0.3)
PAST = (
    "We lived in one room for more than a year, six of us, my sister and her three small boys and my mother and me. "
    "It was cold there all the time, the wind came in below the door and the walls were wet, so we slept in our coats "
    "and the boys all in one bed. My mother was often ill, she had come all the way with us on foot and by boat and "
    "in a lorry, and she never speaks of it, not with us and not with the neighbours who are kind."
)


def reading(*alternatives: tuple[str, float], topic: str | None = None) -> Understanding:
    options = tuple(Alternative(intent, topic, confidence) for intent, confidence in alternatives)
    first = options[0]
    sure = first.confidence >= (LIMITS.emergency if first.intent == EMERGENCY else LIMITS.sure)
    half = sure or first.confidence >= LIMITS.half_sure
    return Understanding(first.intent, first.topic, first.confidence, sure, half, options)


@dataclass
class Fake:
    """Finds a word in a text and reads what it was told of it; by the longest text, when it has several."""

    known: dict[str, Understanding]
    whole: Understanding
    asked: list[str] = field(default_factory=list)

    def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        if len(self.asked) == 1:
            return self.whole
        return next((said for word, said in self.known.items() if word in text), reading(("feedback", 0.1)))


UNSURE = reading(("advice_housing", 0.4), ("health_help", 0.3), ("join_library", 0.1))
JOIN = reading(("join_library", 0.97), ("borrow_books", 0.01))
HOURS = reading(("opening_hours", 0.97), ("privacy", 0.01))


def tell(text: str, whole: Understanding, **known: Understanding) -> Understanding:
    return Reader(Fake(known, whole), LIMITS).parse(text)


@pytest.mark.parametrize(
    "text",
    [f"{PAST} Can I join?", f"Can I join? {PAST}", f"{PAST} Can I join? {PAST}"],
    ids=["last", "first", "amid"],
)
def test_the_sentence_that_asks_counts_wherever_it_stands(text: str) -> None:
    found = tell(text, UNSURE, join=JOIN)
    assert (found.intent, found.sure) == ("join_library", True)


def test_what_two_sentences_ask_is_half_sure_and_both_are_offered() -> None:
    text = f"{PAST} {PAST} Can I join? {PAST} Is it open?"
    found = tell(text, UNSURE, join=JOIN, open=HOURS)
    assert (found.sure, found.half_sure) == (False, True)
    assert {found.alternatives[0].intent, found.alternatives[1].intent} == {"join_library", "opening_hours"}


def test_a_whole_that_is_surely_something_else_makes_it_half_sure() -> None:
    found = tell(f"{PAST} Can I join?", reading(("advice_housing", 0.95)), join=JOIN)
    assert not found.sure
    assert {each.intent for each in found.alternatives[:2]} == {"join_library", "advice_housing"}


def test_a_whole_that_agrees_stays_sure() -> None:
    found = tell(f"{PAST} Can I join?", reading(("join_library", 0.99)), join=JOIN)
    assert found.sure


def test_background_alone_is_never_sure() -> None:
    """ "We lived in one room" sounds like a question about housing, and is none."""
    found = tell(PAST + " " + PAST, UNSURE, lived=reading(("advice_housing", 0.99)))
    assert not found.sure


def test_no_story_is_surer_than_its_surest_sentence() -> None:
    found = tell(f"{PAST} Can I join?", UNSURE, join=reading(("join_library", 0.6), ("borrow_books", 0.3)))
    assert not found.sure
    assert found.half_sure
    assert found.confidence <= 0.6


def test_the_topic_of_a_booking_is_kept() -> None:
    booking = reading(("book_session", 0.97), topic="work_coach")
    assert tell(f"{PAST} Please book a coach.", UNSURE, coach=booking).topic == "work_coach"


def test_thanks_in_many_words_stay_thanks() -> None:
    thanks = "You were all so kind to me and to my son. We passed. God bless you and your families for ever."
    assert tell(thanks + PAST, reading(("thank_bye", 0.95))).intent == "thank_bye"


def test_a_greeting_at_the_start_is_no_rival() -> None:
    found = tell(f"Hello, how are you? {PAST} Can I join?", UNSURE, Hello=reading(("greet", 0.99)), join=JOIN)
    assert (found.intent, found.sure) == ("join_library", True)


def test_danger_in_a_story_wins_and_the_request_is_kept() -> None:
    danger = reading((EMERGENCY, 0.995))
    found = tell(f"{PAST} {PAST} Can I join? What can I do, he has hurt me.", UNSURE, join=JOIN, hurt=danger)
    assert (found.intent, found.sure) == (EMERGENCY, True)
    assert [each.intent for each in found.also] == ["join_library"]


def test_a_sentence_that_tells_is_danger_only_when_the_whole_may_be() -> None:
    night = reading((EMERGENCY, 0.995))
    assert (
        tell(f"I work at night. {PAST} Can I join?", UNSURE, night=night, join=JOIN).intent == "join_library"
    )
    may_be = reading(("advice_housing", 0.4), (EMERGENCY, 0.1))
    assert tell(f"I work at night. {PAST} Can I join?", may_be, night=night, join=JOIN).intent == EMERGENCY


@pytest.mark.parametrize("text", ["We lived in one room. Can I join?", PAST[: STORY - 1]])
def test_a_short_message_is_no_story(text: str) -> None:
    fake = Fake({}, UNSURE)
    assert Reader(fake, LIMITS).parse(text) is UNSURE
    assert fake.asked == [text]


def test_a_book_costs_a_handful_of_readings() -> None:
    fake = Fake({}, UNSURE)
    Reader(fake, LIMITS).parse(" ".join(f"Line {n}, how is that?" for n in range(5_000)))
    assert len(fake.asked) == 1 + MOST_PARTS_READ


# with the trained model ------------------------------------------------------------
BACKGROUND = {
    "en": (
        "My name is Samira. We came to Leicester in March with our two girls. It rains a lot here.",
        "How can I join the library?",
    ),
    "fr": (
        "Je m'appelle Fatou. Nous sommes arrivés en mars avec nos enfants. Il pleut souvent ici.",
        "Je voudrais savoir comment m'inscrire à la bibliothèque.",
    ),
    "ar": (
        "اسمي أحمد وأنا من السودان. وصلت إلى ليستر في الشتاء مع عائلتي. الجو بارد هنا.",
        "كيف أسجل في المكتبة؟",
    ),
    "fa": (
        "اسم من رضا است. ما پارسال با دو دخترم به لستر آمدیم. هوا اینجا سرد است.",
        "چطور عضو کتابخانه شوم؟",
    ),
    "uk": (
        "Мене звати Олена. Ми приїхали до Лестера навесні з донькою. Тут часто дощить.",
        "Як записатися до бібліотеки?",
    ),
    "so": (
        "Magacaygu waa Hodan. Waxaan Leicester nimid bishii Maarso. Halkan roob badan ayaa ka da'a.",
        "Sidee maktabada u xubin noqdaa?",
    ),
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    parser = TrainedParser.load()
    return Reader(parser, parser.thresholds)


@pytest.mark.parametrize(("story", "request_"), BACKGROUND.values(), ids=BACKGROUND)
def test_a_request_at_the_end_of_a_long_story_is_found(reader: Reader, story: str, request_: str) -> None:
    long = " ".join([story] * (900 // len(story)))
    for text in (f"{story} {request_}", f"{request_} {story}", f"{long} {request_} {story}"):
        found = reader.parse(text)
        assert "join_library" in [each.intent for each in found.alternatives], text
        assert found.half_sure
