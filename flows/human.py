"""Talk to a person: staff get a task at once, and the person may add what it is about.

Where the hours of staff are known (WELCOME_STAFF_HOURS), the person is told until when, or from when, they answer.
"""

from collections.abc import Callable, Mapping

from flows.context import Context
from flows.questions import Ask, End, Flow, Go, Result
from flows.state import Answers
from flows.values import Value, When

NOTE = 600


def note(text: str) -> str | None:
    """What a person wants staff to read: any words, cut at 600 characters."""
    return text.strip()[:NOTE] or None


def finish(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", note=note(str(a.get("text", ""))) or "")
    return Go("human_note")


def finish_note(ctx: Context, a: Answers) -> Result:
    ctx.file_once("callback", "note", note=next(str(a[name]) for name in NOTES if name in a))
    return End("noted")


def hours_now(ctx: Context) -> str:
    """Which of NOTES fits the hour."""
    if ctx.hours.until(ctx.now) is not None:
        return "note_now"
    return "note_later" if ctx.hours.again(ctx.now) is not None else "note"


def asked(name: str) -> Callable[[Context, Answers], bool]:
    """One of NOTES is asked, once."""
    return lambda ctx, a: hours_now(ctx) == name and not any(other in a for other in NOTES)


def slots(ctx: Context, _a: Answers) -> Mapping[str, Value]:
    when = ctx.hours.until(ctx.now) or ctx.hours.again(ctx.now)
    return {"when": When(when)} if when is not None else {}


NOTES = {
    "note": "We have told library staff. They read your messages and answer here by text, on working days. "
    "What is it about? Write it now, in your language.",
    "note_now": "We have told library staff. They answer here by text, today until {when}. "
    "What is it about? Write it now, in your language.",
    "note_later": "We have told library staff. They answer here by text from {when}. "
    "What is it about? Write it now, in your language.",
}
AGAIN = "Please write what it is about."

flow = Flow("human", finish=finish)
more = Flow(
    "human_note",
    finish=finish_note,
    light=True,
    questions=[
        Ask(name, text, check=note, again=AGAIN, whole=True, when=asked(name)) for name, text in NOTES.items()
    ],
    slots=slots,
    texts={"noted": "Thank you. Library staff will read this."},
)
