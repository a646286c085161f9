"""Staff read a message as it was written, in a machine's English that says so, or are told that no machine reads it."""

import pytest

from tests.staff.conftest import House, browsing

NO_MACHINE = "ask a colleague or an interpreter"


@pytest.mark.parametrize(("language", "name"), [("so", "Somali"), ("ti", "Tigrinya")])
def test_a_language_that_no_machine_reads_says_so(house: House, language: str, name: str) -> None:
    asked = house.request("Hodan", house.fosse, language, "sms", "Waxaan raadinayaa shaqo")
    with browsing(house) as browser:
        browser.log_in("sam")
        page = browser.open(f"/requests/{asked}").text
    assert f"No machine reads {name} yet: {NO_MACHINE}." in page
    assert "by a machine, not checked" not in page


def test_it_says_nothing_where_there_is_a_reading_or_may_be_one(house: House) -> None:
    asked = house.request("Hodan", house.fosse, "so", "sms", "Waxaan raadinayaa shaqo")
    french = house.request("Ada", house.fosse, "fr", "sms", "Je cherche du travail")
    with browsing(house, reads=lambda text, _: "I look for work" if "shaqo" in text else None) as browser:
        browser.log_in("sam")
        for page in (browser.open(f"/requests/{asked}").text, browser.open(f"/requests/{french}").text):
            assert NO_MACHINE not in page
        assert "by a machine, not checked" in browser.open(f"/requests/{asked}").text
