"""No more messages, and messages again. What the person asks is still answered."""

from flows.context import Context
from flows.intents import go
from flows.questions import End, Flow, Result
from flows.state import Answers


def finish_stop(ctx: Context, _a: Answers) -> Result:
    ctx.diary.opt_out()
    if ctx.diary.bookings():
        ctx.file_once("opt_out", "bookings")  # staff can no longer text this person about them
    return End("done")


def finish_start(ctx: Context, _a: Answers) -> Result:
    ctx.diary.opt_in()
    return End("done", follow=(go("menu"),))


flow = Flow(
    "stop",
    finish=finish_stop,
    texts={"done": "We send you no more messages. To get them again, write START."},
)
start = Flow("start", finish=finish_start, texts={"done": "We can write to you again."})
