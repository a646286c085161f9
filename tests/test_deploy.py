"""What deploy/ says is so: units and a compose file that parse, commands and settings that exist, no foreign host."""

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli import app
from bot.sending import FINISH_WITHIN
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PAGE = (ROOT / "docs/tasks/run-on-several-machines.md").read_text(encoding="utf-8")
COMMANDS = getattr(get_command(app), "commands", {})
# systemd.unit(5), systemd.exec(5), systemd.service(5): those in use, so that a slip of the pen is found.
KNOWN = {
    "Unit": {"Description", "Wants", "After", "StartLimitIntervalSec"},
    "Service": {
        "Type", "User", "Group", "WorkingDirectory", "EnvironmentFile", "Environment", "ExecStart", "Restart",
        "RestartSec", "TimeoutStopSec", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome",
        "ProtectSystem", "ReadWritePaths", "RestrictAddressFamilies", "UMask",
    },
    "Install": {"WantedBy"},
}  # fmt: skip


def unit(file: Path) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(file.read_text(encoding="utf-8"))
    return parsed


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def env_example() -> dict[str, str]:
    lines = (DEPLOY / "desk.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def a_setting(name: str) -> bool:
    return name.removeprefix("WELCOME_").lower() in Settings.model_fields


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_has_only_what_systemd_knows_and_starts_a_command_of_ours(file: Path) -> None:
    parsed = unit(file)
    assert {name: set(parsed[name]) - KNOWN[name] for name in parsed.sections()} == {
        name: set() for name in KNOWN
    }
    service = parsed["Service"]
    program, command = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/.venv/bin/welcome"
    assert command in COMMANDS
    assert float(service["TimeoutStopSec"]) > FINISH_WITHIN
    assert all(a_setting(each.split("=")[0]) for each in service.get("Environment", "").split())


def test_the_units_are_named_as_the_page_says() -> None:
    assert len(UNITS) == 2
    for name in re.findall(r"welcome-\w+@", PAGE):
        assert (DEPLOY / "systemd" / f"{name}.service").exists()


def test_the_compose_file_is_web_twice_worker_three_times_and_postgresql() -> None:
    services = compose()["services"]
    assert (services["web"]["deploy"]["replicas"], services["worker"]["deploy"]["replicas"]) == (2, 3)
    assert services["database"]["image"].startswith("postgres:")
    for name in ("web", "worker"):
        program, command = services[name]["command"]
        assert (program, command in COMMANDS) == (".venv/bin/welcome", True)
        assert all(a_setting(each) for each in services[name]["environment"])
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > FINISH_WITHIN


def test_images_are_plain_names_and_what_is_built_is_here() -> None:
    document = compose()
    built = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    images = [each["image"] for each in document["services"].values()] + re.findall(
        r"^FROM (\S+)", built, re.M
    )
    assert all(re.fullmatch(r"[a-z-]+(:[\w.-]+)?", image) for image in images), images
    build = document["services"]["web"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    named = set(document["volumes"])
    for service in document["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in named or (DEPLOY / source).is_file()


def test_every_setting_of_the_example_exists_and_holds_no_secret() -> None:
    example = env_example()
    assert all(a_setting(name) for name in example)
    for name in ("WELCOME_TWILIO_AUTH_TOKEN", "WELCOME_TELEGRAM_TOKEN", "WELCOME_TELEGRAM_WEBHOOK_SECRET"):
        assert example[name] == ""
    assert example["WELCOME_TELEGRAM_MODE"] == "webhook"


def test_the_files_that_the_page_shows_are_there() -> None:
    shown = re.findall(r"deploy/[\w./@-]+\w", PAGE)
    missing = [each for each in shown if not (ROOT / each).exists() and each != "deploy/desk.env"]
    assert shown
    assert missing == []


def test_the_front_passes_requests_to_the_web_processes() -> None:
    front = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert f"dynamic a web {Settings.model_fields['port'].default}" in front
    assert f"127.0.0.1:{Settings.model_fields['port'].default}/livez" in str(
        compose()["services"]["web"]["healthcheck"]
    )
