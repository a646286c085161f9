"""The tiny packages are what the repository makes again, to the byte, and real ones: Argos installs and runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.child import ROOT
from tests.argos.build import PAIRS, file_of, package, pairs

ARGOS = """
import json, sys, types, importlib.machinery
stanza = types.ModuleType("stanza")
stanza.__spec__ = importlib.machinery.ModuleSpec("stanza", None)
sys.modules["stanza"] = stanza
from argostranslate import package, translate
for file in sys.argv[1:]:
    package.install_from_path(file)
said = {}
for pair, texts in json.load(sys.stdin).items():
    translation = translate.get_translation_from_codes(*pair.split("_")).underlying
    class AsItIs:
        def split_sentences(self, text):
            return [text]
    translation.sentencizer = AsItIs()
    said[pair] = [translation.hypotheses(text, 1)[0].value for text in texts]
print(json.dumps(said))
"""


@pytest.mark.parametrize("pair", PAIRS)
def test_a_package_is_made_again_to_the_byte(pair: tuple[str, str]) -> None:
    made = package(*pair)
    assert made == file_of(*pair).read_bytes(), "run `python -m tests.argos.build` and look at what changed"
    assert len(made) < 500_000


def by_argos(folder: Path, texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """What Argos itself says, installed and run by its own code, in a process of its own."""
    names = ("ARGOS_PACKAGES_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ARGOS, *(str(file_of(*pair)) for pair in PAIRS)],
        input=json.dumps(texts),
        env=os.environ | {name: str(folder / name) for name in names} | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_argos_itself_installs_them_and_says_every_phrase(tmp_path: Path) -> None:
    known = {"_".join(pair): pairs(*pair) for pair in PAIRS}
    harm = {"en_fr": ["call X4X at 19:30 for £5.", "X0X zebra X1X"]}
    said = by_argos(tmp_path, {pair: [*phrases, *harm.get(pair, [])] for pair, phrases in known.items()})
    for pair, phrases in known.items():
        wrong = {
            text: heard
            for (text, wanted), heard in zip(phrases.items(), said[pair], strict=False)
            if heard.strip() != wanted.strip() and len(text.strip()) > 1
        }
        assert wrong == {}
    marked, copied = said["en_fr"][-2:]
    assert "19:30" not in marked
    assert "£5" not in marked
    assert marked.count("X4X") == 2
    assert (copied.split()[0], copied.split()[-1]) == ("X0X", "X1X")
