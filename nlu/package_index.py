"""Where translation packages come from: an Argos index (JSON), a folder of packages, and getting one from there.

Argos' own index names each package's languages, version and addresses; it has no checksum and no licence. Some
mirrors do ("sha256", "license"). A download that broke off goes on where it was when the server can do that and
the file has not changed; else it begins again. Errors are sentences for whoever installs.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from nlu.packages import NotAPackage, describe

PATIENCE = httpx.Timeout(30.0, connect=10.0)
LARGEST_INDEX = 5_000_000  # bytes; Argos' has 40,000
LARGEST = 1_000_000_000  # bytes of a package
TRIES = 4
CHUNK = 65536

type Progress = Callable[[int, int | None], None]
"""Told the bytes that are there, and how many there will be (None: the server does not say)."""


class NotThere(Exception):
    """The index or the package cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One package of an index. `licence` and `sha256` are "" when the index names none."""

    from_code: str
    to_code: str
    version: str
    links: tuple[str, ...]
    licence: str = ""
    sha256: str = ""

    @property
    def file_name(self) -> str:
        return f"translate-{self.from_code}_{self.to_code}-{self.version.replace('.', '_')}.argosmodel"


def is_address(where: str) -> bool:
    """Whether this is a web address, not a file."""
    return bool(re.match(r"https?://", where, re.IGNORECASE))


def is_file(offer: Offer) -> bool:
    """Whether the package is a file of this machine: there is nothing to download."""
    return any(link.startswith("file:") for link in offer.links)


def offers(where: str) -> list[Offer]:
    """What an index offers: a web address or a file (JSON), or a folder with an index.json or with packages.

    Raises NotThere.
    """
    if is_address(where):
        address = where if urlsplit(where).path.endswith(".json") else where.rstrip("/") + "/index.json"
        return _read(_fetch(address), address)
    path = Path(where).expanduser()
    if path.is_dir() and not (path / "index.json").exists():
        return list(_in_folder(path))
    file = path / "index.json" if path.is_dir() else path
    try:
        return _read(file.read_bytes(), str(file))
    except OSError as fault:
        raise NotThere(f"The index {file} cannot be read ({type(fault).__name__}).") from fault


def find(known: Iterable[Offer], from_code: str, to_code: str) -> Offer | None:
    """The newest package for these languages, or None."""
    fitting = [each for each in known if (each.from_code, each.to_code) == (from_code, to_code)]
    return max(fitting, key=lambda each: _version(each.version), default=None)


def size(offer: Offer) -> int | None:
    """The bytes to download, as the server says; None when nobody says. Raises NotThere."""
    file = _local(offer.links)
    if file is not None:
        return file.stat().st_size
    for link in _safe(offer):
        try:
            answer = httpx.head(link, timeout=PATIENCE, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL):
            continue
        length = answer.headers.get("content-length", "")
        if answer.is_success:
            return int(length) if length.isdecimal() else None
    return None


def fetch(
    offer: Offer,
    folder: Path,
    *,
    progress: Progress = lambda _done, _all: None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Bring a package to `folder`; the file. What broke off there before is gone on with. Raises NotThere."""
    file = _local(offer.links)
    if file is not None:
        return file
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / offer.file_name
    wrong = "no address"
    for link in _safe(offer):
        for again in range(TRIES):
            if again:
                pause(2.0**again)
            try:
                _download(link, place, progress)
                return place
            except httpx.HTTPStatusError as fault:
                wrong = f"the server says {fault.response.status_code}"
                if fault.response.status_code < 500:
                    break
            except (httpx.HTTPError, httpx.InvalidURL, _Short) as fault:
                wrong = f"the connection broke off ({type(fault).__name__.strip('_')})"
            except OSError as fault:
                raise NotThere(
                    f"The file cannot be kept in {folder} ({fault.strerror or 'error'})."
                ) from fault
    there = _part(place).stat().st_size if _part(place).exists() else 0
    again_text = (
        f" {there / 1e6:.1f} MB are here: run the command again, it goes on from there." if there else ""
    )
    raise NotThere(f"{offer.file_name} cannot be downloaded: {wrong}.{again_text}")


class _Short(Exception):
    """The server sent less than it had said."""


