"""Asks a provider what became of messages that we are unsure of: what it lists is settled, the rest is for staff.

Twilio's list of messages names neither our id nor the address for its reports, so a message is known by whom it went
to, when, and its very words; a message that is another row's already is left out. Telegram has no such list. Nothing
is sent again here: a message that a provider does not list stays unsure, and staff decide.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from bot.channels.channel import CannotAsk, Listed, ListsSent
from bot.sending import Sender
from store import contacts, database, outbox, unsure
from store.models import OutboxRow
from store.vault import Vault

log = structlog.get_logger()
EVERY = timedelta(minutes=2)
SETTLES = timedelta(seconds=30)  # before that a provider may not list yet what it has just taken
CLOCKS = timedelta(minutes=5)  # theirs and ours may differ by so much
TOOK = timedelta(hours=1)  # from our call to the moment they list: a queue at the provider
GIVES_UP = timedelta(minutes=30)  # what is not listed by then never arrived there
AT_MOST = 200  # messages a round


def questions(sender: Sender) -> Iterator[tuple[str, Callable[[Engine, datetime], object]]]:
    """For each channel that can be asked: its name, and the work of asking."""
    for name, channel in sender.channels.items():
        if isinstance(channel, ListsSent):

            def ask(engine: Engine, now: datetime, channel: ListsSent = channel) -> int:
                return settle(engine, sender.vault, channel, now)

            yield name, ask


def settle(engine: Engine, vault: Vault, channel: ListsSent, now: datetime) -> int:
    """Settle what the provider lists; how many. No database is held while it is asked.

    When it cannot be asked now, that is for the next round.
    """
    with database.reading(engine) as session:
        waiting = unsure.unsure(session, channel.name, until=now - SETTLES, limit=AT_MOST)
    settled = 0
    for row, contact in waiting:
        try:
            listed = channel.listed(vault.open(contact.address_sealed), (row.claimed_at or now) - CLOCKS)
        except CannotAsk as error:
            log.warning("provider not asked", channel=channel.name, reason=str(error))
            break
        settled += _settle(engine, row, listed, now)
    return settled


def _settle(engine: Engine, row: OutboxRow, listed: Sequence[Listed], now: datetime) -> bool:
    failed_to = None
    with database.transaction(engine) as session:
        same = [each for each in listed if _is(row, each)]
        known = unsure.known(session, [each.provider_id for each in same])
        found = next((each for each in same if each.provider_id not in known), None)
        if found is not None:
            failed_to = outbox.status(
                session,
                found.provider_id,
                found.status,
                error_code=found.error_code,
                now=now,
                row_id=row.id,
            )
            log.info("unsure message found", outbox_id=row.id, channel=row.channel, status=found.status)
        elif now - (row.claimed_at or now) >= GIVES_UP:
            unsure.not_listed(session, row.id)
            log.warning("unsure message not listed", outbox_id=row.id, channel=row.channel)
    if found is not None and found.reason is not None and failed_to is not None:
        with database.transaction(engine) as session:  # the person is locked before their messages
            contacts.refused(session, failed_to, found.reason, now)
    return found is not None


def _is(row: OutboxRow, listed: Listed) -> bool:
    claimed = row.claimed_at
    in_time = claimed is not None and claimed - CLOCKS <= listed.at <= claimed + TOOK
    return in_time and _bare(listed.text) == _bare(row.text or "") and listed.status in outbox.PROVIDER_STATES


def _bare(text: str) -> str:
    """Without what may change on the way: the ends of lines, and blanks at the ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
