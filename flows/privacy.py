"""What we keep about a person, and how to have it deleted. The times are those of store/retention.py."""

from flows.context import Context
from flows.intents import go
from flows.questions import End, Flow, Result
from flows.state import Answers


def finish(_ctx: Context, _a: Answers) -> Result:
    return End("what_we_keep", follow=(go("delete_my_data"), go("talk_to_human")))


flow = Flow(
    "privacy",
    finish=finish,
    texts={
        "what_we_keep": "We keep your number, first name and bookings. Library staff can read your messages; "
        "after 30 days they are deleted. We never ask about your case.",
    },
)
