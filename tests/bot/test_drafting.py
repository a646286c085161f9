"""A machine's words for people: drafts that stay marked until a person approves them, and staff's own words with the
mark beside them. Never a safety text."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from bot.compose import known_names
from bot.drafting import SafetyText, draft, draft_all, not_covered, offered, said_in, wanting, write
from flows import catalogue
from flows.catalogue import Entry
from flows.message import Message
from flows.numbers import Plural
from flows.words import MARK, SAFETY, Words
from kb.load import load
from nlu.translate import NOT_COVERED, ArgosTranslator, Drafted, NoTranslator
from tests.argos import TODAY, put_into
from tests.bot.house import House

ASKED = Entry("book.asked", "We have asked for it. Your reference is {reference}.", "flows/book.py")
FULL = Entry("book.full", "It is full.", "flows/book.py")
SIGN = Entry(MARK, "(Translated by a machine. Nobody has checked it yet.)", "flows/desk.py")
DANGER = Entry(f"{SAFETY}call", "In danger? Call {police}.", "flows/emergency.py")
PLACES = Entry("book.left", Plural("{count} place is left.", "{count} places are left."), "flows/book.py")
ENTRIES = [ASKED, FULL, SIGN, DANGER, PLACES]
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: fr\\n"\n\n'
OLD = """# reviewed: Marie, 2026-10-01
msgctxt "desk.draft_mark"
msgid "(Translated by a machine. Nobody has checked it yet.)"
msgstr "(Traduit par une machine. Personne n'a encore vérifié.)"

