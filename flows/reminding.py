"""What many people are sent by the desk itself: reminders of a place, the question afterwards, announcements of staff.

The weekly reminder stands in flows/notices.py. Staff open "after" the day after a session, with the answers
{"booking": id, "start": ISO, "service": id}; without a service the session is not named (a private group).
"""

from collections.abc import Mapping
from datetime import datetime

from flows.context import Context
from flows.intents import go
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, Value, When

TEXTS: dict[str, str] = {
    "reminder.booking": "Reminder: {service}, {when}, {place}. If you cannot come, please tell us here. "
    "Reference {reference}.",
    "reminder.booking_private": "Reminder: your session, {when}, {place}. If you cannot come, please tell us here. "
    "Reference {reference}.",
    "broadcast.text": "From your library:\n{text}",
    "broadcast.in_english": "From your library, in English:\n{text}",
    "broadcast.test": "Only a test, for you alone:\n{text}",
}

LINES = {"good": "Good", "not_good": "Not good"}


def is_named(_ctx: Context, a: Answers) -> bool:
    return "service" in a and "how_private" not in a


def is_private(_ctx: Context, a: Answers) -> bool:
    return "service" not in a and "how" not in a


def slots(_ctx: Context, a: Answers) -> Mapping[str, Value]:
    values: dict[str, Value] = {"when": When(datetime.fromisoformat(str(a["start"])))}
    if "service" in a:
        values["service"] = Name("service", str(a["service"]))
    return values


def finish(ctx: Context, a: Answers) -> Result:
    good = (a.get("how") or a.get("how_private")) == "good"
    ctx.diary.rate(int(a["booking"]), good=good)
    return End("good") if good else End("not_good", follow=(go("feedback"), go("talk_to_human")))


flow = Flow(
    "after",
    finish=finish,
    light=True,
    slots=slots,
    questions=[
        Choose("how", "{service}, {when}: how was it?", LINES, when=is_named),
        Choose("how_private", "Your session, {when}: how was it?", LINES, when=is_private),
    ],
    texts={
        "good": "Thank you. We are glad.",
        "not_good": "Thank you for telling us. Library staff will read this.",
    },
)
