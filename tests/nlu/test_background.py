"""Stories around requests: only for the training, and the same way each time."""

from pathlib import Path

import pytest

from nlu import background, training
from nlu.normal import MAX_CHARACTERS
from nlu.training import DataFault, Example

SENTENCES = {
    "en": ("My name is Sara.", "I came to Leicester in May with my two sons.", "It rains a lot here.")
}


def examples(*texts: str, label: str = "join_library", folder: str = "en") -> list[Example]:
    return [Example(text, label, folder, Path()) for text in texts]


def test_a_story_holds_its_request_and_keeps_its_label() -> None:
    for seed in range(40):
        (story,) = background.with_background(examples("how do I join"), SENTENCES, 1.0, seed)
        assert "how do I join" in story.text
        assert any(sentence in story.text for sentence in SENTENCES["en"])
        assert (story.label, story.origin) == ("join_library", "how do I join")


def test_the_request_stands_at_the_end_at_the_start_and_in_the_middle() -> None:
    stories = [
        background.with_background(examples("join?"), SENTENCES, 1.0, seed)[0].text for seed in range(60)
    ]
    assert any(text.endswith("join?") for text in stories)
    assert any(text.startswith("join?") for text in stories)
    assert any("join?" in text[1:-5] for text in stories)


def test_only_a_share_gets_a_story_and_a_new_message_changes_no_other() -> None:
    many = examples(*(f"how do I join {n}" for n in range(400)))
    stories = background.with_background(many, SENTENCES, 0.35, 1)
    assert 100 < len(stories) < 180
    assert background.with_background(many[1:], SENTENCES, 0.35, 1) == [
        s for s in stories if s.origin != many[0].text
    ]


def test_a_story_is_never_longer_than_what_the_model_reads() -> None:
    for seed in range(40):
        for story in background.with_background(examples("j" * 300), SENTENCES, 1.0, seed):
            assert len(story.text) <= MAX_CHARACTERS
    assert background.with_background(examples("j" * 390), SENTENCES, 1.0, 1) == []


@pytest.mark.parametrize("label", ["affirm", "deny", "greet"])
def test_a_plain_yes_no_or_hello_gets_none(label: str) -> None:
    assert background.with_background(examples("yes", label=label), SENTENCES, 1.0, 1) == []


def test_a_language_without_sentences_gets_none() -> None:
    assert background.with_background(examples("kart", folder="pl"), SENTENCES, 1.0, 1) == []


def test_every_language_and_spelling_has_sentences_and_none_is_a_training_message() -> None:
    sentences = background.read()
    messages = training.read()
    assert set(sentences) == {example.folder for example in messages}
    assert {text for many in sentences.values() for text in many}.isdisjoint(
        example.text for example in messages
    )


@pytest.mark.parametrize(
    "content", ["sentences: [", "code: en", 'code: fr\nsentences: ["x"]', 'code: en\nsentences: [""]']
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "en.yml").write_text(content, "utf-8")
    with pytest.raises(DataFault, match=r"en\.yml"):
        background.read(tmp_path)
