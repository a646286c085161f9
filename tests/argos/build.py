"""Builds the tiny translation packages of the tests: real Argos packages, the same to the byte on every machine.

`python -m tests.argos.build` writes them again; a test compares. Nothing is trained and nothing downloaded: a
package is a real SentencePiece model and a real CTranslate2 Transformer (int8) whose weights are set by hand.
Its decoder looks, at each step, at the same place of the sentence, and says what phrases.tsv has for the piece
that stands there; a piece it does not know is copied. What phrases.tsv has at its end under "# harm" are the
faults of large models (findings/argos.md): digits, signs and marks that come back changed, doubled or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from ctranslate2.specs import transformer_spec  # type: ignore[import-untyped]  # it has no types
from numpy.typing import NDArray

HERE = Path(__file__).parent
PHRASES = HERE / "phrases.tsv"
NAMES = {"en": "English", "fr": "French"}
PAIRS = (("en", "fr"), ("fr", "en"))
VERSION = "0.1"

WIDTH = 96  # of every vector
POSITIONS = (
    10  # frequencies of CTranslate2's own position codes that say where a piece stands (fast ones first)
)
HALF = WIDTH // 2
WHERE = [*range(POSITIONS), *range(HALF, HALF + POSITIONS)]  # dimensions: where (sines, then cosines)
WHAT = [n for n in range(WIDTH) if n not in WHERE]  # dimensions: which piece
UNKNOWN, START, END = "<unk>", "<s>", "</s>"
SPACE = "▁"

type Matrix = NDArray[np.float32]


def file_of(source: str, target: str) -> Path:
    """Where the package of a pair of languages stands."""
    return HERE / f"translate-{source}_{target}.argosmodel"


def pairs(source: str, target: str) -> dict[str, str]:
    """What the package says for each piece of text, the first line of phrases.tsv winning."""
    order = slice(None) if (source, target) == ("en", "fr") else slice(None, None, -1)
    found: dict[str, str] = {}
    for line in PHRASES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            one, other = line.split("\t")[order]
            found.setdefault(one, other)
    return found


def package(source: str, target: str) -> bytes:
    """The package as a file: a zip with one folder, stored, without dates."""
    said = _pieces(pairs(source, target))
    written = io.BytesIO()
    name = f"translate-{source}_{target}-{VERSION.replace('.', '_')}"
    about = {
        "package_version": VERSION,
        "argos_version": "1.9",
        "from_code": source,
        "from_name": NAMES[source],
        "to_code": target,
        "to_name": NAMES[target],
        "license": "MIT",
    }
    files = {
        "metadata.json": (json.dumps(about, indent=1) + "\n").encode(),
        "README.md": b"A tiny package for tests. It knows a few phrases and harms what is not protected.\n",
        "sentencepiece.model": _sentencepiece([*said, *dict.fromkeys(said.values())]),
        **{f"model/{file}": content for file, content in _model(said).items()},
    }
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for file, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{name}/{file}", (2026, 1, 1, 0, 0, 0)), content)
    return written.getvalue()


def _pieces(phrases: dict[str, str]) -> dict[str, str]:
    """Source piece → target piece. A phrase is known at the start of a word only; a single sign everywhere."""
    said = {UNKNOWN: UNKNOWN, START: START, END: END, SPACE: SPACE}
    for one, other in phrases.items():
        said[SPACE + one.replace(" ", SPACE)] = SPACE + other.replace(" ", SPACE)
        if len(one) == 1 or (one.startswith("X") and one.endswith("X")):
            said[one] = other.replace(" ", SPACE)
    return said


def _sentencepiece(pieces: list[str]) -> bytes:
    """A SentencePiece unigram model (its protobuf, by hand): fewer, longer pieces are the likelier ones."""
    kinds = {UNKNOWN: 2, START: 3, END: 3}
    model = b""
    for piece in dict.fromkeys(pieces):
        score = struct.pack("<f", 0.0 if piece in kinds else -1.0 - 9.0 * (len(piece.strip(SPACE)) < 2))
        kind = kinds.get(piece, 1)
        model += _field(1, _field(1, piece.encode()) + b"\x15" + score + b"\x18" + bytes([kind]))
    unigram = b"\x18\x01"
    as_written = _field(1, b"identity")
    return model + _field(2, unigram) + _field(3, as_written)


def _field(number: int, content: bytes) -> bytes:
    length, size = len(content), b""
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


def _model(said: dict[str, str]) -> dict[str, bytes]:
    """The files of the CTranslate2 model."""
    targets = [
        UNKNOWN,
        START,
        END,
        *(t for t in dict.fromkeys(said.values()) if t not in (UNKNOWN, START, END)),
    ]
    spec = transformer_spec.TransformerSpec.from_config((1, 1), 1, rms_norm=True)
    spec.config.add_source_eos = True
    _still(spec.encoder.layer[0].self_attention, spec.encoder.layer[0].ffn)
    decoder = spec.decoder.layer[0]
    _still(decoder.self_attention, decoder.ffn)

    spec.encoder.embeddings[0].weight = np.stack([_code(said[piece]) for piece in said])
    _norm(spec.encoder.layer_norm, where=10)  # the pieces are loud, the places are not: make them alike
    spec.decoder.embeddings.weight = np.zeros(
        (len(targets), WIDTH), np.float32
    )  # what was said so far is no matter
    look = decoder.attention
    _norm(look.layer_norm)
    _linear(look.linear[0], _only(WHERE, 100))
    _linear(look.linear[1], np.concatenate([_only(WHERE, 1), _only(WHAT, 1)]))
    _linear(look.linear[2], _only(WHAT, 16))
    _norm(spec.decoder.layer_norm)
    _linear(spec.decoder.projection, np.stack([_code(piece) for piece in targets]))

    spec.register_source_vocabulary(list(said))
    spec.register_target_vocabulary(targets)
    spec.validate()
    spec.optimize(quantization="int8")
    with tempfile.TemporaryDirectory() as folder:
        spec.save(folder)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def _code(piece: str) -> Matrix:
    """A vector of its own for each piece: ones and minus ones from its SHA-256, as many of each."""
    number = int.from_bytes(hashlib.sha256(piece.encode()).digest())
    half = len(WHAT) // 2
    signs = [1 if number >> n & 1 else -1 for n in range(half)]
    vector = np.zeros(WIDTH, np.float32)
    vector[WHAT] = [*signs, *(-sign for sign in signs)]
    return vector


def _only(dimensions: list[int], times: float) -> Matrix:
    matrix = np.zeros((WIDTH, WIDTH), np.float32)
    matrix[dimensions, dimensions] = times
    return matrix


def _norm(layer: transformer_spec.common_spec.LayerNormSpec, where: float = 1) -> None:
    layer.gamma = np.ones(WIDTH, np.float32)
    layer.gamma[WHERE] = where


def _linear(layer: transformer_spec.common_spec.LinearSpec, weight: Matrix) -> None:
    layer.weight = weight
    layer.bias = np.zeros(len(weight), np.float32)


def _still(
    attention: transformer_spec.attention_spec.MultiHeadAttentionSpec,
    feed_forward: transformer_spec.FeedForwardSpec,
) -> None:
    """These layers add nothing."""
    _norm(attention.layer_norm)
    _linear(attention.linear[0], np.zeros((3 * WIDTH, WIDTH), np.float32))
    _linear(attention.linear[1], np.zeros((WIDTH, WIDTH), np.float32))
    _norm(feed_forward.layer_norm)
    _linear(feed_forward.linear_0, np.zeros((8, WIDTH), np.float32))
    _linear(feed_forward.linear_1, np.zeros((WIDTH, 8), np.float32))


def main() -> None:
    for source, target in PAIRS:
        content = package(source, target)
        file_of(source, target).write_bytes(content)
        sys.stdout.write(f"{file_of(source, target).name}: {len(content):,} bytes\n")


if __name__ == "__main__":
    main()
