"""Takes messages from the outbox to their channels: claimed, sent, settled; each at most once (docs/adr/0004)."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from bot import cards
from bot.channels.channel import Channel, MaybeSent, NotNow, Refused, SendsPictures
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
from store import contacts, conversations, database, outbox
from store.models import Contact
from store.vault import Vault

log = structlog.get_logger()
Clock = Callable[[], datetime]
PICTURE_SECONDS = 10.0  # a card takes a tenth of one; far less than store/outbox.py's LOST_AFTER


@dataclass(frozen=True, slots=True)
class Said:
    """A payload in the person's words, and the cards among its messages."""

    message: Rendered
    cards: tuple[Card, ...] = ()


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
    _resting: dict[str, datetime] = field(default_factory=dict)

    async def send_waiting(self, only: Collection[int] | None = None) -> int:
        """Sends all that may go now (or `only` those rows); returns how many claims it worked off."""
        done = 0
        while True:
            now = self.clock()
            channels = [name for name in self.channels if self._resting.get(name, now) <= now]
            claims = await asyncio.to_thread(
                outbox.claim, self.engine, channels=channels, now=now, worker=self.name, only=only
            )
            if not claims:
                return done
            results = await asyncio.gather(*(self._send(claim) for claim in claims), return_exceptions=True)
            for claim, result in zip(claims, results, strict=True):
                # It stays `sending`, and becomes unsure: staff will see it.
                if isinstance(result, BaseException):
                    log.error("send broke off", outbox_id=claim.id, error=type(result).__name__)
            done += len(claims)

    async def _send(self, claim: outbox.Claim) -> None:
        """Sends one claimed message and writes down what became of it."""
        try:
            said = await asyncio.to_thread(self._in_their_words, claim)
        except (KeyError, ValueError):  # a text or a flow that is no longer there
            said = None
        if said is None:  # that, or erased meanwhile: certainly not sent
            await self._settle(claim, "failed", error_code="nothing_to_say")
            return
        text = said.message.with_numbers()
        try:
            provider_id = await self._hand_over(claim, said)
        except NotNow as error:
            until = self.clock() + timedelta(seconds=error.seconds)
            if error.everyone:
                self._resting[claim.channel] = until
            await self._settle(claim, "retry", not_before=until)
        except Refused as error:
            await self._settle(claim, "failed", error_code=error.code or error.reason)
            await asyncio.to_thread(self._mark, claim, error)
        except MaybeSent:
            await self._settle(claim, "unsure", text=text, error_code="no_answer")
        else:
            await self._settle(claim, "sent", text=text, provider_id=provider_id)

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

    async def _settle(self, claim: outbox.Claim, outcome: str, **more: object) -> None:
        log.info("outbox", outbox_id=claim.id, channel=claim.channel, kind=claim.kind, outcome=outcome)
        await asyncio.to_thread(outbox.settle, self.engine, claim.id, outcome, now=self.clock(), **more)  # type: ignore[arg-type]

    def _in_their_words(self, claim: outbox.Claim) -> Said | None:
        """The payload in the person's language; a payload that opens a flow asks its first question."""
        now = self.clock()
        with database.transaction(self.engine) as session:
            contact = contacts.lock(session, claim.contact_id)  # against a turn of theirs at the same moment
            if contact is None:
                return None
            stored = dict(conversations.load(session, contact.id) or {})
            language = contact.language or "en"
            if "flow" in claim.payload:
                state = State.from_json(stored)
                context = StoreDiary(session, contact, now).context(self.knowledge, self.words)
                turn = flow_engine.begin(
                    state, claim.payload["flow"], claim.payload["answers"], context.speaking(language)
                )
                messages, language = turn.messages, turn.language or language
                stored = {**turn.state.to_json(), "more": []}
            else:
                messages = messages_from_json(claim.payload["messages"])
            if not messages:
                return None
            message, waiting = marked(self.words, messages, language, claim.channel, stored.get("marked", ()))
            if waiting:
                stored["more"] = waiting
            if waiting or "flow" in claim.payload:
                conversations.save(session, contact.id, stored, now)
            shown = cards.cards(self.words, messages, language, claim.channel)
        return Said(message, shown)

    def _mark(self, claim: outbox.Claim, refusal: Refused) -> None:
        """Remembers what a refusal says about the person: gone, or opted out at the provider."""
        with database.transaction(self.engine) as session:
            contact = session.get(Contact, claim.contact_id)
            if contact is None:
                return
            if refusal.reason == "unreachable":
                contacts.mark_unreachable(session, contact.id, self.clock())
            elif refusal.reason == "opted_out":
                contacts.opt_out(session, contact, self.clock())
