"""Two clear requests in one message are both heard; one thought is never split; danger wins."""

import json
from dataclasses import dataclass, field

import httpx
import pytest

from nlu.parser import TrainedParser
from nlu.rasa_server import RasaServer
from nlu.reader import MOST_PARTS_READ, Reader
from nlu.understanding import EMERGENCY, NOTHING, Alternative, Thresholds, Understanding

LIMITS = Thresholds(sure=0.85, half_sure=0.2, emergency=0.6, maybe_emergency=0.3)


def meaning(intent: str, confidence: float = 0.95, topic: str | None = None) -> Understanding:
    """A reading: sure from 0.85, an emergency from 0.6, half sure from 0.2."""
    sure = confidence >= (LIMITS.emergency if intent == EMERGENCY else LIMITS.sure)
    first = Alternative(intent, topic, confidence)
    return Understanding(intent, topic, confidence, sure, sure or confidence >= LIMITS.half_sure, (first,))


@dataclass
class Fake:
    """Reads what it was told; everything else is nothing much."""

    known: dict[str, Understanding]
    asked: list[str] = field(default_factory=list)

    def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        return self.known.get(text, meaning("out_of_scope", 0.4))


JOIN, HOURS = meaning("join_library"), meaning("opening_hours")
BOTH = "How do I join? What are your opening hours?"
KNOWN = {BOTH: HOURS, "How do I join?": JOIN, "What are your opening hours?": HOURS}


def read(text: str, known: dict[str, Understanding]) -> Understanding:
    return Reader(Fake(known), LIMITS).parse(text)


def also(found: Understanding) -> list[str]:
    return [each.intent for each in found.also]


def test_the_first_is_the_answer_and_the_second_is_also_asked() -> None:
    found = read(BOTH, KNOWN)
    assert (found.intent, found.sure, also(found)) == ("join_library", True, ["opening_hours"])


@pytest.mark.parametrize("hello", ["Bonjour", "Hello dear", "سلام"])
def test_what_stands_behind_a_greeting_is_read_by_itself(hello: str) -> None:
    comma = "،" if hello == "سلام" else ","
    text = f"{hello}{comma} how do I join?"
    for whole in (meaning("greet"), meaning("out_of_scope", 0.5)):
        assert read(text, {text: whole, "how do I join?": JOIN}).intent == "join_library"


def test_what_is_no_request_behind_a_greeting_changes_nothing() -> None:
    text = "Hello, thank you all"
    said = {text: meaning("greet"), "thank you all": meaning("thank_bye")}
    assert read(text, said).intent == "greet"
    sure = "Well, it is open?"
    assert read(sure, {sure: HOURS, "it is open?": JOIN}).intent == "opening_hours"
    three = "Hello my friends, how do I join?"
    assert read(three, {three: meaning("greet"), "how do I join?": JOIN}).intent == "greet"


def test_three_are_heard_and_a_fourth_is_not() -> None:
    text = "A how? B when? C where? D what?"
    parts = {
        "A how?": "join_library",
        "B when?": "opening_hours",
        "C where?": "privacy",
        "D what?": "volunteering",
    }
    found = read(text, {part: meaning(intent) for part, intent in parts.items()})
    assert (found.intent, also(found)) == ("join_library", ["opening_hours", "privacy"])


@pytest.mark.parametrize(
    "change",
    [
        {"What are your opening hours?": meaning("opening_hours", 0.8)},  # not sure
        {"How do I join?": meaning("opening_hours")},  # the same
        {"How do I join?": meaning("greet")},  # no request
        {"How do I join?": meaning("thank_bye")},
        {"How do I join?": meaning("feedback")},
        {BOTH: meaning("volunteering")},  # the whole is surely something else
    ],
)
def test_a_message_is_one_request_unless_both_parts_are_sure(change: dict[str, Understanding]) -> None:
    known = {**KNOWN, **change}
    assert read(BOTH, known) == known[BOTH]


@pytest.mark.parametrize(
    ("one", "other", "split"),
    [
        (meaning("cancel_booking"), meaning("book_session"), False),  # that is a change
        (meaning("driving_theory"), meaning("book_session", topic="driving_theory"), False),
        (meaning("driving_theory"), meaning("book_session"), False),
        (meaning("book_session", topic="work_coach"), meaning("driving_theory"), True),
        (meaning("driving_theory"), meaning("citizenship_practice"), True),
    ],
)
def test_what_belongs_together_is_one_thought(one: Understanding, other: Understanding, split: bool) -> None:
    found = read("How about this? Can you do that?", {"How about this?": one, "Can you do that?": other})
    assert bool(found.also) is split


def test_a_part_that_does_not_ask_is_no_request() -> None:
    text = "I was an electrician and I need help with a form"
    known = {text: meaning("form_help"), "I was an electrician": meaning("work_coach")}
    fake = Fake(known)
    assert Reader(fake, LIMITS).parse(text) == known[text]
    assert fake.asked == [text]


@pytest.mark.parametrize(
    "text", ["How do I join? He is hurting me, what now?", "He is hurting me, what now? How do I join?"]
)
def test_danger_in_a_part_wins_and_the_request_is_kept(text: str) -> None:
    known = {"He is hurting me, what now?": meaning(EMERGENCY, 0.995), "How do I join?": JOIN, text: JOIN}
    found = read(text, known)
    assert (found.intent, found.sure, also(found)) == (EMERGENCY, True, ["join_library"])


