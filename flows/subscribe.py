"""Weekly reminders about one service: on, or off again."""

from flows.context import Context
from flows.message import Option
from flows.questions import Choose, End, Flow, Result
from flows.state import Answers
from flows.values import Name, Say


def topics(ctx: Context, _a: Answers) -> list[Option]:
    return [
        Option(
            service.id,
            (Name("service", service.id), Say("subscribe.is_on"))
            if service.id in ctx.person.subscriptions
            else Name("service", service.id),
        )
        for service in ctx.knowledge.services()
        if service.bookable and service.status == "active"
    ]


def is_on(ctx: Context, a: Answers) -> bool:
    return a.get("service") in ctx.person.subscriptions


def finish(ctx: Context, a: Answers) -> Result:
    topic = str(a["service"])
    if a.get("off") == "no":
        return End("kept")
    if a.get("off") == "yes":
        ctx.diary.unsubscribe(topic)
        return End("is_off")
    ctx.diary.subscribe(topic)
    return End("on")


flow = Flow(
    "subscribe",
    finish=finish,
    slots=lambda _ctx, a: {"service": Name("service", str(a["service"]))} if "service" in a else {},
    questions=[
        Choose("service", "Which weekly reminder?", topics, page=6),
        Choose(
            "off",
            "You get reminders about {service}. No more?",
            {"yes": "No more", "no": "Keep them"},
            when=is_on,
        ),
    ],
    texts={
        "is_on": "on now",
        "on": "We remind you every week: {service}. You can end this at any time.",
        "is_off": "No more reminders: {service}.",
        "kept": "OK. The reminders go on.",
    },
)
