"""The training messages are in order, and the committed model was trained on them."""

from pathlib import Path

import pytest

from nlu import lint
from nlu.card import DATA, EVAL, fingerprint
from nlu.evaluate import Row
from nlu.evaluate import read as read_rows
from nlu.labels import INTENTS, LABELS
from nlu.training import DataFault, Example, read, with_typos


def example(text: str, label: str = "greet", folder: str = "en") -> Example:
    return Example(text, label, folder, Path(f"data/{folder}/{label}.yml"))


def test_the_training_messages_have_no_fault() -> None:
    assert lint.check_examples(read()) == []


def test_the_committed_model_was_trained_on_the_committed_messages() -> None:
    assert lint.check_model() == [], "run `make train` and commit nlu/model"


def test_every_language_has_every_label() -> None:
    found: dict[str, set[str]] = {}
    for one in read():
        found.setdefault(one.folder, set()).add(one.label)
    assert {folder: labels ^ LABELS for folder, labels in found.items() if labels != LABELS} == {}


def test_no_held_out_message_is_nearly_in_the_training_data() -> None:
    assert lint.near_duplicates(read(), read_rows(sorted(EVAL.glob("*.csv")))) == []


def test_held_out_messages_use_the_labels_of_the_contract() -> None:
    assert {r.intent for r in read_rows(sorted(EVAL.glob("*.csv")))} <= set(INTENTS)


def test_a_text_under_two_intents_is_a_fault_whatever_its_capitals() -> None:
    faults = lint.check_examples([example("Hello there!"), example("hello THERE", "menu")])
    assert "also under greet" in str(faults[0])


def test_another_script_is_a_fault() -> None:
    assert "another script" in str(lint.check_examples([example("привіт")])[0])
    many = [example(f"hello number {n}", "menu", "uk") for n in "abcdefgh"]
    assert "Latin letters" in str(lint.check_examples(many)[0])


def test_an_unknown_label_or_language_is_a_fault() -> None:
    assert "not a label" in str(lint.check_examples([example("hello", "salute")])[0])
    assert "not a language" in str(lint.check_examples([example("hallo", folder="de")])[0])


def test_a_held_out_message_nearly_in_the_training_data_is_a_fault() -> None:
    row = Row("I want to book a work coach!", "en", "book_session", "work_coach", "plain")
    assert lint.near_duplicates([example("i want to book a work coach")], [row])
    assert not lint.near_duplicates([example("when is the library open today")], [row])


def test_a_model_of_other_messages_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "greet.yml").write_text("version: '3.1'\nnlu: []\n", "utf-8")
    assert "make train" in str(lint.check_model(data=tmp_path)[0])
    assert "make train" in str(lint.check_model(folder=tmp_path)[0])
    assert fingerprint(tmp_path) != fingerprint(DATA)


def test_line_ends_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "en.yml"
    file.write_bytes(b"a\nb\n")
    before = fingerprint(tmp_path)
    file.write_bytes(b"a\r\nb\r\n")
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nlu: 5", "not a Rasa training file"),
        ("nlu:\n- intent: greet\n  examples: hello\n", "starts with"),
        ("nlu:\n- intent: menu\n  examples: |\n    - hello\n", "named after"),
        ("nlu: [", "not a Rasa training file"),
    ],
)
def test_a_broken_training_file_says_what_is_wrong(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "greet.yml").write_text(content, "utf-8")
    with pytest.raises(DataFault, match=words):
        read(tmp_path)


def test_misspelt_variants_are_the_same_each_time_and_never_a_message_itself() -> None:
    examples = [example("good morning everyone"), example("hello dear library")]
    variants = with_typos(examples, 2, seed=1)
    assert variants == with_typos(examples, 2, seed=1)
    assert not {v.text for v in variants} & {e.text for e in examples}
    assert {v.origin for v in variants} <= {e.text for e in examples}
