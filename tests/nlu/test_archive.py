"""The committed export holds what the committed Rasa archive holds, to the bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from nlu import archive
from nlu.card import MODEL, RASA, read_card, thresholds


def test_the_export_is_made_of_the_archive() -> None:
    trained = archive.read(MODEL / "intent.rasa.tar.gz", RASA / "config.yml")
    with np.load(MODEL / "intent.npz") as file:
        for name, values in trained.arrays.items():
            assert (file[name] == values).all(), name
    assert json.loads((MODEL / "intent.json").read_text("utf-8"))["ngrams"] == trained.ngrams
    assert read_card()["labels"] == trained.labels


def test_the_model_folder_stays_small() -> None:
    assert sum(f.stat().st_size for f in MODEL.iterdir()) < 16_000_000


def test_the_card_states_usable_thresholds() -> None:
    found = thresholds(read_card())
    assert 0 < found.half_sure < found.sure < 1
    assert 0 < found.emergency < 1


def test_another_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(archive.ArchiveFault, match="nothing"):
        archive.read(tmp_path / "nothing.tar.gz", RASA / "config.yml")
    (tmp_path / "text.tar.gz").write_text("not an archive")
    with pytest.raises(archive.ArchiveFault):
        archive.read(tmp_path / "text.tar.gz", RASA / "config.yml")
