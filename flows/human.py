"""Talk to a person: staff get a task at once, and the person may add what it is about."""

from flows.context import Context
from flows.questions import Ask, End, Flow, Go, Result
from flows.state import Answers

NOTE = 600


def note(text: str) -> str | None:
    """What a person wants staff to read: any words, cut at 600 characters."""
    return text.strip()[:NOTE] or None


def finish(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", note=note(str(a.get("text", ""))) or "")
    return Go("human_note")


def finish_note(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", "note", note=str(a["note"]))
    return End("noted")


flow = Flow("human", finish=finish)
more = Flow(
    "human_note",
    finish=finish_note,
    light=True,
    questions=[
        Ask(
            "note",
            "We have told library staff. They read your messages and answer here by text, on working days. "
            "What is it about? Write it now, in your language.",
            check=note,
            again="Please write what it is about.",
            whole=True,
        )
    ],
    texts={"noted": "Thank you. Library staff will read this."},
)
