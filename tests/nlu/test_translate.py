"""Staff get an English reading or none; numbers and addresses in it are those that were written."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlu.translate import ArgosTranslator, NoTranslator, Translate, protected


def package(folder: Path, code: str = "ar", to: str = "en") -> Path:
    place = folder / f"translate-{code}_{to}"
    place.mkdir(parents=True)
    (place / "metadata.json").write_text(json.dumps({"from_code": code, "to_code": to}), "utf-8")
    return folder


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[ArgosTranslator]:
    translator = ArgosTranslator(package(tmp_path), load=lambda *_: lambda text: text.upper())
    yield translator
    translator.close()


def test_nobody_translates_nothing() -> None:
    assert NoTranslator().english("سلام", "fa") is None
    assert NoTranslator().english("hello", "en") == "hello"


def test_a_message_is_read_in_english(loud: ArgosTranslator) -> None:
    assert loud.english("salam", "ar") == "SALAM"
    assert loud.english("as it is", "en") == "as it is"
    assert loud.english(" ", "ar") is None


def test_a_language_without_a_package_has_no_reading(loud: ArgosTranslator, tmp_path: Path) -> None:
    assert loud.english("ሰላም", "ti") is None
    assert loud.languages() == ["ar"]
    assert ArgosTranslator(tmp_path / "nothing there").english("سلام", "ar") is None


def test_a_stray_folder_among_the_packages_does_no_harm(tmp_path: Path) -> None:
    (package(tmp_path) / "stray").mkdir()
    package(tmp_path, "en", "ar")
    assert ArgosTranslator(tmp_path).languages() == ["ar"]


def test_a_package_that_cannot_be_loaded_has_no_reading(tmp_path: Path) -> None:
    translator = ArgosTranslator(package(tmp_path), load=lambda *_: None)
    assert translator.english("سلام", "ar") is None
    translator.close()


def test_one_that_fails_in_the_middle_has_no_reading(tmp_path: Path) -> None:
    def fails(_: str) -> str:
        raise RuntimeError("CTranslate2 says no")

    translator = ArgosTranslator(package(tmp_path), load=lambda *_: fails)
    assert translator.english("سلام", "ar") is None
    translator.close()


def test_a_long_translation_is_given_up_and_the_next_ones_do_not_pile_up(tmp_path: Path) -> None:
    let_go = threading.Event()
    calls: list[str] = []

    def waits(text: str) -> str:
        calls.append(text)
        let_go.wait(10)
        return text

    translator = ArgosTranslator(package(tmp_path), seconds=0.05, load=lambda *_: waits)
    assert translator.english("one", "ar") is None
    assert translator.english("two", "ar") is None
    let_go.set()
    translator.close()
    assert calls == ["one"]


@pytest.mark.filterwarnings("ignore")  # what Argos and its libraries warn of at import is theirs
def test_argos_itself_starts_without_stanza_and_leaves_the_environment_alone(tmp_path: Path) -> None:
    names = ("ARGOS_PACKAGES_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    before = [os.environ.get(name) for name in names]
    translator = ArgosTranslator(package(tmp_path), seconds=60)
    assert translator.english("سلام", "ar") is None  # the package holds no model
    translator.close()
    assert "argostranslate.translate" in sys.modules
    assert [os.environ.get(name) for name in names] == before


def keeps_masks(text: str) -> str:
    return f"translated {text}"


def loses_masks(text: str) -> str:
    return "lost" if "X0X" in text else f"<{text}>"


@pytest.mark.parametrize("translate", [keeps_masks, loses_masks])
def test_numbers_and_addresses_come_back_as_written(translate: Translate) -> None:
    text = "come at 19:30 on 03/04, call +44 7700 900123 or see https://example.org/a_b for £5 LB-7Q2K"
    result = protected(text, translate)
    for kept in ("19:30", "03/04", "+44 7700 900123", "https://example.org/a_b", "£5", "LB-7Q2K"):
        assert kept in result


def test_a_mask_that_someone_wrote_is_not_taken_for_ours() -> None:
    assert protected("X0X at 10", loses_masks).endswith("10")
