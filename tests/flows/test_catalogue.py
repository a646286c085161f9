"""The catalogue: every text once, changed English is marked, translators' work and names are kept."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from flows.catalogue import Entry, check, overdue, own, read, state, states, unreviewed, update, wrong
from flows.numbers import Plural
from flows.words import TEXTS

SMS_ENGLISH = 150
LONGER = {"emergency.call"}  # never cut, so its length is a cost and not a loss
ONE = Entry("a.one", "One {slot}.", "flows/a.py")
TWO = Entry("a.two", "Two.", "flows/a.py")


def translate(path: Path, key: str, text: str, note: str = "draft: machine, 2026-11-21") -> None:
    """Do what a translator does: fill in one entry and sign it."""
    po = path.read_text(encoding="utf-8")
    start = po.index(f'msgctxt "{key}"')
    head, entry = po[:start], po[start:].replace('msgstr ""', f'msgstr "{text}"', 1)
    above = head.rindex("#: ")
    path.write_text(f"{head[:above]}# {note}\n{head[above:]}{entry}", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fr.po").write_text("", encoding="utf-8")
    update(tmp_path, [ONE, TWO])
    translate(tmp_path / "fr.po", "a.one", "Un {slot}.")
    translate(tmp_path / "fr.po", "a.two", "Deux.", "reviewed: A. Person, 2026-12-01")
    return tmp_path


def test_a_translation_and_its_signature_outlive_an_update(folder: Path) -> None:
    before = (folder / "fr.po").read_text(encoding="utf-8")
    update(folder, [ONE, TWO])
    update(folder, [ONE, TWO])
    lines = read(folder / "fr.po")
    assert lines["a.one"].string == "Un {slot}." and lines["a.one"].user_comments == [
        "draft: machine, 2026-11-21"
    ]
    assert [state(lines[entry.key], entry.english) for entry in (ONE, TWO)] == ["draft", "reviewed"]
    assert "flows/a.py" in before and check(folder, [ONE, TWO]) == []


def test_changed_english_makes_the_translation_stale(folder: Path) -> None:
    changed = Entry("a.two", "Two now.", "flows/a.py")
    assert [fault.kind for fault in check(folder, [ONE, changed])] == ["stale"]
    update(folder, [ONE, changed])
    assert state(read(folder / "fr.po")["a.two"], changed.english) == "stale"
    update(folder, [ONE, changed])
    assert states(folder, [ONE, changed])["fr"] == Counter(draft=1, stale=1)


def test_english_that_changed_back_does_not_bring_an_unsure_translation_back(folder: Path) -> None:
    update(folder, [ONE, Entry("a.two", "Two now.", "flows/a.py")])
    update(folder, [ONE, TWO])
    assert state(read(folder / "fr.po")["a.two"], TWO.english) == "stale"


def test_changed_english_is_noticed_before_anybody_updates_the_files(folder: Path) -> None:
    assert state(read(folder / "fr.po")["a.two"], "Two now.") == "stale"


def test_a_new_text_is_missing_and_one_that_is_gone_is_unknown(folder: Path) -> None:
    faults = check(folder, [ONE, Entry("a.three", "Three.", "flows/a.py")])
    assert [(fault.key, fault.kind) for fault in faults] == [("a.two", "unknown"), ("a.three", "missing")]
    assert all(fault.is_error for fault in faults)


def test_slots_must_be_the_same(folder: Path) -> None:
    po = folder / "fr.po"
    po.write_text(po.read_text(encoding="utf-8").replace("Un {slot}.", "Un {solt}."), encoding="utf-8")
    assert [fault.kind for fault in check(folder, [ONE, TWO])] == ["slots"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Un {solt}.", "{slot} is missing. {solt} is not in the English."),
        ("Un {slot} {slot}.", "{slot} is there too often."),
        ("Un {slot.", "A curly bracket belongs to no slot."),
        ("L{slot}.", "touches the word beside it"),
        ("Un {slot}s.", "touches the word beside it"),
    ],
)
def test_what_is_wrong_with_the_slots_is_said_in_a_sentence(folder: Path, text: str, said: str) -> None:
    po = folder / "fr.po"
    po.write_text(po.read_text(encoding="utf-8").replace("Un {slot}.", text), encoding="utf-8")
    (fault,) = check(folder, [ONE, TWO])
    assert fault.kind == "slots" and said in fault.detail


def test_plural_forms_of_each_language_are_asked_for_and_checked(tmp_path: Path) -> None:
    some = Entry("a.some", Plural("One place.", "{count} places."), "flows/a.py")
    (tmp_path / "pl.po").write_text("", encoding="utf-8")
    update(tmp_path, [some])
    po = (tmp_path / "pl.po").read_text(encoding="utf-8")
    assert "nplurals=3" in po and 'msgid_plural "{count} places."' in po and "msgstr[2]" in po
    assert [fault.kind for fault in check(tmp_path, [some])] == ["missing"]
    for number, form in enumerate(("Jedno miejsce.", "{count} miejsca.", "{count} miejsc.")):
        po = po.replace(f'msgstr[{number}] ""', f'msgstr[{number}] "{form}"')
    (tmp_path / "pl.po").write_text(po.replace("#: ", "# draft: x, 2026-11-22\n#: "), encoding="utf-8")
    assert check(tmp_path, [some]) == []
    update(tmp_path, [some])
    assert check(tmp_path, [some]) == []
    assert wrong(some.english, ["Jedno.", "{count} miejsca.", "Wiele miejsc."], "pl") == [
        "{count} is missing."
    ]
    assert wrong(some.english, ["{count} miejsce.", "{count} miejsca."], "pl") == [
        "It needs 3 forms and has 2."
    ]
    update(tmp_path, [Entry("a.some", Plural("A place.", "{count} places."), "flows/a.py")])
    assert state(read(tmp_path / "pl.po")["a.some"], some.english) == "stale"


def test_safety_texts_are_counted_apart_and_looked_over_every_year(tmp_path: Path) -> None:
    call = Entry("emergency.call", "Call 999.", "flows/emergency.py")
    for language, note in (("fr", "reviewed: A. Person, 2026-12-01"), ("so", "draft: machine, 2026-11-21")):
        (tmp_path / f"{language}.po").write_text("", encoding="utf-8")
        update(tmp_path, [call, ONE])
        translate(tmp_path / f"{language}.po", "emergency.call", "999!", note)
    assert unreviewed(tmp_path, [call, ONE]) == {"so": ["emergency.call"]}
    assert not overdue(date(2027, 11, 22), "2026-11-22")
    assert overdue(date(2027, 11, 23), "2026-11-22")


def test_somebody_stands_behind_every_translation(folder: Path) -> None:
    po = folder / "fr.po"
    po.write_text(
        po.read_text(encoding="utf-8").replace("# draft: machine, 2026-11-21\n", ""), encoding="utf-8"
    )
    assert [fault.kind for fault in check(folder, [ONE, TWO])] == ["no_state"]


def test_every_key_is_there_once_and_the_template_is_up_to_date(tmp_path: Path) -> None:
    keys = [entry.key for entry in own()]
    assert len(keys) == len(set(keys))
    entries = {key: line.id for key, line in read(TEXTS / "en.pot").items()}
    missing = {entry.key: entry.english for entry in own() if entries.get(entry.key) != entry.english}
    assert not missing, "run `make texts`"


@pytest.mark.parametrize("entry", own(), ids=lambda entry: str(entry.key))
def test_english_is_short_and_asks_for_no_word_that_twilio_takes(entry: Entry) -> None:
    assert len(entry.english) <= SMS_ENGLISH or entry.key in LONGER
    assert not re.search(r"\b(CANCEL|END|QUIT|YES|STOP|STOPALL|UNSUBSCRIBE)\b", entry.english)
    assert entry.english.isascii(), "one letter outside GSM-7 makes every SMS cost more than double"


def test_the_shipped_catalogues_have_no_errors_in_our_own_texts() -> None:
    errors = [fault for fault in check(TEXTS, own()) if fault.is_error and not fault.key.startswith("kb.")]
    assert errors == []
