"""A translator's file is taken whole or not at all; what cannot be taken is counted, and nothing breaks it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catalogue import Entry, written
from flows.exchange import NotATranslation, OtherLanguage, language_of, take
from flows.numbers import Plural
from flows.standing import Entry as Translation

ONE = Entry("a.one", "One {slot}.", "flows/a.py")
TWO = Entry("a.two", "Two.\nLines.", "flows/a.py")
SOME = Entry("a.some", Plural("One place.", "{count} places."), "flows/a.py")
ENTRIES = [ONE, TWO, SOME]


def nothing(_key: str) -> Translation:
    return Translation("", "missing")


def exported(language: str = "fr", **translations: Translation) -> bytes:
    return written(language, ENTRIES, {f"a.{key}": each for key, each in translations.items()})


def draft(*forms: str, english: tuple[str, ...]) -> Translation:
    return Translation(forms[-1], "draft", forms, "machine", None, english)


def test_an_export_is_complete_and_comes_back_as_it_went_out() -> None:
    two = draft("Deux.\nLignes.", english=("Two.\nLines.",))
    some = draft("{count} place.", "{count} places.", english=("One place.", "{count} places."))
    file = exported(two=two, some=some)
    assert language_of(file) == "fr" and b'msgctxt "a.one"' in file
    brought = take(file, "fr", ENTRIES, nothing, tidy=str)
    assert {each.key: each.text for each in brought.taken} == {
        "a.two": ("Deux.\nLignes.",),
        "a.some": ("{count} place.", "{count} places."),
    }
    assert brought.left_out == Counter(empty=1) and brought.faults == []
    now = {"a.two": two, "a.some": some}
    again = take(file, "fr", ENTRIES, lambda key: now.get(key, nothing(key)), tidy=str)
    assert again.taken == [] and again.left_out == Counter(same=2, empty=1)
    named = take(file, "fr", ENTRIES, lambda key: now.get(key, nothing(key)), tidy=str, reviewed=True)
    assert len(named.taken) == 2


def test_stale_gone_and_unsure_entries_are_left_out_and_counted() -> None:
    stale = Translation("Un {slot}.", "stale", ("Un {slot}.",), "A", None, ("One {slot}!",))
    file = exported(one=stale, two=draft("Deux.", english=("Two.\nLines.",)))
    other = [Entry("a.one", ONE.english, ""), Entry("a.two", "Two lines.", "")]
    brought = take(file, "fr", other, nothing, tidy=str)
    assert brought.taken == [] and brought.left_out == Counter(fuzzy=1, changed=1, gone=1)


def test_a_draft_from_outside_never_goes_over_what_a_person_has_reviewed() -> None:
    file = exported(one=draft("Un {slot}.", english=(ONE.english,)))
    ours = Translation("Un : {slot}.", "reviewed", ("Un : {slot}.",), "Ann", None, (ONE.english,))
    brought = take(file, "fr", ENTRIES, lambda _key: ours, tidy=str)
    assert brought.taken == [] and brought.left_out == Counter(empty=2, kept=1)
    assert len(take(file, "fr", ENTRIES, lambda _key: ours, tidy=str, reviewed=True).taken) == 1
    safety = [Entry("emergency.x", "Call {slot}", "")]
    file = written("fr", safety, {"emergency.x": draft("Appelez {slot}", english=("Call {slot}",))})
    ours = Translation("{slot} !", "reviewed", ("{slot} !",), "Ann", None, ("Call {slot}",))
    assert take(file, "fr", safety, lambda _key: ours, tidy=str, reviewed=True).left_out == Counter(kept=1)


def test_one_fault_is_named_with_its_text() -> None:
    file = exported(one=draft("Un.", english=(ONE.english,)), two=draft("Deux.", english=(TWO.english,)))
    brought = take(file, "fr", ENTRIES, nothing, tidy=str)
    assert [(fault.key, fault.detail) for fault in brought.faults] == [("a.one", "{slot} is missing.")]


def test_a_file_of_another_language_is_refused() -> None:
    with pytest.raises(OtherLanguage):
        take(exported("so"), "fr", ENTRIES, nothing, tidy=str)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\xff\xfe\x00", b'msgid "a', b"PK\x03\x04", b"\x00" * 99, b"x" * 2_000_000]
)
def test_what_is_no_po_file_is_refused(data: bytes) -> None:
    with pytest.raises(NotATranslation):
        take(data, "fr", ENTRIES, nothing, tidy=str)


@given(st.integers(0, 900), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_refused_or_read_but_never_a_crash(at: int, junk: bytes) -> None:
    file = exported(one=draft("Un {slot}.", english=(ONE.english,)))
    try:
        brought = take(file[:at] + junk + file[at:], "fr", ENTRIES, nothing, tidy=str)
    except (NotATranslation, OtherLanguage):
        return
    assert all(each.key.startswith("a.") for each in brought.taken)
