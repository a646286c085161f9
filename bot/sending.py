"""Takes messages from the outbox to their channels: claimed, sent, settled; each at most once (docs/adr/0004).

A channel has two lanes, one for replies and one for the rest: a reply waits for no broadcast. Who stops a sender
(cancels it) lets it finish what is on its way.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import cards
from bot.buckets import Buckets
from bot.channels.channel import Channel, MaybeSent, NotNow, Refused, SendsPictures
from bot.channels.shown import Shown
from bot.diary import StoreDiary
from bot.press import Press
from bot.replies import marked
from flows import engine as flow_engine
from flows.card import Card
from flows.context import Knowledge
from flows.message import messages_from_json
from flows.posters import NotPrinted
from flows.state import State
from flows.words import Rendered, Words
from store import contacts, conversations, database, outbox, reminders, still
from store.base import Json
from store.models import Contact
from store.vault import Vault

log = structlog.get_logger()
Clock = Callable[[], datetime]
PICTURE_SECONDS = 10.0  # a card takes a tenth of one; far less than store/outbox.py's LOST_AFTER
# Messages of a lane on their way: so many may be unsure after a crash. At 0.2 s each that is 40 a second.
AT_ONCE = 8
FINISH_WITHIN = 20.0  # seconds for what is on its way, once the sender is stopped
# Seconds between tries: the provider has the message, so that its end is worth some patience.
DATABASE_AGAIN = (0.5, 1.0, 2.0, 4.0)


class TakenAway(Exception):
    """Not ours to send any more: others thought that we had died, or it must not go out after all (store/outbox.py)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A payload in the person's words, and the cards among its messages."""

    message: Rendered
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages that wait for one another, and for no others. `replies`: only those, or all but those; None: any."""

    channels: tuple[str, ...]
    replies: bool | None
    limited: bool  # by a provider's rate


@dataclass
class Sender:
    """Sends what waits in the outbox. Any number of them may work on one database."""

    engine: Engine
    vault: Vault
    words: Words
    knowledge: Knowledge
    channels: Mapping[str, Channel]
    clock: Clock
    name: str
    press: Press | None = None  # None: cards go out as text
    buckets: Buckets = field(default_factory=lambda: Buckets({}))
    waits: dict[Lane, float] = field(default_factory=dict)

    async def send_waiting(self, only: Collection[int] | None = None) -> int:
        """Sends all that may go now (or `only` those replies); returns how many claims it worked off."""
        lanes = [lane for lane in self.lanes() if only is None or lane.replies is not False]
        # One that fails does not stop the others.
        done = await asyncio.gather(*(self.send_lane(lane, only) for lane in lanes), return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return sum(each for each in done if isinstance(each, int))

    @property
    def wait(self) -> float | None:
        """After a look: the seconds until a channel has room for what it had to leave; None when none left any."""
        return min(self.waits.values(), default=None)

    def lanes(self) -> list[Lane]:
        """Two for each channel that reaches a provider; one for those that only show."""
        shown = tuple(name for name, channel in self.channels.items() if isinstance(channel, Shown))
        lanes = [Lane(shown, None, limited=False)] if shown else []
        for name in self.channels:
            if name not in shown:
                lanes += [Lane((name,), replies, limited=True) for replies in (True, False)]
        return lanes

    async def send_lane(self, lane: Lane, only: Collection[int] | None = None) -> int:
        """All of a lane that may go now; how many."""
        done = 0
        while worked := await _to_its_end(self._turn(lane, only)):
            done += worked
        return done

    async def _turn(self, lane: Lane, only: Collection[int] | None) -> int:
        """Claims some messages, and sees them through. How many."""
        now, channel = self.clock(), lane.channels[0]
        room = self.buckets.room(channel, now, replies=bool(lane.replies)) if lane.limited else None
        claims = await asyncio.to_thread(
            outbox.claim,
            self.engine,
            channels=lane.channels,
            now=now,
            limit=AT_ONCE,
            worker=self.name,
            only=only,
            replies=lane.replies,
            apart=self.buckets.rate(channel).apart,
            room=room,
        )
        self.waits.pop(lane, None)
        if room is not None and room.wait is not None:
            self.waits[lane] = room.wait
        results = await asyncio.gather(*(self._send(claim) for claim in claims), return_exceptions=True)
        for claim, result in zip(claims, results, strict=True):
            # It stays `sending`, and becomes unsure: staff will see it.
            if isinstance(result, BaseException):
                log.error("send broke off", outbox_id=claim.id, error=type(result).__name__)
        return len(claims)

    async def _send(self, claim: outbox.Claim) -> None:
        """Sends one claimed message and writes down what became of it."""
        try:
            said = await asyncio.to_thread(self._in_their_words, claim)
        except TakenAway:
            log.warning("not sent after all", outbox_id=claim.id, channel=claim.channel)
            return
        except OperationalError:  # nobody has it yet
            await self._settle(claim, "retry")
            return
        except (KeyError, ValueError):  # a text or a flow that is no longer there
            said = None
        if said is None:  # certainly not sent
            await self._settle(claim, "failed", error_code="nothing_to_say")
            return
        try:
            provider_id = await self._hand_over(claim, said)
        except NotNow as error:
            until = self.clock() + timedelta(seconds=error.seconds)
            await self._settle(claim, "retry", not_before=until)
            if error.everyone:
                await asyncio.to_thread(self._rest, claim.channel, until)
        except Refused as error:
            await self._settle(claim, "failed", error_code=error.code or error.reason)
            await asyncio.to_thread(self._mark, claim, error)
        except MaybeSent:
            await self._settle(claim, "unsure", error_code="no_answer")
        else:
            await self._settle(claim, "sent", provider_id=provider_id)

    async def _hand_over(self, claim: outbox.Claim, said: Said) -> str:
        """Gives it to the provider, with a picture where there is one to send. See Channel.send."""
        address, channel = self.vault.open(claim.sealed_address), self.channels[claim.channel]
        if said.cards and isinstance(channel, SendsPictures):
            picture = await self._picture(said.cards)
            if picture is not None:
                return await channel.send_picture(address, said.message, picture, claim.id)
        return await channel.send(address, said.message, claim.id)

    async def _picture(self, shown: tuple[Card, ...]) -> bytes | None:
        """The cards drawn, or None: then the text has to do."""
        if self.press is None:
            return None
        try:
            drawing = asyncio.to_thread(cards.picture, self.press, shown)
            return await asyncio.wait_for(drawing, PICTURE_SECONDS)
        except (NotPrinted, TimeoutError) as error:
            log.warning("card not drawn", error=type(error).__name__, degraded=True)
            return None

    async def _settle(self, claim: outbox.Claim, outcome: str, **more: Any) -> None:
        """Writes an outcome down; a database that is away is asked again for some seconds."""
        log.info("outbox", outbox_id=claim.id, channel=claim.channel, kind=claim.kind, outcome=outcome)
        for pause in (*DATABASE_AGAIN, None):
            try:
                return await asyncio.to_thread(
                    outbox.settle, self.engine, claim.id, outcome, now=self.clock(), **more
                )
            except OperationalError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)

    def _in_their_words(self, claim: outbox.Claim) -> Said | None:
        """The payload in the person's language, kept before anybody gets it. None: there is nothing to say.

        Raises TakenAway.
        """
        now = self.clock()
        with database.transaction(self.engine) as session:
            contact = contacts.lock(session, claim.contact_id)  # against a turn of theirs at the same moment
            if contact is not None and outbox.may_go(session, claim, contact, now):
                payload = reminders.anew(session, claim, contact.language or "en", now)
                if payload is not None:
                    return self._worded(session, claim, contact, payload, now)
                outbox.drop_claimed(session, claim, still.NO_LONGER, now)
        raise TakenAway

    def _worded(
        self, session: Session, claim: outbox.Claim, contact: Contact, payload: Json, now: datetime
    ) -> Said | None:
        """See _in_their_words; a payload that opens a flow asks its first question. Raises TakenAway."""
        stored = dict(conversations.load(session, contact.id) or {})
        language = contact.language or "en"
        if "flow" in payload:
            state = State.from_json(stored)
            context = StoreDiary(session, contact, now).context(self.knowledge, self.words)
            turn = flow_engine.begin(state, payload["flow"], payload["answers"], context.speaking(language))
            messages, language = turn.messages, turn.language or language
            stored = {**turn.state.to_json(), "more": []}
        else:
            messages = messages_from_json(payload["messages"])
        if not messages:
            return None
        message, waiting = marked(self.words, messages, language, claim.channel, stored.get("marked", ()))
        if waiting:
            stored["more"] = waiting
        if waiting or "flow" in payload:
            conversations.save(session, contact.id, stored, now)
        shown = cards.cards(self.words, messages, language, claim.channel)
        text = message.with_numbers()
        if not outbox.ready(session, claim, text):
            raise TakenAway
        self.buckets.settle(session, claim.channel, text, now)
        return Said(message, shown)

    def _rest(self, channel: str, until: datetime) -> None:
        with database.transaction(self.engine) as session:
            self.buckets.rest(session, channel, until, self.clock())

    def _mark(self, claim: outbox.Claim, refusal: Refused) -> None:
        """Remembers what a refusal says about the person: gone, or opted out at the provider."""
        with database.transaction(self.engine) as session:
            contacts.refused(session, claim.contact_id, refusal.reason, self.clock())


async def _to_its_end(work: Coroutine[Any, Any, int]) -> int:
    """What is on its way is seen through, also when we are cancelled meanwhile: only then does that go on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=FINISH_WITHIN)
        raise
