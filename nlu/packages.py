"""Translation packages from a file: what is in one, and putting it where nlu/translate.py finds it.

A package (.argosmodel) is a zip with one folder, which holds metadata.json. Nothing is downloaded here.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


class NotAPackage(ValueError):
    """The file is not a translation package; the message says why."""


@dataclass(frozen=True)
class Package:
    """What a package says of itself. `megabytes`: unpacked. `licence`: "" when it names none."""

    from_code: str
    to_code: str
    version: str
    licence: str
    megabytes: float


def describe(file: Path) -> Package:
    """Read a package without installing it. Raises NotAPackage."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if PurePosixPath(name).name == "metadata.json"]
            folders = {PurePosixPath(name).parts[0] for name in archive.namelist()}
            if len(names) != 1 or len(folders) != 1 or len(PurePosixPath(names[0]).parts) != 2:
                raise NotAPackage("it does not hold one folder with a metadata.json")
            about = json.loads(archive.read(names[0]))
            size = sum(entry.file_size for entry in archive.infolist())
        return Package(
            str(about["from_code"]),
            str(about["to_code"]),
            str(about.get("package_version", "?")),
            str(about.get("license") or about.get("licence") or ""),
            size / 1e6,
        )
    except (
        OSError,
        zipfile.BadZipFile,
        json.JSONDecodeError,
        KeyError,
        TypeError,
        UnicodeDecodeError,
    ) as fault:
        raise NotAPackage(f"it cannot be read ({type(fault).__name__})") from fault


def install(file: Path, folder: Path) -> Package:
    """Unpack a package into `folder` (made if missing; an older one of the same name is overwritten).

    Raises NotAPackage; zipfile itself keeps every file inside `folder`.
    """
    package = describe(file)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return package
