"""Hello, thank you, yes or no with nothing asked, and what a library desk cannot help with."""

from flows.context import Context
from flows.intents import go
from flows.menu import first_page
from flows.questions import End, Flow, Result
from flows.state import Answers


def with_menu(ctx: Context, _a: Answers) -> Result:
    return End("said", follow=first_page(ctx))


def plainly(_ctx: Context, _a: Answers) -> Result:
    return End("said")


def with_ways_on(_ctx: Context, _a: Answers) -> Result:
    return End("said", follow=(go("menu"), go("talk_to_human")))


greet = Flow(
    "greet", finish=with_menu, texts={"said": "Hello! This is Leicester Libraries. How can we help?"}
)
thanks = Flow("thanks", finish=plainly, texts={"said": "You are welcome. Write to us any time."})
affirm = Flow("affirm", finish=with_menu, texts={"said": "Good. What would you like to do?"})
deny = Flow("deny", finish=with_ways_on, texts={"said": "OK. Is there anything else?"})
out_of_scope = Flow(
    "out_of_scope",
    finish=with_ways_on,
    texts={"said": "Sorry, we cannot help with that. We help with the library."},
)
