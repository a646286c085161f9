"""What the pages of announcements read and show: the form, each language with its cost and its looks, how far it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.catalogue import Entry
from flows.languages import ENGLISH, RIGHT_TO_LEFT
from flows.message import messages_from_json
from nlu.cleaning import clean
from nlu.translate import NOT_COVERED
from staff import english, reading
from staff.desk import Names
from staff.forms import Faults, Wrong
from staff.visit import Visit
from store import audiences, broadcasts, own_phones
from store.base import Json
from store.models import Broadcast, BroadcastText
from store.still import Group

LIMIT, LIMIT_TRANSLATED = (
    300,
    450,
)  # characters: three SMS of English; translations run longer, and are counted
ORDERS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "START", "UNSTOP", "YES")
"""Words that Twilio takes for an order to itself when a person sends them: nothing of ours asks for one."""
CHANNELS = ("sms", "telegram")  # those of which a page shows how a message looks
DONE_WITH = ("sent", "delivered", "failed", "unsure")  # states of a message that went to a provider
DID = {
    "edited": "Changed. It is a draft again.",
    "translated": "Kept. It is a draft again.",
    "ready": "It is ready.",
    "approved": "Approved. It can be sent now.",
    "sending": "It goes out.",
    "paused": "Paused. Nothing more goes out until somebody goes on.",
    "went_on": "It goes on.",
    "stopped": "Stopped. Who has not got it does not get it.",
    "code": "Here is your code.",
    "found": "We know your phone now.",
    "tested": "A test is on its way to your phone.",
}


@dataclass(frozen=True)
class Line:
    """One language of an announcement. `kind`: a word of english.BROADCAST_TEXTS; `looks`: channel → what is read."""

    code: str
    people: Mapping[str, int]  # by channel
    kind: str
    checked_by: str
    looks: Mapping[str, str]
    segments: int  # by SMS, for one person
    fits: bool

    @property
    def number(self) -> int:
        return sum(self.people.values())

    @property
    def sms(self) -> int:
        """All segments of this language."""
        return self.segments * self.people.get("sms", 0)

    @property
    def direction(self) -> str:
        return "rtl" if self.code in RIGHT_TO_LEFT and self.kind != "left_out" else "ltr"


def written(visit: Visit, sent: Mapping[str, str]) -> tuple[Group, str]:
    """The group and the words of the form. Raises Wrong with every fault."""
    faults: Faults = []
    text, who = sent.get("text", ""), sent.get("who", "")
    service, place, language = sent.get("service", ""), sent.get("place", ""), sent.get("language", "")
    group = Group(service, place or None, language, who)
    if who not in english.BROADCAST_GROUPS:
        faults.append(("who", "Choose whom it is for."))
    if service and service not in visit.desk.names.bookable:
        faults.append(("service", "Choose a service."))
    elif who == "booked" and not group.whole:
        faults.append(("place", "Choose a service or a library."))
    elif who in english.BROADCAST_GROUPS and not group.whole:
        faults.append(("service", "Choose a service, or write only to people who have a place at a library."))
    if place and place not in visit.my_places():
        faults.append(("place", "Choose a library."))
    elif not place and visit.places is not None:
        faults.append(("place", "Choose one of your libraries."))
    if language and language not in ENGLISH:
        faults.append(("language", "Choose a language."))
    faults += _words(text, LIMIT)
    if faults:
        raise Wrong(*faults)
    return group, text


def translated(sent: Mapping[str, str]) -> tuple[str | None, str]:
    """The kind (None: English goes out) and the words of a language's form. Raises Wrong."""
    kind, text = sent.get("kind", ""), sent.get("text", "")
    if kind not in english.BROADCAST_TEXTS:
        raise Wrong(("kind", "Choose what they read."))
    if kind in ("english", "left_out"):
        return (None if kind == "english" else kind), ""
    if faults := _words(text, LIMIT_TRANSLATED):
        raise Wrong(*faults)
    return kind, text


def as_form(broadcast: Broadcast) -> dict[str, str]:
    return {
        "text": broadcast.text,
        "who": broadcast.who,
        "service": broadcast.service,
        "place": broadcast.place_id or "",
        "language": broadcast.language,
    }


def by_machine(visit: Visit, text: str, language: str) -> str | None:
    """A machine's words, to be looked at; None: there are none, or drafts are held back."""
    if visit.desk.words.drafts != "send":
        return None
    drafted = visit.desk.drafts(Entry("broadcast.own", text, "staff"), language)
    return clean(drafted) if drafted is not None else None


def has_machine(visit: Visit, language: str) -> bool:
    """Whether it is worth asking a machine."""
    return visit.desk.words.drafts == "send" and language not in NOT_COVERED


def names_of(visit: Visit, usernames: Iterable[str | None]) -> dict[str, str]:
    return reading.account_names(visit.session, [each for each in usernames if each])


def group_words(names: Names, broadcast: Broadcast) -> str:
    """Whom it is for, in one line."""
    parts = [names.service(broadcast.service) if broadcast.service else "Any service"]
    parts.append(names.place(broadcast.place_id) if broadcast.place_id else "all libraries")
    if broadcast.language:
        parts.append(f"only {english.language(broadcast.language)}")
    return ", ".join(parts)