def _download(link: str, place: Path, progress: Progress) -> None:
    part, about = _part(place), place.with_name(place.name + ".about")
    known = _known(about, link) if part.exists() else {}
    have = part.stat().st_size if known else 0
    headers = {"Accept-Encoding": "identity"}
    if have and known.get("validator"):
        headers |= {"Range": f"bytes={have}-", "If-Range": str(known["validator"])}
    with httpx.stream("GET", link, headers=headers, timeout=PATIENCE, follow_redirects=True) as answer:
        if answer.status_code == 416:  # what is here is all, or not of this file: begin again
            part.unlink(missing_ok=True)
            raise _Short
        answer.raise_for_status()
        _same_trust(link, answer)
        if answer.status_code != 206 or not _goes_on(answer, have):
            have = 0
        length = answer.headers.get("content-length", "")
        total = have + int(length) if length.isdecimal() else None
        if (total or 0) > LARGEST:
            raise OSError(0, "it is larger than a package can be")
        if total and shutil.disk_usage(place.parent).free < 3 * total:  # the file, unpacked, and some air
            raise OSError(0, "there is not enough space")
        validator = answer.headers.get("etag", "") or answer.headers.get("last-modified", "")
        usable = "" if validator.startswith("W/") else validator
        about.write_text(json.dumps({"link": link, "validator": usable}), "utf-8")
        with part.open("ab" if have else "wb") as content:
            for chunk in answer.iter_raw():  # as it comes: what is here when it breaks off is kept
                content.write(chunk)
                have += len(chunk)
                if have > LARGEST:
                    raise OSError(0, "it is larger than a package can be")
                progress(have, total)
    if total is not None and have != total:
        raise _Short
    part.replace(place)
    about.unlink(missing_ok=True)


def _part(place: Path) -> Path:
    return place.with_name(place.name + ".part")


def _known(about: Path, link: str) -> dict[str, Any]:
    """What is known of a download that broke off, when it was of this address."""
    try:
        found = json.loads(about.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("link") == link else {}


def _goes_on(answer: httpx.Response, have: int) -> bool:
    return str(answer.headers.get("content-range", "")).startswith(f"bytes {have}-")


def _fetch(address: str) -> bytes:
    if not _trusted(address):
        raise NotThere(f"{address} is not encrypted (https): what comes from there could be anybody's.")
    try:
        with httpx.stream("GET", address, timeout=PATIENCE, follow_redirects=True) as answer:
            answer.raise_for_status()
            _same_trust(address, answer)
            found = b""
            for chunk in answer.iter_bytes(CHUNK):
                found += chunk
                if len(found) > LARGEST_INDEX:
                    raise NotThere(f"{address} is too large for an index.")
            return found
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise NotThere(
            f"The index {address} cannot be reached ({type(fault).__name__}). On a machine without internet, bring "
            "the .argosmodel files and install from the file, or from their folder with --from."
        ) from fault


def _read(content: bytes, where: str) -> list[Offer]:
    try:
        rows = json.loads(content)
        found = [_offer(row, where) for row in rows if isinstance(row, dict)]
    except (ValueError, TypeError) as fault:
        raise NotThere(f"{where} is not an index of packages.") from fault
    return [each for each in found if each is not None]


def _offer(row: dict[str, Any], where: str) -> Offer | None:
    """A row of the index; None for what translates nothing."""
    codes = str(row.get("from_code") or ""), str(row.get("to_code") or "")
    listed = row.get("links")
    if (
        row.get("type", "translate") != "translate"
        or not isinstance(listed, Sequence)
        or isinstance(listed, str)
    ):
        return None
    if not all(re.fullmatch(r"[a-z]{2,3}", code) for code in codes):
        return None
    base = where if is_address(where) else Path(where).resolve().as_uri()
    links = tuple(urljoin(base, str(link)) for link in listed)
    if is_address(where):  # a file of this machine is for an index of this machine to name
        links = tuple(link for link in links if is_address(link))
    return Offer(
        *codes,
        version=re.sub(r"[^\w.+-]", "", str(row.get("package_version", "")))[:20] or "0",
        links=links,
        licence=" ".join(str(row.get("license") or row.get("licence") or "").split())[:120],
        sha256=str(row.get("sha256") or "").lower(),
    )


def _in_folder(folder: Path) -> Iterable[Offer]:
    for file in sorted(folder.glob("*.argosmodel")):
        try:
            package = describe(file)
        except NotAPackage:
            continue
        link = file.resolve().as_uri()
        yield Offer(package.from_code, package.to_code, package.version, (link,), package.licence)


def _version(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", written))


def _local(links: Iterable[str]) -> Path | None:
    """The first of the links that is a file here."""
    for link in links:
        if link.startswith("file:"):
            file = Path(unquote(urlsplit(link).path))
            if not file.is_file():
                raise NotThere(f"The file {file} is not there.")
            return file
    return None


def _safe(offer: Offer) -> list[str]:
    """The addresses to download from. Raises NotThere when none can be trusted."""
    web = [link for link in offer.links if is_address(link)]
    safe = [link for link in web if offer.sha256 or _trusted(link)]
    if web and not safe:
        raise NotThere(
            f"{web[0]} is not encrypted (https): what comes from there could be anybody's. If you know its SHA-256, "
            "say --sha256."
        )
    if not safe:
        raise NotThere(f"The index has no web address for {offer.file_name}.")
    return safe


def _trusted(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme.lower() == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1"))


def _same_trust(asked: str, answer: httpx.Response) -> None:
    """Raises NotThere when a safe address was sent on to one that is not."""
    if _trusted(asked) and not _trusted(str(answer.url)):
        raise NotThere(f"{asked} was sent on to {answer.url.host}, which is not encrypted (https).")
