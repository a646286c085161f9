"""A library is heard under all its names, misspelt too; a name of none or of two is never taken for one."""

import csv
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.card import DATA
from nlu.places import Known, Named, Places
from nlu.training import read

ROOT = Path(__file__).parents[2]


def known() -> list[Known]:
    """The names as the knowledge base ships them (read as YAML: nlu knows no kb)."""
    found = []
    for file in sorted(ROOT.glob("kb/places/*.yaml")):
        place = yaml.safe_load(file.read_text("utf-8"))
        names = place["other_names"]
        spelled = [name for each in names["spelled"].values() for name in each]
        weak = [name for each in names.get("with_library", {}).values() for name in each]
        found.append(
            Known(place["id"], (place["name"], *spelled), tuple(weak), tuple(names.get("not_meant", ())))
        )
    return found


KNOWN = known()
PLACES = Places(KNOWN)
LIBRARY_NAMES = """
belgr|beaum|bomon|boumon|beumon|brite|bright c|fosse|st matth|st math|saint matth|central|markaz
بلجر|بلغر|بلگر|بیلگر|بلګر|بومون|بيومون|بیومون|بیوماؤن|مرکزی|مركزي|مرکزي|المركزية|سنترال|سینٹرل|سنټرل|متیو|ماثيو|میتھ|ناوەند|بێلگ|بۆمۆن
بيلغ|بيلج|بيلگ|بیلګ|بيمون|بيومن|بومان|بومن|بیومان|بیۆم|بیومۆن|بريت|برایت|بریت|برایټ|بریټ|برائٹ|فوس|فاس|فۆس|سنٹرل|سنترل|سەنتر|سینترال
ماثوز|ماسی|ماتیوز|میتیو|matews|ሴንትራል|ሰንትራል|ማእከላይ|ማዕከላዊ|ቤልግ|በልግ|ቦሞን|ቦሞት|ብራይት|ፎስ|ማቲው|ማትዩ|ማትው
централ|брайт|фосс|метью|бомонт|белгр|бельгр|blgr|bel grave|bmont|boomon|brait|brit s|brit c|cental|centera
gla fos|sent matth
برايت|بـ براي|بلقير|بمونت|بومۆنت|سەینت ما|سێنتر|ፎሥ|ማቴዎስ|ማትዮስ
"""
"""Enough of each name to see, by a much simpler rule, that a message does speak of a library of ours."""
NAMES = LIBRARY_NAMES.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize(("id_", "name"), [(each.id, name) for each in KNOWN for name in each.names])
def test_every_name_is_found_in_a_sentence(id_: str, name: str) -> None:
    assert PLACES.find(name).places == (id_,)
    assert PLACES.find(f"xx yy {name}, zz qq ww vv uu").places == (id_,)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("book me at Beaumont-Leys library pls", "beaumont-leys"),
        ("belgarve", "belgrave"),
        ("at bellgrave libary", "belgrave"),
        ("beumont leys", "beaumont-leys"),
        ("BEAUMONT LEYS", "beaumont-leys"),
        ("beaumontleys", "beaumont-leys"),
        ("St. Matthew's", "st-matthews"),
        ("brite", "brite-centre"),
        ("bright centre on tuesday morning please", "brite-centre"),
        ("central", "central-library"),
        ("centrall libary", "central-library"),
        ("ببلجريف", "belgrave"),
        ("في مكتبة بلغريف يوم الثلاثاء", "belgrave"),
        ("በቤልግሬቭ", "belgrave"),
        ("በብራይት ላይብረሪ ውስጥ ቀጠሮ", "brite-centre"),
        ("у Белґрейві", "belgrave"),
        ("w bibliotece centralnej", "central-library"),
        ("بیلگریو لائبریری میں", "belgrave"),
        ("کتابخانه‌ی مرکزی", "central-library"),
        ("لە بێلگرەیڤ", "belgrave"),
        ("په سنټرل کتابتون کې", "central-library"),
    ],
)
def test_a_library_is_found_as_people_write_it(text: str, id_: str) -> None:
    assert PLACES.find(text).places == (id_,)


def test_two_libraries_are_both_heard_in_their_order() -> None:
    found = PLACES.find("I am booked at Central Library but want Belgrave")
    assert found.places == ("central-library", "belgrave")


@pytest.mark.parametrize(
    "text",
    [
        "I work in central London",
        "I live near Fosse Park, can I join?",
        "we moved to Belgrave Road last week",
        "the job centre told me to come",
        "he came from Belgrade last year",
        "a bright child who loves books and songs",
        "برایت فرستادم که نوبت بگیری برای خودت",
        "my friend Matthew wants to come with me too",
        "how do I join the library",
        "is the public library open",
        "البيت في وسط المدينة قريب من المحطة",
    ],
)
def test_ordinary_words_name_no_library(text: str) -> None:
    assert PLACES.find(text).places == ()
    assert not PLACES.find(text).stranger


@pytest.mark.parametrize(
    "text",
    [
        "at highfields library",
        "book me in at Highfields library",
        "bibliothèque de Knighton",
        "belmont library",
        "centre",
    ],
)
def test_30_an_unknown_name_or_one_of_two_is_said_to_be_so_with_the_nearest(text: str) -> None:
    found = PLACES.find(text)
    assert found.places == ()
    assert found.stranger
    assert len(found.near) == 3


def test_30_the_nearest_comes_first() -> None:
    assert PLACES.find("belmont library").near[0] == "beaumont-leys"


def test_names_that_are_near_one_another_are_asked_about() -> None:
    places = Places(
        [Known("north", ("Northfields",)), Known("south", ("Southfields",)), Known("nort", ("Northfield",))]
    )
    assert places.find("Northfields").places == ("north",)
    assert places.find("Northfeild library").stranger
    assert set(places.find("Northfieldz library").near[:2]) == {"north", "nort"}


def test_a_short_text_that_names_nothing_says_what_is_nearest_and_claims_nothing() -> None:
    found = PLACES.find("Highfields")
    assert not found.stranger
    assert found.near
    assert PLACES.find("12/11") == PLACES.find("") == PLACES.find("😀") == Named()


@pytest.mark.parametrize(
    "text", ["2 please", "no. 2", "2 svp", "رقم 2", "۲ لطفا", "نمبر 2", "2 እባክዎ", "٢ تکایە"]
)
def test_a_number_with_polite_words_is_near_no_library(text: str) -> None:
    assert PLACES.find(text) == Named()


def messages() -> list[str]:
    texts = [example.text for example in read(DATA)]
    for file in sorted((ROOT / "nlu/eval").glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            texts += [row["text"] for row in csv.DictReader(lines)]
    return texts


def test_no_message_that_names_no_library_is_taken_to_name_one() -> None:
    """Over every message we have, in sixteen spellings: at most one in ten thousand."""
    texts = messages()
    false = [
        text for text in texts if PLACES.find(text).places and not any(name in text.lower() for name in NAMES)
    ]
    assert len(false) <= len(texts) / 10_000, false
    assert len(texts) > 10_000


def test_a_long_text_is_cut() -> None:
    assert PLACES.find("x " * 50_000 + "belgrave").places == ()
    assert PLACES.find("belgrave " + "x" * 100_000).places == ("belgrave",)


@given(st.text(max_size=120))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_raise(text: str) -> None:
    found = PLACES.find(text)
    assert set(found.places) | set(found.near) <= {each.id for each in KNOWN}
