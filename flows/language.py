"""Which language to write in: each line in its own script, the likeliest first."""

from collections.abc import Mapping

from flows.context import Context
from flows.intents import go
from flows.message import Option
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, Value


def languages(ctx: Context, a: Answers) -> list[Option]:
    """Those that the message may be in (`likely`, codes with spaces between) stand before the others."""
    likely = [code for code in str(a.get("likely", "")).split() if code in ctx.words.languages]
    return [Option(code, Name("language", code)) for code in dict.fromkeys((*likely, *ctx.words.languages))]


def slots(_ctx: Context, a: Answers) -> Mapping[str, Value]:
    return {"language": Name("language", str(a["language"]))} if "language" in a else {}


def finish(ctx: Context, a: Answers) -> Result:
    code = str(a["language"])
    ctx.diary.set_language(code)
    return End("done", speak=code, follow=(go("menu"),))


flow = Flow(
    "language",
    finish=finish,
    light=True,
    questions=[Choose("language", "Leicester Libraries. Which language?", languages, page=20)],
    slots=slots,
    texts={
        "done": "We write to you in {language}.",
        "offer": "Answer in {language}?",
        "offer_line": "Answer in {language}? Send {number}.",
    },
)
