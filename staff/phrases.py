"""Staff's ready-made answers: what there is to choose, and the message that comes of it.

Their words are texts of the catalogue (flows/staffed.py), so they go out in the language of the person; a library,
a day or a time is chosen, never typed into the sentence.
"""

from collections.abc import Mapping
from datetime import datetime, time

from flows.message import Message
from flows.staffed import PHRASE, PHRASES
from flows.values import Day, Name, Value, When
from staff import english
from staff.forms import Faults, Wrong, day_of
from store import london
from store.errors import NoSuchTime

BLANKS = {"place": "[library]", "day": "[day]", "when": "[day, time]"}  # as the list of answers shows slots
GROUPS = {  # the answers in the list: heading → names
    "We heard you": ("received", "finding_out", "tomorrow", "text_on", "by_text", "sorry_late", "thanks"),
    "Please come": ("come", "come_when", "come_show", "new_time", "closed", "no_place"),
    "Bring": ("bring_letter", "bring_card", "bring_children", "bring_friend"),
    "Library card": ("card_ready", "card_ready_at", "no_card", "free"),
    "We ask": ("which_library", "which_day", "say_more", "other_words"),
    "We cannot": ("cannot_help",),
}


def listed() -> list[tuple[str, list[tuple[str, str]]]]:
    """What there is to choose: for each heading the names with their English, slots as BLANKS."""
    return [(group, [(name, shown(PHRASES[name][0])) for name in names]) for group, names in GROUPS.items()]


def shown(text: str) -> str:
    for slot, blank in BLANKS.items():
        text = text.replace(f"{{{slot}}}", blank)
    return text


def chosen(form: Mapping[str, str], places: Mapping[str, str], now: datetime) -> Message:
    """The answer that a form names, with its slots. Raises Wrong with every fault."""
    name = form.get("phrase", "")
    if name not in PHRASES:
        raise Wrong(("phrase", "Choose an answer."))
    values: dict[str, Value] = {}
    faults: Faults = []
    for slot in PHRASES[name][1]:
        try:
            values[slot] = _SLOTS[slot](form, places, now)
        except Wrong as wrong:
            faults += wrong.faults
    if faults:
        raise Wrong(*faults)
    return Message(PHRASE + name, values)


def _place(form: Mapping[str, str], places: Mapping[str, str], _now: datetime) -> Value:
    if form.get("place") not in places:
        raise Wrong(("place", "Choose the library: this answer names one."))
    return Name("place", form["place"])


def _day(form: Mapping[str, str], _places: Mapping[str, str], now: datetime) -> Value:
    day = day_of(form.get("day", ""))
    if day is None or day < english.local(now).date():
        raise Wrong(("day", "Choose a day from today on: this answer names one."))
    return Day(day)


def moment_of(form: Mapping[str, str], now: datetime) -> datetime:
    """The day and time of a form, in the future. Raises Wrong."""
    day = day_of(form.get("day", ""))
    if day is None:
        raise Wrong(("day", "Choose the day."))
    try:
        at = time.fromisoformat(form.get("time", ""))
        moment = london.to_utc(day, at.replace(second=0, microsecond=0, tzinfo=None))
    except (ValueError, NoSuchTime):
        raise Wrong(("time", "Write the time, such as 14:30.")) from None
    if moment <= now:
        raise Wrong(("day", "That moment is past. Choose one to come."))
    return moment


def _when(form: Mapping[str, str], _places: Mapping[str, str], now: datetime) -> Value:
    return When(moment_of(form, now))


_SLOTS = {"place": _place, "day": _day, "when": _when}
