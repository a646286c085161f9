"""A translation package comes from a file, is described before it is installed, and nothing else is taken for one."""

import json
import zipfile
from pathlib import Path

import pytest

from nlu.packages import NotAPackage, describe, install
from nlu.translate import ArgosTranslator

ABOUT = {"from_code": "fr", "to_code": "en", "package_version": "1.9", "license": "CC0"}


def package(folder: Path, files: dict[str, str]) -> Path:
    file = folder / "translate.argosmodel"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def test_a_package_says_what_it_is_before_it_is_installed(tmp_path: Path) -> None:
    file = package(tmp_path, {"fr_en/metadata.json": json.dumps(ABOUT), "fr_en/model/model.bin": "x" * 1000})
    found = describe(file)
    assert (found.from_code, found.to_code, found.version, found.licence) == ("fr", "en", "1.9", "CC0")
    assert found.megabytes == pytest.approx(0.001, abs=0.001)


def test_an_installed_package_is_found_by_the_translator(tmp_path: Path) -> None:
    file = package(tmp_path, {"fr_en/metadata.json": json.dumps(ABOUT)})
    install(file, tmp_path / "packages")
    translator = ArgosTranslator(tmp_path / "packages")
    assert translator.languages() == ["fr"]
    translator.close()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"readme.txt": "hello"},
        {"fr_en/metadata.json": "not json"},
        {"fr_en/metadata.json": "{}"},
        {"fr_en/metadata.json": json.dumps(ABOUT), "elsewhere/file": "x"},
        {"fr_en/deep/metadata.json": json.dumps(ABOUT)},
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotAPackage):
        install(package(tmp_path, files), tmp_path / "packages")
    assert not (tmp_path / "packages").exists()


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.argosmodel").write_text("hello")
    with pytest.raises(NotAPackage):
        describe(tmp_path / "x.argosmodel")
