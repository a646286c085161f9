"""Translation packages: what is in one, putting it in place in one step, and whether it is still what it was.

A package (.argosmodel) is a zip with one folder: metadata.json, a SentencePiece or BPE model, and model/ for
CTranslate2. What is installed stands in installed.json beside the folders, with the SHA-256 of every file: that
list changes in one step (a broken download or a crash never leaves half a package), and a folder that is not in
it is not used. Python's own zip and files; no network.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path, PurePosixPath

LIST = "installed.json"
LARGEST = 2_000_000_000
"""Bytes of a package, unpacked. The largest of Argos has about 250 MB."""
_WANTED = re.compile(
    r"metadata\.json|sentencepiece\.model|bpe\.model|model/[\w.-]+|(?:README|LICEN[CS]E)[\w.-]*",
    re.IGNORECASE,
)
"""What is unpacked. Packages also carry sentence splitters (stanza, minisbd), which the desk does not use."""
_CODE = re.compile(r"[a-z]{2,3}")
_OURS = re.compile(r"[a-z]{2,3}_[a-z]{2,3}-[0-9a-f]{10}-[0-9a-f]{6}")


class NotAPackage(ValueError):
    """The file is not a translation package that can be used; the message says why."""


class WrongChecksum(ValueError):
    """The file is not the one that was asked for; the message says both checksums."""


class ListUnreadable(ValueError):
    """installed.json cannot be read; the message says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """What a package says of itself. `licence`: "" when it names none. `size`: bytes, unpacked."""

    from_code: str
    to_code: str
    version: str
    licence: str
    size: int

    @property
    def pair(self) -> str:
        """Such as "en_fr"."""
        return f"{self.from_code}_{self.to_code}"

    @property
    def name(self) -> str:
        """What stands behind a draft: such as "translate-en_fr 1.9"."""
        return f"translate-{self.pair} {self.version}"


@dataclass(frozen=True, kw_only=True)
class Installed(Package):
    """A package in its place. `sha256`: of the file it came from; `files`: the SHA-256 of each file in `folder`."""

    folder: str
    sha256: str
    source: str
    since: str
    files: dict[str, str]


type Trial = Callable[[Path], str | None]
"""Tries a package in its folder before it is put in place: what is wrong with it, or None."""


def describe(file: Path) -> Package:
    """Read a package without installing it. Raises NotAPackage."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _describe(archive)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as fault:
        raise NotAPackage(f"it cannot be read ({type(fault).__name__})") from fault


def _describe(archive: zipfile.ZipFile) -> Package:
    files = _files(archive)
    names = {name for name, _ in files}
    if "metadata.json" not in names:
        raise NotAPackage("it does not hold one folder with a metadata.json")
    if "model/model.bin" not in names or not names & {"sentencepiece.model", "bpe.model"}:
        raise NotAPackage("it holds no model")
    content = dict(files)
    try:
        about = json.loads(archive.read(content["metadata.json"]))
        codes = str(about["from_code"]), str(about["to_code"])
        named = str(about.get("license") or about.get("licence") or "")
        version = re.sub(r"[^\w.+-]", "", str(about.get("package_version", "")))[:20]
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as fault:
        raise NotAPackage(f"its metadata.json cannot be read ({type(fault).__name__})") from fault
    if not all(_CODE.fullmatch(code) for code in codes) or codes[0] == codes[1]:
        raise NotAPackage("it does not say from which language to which it translates")
    readme = next((entry for name, entry in files if re.match(r"(?i)readme|licen[cs]e", name)), None)
    if not named and readme is not None and readme.file_size < 1_000_000:
        named = _licence_line(archive.read(readme).decode("utf-8", "replace"))
    return Package(
        from_code=codes[0],
        to_code=codes[1],
        version=version or "?",
        licence=_plain(named),
        size=sum(entry.file_size for _, entry in files),
    )


def _files(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files that are wanted, by their path in the one folder. Raises NotAPackage."""
    found: list[tuple[str, zipfile.ZipInfo]] = []
    tops: set[str] = set()
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            raise NotAPackage("it wants to write outside its folder")
        if path.parts[:1] == ("__MACOSX",):  # what a Mac puts beside it
            continue
        tops.add(path.parts[0] if path.parts else "")
        inside = "/".join(path.parts[1:])
        if not entry.is_dir() and _WANTED.fullmatch(inside):
            found.append((inside, entry))
    if len(tops) != 1:
        raise NotAPackage("it does not hold one folder with a metadata.json")
    if sum(entry.file_size for _, entry in found) > LARGEST:
        raise NotAPackage(f"it is larger than {LARGEST / 1e9:.0f} GB")
    return found