def test_danger_that_does_not_ask_is_met_when_the_whole_may_be_one() -> None:
    text = "I want to join and my husband is violent"
    unclear = Understanding(
        "join_library", None, 0.5, False, True,
        (Alternative("join_library", None, 0.5), Alternative(EMERGENCY, None, 0.3)),
    )  # fmt: skip
    known = {text: unclear, "I want to join": JOIN, "my husband is violent": meaning(EMERGENCY, 0.995)}
    found = read(text, known)
    assert (found.intent, also(found)) == (EMERGENCY, ["join_library"])


def test_a_part_that_is_only_like_an_emergency_is_none() -> None:
    known = {**KNOWN, "How do I join?": meaning(EMERGENCY, 0.8)}
    assert read(BOTH, known) == KNOWN[BOTH]


def test_an_emergency_of_the_whole_stays_one_and_keeps_what_was_asked() -> None:
    found = read(BOTH, {**KNOWN, BOTH: meaning(EMERGENCY, 0.3)})
    assert (found.intent, found.half_sure) == (EMERGENCY, True)
    assert also(found) == ["join_library", "opening_hours"]


@pytest.mark.parametrize("text", ["how do I join", "hello", "how do I join?", "and and and", "? ? ?"])
def test_a_short_message_is_read_once_and_as_it_is(text: str) -> None:
    fake = Fake({text: JOIN})
    assert Reader(fake, LIMITS).parse(text) is JOIN
    assert fake.asked == [text]


def test_a_text_that_was_read_before_costs_nothing() -> None:
    fake = Fake(KNOWN)
    reader = Reader(fake, LIMITS)
    assert reader.parse(BOTH) == reader.parse(f"  {BOTH}\u202e ")
    assert len(fake.asked) == 3


@pytest.mark.parametrize(
    "piece", ["how do I join? ", "and how ", "x", "\u200f؟ ", "😀 how\n", "كيف أسجل وكم ", "no "]
)
def test_a_text_of_any_length_costs_a_handful_of_readings(piece: str) -> None:
    fake = Fake({})
    Reader(fake, LIMITS).parse(piece * (100_000 // len(piece)))
    assert len(fake.asked) <= 1 + MOST_PARTS_READ
    assert all(len(text) <= 1_600 for text in fake.asked)


def test_nothing_is_nothing() -> None:
    class Empty:
        def parse(self, _text: str) -> Understanding:
            return NOTHING

    assert Reader(Empty(), LIMITS).parse("\x00 \u202e") == NOTHING
    assert Reader(Empty(), LIMITS).parse("how? what? when? " * 50) == NOTHING


def test_a_parser_that_fails_is_asked_again_the_next_time() -> None:
    class Failing(Fake):
        def parse(self, text: str) -> Understanding:
            if not self.asked:
                self.asked.append(text)
                raise ConnectionError
            return super().parse(text)

    reader = Reader(Failing({"how do I join": JOIN}), LIMITS)
    with pytest.raises(ConnectionError):
        reader.parse("how do I join")
    assert reader.parse("how do I join") == JOIN


def test_a_rasa_server_is_read_in_the_same_way() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        text = json.loads(request.content)["text"]
        name = "join_library" if text.startswith("How do I join") and text != BOTH else "opening_hours"
        return httpx.Response(200, json={"intent_ranking": [{"name": name, "confidence": 0.95}]})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    rasa = RasaServer("http://127.0.0.1:5005", limits=LIMITS, client=client)
    found = Reader(rasa, LIMITS).parse(BOTH)
    assert (found.intent, also(found)) == ("join_library", ["opening_hours"])


# with the trained model ------------------------------------------------------------
@pytest.fixture(scope="module")
def reader() -> Reader:
    parser = TrainedParser.load()
    return Reader(parser, parser.thresholds)


TOGETHER = {
    "en": "how do I join the library and when is the citizenship group?",
    "ar": "كيف أسجل في المكتبة؟ ومتى تفتحون؟",
    "fa": "چطور عضو کتابخانه شوم و کلاس تابعیت چه وقت است؟",
    "fr": "comment s'inscrire à la bibliothèque et quand est le groupe de citoyenneté ?",
    "so": "sidee maktabada u xubin noqdaa? imisa ayuu daabacaadu yahay?",
    "uk": "як записатися до бібліотеки і коли група з громадянства?",
    "ur": "لائبریری کا ممبر کیسے بنوں اور پرنٹ کا کتنا خرچہ ہے؟",
    "ps": "څنګه د کتابتون غړی شم او کله خلاصېږي؟",
    "pl": "jak zapisać się do biblioteki i kiedy jest otwarta?",
    "am": "የላይብረሪ አባል እንዴት መሆን እችላለሁ እና መቼ ነው የሚከፈተው?",
    "ur-Latn": "library ka card kaise banega aur printing kitne ki hai",
}


@pytest.mark.parametrize("text", TOGETHER.values(), ids=TOGETHER)
def test_two_questions_are_heard_in_each_language(reader: Reader, text: str) -> None:
    found = reader.parse(text)
    assert found.intent == "join_library"
    assert len(found.also) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I want to book the citizenship group",
        "I need help with a letter and a form",
        "Hello and good morning, how are you, how do I join the library?",
        "Thank you very much. When is the driving theory group?",
        "my wife and my son want to join the library",
    ],
)
def test_one_thought_is_not_split(reader: Reader, text: str) -> None:
    assert not reader.parse(text).also
