"""Words that always win are met in every language, before any model; and nothing else is taken for one."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu.always import COMMANDS, WORDS, Always, always
from nlu.language import LANGUAGES, ROMANISED
from nlu.training import read

FILES = sorted(WORDS.glob("*.yml"))


def word(text: str) -> str | None:
    found = always(text)
    return found.word if found else None


def test_every_language_has_a_file_and_so_do_its_latin_letters() -> None:
    assert {f.stem for f in FILES} == {*LANGUAGES, *ROMANISED}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_file_says_where_its_words_come_from_and_has_all_of_them(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    assert content["source"]
    assert "reviewed" in content
    assert len(content["danger"]) >= 10
    for command in COMMANDS:
        assert content[command], f"{file.stem} has no word for {command}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_command_is_met_with_capitals_full_stops_and_politeness(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    thanks = content["polite"][0]
    for command in COMMANDS:
        for phrase in content[command]:
            for text in (phrase, f"{phrase}.", phrase.upper(), f"{phrase}, {thanks}", f"{thanks} {phrase}!"):
                assert word(text) == command, text


@pytest.mark.parametrize(
    "text", ["STOP", "stop.", "Stop, please", "STOP thank you very much", "«stop»", "stop!!"]
)
def test_stop_is_stop_however_it_is_said(text: str) -> None:
    assert word(text) == "stop"


@pytest.mark.parametrize("text", ["STOPALL", "UNSUBSCRIBE", "END", "QUIT"])
def test_what_twilio_takes_for_stop_is_stop(text: str) -> None:
    assert word(text) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "the bus stop near Central Library?",
        "The bus stop is where?",
        "I don't want to cancel, I want another day",
        "I don't want to cancel",
        "stop by tomorrow?",
        "can I stop by tomorrow",
        "stop?",
        "when does it start and end",
        "the end of the month",
        "start date",
        "help with a form please",
        "I want to learn another language",
        "a person told me to text you",
        "أبداً",
        "",
        "😀",
        "1",
    ],
)
def test_a_message_that_only_holds_such_a_word_is_a_message(text: str) -> None:
    assert always(text) is None


def test_a_language_is_asked_for_by_its_name() -> None:
    assert always("Soomaali fadlan") == Always("language", "so", "so")
    assert always("العربية") == Always("language", "ar", "ar")
    assert always("English please") == Always("language", "en", "en")


def test_the_language_of_the_word_is_told_unless_several_share_it() -> None:
    assert always("jooji") == Always("stop", "so")
    assert always("stop") == Always("stop", None)


DANGER = {
    "en": ("I want to die", "he hits me", "nowhere to sleep tonight"),
    "ar": ("أريد أن أموت", "زوجي يضربني", "ليس لدي مكان أنام فيه الليلة"),
    "fa": ("می‌خواهم بمیرم", "شوهرم مرا می‌زند", "امشب جایی برای خواب ندارم"),
    "ps": ("غواړم مړ شم", "هغه ما وهي", "نن شپه د خوب ځای نه لرم"),
    "ckb": ("دەمەوێت بمرم", "مێردەکەم لێم دەدات", "ئەمشەو شوێنم نییە بۆ نوستن"),
    "so": ("waxaan rabaa inaan dhinto", "wuu i garaacaa", "caawa meel aan seexdo ma haysto"),
    "ti": ("ክመውት እደሊ", "ሰብኣየይ ይወቅዓኒ", "ሎሚ ለይቲ መደቀሲ የብለይን"),
    "am": ("መሞት እፈልጋለሁ", "ባሌ ይመታኛል", "ዛሬ ማታ የምተኛበት ቦታ የለኝም"),
    "ur": ("میں مرنا چاہتا ہوں", "وہ مجھے مارتا ہے", "آج رات سونے کی جگہ نہیں"),
    "fr": ("je veux mourir", "mon mari me frappe", "nulle part où dormir ce soir"),
    "uk": ("хочу померти", "він мене б'є", "сьогодні ніде спати"),
    "pl": ("chcę umrzeć", "mąż mnie bije", "nie mam gdzie spać dziś"),
    "es": ("quiero morir", "mi marido me pega", "no tengo donde dormir esta noche"),
    "ar-Latn": ("bedi moot", "jozi byedrobni", "ma 3andi makan nam fi el leile"),
    "fa-Latn": ("mikham bemiram", "shoharam mano mizane", "emshab jaye khab nadaram"),
    "ur-Latn": ("mai marna chahta hun", "wo mujhe marta hai", "aaj raat sone ki jagah nahi"),
}


@pytest.mark.parametrize(("folder", "texts"), DANGER.items(), ids=DANGER)
def test_danger_is_met_in_every_language_anywhere_in_a_message(folder: str, texts: tuple[str, ...]) -> None:
    language = folder.removesuffix("-Latn")
    for text in texts:
        assert always(text) == Always("danger", language), text
        assert word(f"Hello. {text}!! please") == "danger", text
        assert word(text.upper()) == "danger", text


@pytest.mark.parametrize(
    "text",
    [
        "I want to die of boredom waiting",
        "I'm dying to know when you open",
        "bored to death here",
        "I don't want to live in Leicester, can I move?",
        "a book about suicide prevention training",
        "he never hits me up",
        "he doesn't hit me",
        "I am not in danger, I just have a question",
        "can you kill some time with me",
        "this theory test will kill me, put me down for the group",
        "an ambulance took him last month, he is well now",
        "هذا امتحان النظري رح يموتني",
        "بچے کا لائبریری کارڈ گم ہو گیا ہے",
        "umieram z ciekawości",
        "ما بدي عيش هون بدي انقل",
        "je ne veux plus vivre ici, je cherche un autre logement",
        "nie chcę żyć w tym hotelu",
        "я не хочу жити в готелі, потрібна квартира",
    ],
)
def test_an_idiom_or_a_denial_is_no_danger(text: str) -> None:
    assert word(text) != "danger"


@pytest.mark.parametrize(
    "text",
    ["my husband will kill me if I am late", "he will kill me", "mi marido me mata si sabe que escribo"],
)
def test_whoever_threatens_is_no_exam(text: str) -> None:
    assert word(text) == "danger"


def test_danger_comes_before_the_other_words() -> None:
    assert word("stop, I want to die") == "danger"


def test_false_alarms_are_rarer_than_one_in_a_thousand_training_messages() -> None:
    others = [e for e in read() if e.label != "emergency"]
    alarms = [e.text for e in others if word(e.text) == "danger"]
    assert len(alarms) <= len(others) / 1_000, alarms


def test_a_command_in_the_training_messages_means_its_own_intent() -> None:
    intents = {
        "stop": {"stop_messages"},
        "delete": {"delete_my_data"},
        "human": {"talk_to_human"},
        "language": {"change_language"},
        "menu": {"menu"},
        "help": {"menu", "emergency"},
    }
    odd: Counter[tuple[str, str, str]] = Counter()
    for example in read():
        found = word(example.text)
        if found in intents and example.label not in intents[found]:
            odd[(found, example.label, example.text)] += 1
    assert sum(odd.values()) <= 5, odd
