"""The language of a message is known, or known not to be known."""

import pytest

from nlu.language import identify, romanised, written_in

PLAIN = {
    "en": "When does the library open on Saturday?",
    "ar": "متى تفتح المكتبة يوم السبت؟",
    "fa": "کتابخانه روز شنبه چه ساعتی باز می‌شود؟",
    "ps": "کتابتون د شنبې په ورځ څه وخت خلاصیږي؟",
    "ckb": "کتێبخانەکە ڕۆژی شەممە کەی دەکرێتەوە؟",
    "so": "Maktabaddu goorma ayay furantahay maalinta Sabtida?",
    "ti": "ቤተ መጻሕፍቲ ቀዳም መዓስ ይኽፈት?",
    "am": "ቤተ መጻሕፍቱ ቅዳሜ መቼ ይከፈታል?",
    "ur": "لائبریری ہفتے کے دن کب کھلتی ہے؟",
    "fr": "Quand est-ce que la bibliothèque ouvre le samedi ?",
    "uk": "Коли бібліотека відчиняється в суботу?",
    "pl": "O której biblioteka otwiera się w sobotę?",
    "es": "¿A qué hora abre la biblioteca el sábado?",
}


@pytest.mark.parametrize(("language", "text"), PLAIN.items(), ids=PLAIN)
def test_a_plain_question_tells_its_language_surely(language: str, text: str) -> None:
    found = identify(text)
    assert (found.language, found.sure) == (language, True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "kif fini sajjel bel maktabe law sama7t"),
        ("fa", "chetor mitunam ozve ketabkhane besham"),
        ("ur", "library ka card kaise banega mujhe batao"),
    ],
)
def test_arabic_farsi_and_urdu_in_latin_letters_are_known(language: str, text: str) -> None:
    assert identify(text).language == language
    assert romanised(text) == language


def test_english_mixed_in_does_not_change_the_language() -> None:
    assert identify("بدي احجز work coach appointment بليز").language == "ar"
    assert identify("Мій booking confirmed чи ще pending?").language == "uk"


@pytest.mark.parametrize(
    "text",
    ["", "😀😀", "12", "?!", "ok", "hi", "salam", "Salaam!", "سلام", "stop", "https://example.org", "日本語"],
)
def test_what_several_languages_share_is_not_sure(text: str) -> None:
    assert not identify(text).sure


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    assert identify("When does the library open? " * 10_000).language == "en"


def test_english_is_not_taken_for_latin_arabic() -> None:
    assert romanised("I want to book a work coach") is None
    assert romanised("متى") is None


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_a_plain_question_weighs_as_a_message(text: str) -> None:
    assert identify(text).weight == 1


@pytest.mark.parametrize(
    "text",
    ["", "Amina", "Mohammed Ali", "ok", "salam", "سلام", "merci", "12", "work coach", "driving theory group",
     "kif fini sajjel", "chetor ozv besham", "fosse", "نعم"],
)  # fmt: skip
def test_names_greetings_and_a_few_words_weigh_nothing(text: str) -> None:
    assert identify(text).weight == 0


def test_a_long_message_weighs_as_two() -> None:
    story = "Je suis arrivée en mars avec mes trois enfants et nous habitons dans un hôtel près de la gare"
    assert identify(story).weight == 2


def test_the_likeliest_languages_come_first_and_are_three_at_most() -> None:
    for text in (*PLAIN.values(), "salam", "hi", "merci", "Amina", "kitab", "ንኣ", "کتاب", "library kaise"):
        found = identify(text)
        assert found.likely[0] == found.language
        assert len(set(found.likely)) == len(found.likely) <= 3
    assert identify("😀").likely == ()


def test_languages_are_told_with_their_letters() -> None:
    assert written_in("kif fini sajjel bel maktabe law sama7t") == "ar-Latn"
    assert written_in(PLAIN["ar"]) == "ar"
    assert written_in("") == "en"
