"""A translation package is described before it is installed, stands in its place in one step or not at all, and is
used only while every file of it is what was installed."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nlu.packages import (
    LIST,
    ListUnreadable,
    NotAPackage,
    WrongChecksum,
    describe,
    install,
    installed,
    remove,
    sha256,
    verify,
)
from tests.argos import TODAY, put_into
from tests.argos.build import file_of

ABOUT = {"from_code": "fr", "to_code": "en", "package_version": "1.9", "license": "CC0"}
FILES = {
    "fr_en/metadata.json": json.dumps(ABOUT),
    "fr_en/model/model.bin": "x" * 1000,
    "fr_en/sentencepiece.model": "x",
}


def package(folder: Path, files: dict[str, str]) -> Path:
    file = folder / "translate.argosmodel"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def test_a_package_says_what_it_is_before_it_is_installed(tmp_path: Path) -> None:
    found = describe(package(tmp_path, FILES))
    assert (found.from_code, found.to_code, found.version, found.licence) == ("fr", "en", "1.9", "CC0")
    assert found.size == 1001 + len(FILES["fr_en/metadata.json"])
    assert (found.pair, found.name) == ("fr_en", "translate-fr_en 1.9")


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        ("# French to English\n\nLicense: CC BY 4.0\nmore", "License: CC BY 4.0"),
        ("Data: OPUS (public domain)", "Data: OPUS (public domain)"),
        ("trained in 2020", ""),
        ("licence \x1b[31m red " + "x" * 500, "licence [31m red " + "x" * 103),
    ],
)
def test_the_licence_is_looked_for_in_the_readme_too(tmp_path: Path, readme: str, licence: str) -> None:
    nothing_named = json.dumps({**ABOUT, "license": None})
    files = {**FILES, "fr_en/metadata.json": nothing_named, "fr_en/README.md": readme}
    assert describe(package(tmp_path, files)).licence == licence


NO_PACKAGES: dict[str, dict[str, str]] = {
    "empty": {},
    "no folder": {"readme.txt": "hello"},
    "no model": {"fr_en/metadata.json": json.dumps(ABOUT)},
    "no tokenizer": {name: content for name, content in FILES.items() if "sentencepiece" not in name},
    "not JSON": {**FILES, "fr_en/metadata.json": "not json"},
    "no languages": {**FILES, "fr_en/metadata.json": "{}"},
    "a list": {**FILES, "fr_en/metadata.json": "[]"},
    "a path for a language": {**FILES, "fr_en/metadata.json": json.dumps({**ABOUT, "from_code": "../x"})},
    "one language": {**FILES, "fr_en/metadata.json": json.dumps({**ABOUT, "from_code": "en"})},
    "two folders": {**FILES, "elsewhere/file": "x"},
    "too deep": {f"deep/{name}": content for name, content in FILES.items()},
    "outside": {**FILES, "fr_en/../../evil": "x"},
    "absolute": {**FILES, "/fr_en/evil": "x"},
}


@pytest.mark.parametrize("files", NO_PACKAGES.values(), ids=NO_PACKAGES)
def test_what_is_no_package_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotAPackage):
        install(package(tmp_path, files), tmp_path / "packages", today=TODAY)
    assert not (tmp_path / "packages").exists()


def test_a_file_that_is_no_zip_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.argosmodel").write_text("hello")
    for name in ("x.argosmodel", "missing.argosmodel"):
        with pytest.raises(NotAPackage):
            describe(tmp_path / name)


def test_a_zip_that_was_cut_or_changed_leaves_nothing(tmp_path: Path) -> None:
    whole = file_of("en", "fr").read_bytes()
    cut, changed = tmp_path / "cut.argosmodel", tmp_path / "changed.argosmodel"
    cut.write_bytes(whole[: len(whole) // 2])
    changed.write_bytes(whole.replace(b"\x7f\x81\x7f", b"\x7f\x7f\x7f", 1))
    for file in (cut, changed):
        with pytest.raises(NotAPackage):
            install(file, tmp_path / "packages", today=TODAY)
    assert installed(tmp_path / "packages") == {}
    assert leftovers(tmp_path / "packages") == []


def leftovers(folder: Path) -> list[str]:
    ours = {each.folder for each in installed(folder).values()}
    return [place.name for place in folder.glob("*") if place.is_dir() and place.name not in ours]


def test_only_what_is_needed_is_unpacked(tmp_path: Path) -> None:
    files = {**FILES, "fr_en/stanza/fr/tokenize.pt": "pickle", "fr_en/README.md": "x", "__MACOSX/x": "x"}
    done = install(package(tmp_path, files), tmp_path / "packages", today=TODAY)
    assert set(done.files) == {"metadata.json", "model/model.bin", "sentencepiece.model", "README.md"}


def test_the_list_says_what_was_installed_from_where_and_when(tmp_path: Path) -> None:
    file = file_of("en", "fr")
    done = install(file, tmp_path, today=TODAY, source="https://example.org/x")
    assert installed(tmp_path) == {"en_fr": done}
    assert (done.sha256, done.source, done.since) == (sha256(file), "https://example.org/x", "2026-11-23")
    assert verify(tmp_path, done) is None


def test_another_checksum_than_the_one_asked_for_is_refused(tmp_path: Path) -> None:
    file = file_of("en", "fr")
    with pytest.raises(WrongChecksum, match="its SHA-256 is"):
        install(file, tmp_path / "packages", today=TODAY, expected=["0" * 64])
    assert not (tmp_path / "packages").exists()
    install(file, tmp_path / "packages", today=TODAY, expected=["0" * 64, f" {sha256(file).upper()} "])


def test_a_package_that_fails_its_trial_is_not_installed_and_the_old_one_stays(tmp_path: Path) -> None:
    before = put_into(tmp_path)
    with pytest.raises(NotAPackage, match="its process ended"):
        install(file_of("en", "fr"), tmp_path, today=TODAY, trial=lambda _: "its process ended")
    assert installed(tmp_path) == before
    assert leftovers(tmp_path) == []


def test_a_newer_package_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    first = put_into(tmp_path)["en_fr"]
    second = put_into(tmp_path, ("en", "fr"))["en_fr"]
    assert second.folder != first.folder
    assert installed(tmp_path)["en_fr"] == second
    assert leftovers(tmp_path) == []


def test_what_a_broken_installation_left_goes_and_what_others_put_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".new-0a1b2c").mkdir()
    (tmp_path / "stray").mkdir()
    put_into(tmp_path)
    assert leftovers(tmp_path) == ["stray"]


def change(file: Path) -> None:
    file.write_bytes(b"x" + file.read_bytes()[1:])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda place: change(place / "model/model.bin"), "model/model.bin was changed"),
        (lambda place: (place / "sentencepiece.model").unlink(), "sentencepiece.model is missing"),
        (shutil.rmtree, "its folder is missing"),
    ],
)
def test_what_was_changed_since_is_seen(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    done = put_into(tmp_path)["en_fr"]
    damage(tmp_path / done.folder)
    assert said in str(verify(tmp_path, done))


@pytest.mark.parametrize(
    "content", ["not json", "{}", "[1]", '[{"from_code": "fr"}]', "\x00", '[{"folder": "../.."}]']
)
def test_a_list_that_cannot_be_read_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / LIST).write_text(content)
    if content == "{}":
        assert installed(tmp_path) == {}
        return
    with pytest.raises(ListUnreadable):
        installed(tmp_path)


def test_a_list_that_names_a_folder_elsewhere_is_not_believed(tmp_path: Path) -> None:
    put_into(tmp_path)
    rows = json.loads((tmp_path / LIST).read_text())
    rows[0]["folder"] = "../elsewhere"
    (tmp_path / LIST).write_text(json.dumps(rows))
    with pytest.raises(ListUnreadable, match="not one of its own"):
        installed(tmp_path)


def test_what_is_removed_is_gone_and_removing_again_is_harmless(tmp_path: Path) -> None:
    put_into(tmp_path)
    assert [each.pair for each in remove(tmp_path, {"fr_en"})] == ["fr_en"]
    assert list(installed(tmp_path)) == ["en_fr"]
    assert remove(tmp_path, {"fr_en"}) == []
    assert remove(tmp_path / "nowhere", {"fr_en"}) == []
    assert leftovers(tmp_path) == []
