"""What goes out: reviewed, or marked as a draft, never stale; slots are filled in after translation."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.emergency import message as safety_text
from flows.message import Message, Option
from flows.numbers import Plural
from flows.values import Name, Say, Text, Value, When, from_json, to_json
from flows.words import FSI, PDI, UnknownText, Words, isolate_runs, own_english
from tests.flows.fakes import PHRASES

SUMMER = datetime(2026, 7, 1, 13, 0, tzinfo=UTC)
WINTER = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)

PO = """
# {note}
{flag}msgctxt "{key}"
msgid {english}
msgstr "{text}"
"""


def catalogue(folder: Path, language: str, *entries: tuple[str, str, str]) -> Words:
    """A catalogue of (key, text, state) entries; returns the words read from it."""
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    lines = [
        PO.format(
            key=key,
            english=json.dumps(own_english().get(key, "x")),
            text=text,
            flag="#, fuzzy\n" if state == "stale" else "",
            note="reviewed: A. Person, 2026-11-21" if state == "reviewed" else "draft: machine, 2026-11-21",
        )
        for key, text, state in entries
    ]
    (folder / f"{language}.po").write_text(header + "".join(lines), encoding="utf-8")
    return Words(PHRASES, folder=folder)


@pytest.mark.parametrize(
    "value",
    [
        "LB-7Q2K",
        7,
        Name("service", "work_coach"),
        When(WINTER),
        Text("{slot}"),
        Say("facet.days"),
        ((When(WINTER), Name("place", "fosse")), ("a", 1)),
    ],
)
def test_a_value_comes_back_from_its_json(value: Value) -> None:
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize(
    "data", [None, 1.5, True, {"$name": ["person", "x"]}, {"$when": "2026-11-24T14:00:00"}, {}]
)
def test_json_that_is_no_value_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"value|zone"):
        from_json(data)


def test_a_reviewed_text_goes_out_without_a_mark(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("mine.none", "Aucune réservation.", "reviewed"))
    rendered = words.render(Message("mine.none"), "fr")
    assert (rendered.text, rendered.language, rendered.is_draft) == ("Aucune réservation.", "fr", False)


def test_a_draft_goes_out_marked_or_is_held(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("mine.none", "Aucune réservation.", "draft"))
    assert words.render(Message("mine.none"), "fr").is_draft
    held = Words(folder=tmp_path, drafts="hold").render(Message("mine.none"), "fr")
    assert (held.text, held.language, held.is_draft) == ("You have no bookings.", "en", False)


@pytest.mark.parametrize(
    "entry",
    [
        ("mine.none", "Vieux.", "stale"),
        ("mine.list", "x {bookings}", "draft"),
        ("mine.none", "{what}", "draft"),
    ],
)
def test_a_stale_missing_or_broken_translation_is_not_sent(
    tmp_path: Path, entry: tuple[str, str, str]
) -> None:
    rendered = catalogue(tmp_path, "fr", entry).render(Message("mine.none"), "fr")
    assert (rendered.text, rendered.language) == ("You have no bookings.", "en")


def test_a_translation_of_other_english_is_stale_and_english_goes_out_and_says_so(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("kb.place.fosse.name", "Bibliothèque Fosse", "reviewed"))
    assert words.entry("kb.place.fosse.name", "fr").status == "stale"  # it was made for "x"
    rendered = words.render(Message("staff.reply", {"text": Say("kb.place.fosse.name")}), "fr")
    assert rendered.in_english
    assert not words.render(Message("staff.reply", {"text": Text("Bonjour")}), "en").in_english


@dataclass(frozen=True)
class Row:
    """What staff approved, as the database gives it."""

    english: tuple[str, ...]
    text: tuple[str, ...]
    state: str = "reviewed"
    who: str = "Ann"
    at: datetime = WINTER


def approved(words: Words, **rows: Row) -> Words:
    by_key = {key.replace("_", "."): row for key, row in rows.items()}
    words.approved = lambda language: by_key if language == "fr" else {}
    return words


NONE = "You have no bookings."


def test_what_staff_approved_goes_before_the_file(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("mine.none", "Vieux.", "draft"))
    assert words.render(Message("mine.none"), "fr").text == "Vieux."
    approved(words, mine_none=Row((NONE,), ("Rien.",)))
    rendered = words.render(Message("mine.none"), "fr")
    assert (rendered.text, rendered.is_draft, rendered.in_english) == ("Rien.", False, False)
    assert words.entry("mine.none", "fr").who == "Ann"


def test_what_staff_approved_for_other_english_gives_way_to_a_newer_file_and_else_is_stale(
    tmp_path: Path,
) -> None:
    old = Row(("You have nothing.",), ("Rien.",))
    words = approved(catalogue(tmp_path, "fr", ("mine.none", "Aucune.", "draft")), mine_none=old)
    assert words.render(Message("mine.none"), "fr").text == "Aucune."
    words = approved(catalogue(tmp_path, "fr"), mine_none=old)
    rendered = words.render(Message("mine.none"), "fr")
    assert (rendered.text, rendered.language, rendered.in_english) == (NONE, "en", True)
    assert words.entry("mine.none", "fr").made_for == ("You have nothing.",)


def test_held_drafts_are_no_gap(tmp_path: Path) -> None:
    catalogue(tmp_path, "fr", ("mine.none", "Rien.", "draft"))
    assert not Words(folder=tmp_path, drafts="hold").render(Message("mine.none"), "fr").in_english


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 1, "One place."),
        ("en", 5, "5 places."),
        ("pl", 1, "Jedno miejsce."),
        ("pl", 3, "3 miejsca."),
        ("pl", 1200, "1 200 miejsc."),
        ("fr", 3, "3 places."),
    ],
)
def test_a_number_takes_the_plural_form_of_the_language(
    tmp_path: Path, language: str, number: int, said: str
) -> None:
    english = Plural("One place.", "{count} places.")
    words = Words({"kb.places": english}, folder=tmp_path)
    row = Row(("One place.", "{count} places."), ("Jedno miejsce.", "{count} miejsca.", "{count} miejsc."))
    words.approved = lambda code: {"kb.places": row} if code == "pl" else {}
    assert words.render(Message("kb.places", {"count": number}), language).text == said


def test_times_counts_and_lines_can_have_the_languages_own_digits(tmp_path: Path) -> None:
    po = ("reminder.weekly", "{service}: {sessions}", "reviewed")
    catalogue(tmp_path, "fa", po)
    message = Message(
        "reminder.weekly",
        {"service": 1200, "sessions": ((When(WINTER), "LB-7Q2K"),)},
        (Option("1:a", Text("A 7")),),
    )
    words = Words(folder=tmp_path, digits={"fa": "native"})
    said = words.render(message, "fa").with_numbers()
    assert said.startswith("۱٬۲۰۰:") and "۲۴" in said and "۱۴:۰۰" in said
    assert "LB-7Q2K" in said and said.splitlines()[-1].startswith("۱ ") and "A 7" in said
    assert "14:00" in Words(folder=tmp_path).render(message, "fa").text


def test_a_corrected_catalogue_is_read_without_a_restart(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("mine.none", "Un.", "draft"))
    assert words.render(Message("mine.none"), "fr").text == "Un."
    catalogue(tmp_path, "fr", ("mine.none", "Deux.", "draft"))
    assert words.render(Message("mine.none"), "fr").text == "Deux."


def test_a_draft_safety_text_goes_out_with_its_english_and_a_reviewed_one_alone(tmp_path: Path) -> None:
    text = "{police} {nhs} {samaritans} {violence} {slavery} !"
    draft = catalogue(tmp_path, "so", ("emergency.call", text, "draft")).render(safety_text(), "so")
    assert draft.text.startswith("999 111 116 123") and "In danger? Call 999" in draft.text and draft.safety
    reviewed = catalogue(tmp_path, "so", ("emergency.call", text, "reviewed")).render(safety_text(), "so")
    assert "In danger?" not in reviewed.text


def test_without_a_translation_the_safety_text_is_english_once(tmp_path: Path) -> None:
    assert Words(folder=tmp_path).render(safety_text(), "ti").text.count("999") == 1


def test_times_are_london_wall_time_in_the_persons_language() -> None:
    words = Words()
    assert words.value(When(SUMMER), "en") == "Wed 1 Jul, 14:00"
    assert words.value(When(WINTER), "uk") == "вт 24 лист., 14:00"
    assert words.value(When(WINTER), "ar").endswith("، 14:00")
    for language in ("fa", "ps", "ckb", "so", "ti", "am", "ur", "fr", "pl", "es"):
        assert "24" in words.value(When(WINTER), language) and "14:00" in words.value(When(WINTER), language)


def test_latin_parts_and_spaced_numbers_are_isolated_in_right_to_left_text(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "ar", ("book.requested", "رقم {reference} أو NHS 111.", "reviewed"))
    text = words.render(Message("book.requested", {"reference": "LB-7Q2K"}), "ar").text
    assert text == f"رقم {FSI}LB-7Q2K{PDI} أو {FSI}NHS 111{PDI}."
    assert words.value("116 123", "fa") == f"{FSI}116 123{PDI}"
    assert words.value(Text("أمينة"), "en") == f"{FSI}أمينة{PDI}"


def test_the_only_latin_word_of_a_line_needs_no_isolate_and_its_number_stays_beside_it() -> None:
    assert isolate_runs("مرض؟ NHS", "ar") == "مرض؟ NHS"
    assert isolate_runs("NHS مرض", "ar") == f"{FSI}NHS{PDI} مرض"  # else the line would run the other way
    assert isolate_runs("WhatsApp، Telegram", "ar") == f"{FSI}WhatsApp{PDI}، {FSI}Telegram{PDI}"


def test_what_a_person_wrote_is_never_a_template() -> None:
    """Bad input 10."""
    rendered = Words().render(Message("staff.reply", {"text": Text("{text} %s {{7*7}}")}), "en")
    assert rendered.text == "From library staff:\n{text} %s {{7*7}}"


def test_options_are_numbered_and_zero_is_last() -> None:
    message = Message(
        "mine.none",
        options=(Option("3:a", Text("A")), Option("3:b", Text("B")), Option("3:back", Say("desk.back"))),
    )
    assert Words().render(message, "en").with_numbers() == "You have no bookings.\n1 A\n2 B\n0 Go back"


def test_sms_has_no_quotes_or_spaces_that_cost_a_segment(tmp_path: Path) -> None:
    words = catalogue(tmp_path, "fr", ("mine.none", "Pas d’heure\u202f!", "reviewed"))
    assert words.render(Message("mine.none"), "fr", "sms").text == "Pas d'heure !"
    assert words.render(Message("mine.none"), "fr", "telegram").text == "Pas d’heure\u202f!"


def test_a_key_that_nobody_has_is_an_error() -> None:
    with pytest.raises(UnknownText):
        Words().render(Message("no.such.text"), "en")
