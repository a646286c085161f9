"""Words that always win are met in every language, before any model; and nothing else is taken for one."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu.always import COMMANDS, WORDS, Always, always
from nlu.card import EVAL
from nlu.evaluate import read as read_rows
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
def test_what_counts_alone_is_a_command(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    assert set(content.get("alone", ())) <= set(content["stop"])


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_command_is_met_with_capitals_full_stops_and_politeness(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    please = content["please"][0]
    for command in COMMANDS:
        for phrase in content[command]:
            for text in (phrase, f"{phrase}.", phrase.upper(), f"{phrase}, {please}", f"{please} {phrase}!"):
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


NOT_LIVING = (
    "I don't want to live in this world anymore",
    "I don't want to live with this pain",
    "I don't want to live at all",
    "je ne veux plus vivre dans ce monde",
    "no quiero vivir en este mundo",
    "не хочу жити на цьому світі",
    "nie chcę żyć na tym świecie",
    "لا أريد أن أعيش في هذه الدنيا",
    "ma badi a3ish fi hal denye",
    "نمیخوام تو این دنیا زندگی کنم",
    "nemikham tu in donya zendegi konam",
    "ma rabo inaan ku noolaado adduunkan",
    "نامەوێت بژیم لەم دنیایە",
    "ኣብዚ ዓለም ክነብር ኣይደልን",
    "እዚህ ዓለም ላይ መኖር አልፈልግም",
    "اس دنیا میں جینا نہیں چاہتا",
    "is dunya me jeena nahi chahta",
    "زه نه غواړم په دې دنیا کې ژوند وکړم",
    "I want to end my life in the UK",
)
KILLED_AT_HOME = (
    "he will kill me if I go back to the house",
    "my husband will kill me if I return home",
    "il va me tuer si je rentre à la maison",
    "si je rentre chez moi mon mari va me tuer",
    "si vuelvo a casa me matan",
    "إذا رجعت عالبيت بيقتلوني",
    "اگه برگردم خونه منو میکشن",
    "agar bargardam khune mano mikoshan",
    "якщо я повернусь додому мене вб'ють",
    "اگر گھر واپس گئی تو شوہر مار دے گا",
    "agar ghar wapas gayi to shohar maar dega",
    "که بېرته کور ته لاړه شم خاوند به مې ووژني",
    "ئەگەر بگەڕێمەوە ماڵ مێردەکەم دەمکوژێت",
)
STILL_DANGER = (  # beside what is now no danger
    "my son is unresponsive",
    "tonight I will finish everything",
    "we have no place tonight",
    "¿dónde voy esta noche con mis hijos?",
    "ما في مكان ننام الليلة",
    "امشب جا ندارم",
    "I'm in danger of being killed",
    "mera beta bol nahi raha",
    "madame a pris mon passeport",
    "потрібна швидка",
)


@pytest.mark.parametrize("text", [*NOT_LIVING, *KILLED_AT_HOME, *STILL_DANGER])
def test_no_idiom_hides_a_danger(text: str) -> None:
    assert word(text) == "danger"


@pytest.mark.parametrize(
    "text",
    [
        # a place that one doesn't want to live in, a country that one can't go back to
        "I don't want to live with my husband",
        "no quiero vivir en este hotel",
        "نامەوێت بژیم لە هۆتێل",
        "ኣብዚ ሆቴል ክነብር ኣይደልን",
        "they will kill me if they send me back",
        "si je retourne dans mon pays ils vont me tuer",
        "إذا رجعت لسوريا بيقتلوني",
        "اگر به افغانستان برگردم مرا می‌کشند",
        "якщо мене депортують, мене вб'ють",
        "agar pakistan wapas gaya to maar denge",
        # a place in a class
        "hoy no hay lugar?",
        "¿Dónde puedo ir hoy para imprimir?",
        "Il y a encore une place ce soir pour le cours ?",
        "is there no place tonight in the class?",
        "ما في مكان للدورة الليلة؟",
        "امشب جا نیست؟",
        "آج رات کلاس میں جگہ نہیں؟",
        "ሎሚ ምሸት ቦታ የለን?",
        "هل الجلسة محجوزة؟",
        "I want to take my Life in the UK test",
        # a device that doesn't respond
        "The computer is unresponsive",
        "my laptop won't wake up",
        "l'ordinateur ne se réveille plus",
        "Komputer nie reaguje",
        "комп'ютер не реагує",
        "La computadora no reacciona",
        "الكمبيوتر لا يستجيب",
        "kombiyuutarku ma jawaabayo hadda",
        "کمپیوٹر ہل نہیں رہا",
        # a form that is finished tonight
        "tonight I will finish this form",
        "dziś skończę formularz",
        "сьогодні закінчу анкету",
        "emshab form ro tamumesh mikonam",
        "caawa ayaan dhammaynayaa foomka",
        # words with two meanings
        "do I need police check to volunteer?",
        "my back hurts me very much, which doctor",
        "I'm in danger of losing my benefits",
        "mera beta English bol nahi raha",
        "Bonjour madame j'ai pris mes papiers",
        "потрібна швидка допомога з анкетою",
    ],
)
def test_a_core_desk_sentence_is_no_danger(text: str) -> None:
    assert word(text) != "danger"


@pytest.mark.parametrize(
    "text", ["I was raped", "I am bleeding", "J'ai besoin d'une ambulance", "Ambulance!"]
)
def test_a_loan_word_does_not_tell_the_language(text: str) -> None:
    assert always(text) == Always("danger", None)


@pytest.mark.parametrize("text", ["999", "112", "999!!", "999?", "999 please", "por favor 112", "٩٩٩", "۱۱۲"])
def test_an_emergency_number_is_danger_in_no_language(text: str) -> None:
    assert always(text) == Always("danger", None)


@pytest.mark.parametrize(
    "text",
    [
        "call 999",
        "please call 112 now, he has fallen",
        "appelez le 112",
        "llamen al 999 por favor",
        "zadzwoń na 112",
        "викличте 112",
        "اتصل ب999",
        "به ۹۹۹ زنگ بزنید",
        "999 ته زنګ ووهئ",
        "تەلەفۆن بکە بۆ 999",
        "fadlan u wac 999",
        "ናብ 999 ደውሉ",
        "999 ይደውሉ",
        "999 کو کال کریں",
    ],
)
def test_an_emergency_number_is_called_for_in_every_language(text: str) -> None:
    assert word(text) == "danger"


@pytest.mark.parametrize("text", ["my bus is 112", "call 0116 112 999", "998", "9990", "1112", "0"])
def test_another_number_is_no_emergency(text: str) -> None:
    assert always(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("je veux mouriiir", "danger"),
        ("quiero morirrr", "danger"),
        ("kill myselfff", "danger"),
        ("I want to dieee", "danger"),
        ("می‌خواهم بمیرممم", "danger"),
        ("bachaooooo", "danger"),
        ("stoppp", "stop"),
        ("MENUUU", "menu"),
        ("helllo, I need the library", None),
    ],
)
def test_a_word_with_stretched_letters_is_still_that_word(text: str, expected: str | None) -> None:
    assert word(text) == expected


@pytest.mark.parametrize("name", ["Adam", "آدم", "زمان", "نور"])
def test_a_first_name_is_no_command(name: str) -> None:
    assert always(name) is None


ENOUGH = ("para", "basta", "bas", "بس", "በቃ", "ይኣክል", "بەسە", "koniec", "quit")


@pytest.mark.parametrize("text", ENOUGH)
def test_enough_alone_or_with_please_is_stop(text: str) -> None:
    assert word(text) == word(f"{text} please") == word(f"Por favor, {text}!") == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "para ahora",
        "basta gracias",
        "bas, shukriya",
        "بس شكرا",
        "በቃ አመሰግናለሁ",
        "بەسە سوپاس",
        "ይኣክል የቐንየለይ",
        "koniec, dziękuję",
        "my friend quit",
        "ruko",
        "رکیں",
    ],
)
def test_enough_with_thanks_or_wait_is_no_stop(text: str) -> None:
    assert word(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Stop, thank you for your help",
        "stop thanks so much",
        "STOP merci et bonne journée",
        "stop gracias por todo",
        "STOP дякую вам",
        "стоп спасибо",
        "اسٹاپ جزاک اللہ",
        "توقف شكرا كتير",
        "بس کنید ممنونم",
        "jooji aad baad u mahadsan tahay",
        "ستۆپ زۆر سوپاس",
        "አቁም በጣም አመሰግናለሁ",
        "ኣቋርጽ ብጣዕሚ የቐንየለይ",
        "ودروه ډېره مننه",
    ],
)
def test_stop_with_an_ordinary_thank_you_is_stop(text: str) -> None:
    assert word(text) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "He is very violent at home. I want to join the library.",
        "my husband is violent, where can I print a document",
        "I am scared of my husband and I want to learn English",
        "j'ai peur de mon mari, je cherche un cours de français",
        "از شوهرم می‌ترسم",
        "خايفة من جوزي وبدي اتعلم انجليزي",
        "boję się męża",
    ],
)
def test_fear_of_one_at_home_is_danger_whatever_else_is_asked(text: str) -> None:
    assert word(text) == "danger"


@pytest.mark.parametrize(
    "text",
    ["my husband will kill me if I am late", "he will kill me", "mi marido me mata si sabe que escribo"],
)
def test_whoever_threatens_is_no_exam(text: str) -> None:
    assert word(text) == "danger"


def test_danger_comes_before_the_other_words() -> None:
    assert word("stop, I want to die") == "danger"


def test_false_alarms_are_rarer_than_two_in_a_thousand_training_messages() -> None:
    """Many of them are near misses, written to sound like danger; reading where help is hurts nobody."""
    others = [e for e in read() if e.label != "emergency"]
    alarms = [e.text for e in others if word(e.text) == "danger"]
    assert len(alarms) <= len(others) * 2 / 1_000, alarms


def test_false_alarms_are_rarer_than_one_in_a_thousand_held_out_messages() -> None:
    others = [row for row in read_rows(sorted(EVAL.glob("*.csv"))) if row.intent != "emergency"]
    alarms = [row.text for row in others if word(row.text) == "danger"]
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
