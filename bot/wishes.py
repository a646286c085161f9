"""What nlu reads of a text (a library, a day, a time), as the flows see it."""

from collections.abc import Callable
from datetime import datetime

from flows.wishes import Wishes
from kb.model import KnowledgeBase, Place
from nlu.language import identify
from nlu.places import Known, Places
from nlu.wishes import read

type Wishing = Callable[[str, str, datetime], Wishes]
"""(text, the person's language, now) -> what it wishes for."""


def wishes_of(kb: KnowledgeBase) -> Wishing:
    """The reader of wishes that knows the libraries of this knowledge base."""
    places = Places(_known(place) for place in kb.places.values())

    def wishes(text: str, language: str, now: datetime) -> Wishes:
        identified = identify(text)
        languages = (*((identified.language,) if identified.sure else ()), language, "en")
        found = read(text, places, now, languages)
        return Wishes(
            places=found.place.places,
            stranger=found.place.stranger,
            near=found.place.near,
            days=found.when.days,
            hours=found.when.hours,
            loose=found.when.loose,
            bare=found.bare,
        )

    return wishes


def nothing_wished(_text: str, _language: str, _now: datetime) -> Wishes:
    """The reader that is missing: everything is asked."""
    return Wishes()


def _known(place: Place) -> Known:
    names = place.other_names
    if names is None:
        return Known(place.id, (place.name,))
    return Known(
        place.id,
        (place.name, *(name for spelled in names.spelled.values() for name in spelled)),
        tuple(name for spelled in names.with_library.values() for name in spelled),
        names.not_meant,
    )
