"""Immigration, housing and health: the organisations to ask, by name. The desk gives no advice itself."""

from flows.context import Context
from flows.intents import go
from flows.questions import End, Flow, Result
from flows.state import Answers
from flows.values import Name, Text, Value

FOLLOW = {
    "immigration": (go("form_help"), go("about", "advice_sessions")),
    "housing": (go("form_help"), go("about", "advice_sessions")),
    "health": (go("befriending_group"),),
}


def finish(ctx: Context, a: Answers) -> Result:
    topic = str(a["topic"])
    follow = (*FOLLOW.get(topic, ()), go("talk_to_human"))
    partners = ctx.knowledge.partners(topic)
    if not partners:
        ctx.file_once("unconfirmed_fact", f"partners.{topic}")
        return End("nobody", follow=follow)
    lines: Value = tuple(
        (Name("partner", each.id), *((Text(each.phone),) if each.phone else ()), *each.more)
        for each in partners
    )
    if all(each.phone for each in partners):
        return End("known", partners=lines, follow=follow)
    ctx.file_once("unconfirmed_fact", f"partners.{topic}")
    return End("names_only", partners=lines, follow=follow)


flow = Flow(
    "partners",
    finish=finish,
    texts={
        "known": "These organisations can help:\n{partners}",
        "names_only": "These organisations work on this:\n{partners}\n"
        "Phone numbers are not confirmed. Staff will tell you.",
        "nobody": "We know no organisation for this. We have asked library staff. They will tell you here.",
    },
)
