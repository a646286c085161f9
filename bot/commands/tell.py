"""`welcome staff tell`: whether e-mail reaches a member of staff."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.commands.console import fail, open_desk, out

WORDS = {  # why it is not sent, and what to do
    "no_connection": "The mail server does not answer: check WELCOME_SMTP_HOST and WELCOME_SMTP_PORT.",
    "no_tls": "There is no safe connection to the mail server: check WELCOME_SMTP_SECURITY and its certificate.",
    "log_in_refused": "The mail server refuses the log-in: check WELCOME_SMTP_USER and WELCOME_SMTP_PASSWORD.",
    "no_such_address": "The mail server says that there is no such address.",
}


def tell(
    test: Annotated[str, typer.Option("--test", metavar="USER", help="To whom: a log-in name.")],
) -> None:
    """Send a test e-mail to the address that a member of staff has confirmed. What they chose to be told is on the
    page "What I am told"."""
    from bot.channels.channel import MaybeSent
    from bot.mail import Later, Mail, Never
    from bot.telling import trial_letter
    from store import database, telling
    from store.errors import WrongKey

    desk = open_desk()
    if not desk.settings.mail_on:
        raise fail("E-mail is off: set WELCOME_SMTP_HOST and WELCOME_MAIL_FROM (docs/tasks/tell-staff.md).")
    with database.reading(desk.engine) as session:
        sealed = telling.address_of(session, test.strip().casefold())
    if sealed is None:
        raise fail("There is no member of staff of that log-in name with a confirmed address.")
    letter = trial_letter(desk.settings.public_url)
    now = desk.clock()
    try:
        address = desk.vault.open(sealed)
        sending = Mail(desk.settings).send(
            address, letter.subject, letter.text, name=f"test-{now.timestamp():.0f}", now=now
        )
        asyncio.run(sending)
    except WrongKey:
        raise fail("The address cannot be read with these keys: they enter it again.") from None
    except (Later, Never) as fault:
        why = WORDS.get(fault.reason, f"The mail server says no ({fault.reason.rpartition('_')[2]}).")
        raise fail(f"Not sent. {why}") from None
    except MaybeSent:
        raise fail("The mail server did not say whether it took the message.") from None
    out.print("Sent: the mail server took the message.")
