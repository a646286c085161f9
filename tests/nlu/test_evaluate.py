"""The evaluation tells what the desk would do, in the shape that was agreed."""

from pathlib import Path

import pytest

from nlu.always import always
from nlu.evaluate import EvaluationFault, Report, evaluate
from nlu.language import Identified
from nlu.understanding import Alternative, Understanding

ROWS = """text,language,intent,topic,variant
hello,en,greet,,short
book a coach,en,book_session,work_coach,plain
"book, please",en,book_session,,plain
I want to die,en,emergency,,plain
сало,uk,out_of_scope,,typo
"""


class Fake:
    """Reads "book" as a booking of a work coach, everything else as a greeting; sure of both."""

    def parse(self, text: str) -> Understanding:
        booking = text.startswith("book")
        intent, topic = ("book_session", "work_coach") if booking else ("greet", None)
        return Understanding(intent, topic, 0.8, True, True, (Alternative(intent, topic, 0.8),))


def english(_: str) -> Identified:
    return Identified("en", 1.0, True)


def report(tmp_path: Path, content: str = ROWS) -> Report:
    file = tmp_path / "rows.csv"
    file.write_text(content, "utf-8")
    return evaluate([file], Fake(), english, always, quiet=True)


def test_the_figures_are_counted_over_all_messages(tmp_path: Path) -> None:
    figures = report(tmp_path).as_json()
    assert figures["n"] == 5
    assert figures["accuracy"] == 0.8
    assert figures["topic_accuracy"] == 0.5
    assert figures["language_accuracy"] == 0.8
    assert figures["sure"] == {"share": 1.0, "wrong": 0.2}
    assert figures["by_language"] == {"en": {"n": 4, "accuracy": 1.0}, "uk": {"n": 1, "accuracy": 0.0}}
    assert figures["by_variant"]["plain"] == {"n": 3, "accuracy": 1.0}
    assert figures["by_intent"]["out_of_scope"] == {"n": 1, "accuracy": 0.0}
    assert figures["confusions"] == [{"intent": "out_of_scope", "predicted": "greet", "n": 1}]


def test_danger_met_by_its_words_counts_as_an_emergency(tmp_path: Path) -> None:
    message = report(tmp_path).as_json()["messages"][3]
    assert (message["predicted"], message["confidence"], message["sure"]) == ("emergency", 1.0, True)


def test_every_message_is_told_with_what_was_made_of_it(tmp_path: Path) -> None:
    message = report(tmp_path).as_json()["messages"][1]
    wanted = {"text", "language", "intent", "topic", "predicted", "predicted_topic", "predicted_language",
              "confidence", "sure"}  # fmt: skip
    assert wanted <= set(message)
    assert message["predicted_topic"] == "work_coach"


def test_a_file_without_variants_will_do(tmp_path: Path) -> None:
    figures = report(tmp_path, "text,language,intent,topic\nhello,en,greet,\n").as_json()
    assert figures["by_variant"] == {}
    assert figures["topic_accuracy"] is None


def test_several_files_are_one_evaluation(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("\ufefftext,language,intent,topic\nhello,en,greet,\n", "utf-8")
    assert evaluate(files, Fake(), english, always, quiet=True).as_json()["n"] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [("text,intent\nhello,greet\n", "no column language"), ("text,language,intent,topic\n", "no message")],
)
def test_a_file_that_cannot_be_judged_says_why(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(EvaluationFault, match=words):
        report(tmp_path, content)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvaluationFault, match="can't be read"):
        evaluate([tmp_path / "none.csv"], Fake(), english, always, quiet=True)
