"""Libraries are heard under the names people use, in their own letters; these are spellings and no facts."""

from pathlib import Path

import pytest

from kb.check import check
from kb.load import load
from kb.model import KnowledgeBase, OtherNames
from kb.phrases import phrases
from tests.kb.conftest import Edit

SCRIPTS = ("ar", "fa", "ps", "ckb", "ur", "ti", "am", "uk")
FOSSE = "places/fosse.yaml"


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return load()


def names(kb: KnowledgeBase) -> dict[str, OtherNames]:
    return {place.id: place.other_names for place in kb.places.values() if place.other_names}


def test_every_library_has_names_in_every_script_that_is_not_latin(kb: KnowledgeBase) -> None:
    assert set(names(kb)) == set(kb.places)
    for place, other in names(kb).items():
        assert [code for code in SCRIPTS if not other.spelled.get(code)] == [], place


def test_who_drafted_them_is_said_and_whether_anybody_checked_them(kb: KnowledgeBase) -> None:
    assert all(other.drafted_by.startswith("machine, 2026-11-") for other in names(kb).values())
    assert all(other.reviewed_by is None for other in names(kb).values())


def test_nobody_is_shown_them(kb: KnowledgeBase) -> None:
    assert not any("other_names" in key or "Bellgrave" in text for key, text in phrases(kb).items())


def test_one_spelling_names_one_library(folder: Path, edit: Edit) -> None:
    edit(FOSSE, "en: [Fosse Library, ", "en: [belgrave LIBRARY, Fosse Library, ")
    assert [fault.problem for fault in check(folder)] == ["already names belgrave"]
    edit(FOSSE, "belgrave LIBRARY", "Belgrev")
    assert [fault.field for fault in check(folder)] == ["other_names.spelled.en.0"]


def test_names_without_anybody_who_drafted_them_are_refused(folder: Path, edit: Edit) -> None:
    edit(FOSSE, "  drafted_by: machine, 2026-11-23\n", "")
    assert any(fault.field == "other_names.drafted_by" for fault in check(folder))
