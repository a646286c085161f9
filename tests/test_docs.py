"""The documents say what is there: every setting, command, address and file that they name."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot import health, published, webhooks
from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`WELCOME_{name.upper()}`" in (ROOT / "docs/settings.md").read_text(encoding="utf-8")


def test_every_documented_setting_exists() -> None:
    named = {name.lower() for name in re.findall(r"`WELCOME_([A-Z_]+)", EVERYTHING)}
    assert named - set(Settings.model_fields) == set()


def commands() -> list[str]:
    return sorted(set(re.findall(r"`(?:\.venv/bin/)?welcome ([a-z]+(?: [a-z]+)?)", EVERYTHING)))


@pytest.mark.parametrize("command", commands())
def test_every_documented_command_exists(command: str) -> None:
    words = command.split()
    group = getattr(get_command(app), "commands", {})
    assert words[0] in group
    if hasattr(group[words[0]], "commands"):
        assert words[1] in group[words[0]].commands
        words = words[:2]
    else:
        words = words[:1]
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_linked_file_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_every_page_about_a_task_is_linked_once_from_the_readme() -> None:
    links = re.findall(r"\]\((docs/tasks/[^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(links) == sorted(f"docs/tasks/{page.name}" for page in ROOT.glob("docs/tasks/*.md"))


def test_every_address_is_documented() -> None:
    paths = [
        str(getattr(route, "path", ""))
        for each in (health, published, webhooks)
        for route in each.router.routes
    ]
    assert "/channels/sms/status" in paths
    written = EVERYTHING.replace("{id}", "{identity}")
    assert [path for path in paths if f"`{path}`" not in written and f" {path}`" not in written] == []
