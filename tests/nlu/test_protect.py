"""Names, times, dates, numbers, money, references, addresses and {slots} come back once and unchanged, whatever
the machine does to them; and what it invents is not used."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlu.protect import LONGEST, Translate, spans, translated
from nlu.translate import ArgosTranslator
from tests.argos import put_into

NAMES = ("Fosse Library", "St Matthews Library", "Refugee Action", "Amina Yusuf")
KEPT = (
    "3rd March 2027", "19:30", "7.30 p.m.", "10am", "10:00-12:00", "03/04", "24/11/2026", "2026-11-24",
    "Tue 24 Nov", "March 2006", "May 5", "£5", "£1,200.50", "50p", "10 €", "15%", "+44 7700 900123",
    "0116 299 5460", "999", "116 123", "LB-7Q2K", "LB-QKXW", "LE1 1AA", "A4",
    "https://example.org/a_b?c=1&d", "www.example.org", "leicester.gov.uk/libraries", "a.b+c@example.org",
    "@welcome_desk", "{name}", "{when}", "[…]", "۱۲:۳۰", "٢٤", "X0X", "X12X", "NHS", "Fosse Library",
    "Amina Yusuf", "Jean-Pierre", "O'Brien", "👍🏽", "❤️",
)  # fmt: skip


def loses(text: str) -> str:
    return re.sub(r"\s*X\d+X", "", text)


def doubles(text: str) -> str:
    return re.sub(r"(X\d+X)", r"\1 \1", text)


def swaps(text: str) -> str:
    masks = re.findall(r"X\d+X", text)[::-1]
    return re.sub(r"X\d+X", lambda _: masks.pop(0), text)


def glues(text: str) -> str:
    return re.sub(r" (X\d+X)", r"s\1", text)


def counts_on(text: str) -> str:
    return re.sub(r"X(\d+)X", lambda mask: f"X{int(mask[1]) + 1}X", text)


def invents(text: str) -> str:
    return f"{text} at 9:45"


def advertises(text: str) -> str:
    return f"{text} visit www.example.com"


def says_nothing(_: str) -> str:
    return " "


def goes_on_for_ever(text: str) -> str:
    return f"{text} " + "and so on " * 50


def masks_everything(_: str) -> str:
    return "X0X X1X X2X"


def echoes(text: str) -> str:
    return f"le {text}"


HOSTILE = [loses, doubles, swaps, glues, counts_on, invents, advertises, says_nothing, goes_on_for_ever,
           masks_everything, echoes, str.upper, str.title]  # fmt: skip


def once(part: str, text: str) -> bool:
    return len(re.findall(rf"(?<!\w){re.escape(part)}(?!\w)", text)) == 1


@pytest.mark.parametrize("part", KEPT)
@pytest.mark.parametrize("machine", HOSTILE)
def test_each_kind_of_part_survives_each_kind_of_fault(part: str, machine: Translate) -> None:
    text = f"please come {part} or call, then write to us {part}."
    found = translated(text, machine, NAMES) or text
    assert found.count(part) == 2
    assert not re.search(r"X\d+X", found.replace(part, ""))


PARTS = st.one_of(
    st.from_regex(r"(?:[01]\d|2[0-3])[:.][0-5]\d", fullmatch=True),
    st.from_regex(r"[1-9]\d?(?:am|pm| a\.m\.)", fullmatch=True),
    st.from_regex(r"[0-3]\d/[01]\d(?:/20\d\d)?", fullmatch=True),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["Mon", "Tuesday", "Wed", "Thursday", "Fri", "Sat", "Sunday"]),
        st.integers(1, 31),
        st.sampled_from(
            ["Jan", "February", "Mar", "April", "May", "June", "Jul", "Aug", "Sept", "Oct", "November"]
        ),
    ),
    st.integers(0, 10**7).map(str),
    st.from_regex(r"[£€$][1-9]\d{0,3}(?:\.\d\d)?", fullmatch=True),
    st.from_regex(r"\+44 7\d{3} \d{6}|0\d{3} \d{3} \d{4}", fullmatch=True),
    st.from_regex(r"LB-[2-9A-HJKMNP-Z]{4}", fullmatch=True),
    st.from_regex(r"https://[a-z]{3,9}\.org/[a-z_0-9]{1,9}(?:\?q=[a-z]{1,3})?", fullmatch=True),
    st.from_regex(r"[a-z]{2,6}[._]?[a-z]{1,4}@[a-z]{3,9}\.(?:org|co\.uk)", fullmatch=True),
    st.from_regex(r"\{[a-z]{2,9}(?:_[a-z]{1,5})?\}", fullmatch=True),
    st.sampled_from(NAMES),
)
WORDS = ["please", "come", "to", "the", "library", "with", "your", "letter", "and", "call", "we", "help", "session",
         "closed", "until", "new", "time", "zebra", "quickly", "bring"]  # fmt: skip
LINKS = st.sampled_from([" ", " ", " ", ", ", ". then ", ": ", "\n", "? so ", " - "])


@st.composite
def mixed(draw: Callable[..., object]) -> tuple[str, list[str]]:
    """A text of words and one to five parts, no part within another."""
    parts = draw(st.lists(PARTS, min_size=1, max_size=5, unique=True))
    assert isinstance(parts, list)
    assume(not any(one in other for one in parts for other in parts if one is not other))
    text = str(draw(st.sampled_from(WORDS)))
    for part in parts:
        text += f" {draw(st.sampled_from(WORDS))}{draw(LINKS)}{part}"
        if draw(st.booleans()):
            text += f" {draw(st.sampled_from(WORDS))}"
    return text + str(draw(st.sampled_from(["", ".", "!", " now."]))), parts


@given(mixed(), st.sampled_from(HOSTILE))
@settings(max_examples=200, deadline=None)
def test_two_hundred_texts_keep_their_parts_through_hostile_machines(
    found: tuple[str, list[str]], machine: Translate
) -> None:
    text, parts = found
    result = translated(text, machine, NAMES) or text
    assert [part for part in parts if not once(part, result)] == []
    figures = re.compile(r"\d")
    assert len(figures.findall(result)) == len(figures.findall(text))


@pytest.fixture(scope="module")
def argos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgosTranslator]:
    folder = tmp_path_factory.mktemp("packages")
    put_into(folder)
    translator = ArgosTranslator(folder, seconds=60, names=NAMES)
    yield translator
    translator.close()


@given(mixed())
@settings(max_examples=200, deadline=None)
def test_two_hundred_texts_keep_their_parts_through_argos_itself(
    argos: ArgosTranslator, found: tuple[str, list[str]]
) -> None:
    text, parts = found
    drafted = argos.draft(text, "fr")
    result = drafted.text if drafted else text
    assert [part for part in parts if not once(part, result)] == []
    assert result.count("\n") == text.count("\n")


@given(st.text(max_size=300), st.sampled_from(HOSTILE))
@settings(max_examples=200, deadline=None)
def test_any_text_at_all_is_taken(text: str, machine: Translate) -> None:
    result = translated(text, machine, NAMES)
    assert result is None or result


@given(st.text(alphabet="X0123456789 {}@.:/£abc\n", max_size=120), st.sampled_from(HOSTILE))
@settings(max_examples=200, deadline=None)
def test_no_mask_is_ever_left_that_nobody_wrote(text: str, machine: Translate) -> None:
    result = translated(text, machine)
    assert result is None or len(re.findall(r"X\d+X", result)) <= len(re.findall(r"(?=X\d+X)", text))


def test_what_the_machine_gets_is_masked() -> None:
    heard: list[str] = []

    def listens(text: str) -> str:
        heard.append(text)
        return text

    translated("Dear Amina, see Sam at Fosse Library at 10:00. It is free.", listens, NAMES)
    assert heard == ["Dear X0X, see X1X at X2X at X3X.", "It is free."]


def test_a_mask_may_move_but_figures_keep_their_order() -> None:
    moved = translated("we meet at {place} with {name}", lambda text: "avec X1X à X0X")
    assert moved == "avec {name} à {place}"
    kept = translated(
        "open from 10:00 until 12:00", lambda text: text.replace("X0X", "?").replace("X1X", "X0X")
    )
    assert kept == "open from 10:00 until 12:00"
    swapped = translated("open from 10:00 until 12:00", swaps)
    assert swapped is not None
    assert swapped.index("10:00") < swapped.index("12:00")


def test_one_sentence_that_cannot_be_trusted_leaves_the_others_translated() -> None:
    def trips(text: str) -> str:
        return "(applause) 12" if "second" in text else f"le {text}"

    assert translated("first one. second one. third one.", trips) == "le first one. second one. le third one."


def test_lines_spaces_and_signs_stay_where_they_are() -> None:
    assert (
        translated(" one.  two?\n\n(three) 10:00, four!", str.upper) == " ONE.  TWO?\n\n(THREE) 10:00, FOUR!"
    )


@pytest.mark.parametrize(
    "text", ["", " \n", "10:00", "LB-7Q2K, 19:30", "👍🏽", "{name}", "Fosse Library", "?!"]
)
def test_where_there_is_nothing_to_translate_there_is_no_translation(text: str) -> None:
    assert translated(text, str.upper, NAMES) is None


def test_a_long_sentence_is_cut_between_words_and_never_within_a_part() -> None:
    heard: list[str] = []

    def listens(text: str) -> str:
        heard.append(text)
        return text

    number = "0116 299 5460"
    text = " ".join([*["word"] * 56, "call", number, *["word"] * 80, "x" * 700])
    assert translated(text, listens) == text
    assert max(len(each) for each in heard if "xxx" not in each) <= LONGEST
    assert not any("299" in each for each in heard)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("please ask Jean-Pierre Dupont or Mrs Khan", ["Jean-Pierre Dupont", "Mrs Khan"]),
        ("ask: Please come on Monday in English", []),
        ("I NEED HELP WITH MY LETTER", []),
        ("Hola Necesito Ayuda Con Mi Carta Por Favor", []),
        ("the NHS and ESOL", ["NHS", "ESOL"]),
        ("chciałbym zapytać Panią o kartę", []),
        ("we can assist you", []),
        ("{reason} Reference {reference}.", []),
    ],
)
def test_names_are_guessed_where_a_capital_says_so(text: str, names: list[str]) -> None:
    found = [text[span.start : span.end] for span in spans(text, ("ASSIST",)) if span.kind == "name"]
    assert found == names


def test_an_arabic_sentence_keeps_its_digits_and_may_join_a_letter_to_them() -> None:
    assert (
        translated("الموعد الساعة ١٠:٣٠", lambda _: "the appointment is at X0X")
        == "the appointment is at ١٠:٣٠"
    )
    assert translated("come at 10:30", lambda _: "تعال وX0X") == "تعال و10:30"
