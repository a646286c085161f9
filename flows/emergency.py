"""Danger: a fixed text with numbers to call, said before anything else; staff are told. Numbers as in DESIGN
section 8.

The numbers are slots, so that no translation can change them and right-to-left text shows them in order.
Until a person has reviewed a translation, it goes out together with its English (flows/words.py, SAFETY).
"""

from flows.context import Context
from flows.message import Message
from flows.questions import End, Flow, Result
from flows.state import Answers
from flows.values import Value

NUMBERS = {
    "police": "999",
    "nhs": "111",
    "samaritans": "116 123",
    "violence": "0808 2000 247",
    "slavery": "08000 121 700",
}
"""Free calls in the UK: 999, NHS 111, Samaritans, National Domestic Abuse Helpline, Modern Slavery
Helpline."""

REVIEWED = "2026-11-22"
"""When the English was last looked over; look again within a year (`welcome texts check` says when)."""

TEXT = (
    "In danger? Call {police}\nIll? NHS {nhs}\nWant to die, or need to talk? Samaritans {samaritans}\n"
    "Violence at home? {violence}\nForced to work? {slavery}\n"
    "Free calls. We told library staff. Do not wait."
)
"""No full stop after a number: phones make a link of it. In every language it fits three SMS, numbers
included: in most scripts 201 letters (`welcome texts segments`)."""


def message() -> Message:
    """The safety text."""
    return Message("emergency.call", dict(NUMBERS))


def flag(ctx: Context, text: str) -> None:
    """Tell staff, every time."""
    ctx.diary.file_task("emergency", note=text)


def finish(ctx: Context, a: Answers) -> Result:
    flag(ctx, str(a.get("text", "")))
    return End("call")


def slots(_ctx: Context, _a: Answers) -> dict[str, Value]:
    return dict(NUMBERS)


flow = Flow("emergency", finish=finish, slots=slots, texts={"call": TEXT})