def _licence_line(words: str) -> str:
    lines = (line.strip(" #*_-\t") for line in words.splitlines())
    return next(
        (line for line in lines if re.search(r"(?i)licen[cs]e|CC[ -]?(?:BY|0)|public domain", line)), ""
    )


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", words).split())[:120]


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def install(
    file: Path,
    folder: Path,
    *,
    today: date,
    expected: Collection[str] = (),
    source: str = "",
    trial: Trial | None = None,
) -> Installed:
    """Put a package in place (instead of an older one of the same languages).

    `expected`: what its SHA-256 may be, if known; `source`: where it came from, for the list; `trial` tries it first.
    Raises NotAPackage, WrongChecksum, ListUnreadable, OSError (no space, no right); then nothing has changed.
    """
    package, checksum = describe(file), sha256(file)
    wanted = [each.strip().lower() for each in expected]
    if wanted and checksum not in wanted:
        raise WrongChecksum(f"its SHA-256 is {checksum}, not {' or '.join(wanted)}")
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        known = installed(folder)
        _sweep(folder, known)
        new = folder / f".new-{secrets.token_hex(6)}"
        try:
            files = _unpack(file, new)
            wrong = trial(new) if trial else None
            if wrong:
                raise NotAPackage(wrong)
            done = Installed(
                **asdict(package),
                folder=f"{package.pair}-{checksum[:10]}-{secrets.token_hex(3)}",
                sha256=checksum,
                source=source or file.name,
                since=today.isoformat(),
                files=files,
            )
            new.rename(folder / done.folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        _write(folder, {**known, done.pair: done})
        _sweep(folder, {**known, done.pair: done})
    return done


def _unpack(file: Path, folder: Path) -> dict[str, str]:
    folder.mkdir()
    sums: dict[str, str] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for name, entry in _files(archive):
                place = folder / name
                place.parent.mkdir(exist_ok=True)
                with archive.open(entry) as packed, place.open("wb") as content:
                    shutil.copyfileobj(packed, content)
                    content.flush()
                    os.fsync(content.fileno())
                sums[name] = sha256(place)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as fault:
        raise NotAPackage(f"it is damaged ({type(fault).__name__})") from fault
    return sums


def installed(folder: Path) -> dict[str, Installed]:
    """What is installed, by pair of languages ("en_fr"). Raises ListUnreadable."""
    try:
        rows = json.loads((folder / LIST).read_text("utf-8"))
        found = [Installed(**row) for row in rows]
        known = {each.pair: each for each in found if _OURS.fullmatch(each.folder) and dict(each.files)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as fault:
        raise ListUnreadable(f"{LIST} cannot be read ({type(fault).__name__})") from fault
    if len(known) != len(found):
        raise ListUnreadable(f"{LIST} names a folder that is not one of its own")
    return known


def verify(folder: Path, package: Installed) -> str | None:
    """What is wrong with an installed package (in words), or None. Reads every file of it."""
    place = folder / package.folder
    if not place.is_dir():
        return "its folder is missing"
    for name, checksum in package.files.items():
        try:
            if sha256(place / name) != checksum:
                return f"{name} was changed"
        except OSError:
            return f"{name} is missing or cannot be read"
    return None


def remove(folder: Path, pairs: set[str]) -> list[Installed]:
    """Take these packages away; those that were there. Raises ListUnreadable, OSError."""
    if not folder.is_dir():
        return []
    with _alone(folder):
        known = installed(folder)
        left = {pair: package for pair, package in known.items() if pair not in pairs}
        _write(folder, left)
        _sweep(folder, left)
    return [package for pair, package in known.items() if pair in pairs]


def _write(folder: Path, packages: dict[str, Installed]) -> None:
    new = folder / f"{LIST}.new"
    with new.open("w", encoding="utf-8") as content:
        json.dump([asdict(package) for _, package in sorted(packages.items())], content, indent=1)
        content.flush()
        os.fsync(content.fileno())
    new.replace(folder / LIST)


def _sweep(folder: Path, known: dict[str, Installed]) -> None:
    """Take away what an older package or a broken installation left. Folders of anyone else stay."""
    ours = {package.folder for package in known.values()}
    for place in folder.iterdir():
        left = place.name.startswith(".new-") or _OURS.fullmatch(place.name)
        if place.is_dir() and left and place.name not in ours:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time changes what is installed."""
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
