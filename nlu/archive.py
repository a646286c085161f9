"""A trained Rasa archive, read without Rasa: its letters, its network and scales, for nlu/parser.py.

The archive holds the n-grams and the labels as JSON, and the network as plain arrays; neither needs the code
that wrote it.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray


class ArchiveFault(ValueError):
    """The archive isn't one of our pipeline."""


@dataclass(frozen=True)
class Trained:
    """What a pipeline of LetterNgrams, SentenceEncoder and SmallNetwork learned."""

    labels: list[str]
    ngrams: list[str]
    arrays: dict[str, NDArray[Any]]


def read(archive: Path, config: Path) -> Trained:
    """Return what the Rasa archive learned; scales and n-gram lengths are those of `config`.

    Raises ArchiveFault when a part is missing or of another kind.
    """
    try:
        files = _files(archive)
        letters = json.loads(next(c for name, c in files.items() if name.endswith("letters.json")))
        labels = json.loads(next(c for name, c in files.items() if name.endswith("labels.json")))
        network = next(c for name, c in files.items() if name.endswith("network.npz"))
        pipeline = yaml.safe_load(config.read_text("utf-8"))["pipeline"]
        steps = {step["name"].rpartition(".")[2]: step for step in pipeline}
        counted, encoded = steps["LetterNgrams"], steps["SentenceEncoder"]
        arrays: dict[str, NDArray[Any]] = {
            **_arrays(network),
            "rarity": np.array(letters["rarity"], np.float32),
            "ngram": np.array([counted["min_ngram"], counted["max_ngram"]], np.int8),
            "lengths": np.array([counted["scale"], encoded["scale"]], np.float32),
        }
    except (OSError, StopIteration, KeyError, ValueError, tarfile.TarError, zipfile.BadZipFile) as fault:
        raise ArchiveFault(f"{archive} isn't an archive of nlu/rasa/config.yml ({fault!r}).") from fault
    return Trained(labels, letters["ngrams"], arrays)


def save(trained: Trained, folder: Path, name: str = "intent") -> None:
    """Write `<name>.npz` and `<name>.json` into `folder`."""
    with (folder / f"{name}.npz").open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **trained.arrays)
    content = {"labels": trained.labels, "ngrams": trained.ngrams}
    (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=0), "utf-8")


def _files(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        found = {m.name: tar.extractfile(m) for m in tar.getmembers() if m.isfile()}
        return {name: file.read() for name, file in found.items() if file is not None}


def _arrays(npz: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(npz), allow_pickle=False) as file:
        return dict(file)
