"""Praise or a complaint, in the person's own words."""

from flows.context import Context
from flows.human import note
from flows.questions import Ask, End, Flow, Result
from flows.state import Answers

SAID_ENOUGH = 4
"""A message of so many words is the feedback itself; a shorter one ("complaint") is asked what it is."""


def is_short(_ctx: Context, a: Answers) -> bool:
    return len(str(a.get("text", "")).split()) < SAID_ENOUGH


def finish(ctx: Context, a: Answers) -> Result:
    ctx.file_once("feedback", note=str(a.get("note") or a["text"]))
    return End("thanks")


flow = Flow(
    "feedback",
    finish=finish,
    questions=[
        Ask(
            "note",
            "What would you like to tell us? Write it in your language.",
            check=note,
            again="Please write it in words.",
            whole=True,
            when=is_short,
        )
    ],
    texts={"thanks": "Thank you. Library staff will read this."},
)
