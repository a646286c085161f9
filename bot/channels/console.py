"""The terminal: `welcome chat`. One person, the same desk, nothing sent to anybody."""

import secrets

from rich.console import Console
from rich.panel import Panel

from bot.channels.channel import Inbound
from bot.compose import Desk
from bot.worker import Worker
from store import contacts, database
from store.models import OutboxRow


def show(console: Console, text: str) -> None:
    """One message of the desk, in a box as wide as its words."""
    console.print(Panel(text, expand=False, border_style="green"), markup=False, highlight=False)


async def chat(desk: Desk, console: Console, name: str = "") -> None:
    """Talks until an empty line or the end of the input. `name`: go on with a talk of that name."""
    address = name or secrets.token_hex(8)
    worker: Worker = desk.worker()
    shown: set[int] = set()
    console.print("Write as a person would text. An empty line ends the talk.", style="dim")
    while True:
        try:
            text = console.input("[bold]you>[/bold] ")
        except (EOFError, KeyboardInterrupt):
            return
        if not text.strip():
            return
        answer = desk.conversations.take(
            Inbound("console", address, secrets.token_hex(16), text), desk.clock()
        )
        for said in answer.texts:
            show(console, said)
        await worker.once()
        for said in _unasked(desk, address, shown):
            show(console, said)


def _unasked(desk: Desk, address: str, shown: set[int]) -> list[str]:
    """What the desk has said by itself since the last look: approvals, offers, reminders."""
    with database.transaction(desk.engine) as session:
        contact = contacts.find(session, desk.vault, "console", address)
        if contact is None:
            return []
        rows = session.query(OutboxRow).filter(
            OutboxRow.contact_id == contact.id, OutboxRow.kind != "reply", OutboxRow.text.is_not(None)
        )
        fresh = [row for row in rows.order_by(OutboxRow.id) if row.id not in shown]
        shown.update(row.id for row in fresh)
        return [row.text or "" for row in fresh]
