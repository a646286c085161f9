"""Numbers as people read them: CLDR's plural forms, and each language's digits where they are wanted."""

import gettext

import pytest

from flows.languages import AUTONYMS
from flows.numbers import TRIED, count, form_of, forms, in_digits, numbering, plural_header, system


@pytest.mark.parametrize("language", AUTONYMS)
def test_a_po_file_says_the_same_rule_as_we_use(language: str) -> None:
    number, _, rule = plural_header(language).partition("; plural=")
    assert number == f"nplurals={len(forms(language))}"
    rule_of_gettext = gettext.c2py(rule.rstrip(";"))
    assert all(rule_of_gettext(n) == form_of(n, language) for n in range(TRIED + 1))


def test_only_forms_that_whole_numbers_take_are_asked_for() -> None:
    assert [len(forms(code)) for code in ("en", "ar", "pl", "uk", "fr", "so", "am")] == [2, 6, 3, 3, 2, 2, 2]
    assert form_of(1_000_000, "fr") == 1
    assert [str(form) for form in forms("uk")] == ["1, 21, 31, 41 …", "2, 3, 4, 22 …", "0, 5, 6, 7 …"]
    assert [form.only for form in forms("ar")] == [True, True, True, False, False, False]


def test_digits_are_latin_unless_a_language_is_to_have_its_own() -> None:
    own = {code for code in AUTONYMS if numbering(code) != "latn"}
    assert own == {"ar", "fa", "ps", "ckb", "ur"}
    assert system("ar", {}) == system("so", {"so": "native"}) == "latn"
    assert in_digits("14:05", system("ar", {"ar": "native"})) == "١٤:٠٥"
    assert in_digits("14:05", system("ur", {"ur": "native"})) == "۱۴:۰۵"
    assert count(1200, "en") == "1,200" and count(1200, "fa", "arabext") == "۱٬۲۰۰"
