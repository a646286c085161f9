"""Staff get an English reading or none, and never wait for it; what hangs, crashes or is broken is left alone, and
readiness says so."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlu.argos import Models, Unusable, answer
from nlu.child import ROOT, Child, Ended, TookTooLong
from nlu.packages import LIST, remove
from nlu.translate import NOT_COVERED, REMEMBERED, ArgosTranslator, NoTranslator, tried
from tests.argos import STAND_IN, put_into

type Make = Callable[..., ArgosTranslator]


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes translators over the tiny packages, whose process is the stand-in; `starts()` counts its starts."""
    made: list[ArgosTranslator] = []
    put_into(tmp_path)

    def build(**more: object) -> ArgosTranslator:
        command = [sys.executable, str(STAND_IN), str(tmp_path / "starts")]
        settings: dict[str, object] = {"seconds": 20, "give_up": 20, "command": command, **more}
        made.append(ArgosTranslator(tmp_path, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for translator in made:
        translator.close()


def starts(folder: Path) -> int:
    file = folder / "starts"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_nobody_translates_nothing() -> None:
    nobody = NoTranslator()
    assert nobody.english("سلام", "fa") is None
    assert nobody.english("hello", "en") == "hello"
    assert nobody.draft("hello", "fa") is None
    assert nobody.degraded() == []


def test_a_message_is_read_in_english(make: Make) -> None:
    translator = make()
    assert translator.english("salut", "fr") == "salut in English"
    assert translator.english("as it is", "en") == "as it is"
    assert translator.english(" ", "fr") is None


def test_a_draft_says_which_package_made_it(make: Make) -> None:
    drafted = make().draft("hello", "fr")
    assert drafted is not None
    assert (drafted.text, drafted.language, drafted.package) == (
        "hello in English",
        "fr",
        "translate-en_fr 0.1",
    )


@pytest.mark.parametrize("language", [*NOT_COVERED, "ar-Latn", "", "../x", "en"])
def test_a_language_without_a_package_has_neither(make: Make, tmp_path: Path, language: str) -> None:
    translator = make()
    assert translator.draft("hello", language) is None
    assert language == "en" or translator.english("hello", language) is None
    assert starts(tmp_path) == 0


def test_a_text_is_translated_once_and_remembered_for_a_while(make: Make) -> None:
    clock = Clock()
    translator = make(clock=clock)
    asked: list[str] = []
    translator._child = Counting(translator._child, asked)
    for _ in range(3):
        assert translator.english("salut", "fr") == "salut in English"
    assert asked == ["salut"]
    clock.now += 3601
    assert translator.english("salut", "fr") == "salut in English"
    assert asked == ["salut", "salut"]


class Counting(Child):
    """Writes down what is asked."""

    def __init__(self, inner: Child, asked: list[str]) -> None:
        super().__init__(inner._command)
        self._asked = asked

    def ask(self, question: dict[str, object], seconds: float) -> dict[str, object]:
        self._asked.append(str(question.get("text")))
        return super().ask(question, seconds)


def test_no_more_than_so_many_texts_are_remembered(make: Make) -> None:
    translator = make()
    for number in range(REMEMBERED + 20):
        translator.english(f"salut {number}", "fr")
    assert len(translator._memory) == REMEMBERED


def test_a_page_does_not_wait_for_a_slow_translation_and_has_it_later(make: Make) -> None:
    translator = make(seconds=0.05)
    texts = [f"slow {number}" for number in range(3)]
    assert [translator.english(text, "fr") for text in texts] == [None] * 3
    for _ in range(200):
        if translator.english(texts[-1], "fr"):
            break
        time.sleep(0.05)
    assert [translator.english(text, "fr") for text in texts] == [f"slow {n} in English" for n in range(3)]
    assert translator.degraded() == []


def test_what_hangs_is_ended_and_the_next_text_is_translated(make: Make, tmp_path: Path) -> None:
    translator = make(give_up=4)
    assert translator.english("it hangs", "fr") is None
    assert translator.english("salut", "fr") == "salut in English"
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("text", ["it dies", "it babbles", "it fails"])
def test_what_goes_wrong_with_one_text_stays_with_it(make: Make, text: str) -> None:
    translator = make()
    assert translator.english(text, "fr") is None
    assert translator.english("salut", "fr") == "salut in English"
    assert translator.degraded() == []


def test_after_three_faults_in_a_row_it_rests_and_tries_again_later(make: Make, tmp_path: Path) -> None:
    clock = Clock()
    translator = make(clock=clock)
    for number in range(5):
        assert translator.english(f"{number} dies", "fr") is None
    assert starts(tmp_path) == 3
    assert translator.english("salut", "fr") is None
    assert translator.degraded() == ["translation fr to en: its process ended"]
    drafted = translator.draft("hello", "fr")
    assert drafted is not None, "the other direction is not to blame"
    clock.now += 301
    assert translator.english("9 dies", "fr") is None
    clock.now += 301
    assert translator.english("again salut", "fr") is None, "the second rest is longer"
    clock.now += 301
    assert translator.english("once more salut", "fr") == "once more salut in English"
    assert translator.degraded() == []


def test_a_broken_package_is_left_alone_at_once_until_it_is_installed_again(
    make: Make, tmp_path: Path
) -> None:
    translator = make()
    assert translator.english("broken", "fr") is None
    assert translator.english("salut", "fr") is None
    assert translator.degraded() == ["translation fr to en: model/model.bin was changed"]
    put_into(tmp_path)
    assert translator.english("salut", "fr") == "salut in English"
    assert translator.degraded() == []


def test_what_is_missing_is_said(make: Make, tmp_path: Path) -> None:
    translator = make()
    assert translator.degraded() == []
    shutil.rmtree(tmp_path / put_into(tmp_path)["fr_en"].folder)
    assert translator.degraded() == ["translation fr to en: its folder is missing"]
    remove(tmp_path, {"fr_en", "en_fr"})
    assert translator.degraded() == ["no translation package is installed"]
    assert translator.english("salut", "fr") is None
    (tmp_path / LIST).write_text("x")
    assert translator.degraded() == [f"translation: {LIST} cannot be read (JSONDecodeError)"]
    assert translator.english("salut", "fr") is None


def test_a_package_is_used_as_soon_as_it_is_installed(tmp_path: Path) -> None:
    translator = ArgosTranslator(tmp_path / "packages", seconds=60)
    assert translator.languages() == []
    put_into(tmp_path / "packages")
    assert translator.languages() == ["fr"]
    assert translator.english("Bonjour !", "fr") == "Hello!"
    translator.close()


def test_too_long_a_text_is_not_drafted(make: Make, tmp_path: Path) -> None:
    assert make().draft("word " * 1001, "fr") is None
    assert starts(tmp_path) == 0


def test_warming_loads_in_the_background(make: Make, tmp_path: Path) -> None:
    translator = make()
    translator.warm()
    translator.close()
    assert translator.english("salut", "fr") is None, "it is closed"
    assert starts(tmp_path) <= 1


# --- the process, with the tiny packages ---------------------------------------------------------------------------


def test_argos_reads_and_drafts_with_a_real_package(tmp_path: Path) -> None:
    put_into(tmp_path)
    translator = ArgosTranslator(tmp_path, seconds=60)
    english = translator.english("Bonjour ! Je voudrais réserver. Puis-je venir à 19:30 ?", "fr")
    assert english == "Hello! I would like to book. Can I come at 19:30 ?"
    drafted = translator.draft("We have asked for it. Your reference is {reference}.", "fr")
    assert drafted is not None
    assert drafted.text == "Nous avons demandé cette place. Votre référence est {reference}."
    translator.close()


def test_a_changed_file_is_not_loaded(tmp_path: Path) -> None:
    place = tmp_path / put_into(tmp_path)["fr_en"].folder / "model" / "model.bin"
    place.write_bytes(place.read_bytes().replace(b"\x7f", b"\x7e", 1))
    translator = ArgosTranslator(tmp_path, seconds=60)
    assert translator.english("Bonjour !", "fr") is None
    assert translator.degraded() == ["translation fr to en: model/model.bin was changed"]
    translator.close()


@pytest.mark.parametrize("damage", ["cut", "other folder", "no tokenizer"])
def test_a_package_that_does_not_work_is_found_out_when_it_is_tried(tmp_path: Path, damage: str) -> None:
    place = tmp_path / put_into(tmp_path)["fr_en"].folder
    model = place / "model" / "model.bin"
    if damage == "cut":
        model.write_bytes(model.read_bytes()[:1000])
    elif damage == "other folder":
        model.write_text("this is not a model")
    else:
        (place / "sentencepiece.model").write_text("x")
    assert "it cannot be" in str(tried(place))


def test_a_package_that_works_passes_its_trial(tmp_path: Path) -> None:
    assert tried(tmp_path / put_into(tmp_path)["fr_en"].folder) is None


def test_no_more_models_are_loaded_than_allowed_and_the_oldest_goes(tmp_path: Path) -> None:
    packages = put_into(tmp_path)
    loaded: list[str] = []

    def load(place: Path) -> Callable[[str], str]:
        loaded.append(place.name)
        return str.upper

    models = Models(tmp_path, 1, load)
    for pair in ("fr_en", "fr_en", "en_fr", "fr_en"):
        models.get(pair)
    assert loaded == [packages[pair].folder for pair in ("fr_en", "en_fr", "fr_en")]
    assert len(models) == 1


def test_an_answer_is_never_an_exception(tmp_path: Path) -> None:
    put_into(tmp_path)

    def trips(_: str) -> str:
        raise RuntimeError("CTranslate2 says no")

    models = Models(tmp_path, 1, lambda _: trips)
    assert answer(models, {"pair": "fr_en", "text": "salut"}) == {"failed": "RuntimeError"}
    assert answer(models, {"pair": "so_en", "text": "salut"}) == {"fault": "it is not installed"}
    assert answer(models, {}) == {"failed": "KeyError"}
    assert answer(models, {"check": "fr_en"}) == {"text": None}
    with pytest.raises(Unusable):
        Models(tmp_path / "nowhere", 1).get("fr_en")


def test_the_process_gets_none_of_our_keys_and_ends_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELCOME_SECRET_KEYS", "secret")
    shown = "import json, os; print(json.dumps(dict(os.environ)), flush=True); input(); input()"
    child = Child([sys.executable, "-c", shown])
    environment = child.ask({}, 20)
    assert environment["PYTHONPATH"] == str(ROOT)
    assert "WELCOME_SECRET_KEYS" not in environment
    process = child._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) is not None
    child.stop()


@pytest.mark.parametrize(
    ("does", "fault"),
    [
        ("import time; time.sleep(60)", TookTooLong),
        ("input(); print('not JSON', flush=True); input()", Ended),
        ("input(); print('[1]', flush=True); input()", Ended),
        ("", Ended),
    ],
)
def test_a_process_that_does_not_answer_is_ended(does: str, fault: type[Exception]) -> None:
    child = Child([sys.executable, "-c", does])
    with pytest.raises(fault):
        child.ask({}, 1 if fault is TookTooLong else 20)
    assert child._process is None


def test_a_program_that_is_not_there_is_a_fault_not_a_crash() -> None:
    with pytest.raises(Ended):
        Child(["no-such-program"]).ask({}, 5)
