"""Delete my data: asked once, then done. Again is harmless."""

from flows.context import Context
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers


def finish(ctx: Context, a: Answers) -> Result:
    if a["sure"] == "no":
        return End("kept")
    ctx.diary.erase()
    return End("done", forget=True)


flow = Flow(
    "delete",
    finish=finish,
    questions=[
        Choose(
            "sure",
            "We will delete your name, number, messages and bookings. You lose booked places. Delete it all?",
            {"yes": "Yes, delete it all", "no": "No, keep it"},
        )
    ],
    texts={"done": "Done. We have deleted what we knew about you.", "kept": "OK. Nothing was deleted."},
)
