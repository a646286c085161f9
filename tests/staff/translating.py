"""What the tests of the translation desk share: a manager at it, and what people get."""

from html import unescape
from typing import Any

from bot.measure import measure_one
from flows.words import Words, own_english
from store.database import transaction
from store.models import Translation
from store.translations import Latest, history
from tests.staff.conftest import PHRASES, Browser, House, browsing

KEY = "booking.approved"
APPROVED = "{name}, c'est confirmé : {service}, {when}, {place}. Référence {reference}."
ENGLISH = own_english()[KEY]


def words_of(house: House, phrases: dict[str, str] | None = None) -> Words:
    return Words(phrases or PHRASES, folder=house.texts, approved=Latest(house.engine, every=0))


class Desk(Browser):
    """A manager at the translation desk."""

    def text(self, key: str = KEY, **query: str) -> str:
        more = "&".join(f"{name}={value}" for name, value in query.items())
        return unescape(self.open(f"/texts/fr/text/{key}?{more}").text)

    def save(self, text: str, do: str = "approve", key: str = KEY, **more: str) -> str:
        self.send(f"/texts/fr/text/{key}", {"text-0": text, "do": do, **more})
        return unescape(self.page.text)


def sitting(house: House, who: str = "mia", **settings: Any) -> Any:
    """A browser of hers, logged in."""
    words = settings.pop("words", None) or words_of(house)

    def measures(key: str, text: str, language: str) -> Any:
        return measure_one(words, key, text, language)

    return _Sitting(house, who, {"words": words, "measures": measures, **settings})


class _Sitting:
    def __init__(self, house: House, who: str, settings: dict[str, Any]) -> None:
        self.browsing, self.who = browsing(house, **settings), who

    def __enter__(self) -> Desk:
        browser = self.browsing.__enter__()
        desk = Desk.__new__(Desk)
        desk.client = browser.client
        desk.log_in(self.who)
        return desk

    def __exit__(self, *fault: Any) -> None:
        self.browsing.__exit__(*fault)


def kept(house: House, key: str = KEY) -> list[Translation]:
    with transaction(house.engine) as session:
        return list(history(session, "fr", key))


def sent(house: House, key: str = KEY) -> str:
    """What people get now, in a process of its own."""
    return words_of(house).sent(key, "fr")[0]