def test_of(visit: Visit, broadcast: Broadcast, language: str, channel: str) -> Json:
    """What a test says: the very words that people of a language get, and that it is one."""
    row = audiences.texts(visit.session, broadcast.id).get(language)
    words, _, _ = _look(visit, audiences.payload(broadcast.text, language, row), language, channel)
    return {"messages": [{"key": "broadcast.test", "values": {"text": {"$text": words}}}]}


def shown(visit: Visit, broadcast: Broadcast) -> dict[str, object]:
    """Everything that the page of one announcement shows."""
    found = audiences.audience(visit.session, broadcast, visit.now)
    texts = audiences.texts(visit.session, broadcast.id)
    codes = [*found.languages, *(code for code, row in texts.items() if row.kind == "left_out")]
    tally = audiences.tally(visit.session, broadcast.id) or broadcast.result or {}
    phone = own_phones.of(visit.session, visit.actor)
    people = names_of(
        visit,
        {broadcast.created_by, broadcast.approved_by, broadcast.changed_by, *(t.who for t in texts.values())},
    )
    lines = [_line(visit, broadcast, found, code, texts.get(code), people) for code in dict.fromkeys(codes)]
    segments = sum(line.sms for line in lines)
    needs_second = found.total > visit.desk.alone_up_to
    return {
        "broadcast": broadcast,
        "group": group_words(visit.desk.names, broadcast),
        "group_who": english.BROADCAST_GROUPS[broadcast.who],
        "private": broadcast.service in visit.desk.names.sensitive,
        "state": english.BROADCAST_STATES[broadcast.state],
        "people": people,
        "lines": lines,
        "channels": sorted({channel for _, channel in found.people}, key=_channel_order),
        "total": found.total,
        "segments": segments,
        "price": visit.desk.sms_price,
        "left_out": [(english.BROADCAST_LEFT_OUT[why], n) for why, n in found.left_out.items()],
        "texts": english.BROADCAST_TEXTS,
        "needs_second": needs_second and broadcast.approved_by is None,
        "alone_up_to": visit.desk.alone_up_to,
        "is_writer": visit.actor in broadcast.writers,
        "can_edit": broadcast.state in broadcasts.OPEN,
        "progress": progress(broadcast, tally),
        "phone": own_phones.contact_of(visit.session, visit.actor),
        "code": phone.code if phone and visit.now - phone.code_at < own_phones.LASTS else "",
        "languages": [(code, english.language(code)) for code in found.languages] or [("en", "English")],
    }


def progress(broadcast: Broadcast, tally: Mapping[str, int]) -> dict[str, object]:
    """How far it is, in numbers and in words."""
    through = sum(tally.get(state, 0) for state in DONE_WITH)
    waiting = sum(tally.get(state, 0) for state in broadcasts.ON_THE_WAY)
    not_sent = {
        state: number for state, number in tally.items() if state not in (*DONE_WITH, *broadcasts.ON_THE_WAY)
    }
    of = max(broadcast.people or 0, sum(tally.values()))
    return {
        "of": of,
        "through": through,
        "waiting": waiting,
        "worked": through + sum(not_sent.values()),
        "arrived": tally.get("delivered", 0),
        "troubles": [
            *((english.MESSAGE_STATES[state], tally[state]) for state in ("failed", "unsure") if tally.get(state)),
            *((f"Not sent: {english.not_sent(why)}", number) for why, number in sorted(not_sent.items())),
        ],
    }  # fmt: skip


def _line(  # noqa: PLR0917
    visit: Visit,
    broadcast: Broadcast,
    found: audiences.Audience,
    code: str,
    row: BroadcastText | None,
    people: Mapping[str, str],
) -> Line:
    kind = "reviewed" if code == "en" else row.kind if row is not None else "english"
    message = audiences.payload(broadcast.text, code, row)
    looks: dict[str, str] = {}
    segments, fits = 0, True
    if kind != "left_out":
        for channel in CHANNELS:
            looks[channel], counted, fitting = _look(visit, message, code, channel)
            if channel == "sms":
                segments, fits = counted, fitting
    return Line(
        code=code,
        people={
            channel: number
            for channel in {way for _, way in found.people}
            if (number := found.speaking(code, channel))
        },
        kind=kind,
        checked_by=people.get(row.who, row.who) if row is not None and row.kind == "reviewed" else "",
        looks=looks,
        segments=segments,
        fits=fits,
    )


def _look(visit: Visit, payload: Json, language: str, channel: str) -> tuple[str, int, bool]:
    """What a person reads; how many SMS segments; whether it goes out in one."""
    messages = messages_from_json(payload["messages"])
    if visit.desk.preview is None:
        words = visit.desk.words
        return "\n".join(words.render(each, language, channel).text for each in messages), 0, True
    looks = visit.desk.preview(messages, language, channel, ())
    return looks.text, looks.segments, looks.fits


def _words(text: str, limit: int) -> Faults:
    """What is wrong with words that go to many."""
    if not any(c.isalnum() for c in text):
        return [("text", "Write what people should know.")]
    if len(text) > limit:
        return [("text", f"Write at most {limit} characters. These are {len(text)}.")]
    order = next((word for word in ORDERS if re.search(rf"\b{word}\b", text)), None)
    if order is not None:
        sentence = (
            f"Do not write {order} in capital letters: when people send it, the telephone company obeys it."
        )
        return [("text", sentence)]
    return []


def _channel_order(channel: str) -> int:
    return CHANNELS.index(channel) if channel in CHANNELS else len(CHANNELS)
