"""A copy of the shipped knowledge base that a test may spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.load import KB, load
from kb.model import KnowledgeBase

type Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def shipped() -> KnowledgeBase:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The YAML of the shipped knowledge base, in a folder of the test's own."""
    return shutil.copytree(KB, tmp_path / "kb", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace words in a file of `folder`, once: edit("services/work_coach.yaml", old, new)."""

    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
