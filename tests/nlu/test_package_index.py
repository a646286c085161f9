"""Packages come from an index over HTTP or from a folder; a download that breaks off goes on or begins again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlu.package_index import NotThere, Offer, fetch, find, is_file, offers, size
from nlu.packages import sha256
from tests.argos.build import file_of
from tests.argos.mirror import NAME, WHOLE, Mirror, open_mirror, row


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with open_mirror() as server:
        yield server


def offered(mirror: Mirror) -> Offer:
    found = find(offers(f"{mirror.url}/index.json"), "en", "fr")
    assert found is not None
    return found


def get(offer: Offer, folder: Path) -> Path:
    return fetch(offer, folder, pause=lambda _: None)


def test_a_package_is_found_in_the_index_and_downloaded(mirror: Mirror, tmp_path: Path) -> None:
    offer = offered(mirror)
    assert (offer.licence, offer.sha256, is_file(offer)) == ("", "", False)
    assert size(offer) == len(WHOLE)
    told: list[tuple[int, int | None]] = []
    file = fetch(offer, tmp_path / "downloads", progress=lambda done, total: told.append((done, total)))
    assert file.read_bytes() == WHOLE
    assert told[-1] == (len(WHOLE), len(WHOLE))
    assert [each.name for each in file.parent.iterdir()] == [NAME]


def test_a_download_that_breaks_off_goes_on_where_it_was(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [50_000, 40_000]
    assert get(offered(mirror), tmp_path).read_bytes() == WHOLE
    assert mirror.asked == ["", "bytes=50000-", "bytes=90000-"]


def test_one_that_was_given_up_goes_on_when_it_is_tried_again(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [10_000] * 4
    with pytest.raises(NotThere, match="run the command again, it goes on from there"):
        get(offered(mirror), tmp_path)
    assert not (tmp_path / NAME).exists()
    assert get(offered(mirror), tmp_path).read_bytes() == WHOLE
    assert mirror.asked[-1] == "bytes=40000-"


def test_it_begins_again_when_the_file_has_changed_meanwhile(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [10_000] * 4
    with pytest.raises(NotThere):
        get(offered(mirror), tmp_path)
    mirror.content, mirror.etag = file_of("fr", "en").read_bytes(), '"two"'
    assert get(offered(mirror), tmp_path).read_bytes() == mirror.content


def test_it_begins_again_when_the_server_cannot_go_on(mirror: Mirror, tmp_path: Path) -> None:
    mirror.ranges, mirror.breaks = False, [10_000]
    assert get(offered(mirror), tmp_path).read_bytes() == WHOLE


def test_it_begins_again_when_there_is_more_here_than_there(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [10_000] * 4
    with pytest.raises(NotThere):
        get(offered(mirror), tmp_path)
    with (tmp_path / f"{NAME}.part").open("ab") as part:
        part.write(b"x" * 500_000)
    mirror.status = 416
    mirror.ranges = False
    with pytest.raises(NotThere):
        get(offered(mirror), tmp_path)
    mirror.status = 200
    assert get(offered(mirror), tmp_path).read_bytes() == WHOLE


@pytest.mark.parametrize("status", [403, 404, 503])
def test_what_the_server_refuses_is_said(mirror: Mirror, tmp_path: Path, status: int) -> None:
    offer = offered(mirror)
    mirror.status = status
    with pytest.raises(NotThere, match=f"the server says {status}"):
        get(offer, tmp_path)
    with pytest.raises(NotThere, match="cannot be reached"):
        offers(mirror.url)


def test_an_index_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(NotThere, match=r"bring the \.argosmodel files"):
        offers("http://127.0.0.1:9/index.json")
    with pytest.raises(NotThere, match="cannot be read"):
        offers("nowhere/index.json")


@pytest.mark.parametrize("address", ["http://example.org/index.json", "http://127.0.0.1.example.org/"])
def test_an_index_that_is_not_encrypted_is_not_asked(address: str) -> None:
    with pytest.raises(NotThere, match="not encrypted"):
        offers(address)


def test_a_package_that_is_not_encrypted_needs_its_checksum(tmp_path: Path) -> None:
    offer = Offer("en", "fr", "1.9", ("http://example.org/x.argosmodel",))
    with pytest.raises(NotThere, match="--sha256"):
        get(offer, tmp_path)


def test_the_newest_package_of_a_pair_is_taken(mirror: Mirror) -> None:
    mirror.index = [row(package_version=version) for version in ("1.9", "1.10", "1.2")]
    assert offered(mirror).version == "1.10"
    assert find(offers(mirror.url), "en", "so") is None


@pytest.mark.parametrize(
    "index", [{"a": 1}, [], [1, None], [row(type="sbd")], [row(from_code="../x")], [row(links="x")], [{}]]
)
def test_what_is_no_offer_is_passed_over(mirror: Mirror, index: Any) -> None:
    mirror.index = index
    assert offers(mirror.url) == []


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("<html>")
    with pytest.raises(NotThere, match="is not an index"):
        offers(str(tmp_path))


def test_an_index_elsewhere_names_no_file_of_this_machine(mirror: Mirror, tmp_path: Path) -> None:
    mirror.index = [row(links=[file_of("en", "fr").as_uri()])]
    with pytest.raises(NotThere, match="no web address"):
        get(offered(mirror), tmp_path)


def test_a_folder_of_packages_is_an_index_too(tmp_path: Path) -> None:
    (tmp_path / "broken.argosmodel").write_text("x")
    (tmp_path / "with a space.argosmodel").write_bytes(WHOLE)
    offer = find(offers(str(tmp_path)), "en", "fr")
    assert offer is not None
    assert is_file(offer)
    assert size(offer) == len(WHOLE)
    assert sha256(fetch(offer, tmp_path / "downloads")) == sha256(file_of("en", "fr"))
    (tmp_path / "with a space.argosmodel").unlink()
    with pytest.raises(NotThere, match="is not there"):
        size(offer)


def test_an_index_in_a_folder_may_name_a_licence_and_a_checksum(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(WHOLE)
    (tmp_path / "index.json").write_text(json.dumps([row(license="CC0", sha256="AB" * 32)]))
    offer = find(offers(str(tmp_path)), "en", "fr")
    assert offer is not None
    assert (offer.licence, offer.sha256) == ("CC0", "ab" * 32)
    assert fetch(offer, tmp_path / "downloads") == tmp_path / NAME
