"""`welcome translate`: size and licence are said before anything is brought; what fails leaves nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from flows.catalogue import read
from flows.words import TEXTS
from nlu.packages import installed, sha256
from tests.argos import put_into
from tests.argos.build import file_of
from tests.argos.mirror import Mirror, open_mirror, row

type Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in an empty folder; the answer to a question is `says`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELCOME_TRANSLATE_INDEX", str(tmp_path / "no-index.json"))

    def translate(*words: str, says: str = "") -> Result:
        return CliRunner().invoke(app, ["translate", *words], input=says)

    return translate


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[Mirror]:
    with open_mirror() as server:
        monkeypatch.setenv("WELCOME_TRANSLATE_INDEX", f"{server.url}/index.json")
        yield server


def here(folder: Path) -> list[str]:
    return sorted(installed(folder / "var" / "translate"))


def plain(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_language_is_installed_from_the_index_after_saying_what_it_is(
    run: Run, mirror: Mirror, tmp_path: Path
) -> None:
    asked = run("install", "fr", says="n\n")
    assert "English to French, version 0.1, 0.2 MB. Licence: the index names none" in plain(asked)
    assert mirror.asked == []
    assert here(tmp_path) == []

    done = run("install", "fr", says="y\n")
    assert done.exit_code == 0, done.output
    assert "There is only this one direction." in done.output
    assert f"SHA-256 {sha256(file_of('en', 'fr'))}" in plain(done)
    assert here(tmp_path) == ["en_fr"]
    assert list((tmp_path / "var/translate/downloads").iterdir()) == []
    assert installed(tmp_path / "var/translate")["en_fr"].source.startswith("http://127.0.0.1:")


def test_a_download_with_another_checksum_is_refused_and_taken_away(
    run: Run, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.index = [row(sha256="0" * 64)]
    for more in ([], ["--sha256", "1" * 64]):
        result = run("install", "fr", "--yes", *more)
        assert result.exit_code == 1
        assert "is not the file you asked for" in plain(result)
    assert here(tmp_path) == []
    assert list((tmp_path / "var/translate/downloads").iterdir()) == []


def test_what_comes_damaged_is_not_installed(run: Run, mirror: Mirror, tmp_path: Path) -> None:
    mirror.content = mirror.content[:1000]
    result = run("install", "fr", "--yes")
    assert result.exit_code == 1
    assert "Nothing was installed" in plain(result)
    assert here(tmp_path) == []


def test_both_directions_are_installed_from_a_folder_without_a_network(run: Run, tmp_path: Path) -> None:
    folder = str(file_of("en", "fr").parent)
    result = run("install", "fr", "--from", folder, says="y\n")
    assert result.exit_code == 0, result.output
    assert here(tmp_path) == ["en_fr", "fr_en"]
    assert installed(tmp_path / "var/translate")["en_fr"].source == "translate-en_fr.argosmodel"
    assert file_of("en", "fr").exists()
    assert "fr_en" in run("list").output
    checked = run("check")
    assert checked.exit_code == 0
    assert "en to fr: well" in checked.output
    assert "Polish (pl): not installed (`welcome translate install pl`)." in checked.output
    assert "Argos Translate has no Pashto (ps), Central Kurdish (ckb), Somali (so)" in plain(checked)


def test_a_file_is_installed_without_a_network(run: Run, tmp_path: Path) -> None:
    file = file_of("fr", "en")
    run("install", str(file), says="n\n")
    assert here(tmp_path) == []
    result = run("install", str(file), "--sha256", sha256(file), says="y\n")
    assert "French to English, version 0.1, 0.1 MB. Licence: MIT." in plain(result)
    assert here(tmp_path) == ["fr_en"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["install", "so"],
            "Argos Translate has no Somali (so): people get the texts that people have translated",
        ),
        (["install", "en"], "English is the language that we translate from and to"),
        (["install", "fr"], "The index"),
        (
            ["install", "missing.argosmodel"],
            "missing.argosmodel is not a translation package: it cannot be read",
        ),
        (["install", "fr", "--from", "http://example.org/"], "not encrypted"),
        (["remove", "fr"], "No package for fr is installed."),
        (["draft", "fr"], "No package from English is installed: `welcome translate install fr`."),
        (["draft", "ti"], "Argos Translate has no Tigrinya (ti)"),
        (["draft", "de"], "de is none of the languages that we translate into"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(run: Run, words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert said in plain(result)
    assert "Traceback" not in result.output


def test_a_language_of_another_index_may_be_one_that_argos_lacks(run: Run, mirror: Mirror) -> None:
    mirror.index = [row(to_code="so")]
    result = run("install", "so", "--from", mirror.url, says="n\n")
    assert "English to Somali" in result.output
    mirror.index = []
    assert "Argos Translate has no Somali" in run("install", "so", "--from", mirror.url).output


def test_one_that_was_changed_since_is_found_by_the_check(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "var" / "translate"
    place = folder / put_into(folder)["en_fr"].folder
    (place / "metadata.json").write_text("{}")
    result = run("check")
    assert result.exit_code == 1
    assert "en to fr: metadata.json was changed" in result.output
    assert "1 broken: install them again." in result.output


def test_packages_are_taken_away(run: Run, tmp_path: Path) -> None:
    put_into(tmp_path / "var" / "translate")
    assert run("remove", "fr", says="n\n").exit_code == 0
    assert run("remove", "fr_en", "--yes").exit_code == 0
    assert here(tmp_path) == ["en_fr"]
    assert run("remove", "fr", says="y\n").exit_code == 0
    assert "Nothing is installed." in run("list").output


def test_drafts_are_shown_and_written_only_when_asked(run: Run, tmp_path: Path) -> None:
    put_into(tmp_path / "var" / "translate")
    before = (TEXTS / "fr.po").read_bytes()
    shown = run("draft", "fr")
    assert shown.exit_code == 0, shown.output
    assert "drafted by a machine; nobody has checked them." in shown.output
    written = run("draft", "fr", "--write", "--to", str(tmp_path))
    assert written.exit_code == 0, written.output
    assert (TEXTS / "fr.po").read_bytes() == before
    if (tmp_path / "fr.po").exists():  # there is something to draft
        assert set(read(TEXTS / "fr.po")) <= set(read(tmp_path / "fr.po"))
