"""Stories around requests: only for the training, and the same way each time."""

from pathlib import Path

import pytest

from nlu import background, training
from nlu.background import Background
from nlu.normal import MAX_CHARACTERS
from nlu.training import DataFault, Example

AROUND = {
    "en": Background(
        ("My name is Sara.", "I came to Leicester in May with my two sons.", "It rains a lot here."),
        ("on Tuesday", "at Fosse library"),
    )
}


def examples(*texts: str, label: str = "join_library", folder: str = "en") -> list[Example]:
    return [Example(text, label, folder, Path()) for text in texts]


def test_a_story_holds_its_request_and_keeps_its_label() -> None:
    for seed in range(40):
        (story,) = background.with_background(examples("how do I join"), AROUND, 1.0, seed)
        assert "how do I join" in story.text
        assert any(sentence in story.text for sentence in AROUND["en"].sentences)
        assert (story.label, story.origin) == ("join_library", "how do I join")


def test_the_request_stands_at_the_end_at_the_start_and_in_the_middle() -> None:
    stories = [background.with_background(examples("join?"), AROUND, 1.0, seed)[0].text for seed in range(60)]
    assert any(text.endswith("join?") for text in stories)
    assert any(text.startswith("join?") for text in stories)
    assert any("join?" in text[1:-5] for text in stories)


def test_only_a_share_gets_a_story_and_a_new_message_changes_no_other() -> None:
    many = examples(*(f"how do I join {n}" for n in range(400)))
    stories = background.with_background(many, AROUND, 0.35, 1)
    assert 100 < len(stories) < 180
    assert background.with_background(many[1:], AROUND, 0.35, 1) == [
        s for s in stories if s.origin != many[0].text
    ]


def test_a_story_is_never_longer_than_what_the_model_reads() -> None:
    for seed in range(40):
        for story in background.with_background(examples("j" * 300), AROUND, 1.0, seed):
            assert len(story.text) <= MAX_CHARACTERS
    assert background.with_background(examples("j" * 390), AROUND, 1.0, 1) == []


@pytest.mark.parametrize("label", ["affirm", "deny", "greet"])
def test_a_plain_yes_no_or_hello_gets_none(label: str) -> None:
    assert background.with_background(examples("yes", label=label), AROUND, 1.0, 1) == []


def test_a_language_without_sentences_gets_none() -> None:
    assert background.with_background(examples("kart", folder="pl"), AROUND, 1.0, 1) == []


def test_a_wish_stands_before_or_behind_a_request_and_is_no_part_of_it() -> None:
    found = [
        background.with_wishes(examples("work coach"), AROUND, 1.0, seed)[0].text.replace(",", "")
        for seed in range(60)
    ]
    assert {"work coach on Tuesday", "on Tuesday work coach", "work coach at Fosse library"} <= set(found)


@pytest.mark.parametrize(
    ("text", "label"), [("stop", "stop_messages"), ("yes", "affirm"), ("word " * 9, "join_library")]
)
def test_what_needs_no_day_gets_none(text: str, label: str) -> None:
    assert background.with_wishes(examples(text, label=label), AROUND, 1.0, 1) == []


def test_every_language_and_spelling_has_a_background_and_no_sentence_is_a_training_message() -> None:
    around = background.read()
    messages = training.read()
    assert set(around) == {example.folder for example in messages}
    assert all(each.sentences and each.wishes for each in around.values())
    assert {text for each in around.values() for text in each.sentences}.isdisjoint(
        example.text for example in messages
    )


@pytest.mark.parametrize(
    "content",
    [
        "sentences: [",
        "code: en",
        'code: en\nsentences: ["x"]',
        'code: fr\nsentences: ["x"]\nwishes: ["x"]',
        'code: en\nsentences: [""]\nwishes: ["x"]',
        'code: en\nsentences: ["x"]\nwishes: [""]',
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "en.yml").write_text(content, "utf-8")
    with pytest.raises(DataFault, match=r"en\.yml"):
        background.read(tmp_path)
