"""Which language to write in: each line in its own script."""

from flows.context import Context
from flows.intents import go
from flows.message import Option
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name


def languages(ctx: Context, _a: Answers) -> list[Option]:
    return [Option(code, Name("language", code)) for code in ctx.words.languages]


def finish(ctx: Context, a: Answers) -> Result:
    code = str(a["language"])
    ctx.diary.set_language(code)
    return End("done", speak=code, follow=(go("menu"),))


flow = Flow(
    "language",
    finish=finish,
    light=True,
    questions=[Choose("language", "Leicester Libraries. Which language?", languages, page=20)],
    texts={"done": "We write to you in {language}."},
)