# draft: machine, 2026-10-01
#, fuzzy
msgctxt "book.full"
msgid "It was full."
msgstr "C'était complet."
"""


class Machine(NoTranslator):
    """Says what it was told to."""

    def __init__(self, said: str | None) -> None:
        self.said, self.asked = said, 0

    def draft(self, text: str, language: str) -> Drafted | None:
        self.asked += 1
        return Drafted(self.said, language, "test 1") if self.said is not None else None


@pytest.fixture(scope="module")
def argos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgosTranslator]:
    folder = tmp_path_factory.mktemp("packages")
    put_into(folder)
    translator = ArgosTranslator(folder, seconds=60, names=known_names(load()))
    yield translator
    translator.close()


@pytest.fixture
def french(tmp_path: Path) -> Path:
    file = tmp_path / "fr.po"
    file.write_text(HEADER + OLD, encoding="utf-8")
    return file


class OurWords(Words):
    """The words of the entries above."""

    def english(self, key: str) -> str:
        return next(each.english for each in ENTRIES if each.key == key)


def words(folder: Path, drafts: Literal["send", "hold"] = "send") -> Words:
    return OurWords(folder=folder, drafts=drafts)


def test_install_draft_mark_approve(argos: ArgosTranslator, french: Path) -> None:
    before = words(french.parent).render(Message(FULL.key), "fr")
    assert (before.text, before.language) == ("It is full.", "en"), "the English has changed: it goes out"

    drafts = draft_all(french, ENTRIES, argos, TODAY)
    write(french, ENTRIES, drafts)
    sent = words(french.parent).render(Message(FULL.key), "fr")
    assert (sent.text, sent.language, sent.is_draft) == ("C'est complet.", "fr", True)
    assert words(french.parent).mark("fr") == "(Traduit par une machine. Personne n'a encore vérifié.)"
    assert words(french.parent, "hold").render(Message(FULL.key), "fr").language == "en"

    signed = french.read_text("utf-8")
    assert signed.count("# draft: machine, translate-en_fr 0.1, 2026-11-23") == 2
    french.write_text(
        signed.replace("draft: machine, translate-en_fr 0.1, 2026-11-23", "reviewed: Marie, 2026-12-01"),
        "utf-8",
    )
    approved = words(french.parent).render(Message(FULL.key), "fr")
    assert (approved.text, approved.is_draft) == ("C'est complet.", False)


def test_what_is_drafted_keeps_its_slots_and_what_was_there_stays(
    argos: ArgosTranslator, french: Path
) -> None:
    told: list[str] = []
    drafts = draft_all(french, ENTRIES, argos, TODAY, lambda entry, text: told.append(f"{entry.key}: {text}"))
    assert told == [
        "book.asked: Nous avons demandé cette place. Votre référence est {reference}.",
        "book.full: C'est complet.",
    ]
    assert sum(drafts.left.values()) == 2
    write(french, ENTRIES, drafts)
    lines = catalogue.read(french)
    assert set(lines) == {each.key for each in ENTRIES}
    assert lines[MARK].user_comments == ["reviewed: Marie, 2026-10-01"]
    assert [each.key for each in wanting(french, ENTRIES)] == [DANGER.key, PLACES.key]


def test_a_new_language_starts_from_nothing_and_a_copy_leaves_the_original_alone(
    argos: ArgosTranslator, tmp_path: Path
) -> None:
    missing, copy = tmp_path / "fr.po", tmp_path / "copy.po"
    write(missing, ENTRIES, draft_all(missing, ENTRIES, argos, TODAY), copy)
    assert not missing.exists()
    assert catalogue.read(copy)[FULL.key].string == "C'est complet."


def test_no_machine_ever_sees_a_safety_text(french: Path) -> None:
    machine = Machine("En danger ? Appelez {police}.")
    with pytest.raises(SafetyText):
        draft(DANGER, "fr", machine)
    assert offered(machine)(DANGER, "fr") is None
    assert draft_all(french, [DANGER], machine, TODAY).made == {}
    assert machine.asked == 0


@pytest.mark.parametrize(
    "said", [None, "Votre référence.", "{reference} {reference}", "{other} {reference}", " "]
)
def test_a_draft_that_lost_a_slot_is_none(french: Path, said: str | None) -> None:
    machine = Machine(said)
    assert draft(ASKED, "fr", machine) is None
    assert offered(machine)(ASKED, "fr") is None
    assert draft_all(french, [ASKED], machine, TODAY).made == {}


def test_the_translation_desk_is_offered_a_draft_but_not_of_plural_forms() -> None:
    assert offered(Machine("Fait, {reference}."))(ASKED, "fr") == "Fait, {reference}."
    assert offered(Machine("{count}"))(PLACES, "fr") is None


def test_staffs_own_words_carry_the_mark_in_the_readers_language(
    argos: ArgosTranslator, french: Path
) -> None:
    text = "The library is closed on Tue 24 Nov. Please call 0116 299 5460."
    said = said_in(text, "fr", translator=argos, words=words(french.parent))
    assert (said.language, said.by_machine) == ("fr", True)
    assert said.text == (
        "La bibliothèque est fermée le Tue 24 Nov. Merci d'appeler 0116 299 5460.\n"
        "(Traduit par une machine. Personne n'a encore vérifié.)"
    )


@pytest.mark.parametrize("language", ["so", "en", "ar"])
def test_without_a_translation_staffs_words_go_out_in_english(
    argos: ArgosTranslator, french: Path, language: str
) -> None:
    said = said_in("It is full. {x}", language, translator=argos, words=words(french.parent))
    assert (said.text, said.language, said.by_machine) == ("It is full. {x}", "en", False)


def test_where_drafts_are_held_staffs_words_go_out_in_english(argos: ArgosTranslator, french: Path) -> None:
    said = said_in("It is full.", "fr", translator=argos, words=words(french.parent, "hold"))
    assert (said.text, said.by_machine) == ("It is full.", False)


def test_right_to_left_words_keep_their_latin_parts_in_order(french: Path) -> None:
    machine = Machine("اتصل على 0116 299 5460 في Fosse Library")
    said = said_in("Call", "ar", translator=machine, words=words(french.parent))
    assert "\u20680116 299 5460\u2069" in said.text
    assert "\u2068Fosse Library\u2069" in said.text


@pytest.mark.parametrize("language", NOT_COVERED)
def test_a_language_that_argos_lacks_says_so_and_what_happens_instead(language: str) -> None:
    sentence = str(not_covered(language))
    assert f"({language})" in sentence
    assert "else English" in sentence


def test_for_other_languages_nothing_is_said() -> None:
    assert not_covered("fr") is None
    assert not_covered("fr", "so", "ti") == not_covered("so", "ti")


def test_readiness_says_what_is_missing_and_a_person_is_still_answered(house: House) -> None:
    ready = house.http.get("/readyz").json()
    assert ready["status"] == "degraded"
    assert "no translation package is installed" in ready["missing"]
    assert house.sms("+447700900001", "hello")


def test_the_day_of_a_draft_is_the_day_it_was_made(french: Path) -> None:
    made = draft_all(french, [FULL], Machine("C'est complet."), date(2027, 3, 1)).made[FULL.key]
    assert (made.who, made.on, made.status) == ("machine, test 1", date(2027, 3, 1), "draft")
