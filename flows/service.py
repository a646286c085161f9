"""What a service is, and when: its confirmed words, its next sessions, and what nobody has confirmed yet."""

from collections.abc import Sequence

from flows.context import Context, ServiceView
from flows.intents import go
from flows.message import Message, Option
from flows.questions import End, Flow, Go, Result
from flows.state import Answers
from flows.values import Name, Say, Value, When

NEXT_SESSIONS = 4
NEXT_BY_SMS = 2
LONG_SUMMARY = 70
"""With a summary longer than this, three SMS have room for one session only."""
MOST_FACETS = 2

TEXTS = {
    "next": "{summary}\nNext:\n{sessions}",
    "not_current": "{summary}\nNot confirmed: if it runs now, and when. Staff will tell you.",
    "not_confirmed": "{summary}\nNot confirmed: {facets}. Staff will tell you.",
    "known": "{summary}",
    "facts": "{summary}\n{facts}",
    "facts_in_part": "{summary}\n{facts}\nNot confirmed: {facets}. Staff will tell you.",
    "ended": "{service}: this has ended.",
    "lapsed": "{summary}\nWe think this has ended. Staff will check and tell you.",
}

FACETS = {
    "days": "days",
    "times": "times",
    "places": "which libraries",
    "address": "addresses",
    "phone": "phone numbers",
    "hours": "opening times",
    "cost": "cost",
    "current": "if it still runs",
}


def shown(ctx: Context, service: ServiceView) -> int:
    """How many sessions fit the channel."""
    if ctx.person.channel != "sms":
        return NEXT_SESSIONS
    return 1 if len(service.summary.english) > LONG_SUMMARY else NEXT_BY_SMS


def about(ctx: Context, service: ServiceView, follow: tuple[str | Option, ...] = ()) -> End:
    """What is confirmed about a service; what is not is said to be not, and staff get a task once.
    `follow`: lines offered after it, "go:…" ids."""
    summary = Say(service.summary.key)
    if service.ended:
        return End("service.ended", service=Name("service", service.id), follow=(go("talk_to_human"),))
    if service.status == "lapsed":
        ctx.file_once("unconfirmed_fact", service.id)
        return End("service.lapsed", summary=summary, follow=(go("work_coach"), go("talk_to_human")))
    sessions = ctx.diary.open_sessions(service.id)[: shown(ctx, service)]
    book = (Option(go("book_session", service.id), Say("intent.book_session")),) if service.bookable else ()
    if sessions:
        lines: Value = tuple((When(each.start), Name("place", each.place)) for each in sessions)
        remind = Option(go("subscribe_reminders", service.id), Say("intent.subscribe_reminders"))
        return End("service.next", summary=summary, sessions=lines, follow=(*book, *follow, remind))
    follow = (*book, *follow, go("talk_to_human"))
    if service.unconfirmed:
        ctx.file_once("unconfirmed_fact", service.id)
    return ending(told(service), follow)


def ending(message: Message, follow: Sequence[str | Option]) -> End:
    """An ending that says a message."""
    end = End(message.key, follow=follow)
    end.values = dict(message.values)
    return end


def told(service: ServiceView) -> Message:
    """What is said of a service without sessions: its words, what is confirmed, and what is not."""
    summary = Say(service.summary.key)
    if not service.unconfirmed:
        values: dict[str, Value] = {"summary": summary}
        if service.known:
            return Message("service.facts", {**values, "facts": service.known})
        return Message("service.known", values)
    facets: Value = tuple(
        Say(f"facet.{facet}") for facet in service.unconfirmed[:MOST_FACETS] if facet in FACETS
    )
    if service.known:
        return Message(
            "service.facts_in_part", {"summary": summary, "facts": service.known, "facets": facets}
        )
    if "current" in service.unconfirmed:
        return Message("service.not_current", {"summary": summary})
    return Message("service.not_confirmed", {"summary": summary, "facets": facets})


def finish(ctx: Context, a: Answers) -> Result:
    try:
        service = ctx.knowledge.service(str(a["service"]))
    except KeyError:
        return Go("menu")
    return about(ctx, service)


flow = Flow("service", finish=finish, texts=TEXTS)


def service_flow(name: str, service_id: str, follow: tuple[str, ...]) -> Flow:
    """A flow of its own for one service, with its own lines to go on from."""

    def finish_one(ctx: Context, _a: Answers) -> Result:
        return about(ctx, ctx.knowledge.service(service_id), follow)

    return Flow(name, finish=finish_one)
