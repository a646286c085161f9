"""What a text takes by SMS at its longest: counted as it goes out, and no more than three."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.measure import LATIN, measure, measure_one
from bot.segments import forces_ucs2, segments
from flows.catalogue import collect
from flows.emergency import NUMBERS
from flows.words import GSM_FRIENDLY, Words
from kb.load import load
from kb.phrases import phrases

WORDS = Words(phrases(load()))
ENTRIES = collect(WORDS.phrases)


@pytest.mark.parametrize("language", WORDS.languages)
def test_every_text_fits_three_sms_with_the_longest_values(language: str) -> None:
    assert [(each.key, each.segments) for each in measure(WORDS, ENTRIES, language) if not each.fits] == []


@pytest.mark.parametrize("language", WORDS.languages)
def test_the_safety_text_has_every_number_and_fits(language: str) -> None:
    text = WORDS.entry("emergency.call", language).text
    measured = measure_one(WORDS, "emergency.call", text, language)
    assert measured.segments <= 3 and all(number in measured.text for number in NUMBERS.values())
    assert segments(measured.text).units <= 201 or measured.encoding == "GSM-7"


@pytest.mark.parametrize("language", LATIN)
def test_no_text_of_ours_has_a_sign_that_only_makes_it_dear(language: str) -> None:
    found = {each.key: dict(each.costly) for each in measure(WORDS, ENTRIES, language)}
    assert {key: signs for key, signs in found.items() if set(signs) & set(GSM_FRIENDLY)} == {}


def test_what_replaces_a_dear_sign_is_in_the_cheap_alphabet() -> None:
    assert all(forces_ucs2(dear) and not forces_ucs2(cheap) for dear, cheap in GSM_FRIENDLY.items())


def test_letters_that_a_language_needs_are_named_without_a_suggestion() -> None:
    measured = measure_one(WORDS, "mine.none", "Żadnych… rezerwacji", "pl")
    assert measured.costly == {"Ż": "", "…": "..."} and measured.encoding == "UCS-2"
    assert measure_one(WORDS, "mine.none", "L’heure…", "fr").encoding == "GSM-7"  # made plain when sent


def test_long_names_and_days_are_counted_in() -> None:
    short = segments(WORDS.entry("booking.approved", "ar").text).units
    assert (
        measure_one(WORDS, "booking.approved", WORDS.entry("booking.approved", "ar").text, "ar").units
        > short + 40
    )


def test_lists_and_own_words_count_by_their_parts() -> None:
    answer = measure_one(WORDS, "staff.reply", "{text}", "am")
    assert answer.segments == 0 and answer.parts > 1 and answer.fits
    assert measure_one(WORDS, "staff.reply", "ሀ" * 250 + "{text}", "am").segments == 4


def test_the_command_lists_the_worst_and_writes_everything(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["texts", "segments", "--language", "ckb", "--json", str(tmp_path / "all.json")]
    )
    assert result.exit_code == 0 and "emergency.call" in result.output
    rows = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert {row["language"] for row in rows} == {"ckb"} and all(row["fits"] for row in rows)
    assert CliRunner().invoke(app, ["texts", "segments", "--language", "xx"]).exit_code == 1
