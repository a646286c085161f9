"""Is it alive, is it whole, and how many messages are there: for whoever runs it."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from bot.here import Here
from store import database, outbox

router = APIRouter()


@router.get("/livez")
def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz")
def ready(desk: Here) -> dict[str, object]:
    """Whether the database answers, which channels are on, and what is missing."""
    with database.reading(desk.engine) as session:
        session.execute(text("SELECT 1"))
    missing = [*desk.degraded, *desk.translator.degraded()]
    channels = {
        "sms": desk.sms is not None,
        "telegram": desk.telegram is not None,
        "try": desk.settings.demo,
    }
    return {
        "status": "degraded" if missing else "ok",
        "missing": missing,
        "channels": {name: "on" if on else "off" for name, on in channels.items()},
    }


@router.get("/metrics")
def metrics(desk: Here) -> Response:
    """Counts for Prometheus; nothing about any person."""
    with database.reading(desk.engine) as session:
        tally = outbox.tally(session)
    lines = ["# TYPE welcome_outbox_messages gauge"]
    lines += [
        f'welcome_outbox_messages{{kind="{kind}",state="{state}"}} {number}'
        for (kind, state), number in sorted(tally.items())
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
