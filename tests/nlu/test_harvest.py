"""What staff have taught becomes training files that the training itself can read."""

from pathlib import Path

import pytest

from nlu import training
from nlu.harvest import Taught, write


def test_messages_go_to_the_folder_of_their_letters_and_are_read_by_the_training(tmp_path: Path) -> None:
    taught = [
        Taught("keif aakhod kitab", "borrow_books", "ar"),
        Taught("كيف آخذ كتاب", "borrow_books", "ar"),
        Taught("buug [ii] amaahi", "borrow_books", "so"),
        Taught('- /book me: "work coach" # now', "book_session+work_coach", "en"),
    ]
    assert list(write(taught, tmp_path).values()) == [1, 1, 1, 1]
    found = {(e.folder, e.label, e.text) for e in training.read(tmp_path)}
    assert found == {
        ("ar-Latn", "borrow_books", "keif aakhod kitab"),
        ("ar", "borrow_books", "كيف آخذ كتاب"),
        ("so", "borrow_books", "buug (ii) amaahi"),
        ("en", "book_session+work_coach", 'book me: "work coach" # now'),
    }


def test_a_second_harvest_adds_and_repeats_nothing(tmp_path: Path) -> None:
    write([Taught("one book", "borrow_books", "en")], tmp_path)
    (new,) = write(
        [Taught("one book", "borrow_books", "en"), Taught("two books", "borrow_books", "en")], tmp_path
    ).values()
    assert new == 1
    assert [e.text for e in training.read(tmp_path)] == ["one book", "two books"]


def test_an_unknown_label_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pizza is not a label"):
        write([Taught("x y", "privacy", "en"), Taught("x", "pizza", "en")], tmp_path)
    assert list(tmp_path.iterdir()) == []
