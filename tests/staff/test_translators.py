"""Translators outside: a file goes out and comes back, whole or not at all."""

from collections.abc import Iterator
from html import unescape

import pytest

from store.database import transaction
from store.translations import latest
from tests.staff.conftest import House
from tests.staff.translating import Desk, sitting, words_of


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    house.staff("mia", role="manager", name="Mia Jones")
    with sitting(house) as desk:
        yield desk


def send_file(desk: Desk, data: bytes, **fields: str) -> str:
    desk.open("/texts/fr/import")
    desk.page = desk.client.post(
        "/staff/texts/fr/import",
        data={"csrf": desk.hidden("csrf"), **fields},
        files={"file": ("fr.po", data, "text/x-gettext-translation")},
    )
    return unescape(desk.page.text)


def test_a_file_goes_out_to_a_translator_and_comes_back(house: House, desk: Desk) -> None:
    out = desk.open("/texts/fr/export")
    assert out.headers["content-disposition"] == "attachment; filename=welcome-desk-fr.po"
    file = out.content.replace(
        b'msgid "You have no bookings."\nmsgstr ""',
        'msgid "You have no bookings."\nmsgstr "Rien d’autre."'.encode(),
    )
    page = send_file(desk, file)
    assert "1 text taken, as drafts." in page and "1 left out: the same as we have." in page
    assert words_of(house).entry("mine.none", "fr").status == "draft"
    page = send_file(desk, file, who="Dr  Amina\u202e Ali")
    assert "2 texts taken, reviewed by Dr Amina Ali." in page
    entry = words_of(house).entry("mine.none", "fr")
    assert (entry.status, entry.who, entry.text) == ("reviewed", "Dr Amina Ali", "Rien d’autre.")
    again = desk.open("/texts/fr/export").content
    assert b"# reviewed: Dr Amina Ali, 2026-11-23" in again
    assert "0 texts taken." in send_file(desk, again)


def test_a_safety_text_in_a_file_stays_a_draft(house: House, desk: Desk) -> None:
    file = desk.open("/texts/fr/export").content
    start = file.index(b'msgctxt "emergency.call"')
    text = b"{police} {nhs} {samaritans} {violence} {slavery}"
    file = file[:start] + file[start:].replace(b'msgstr ""', b'msgstr "' + text + b'"', 1)
    assert "2 texts taken, reviewed by Ann" in send_file(desk, file, who="Ann")
    assert words_of(house).entry("emergency.call", "fr").status == "draft"


def test_a_file_with_one_fault_is_not_taken_at_all(house: House, desk: Desk) -> None:
    file = desk.open("/texts/fr/export").content
    wrong = file.replace(
        b'msgid "You have no bookings."\nmsgstr ""', b'msgid "You have no bookings."\nmsgstr "{x}"'
    )
    wrong = wrong.replace(
        b'msgid "OK. Nothing is booked."\nmsgstr ""', b'msgid "OK. Nothing is booked."\nmsgstr "Rien."'
    )
    page = send_file(desk, wrong)
    assert desk.page.status_code == 422
    assert "1 text cannot be taken. Nothing was taken." in page and "{x} is not in the English." in page
    with transaction(house.engine) as session:
        assert latest(session, "fr") == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Choose the file"),
        (b"hello", "cannot be read as a PO file"),
        (
            b'msgid ""\nmsgstr "Language: so\\n"\n\nmsgctxt "mine.none"\nmsgid "a"\nmsgstr "b"\n',
            "it is in Somali",
        ),
    ],
)
def test_what_is_no_file_of_this_language_is_refused(desk: Desk, data: bytes, said: str) -> None:
    assert said in send_file(desk, data) and desk.page.status_code == 422


def test_a_huge_or_broken_upload_is_refused(desk: Desk) -> None:
    send_file(desk, b"x" * 2_000_000)
    assert desk.page.status_code == 413
    desk.page = desk.client.post(
        "/staff/texts/fr/import",
        content=b"--x\r\nbroken",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert desk.page.status_code in (403, 413)
    assert desk.client.post("/staff/texts/fr/import", content=b"a").status_code in (403, 413)


def test_a_file_without_its_token_changes_nothing(house: House, desk: Desk) -> None:
    page = send_file(desk, b"x", csrf="y")
    assert desk.page.status_code == 403 and "out of date" in page
