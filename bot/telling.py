"""Tells staff what waits: how many, which service, which library, and where to look. Never about whom.

What is said is made at the moment of sending, from what waits then: what a colleague has done meanwhile is not told.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from bot.channels.channel import Channel, MaybeSent, NotNow, Refused
from bot.mail import Later, Mail, Never
from bot.sending import FINISH_WITHIN
from flows.words import Rendered
from store import database, digests, london, notify, telling
from store.digests import Waiting
from store.errors import WrongKey
from store.notify import Claim
from store.vault import Vault

log = structlog.get_logger()
PLANNED_EVERY = timedelta(seconds=10)
BACK_OFF = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))  # after the first try, the second, …
A_GROUP = "a group"  # a service that must not be named outside the pages
LISTED = 6  # services and libraries in one line
SPOKEN: dict[str, tuple[str, str, str]] = {  # one of them, many of them, the page
    "emergencies": ("emergency waits", "emergencies wait", "tasks"),
    "requests": ("request waits", "requests wait", "requests"),
    "callbacks": ("person waits for an answer", "people wait for an answer", "tasks"),
    "unsure": ("message may not have arrived", "messages may not have arrived", "tasks"),
    "facts": ("fact is to be confirmed", "facts are to be confirmed", "tasks"),
}
SHORT = {
    "emergencies": ("emergency", "emergencies"),
    "requests": ("request", "requests"),
    "callbacks": ("call-back", "call-backs"),
    "unsure": ("unsure message", "unsure messages"),
    "facts": ("fact to confirm", "facts to confirm"),
}


@dataclass(frozen=True)
class Named:
    """What may be said: the services that are not sensitive, and the libraries, by id."""

    services: Mapping[str, str]
    places: Mapping[str, str]

    def service(self, id_: str) -> str:
        """One that is sensitive, or that nobody knows any more, is "a group"."""
        return self.services.get(id_, A_GROUP)


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str


@dataclass
class Teller:
    """Sends the notices of store/notify.py. Any number of them may work on one database.

    `mail`, `group_channel`: None when off; `group`: the staff group's chat id.
    """

    engine: Engine
    vault: Vault
    named: Named
    public_url: str
    mail: Mail | None
    group_channel: Channel | None
    group: str
    name: str
    _resting: dict[str, datetime] = field(default_factory=dict)

    @property
    def ways(self) -> list[str]:
        """How staff can be told at all."""
        return [
            *(["mail"] if self.mail else []),
            *([telling.GROUP] if self.group_channel and self.group else []),
        ]

    def plan(self, engine: Engine, now: datetime) -> int:
        """A chore: queues what is due; what was lost on its way becomes unsure."""
        notify.sweep(engine, now)
        return digests.plan(engine, now, self.ways) if self.ways else 0

    async def once(self, now: datetime) -> int:
        """Sends everything that may go now; how many were worked off."""
        done = 0
        while ways := [way for way in self.ways if self._resting.get(way, now) <= now]:
            claims = await asyncio.to_thread(
                notify.claim, self.engine, ways=ways, now=now, worker=self.name, limit=1
            )
            if not claims:
                break
            await self._seen_through(claims[0], now)
            done += 1
        return done

    async def _seen_through(self, claim: Claim, now: datetime) -> None:
        """What is on its way to the mail server is finished before a worker ends."""
        sending = asyncio.ensure_future(self._send(claim, now))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                await asyncio.wait_for(sending, FINISH_WITHIN)
            raise
        except Exception as error:  # it stays `sending`, and becomes unsure: its reader will see it
            log.error("notice broke off", kind=claim.kind, error=type(error).__name__)

    async def _send(self, claim: Claim, now: datetime) -> None:
        letter = await asyncio.to_thread(self._letter, claim, now)
        if letter is None:
            return await self._settle(claim, "dropped", now, reason="nothing_waits")
        try:
            await self._hand_over(claim, letter, now)
        except Later as fault:
            if fault.everyone:
                self._resting[claim.way] = now + BACK_OFF[0]
            await self._retry(claim, fault.reason, now)
        except NotNow as fault:
            self._resting[claim.way] = now + timedelta(seconds=fault.seconds)
            await self._retry(claim, "not_now", now)
        except Never as fault:
            await self._settle(claim, "failed", now, reason=fault.reason)
        except Refused as fault:
            await self._settle(claim, "failed", now, reason=fault.reason)
        except WrongKey:
            await self._settle(claim, "failed", now, reason="wrong_key")
        except MaybeSent:
            await self._settle(claim, "unsure", now, reason="no_answer")
        else:
            await self._settle(claim, "sent", now)

    async def _hand_over(self, claim: Claim, letter: Letter, now: datetime) -> None:
        if claim.way == "mail" and self.mail is not None:
            address = self.vault.open(claim.address_sealed or "")
            await self.mail.send(
                address, letter.subject, letter.text, name=f"notice-{claim.id}.{self._mark}", now=now
            )
        elif self.group_channel is not None:
            message = Rendered(letter.text, (), "en", is_draft=False)
            await self.group_channel.send(self.group, message, claim.id)

    @property
    def _mark(self) -> str:
        """Tells this desk's message ids from another's."""
        return self.vault.lookup(self.public_url)[:12]

    def _letter(self, claim: Claim, now: datetime) -> Letter | None:
        """None when nothing waits any more."""
        if claim.kind == "code":
            return code_letter(self.vault.open(claim.code_sealed or ""))
        with database.reading(self.engine) as session:
            found = digests.waiting(session, claim.kinds, claim.places)
        return waiting_letter(found, self.named, self.public_url, now, footer=claim.way == "mail")

    async def _retry(self, claim: Claim, reason: str, now: datetime) -> None:
        pause = BACK_OFF[min(claim.attempts, len(BACK_OFF)) - 1]
        await self._settle(claim, "retry", now, reason=reason, not_before=now + pause)

    async def _settle(
        self,
        claim: Claim,
        outcome: str,
        now: datetime,
        *,
        reason: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        log.info("notice", channel=claim.way, kind=claim.kind, outcome=outcome, reason=reason)
        await asyncio.to_thread(
            notify.settle, self.engine, claim.id, outcome, now=now, reason=reason, not_before=not_before
        )


def waiting_letter(
    found: Sequence[Waiting], named: Named, public_url: str, now: datetime, *, footer: bool
) -> Letter | None:
    """What waits, in words: counts, services, libraries and where to look. None when nothing does."""
    kinds = list(dict.fromkeys(each.kind for each in found))
    if not kinds:
        return None
    base = public_url.rstrip("/")
    short, lines = [], []
    for kind in kinds:
        these = [each for each in found if each.kind == kind]
        number = sum(each.number for each in these)
        one, many, page = SPOKEN[kind]
        since = ("since " if number == 1 else "the oldest since ") + since_when(
            min(each.oldest for each in these), now
        )
        where = _where(these, named, total=number)
        lines.append(
            f"{number:,} {one if number == 1 else many}, {since}{': ' + where if where else ''}\n"
            f"{base}/staff/{page}"
        )
        short.append(f"{number:,} {SHORT[kind][number != 1]}")
    end = f"\n\nYou get this because you chose to. To change it: {base}/staff/telling\n" if footer else ""
    return Letter(f"Welcome Desk: {', '.join(short)}", "\n\n".join(lines) + end)


def code_letter(code: str) -> Letter:
    """The code that proves whose address it is."""
    text = (
        f"Your code is {code}. Type it in on the page “What I am told” within 15 minutes.\n\n"
        "If you have not asked for it, there is nothing to do: without the code nothing more is sent here.\n"
    )
    return Letter("Welcome Desk: your code", text)


def trial_letter(public_url: str) -> Letter:
    """What `welcome staff tell --test` sends."""
    where = f"{public_url.rstrip('/')}/staff/telling"
    return Letter("Welcome Desk: a test", f"E-mail from the desk arrives here.\n{where}\n")


def since_when(moment: datetime, now: datetime) -> str:
    """Such as "10:02", "Tuesday", "3 November": as near as it helps, in London."""
    at, today = london.wall(moment), london.wall(now).date()
    if at.date() == today:
        return f"{at:%H:%M}"
    if timedelta(0) < today - at.date() < timedelta(days=7):
        return f"{at:%A}"
    return f"{at.day} {at:%B}" + (f" {at.year}" if at.year != today.year else "")


def _where(found: Collection[Waiting], named: Named, *, total: int) -> str:
    """Such as "work coach, Fosse Library (2); a group, Belgrave Library"; what is of no library has no words."""
    numbers: dict[str, int] = {}
    for each in found:
        words = [named.service(each.service)] if each.service else []
        words += [named.places.get(each.place, "a library")] if each.place else []
        numbers[", ".join(words)] = numbers.get(", ".join(words), 0) + each.number
    told = [(words, number) for words, number in numbers.items() if words]
    shown = [words + (f" ({number})" if number != total else "") for words, number in told[:LISTED]]
    if len(told) > LISTED:
        shown.append(f"and {len(told) - LISTED} more")
    return "; ".join(shown)
