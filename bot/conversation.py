"""One inbound message, from arrival to reply, in one transaction (DESIGN section 3).

What is heard, decided, booked and answered commits together. A repeat gets the stored reply and has no effect.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.channels.channel import Inbound
from bot.diary import StoreDiary
from bot.replies import compose
from bot.wishes import Wishing, nothing_wished
from flows import desk, staffed
from flows.context import Heard, Knowledge, Meaning
from flows.hours import NOT_SAID, Hours
from flows.message import Message, messages_to_json
from flows.state import State
from flows.words import MARK, Rendered, RenderedOption, Words
from nlu.always import always, is_polite
from nlu.cleaning import clean, redact
from nlu.language import identify
from nlu.parser import IntentParser
from nlu.rasa_server import RasaUnavailable
from store import contacts, conversations, database, inbox, outbox, talks, tasks
from store.base import Json
from store.models import Contact
from store.vault import Vault

log = structlog.get_logger()

INLINE = frozenset({"sms", "try", "console"})  # answered in the request itself, not through the outbox
MOST_A_MINUTE = 30  # from one person; nobody types faster, and the others have to be answered too
TOO_FAST = Message("desk.too_fast")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the person: `inline` at once, or the `queued` outbox rows."""

    inline: Rendered | None = None
    queued: tuple[int, ...] = ()

    @property
    def texts(self) -> list[str]:
        """What is said inline: one text, or none."""
        return [self.inline.with_numbers()] if self.inline else []


@dataclass
class _Turn:
    """One message while it is being answered; nothing of it outlives the transaction."""

    session: Session
    contact: Contact
    inbound: Inbound
    heard: Heard
    now: datetime
    diary: StoreDiary
    stored: Json


@dataclass(frozen=True)
class Conversations:
    """Everything a turn needs, put together once by bot/app.py. `parser` None: answered with menus only."""

    engine: Engine
    vault: Vault
    words: Words
    knowledge: Knowledge
    parser: IntentParser | None
    nearest: Callable[[str], Sequence[str]]
    wishing: Wishing = nothing_wished
    hours: Hours = NOT_SAID

    def take(self, inbound: Inbound, now: datetime) -> Answer:
        """Answers one message. Raises sqlalchemy.exc.OperationalError when the database cannot take it: nothing
        is kept then, and the provider's repeat counts as the first."""
        text = redact(clean(inbound.text))  # from here on nobody sees a reference number
        heard = self._hear(inbound, text, now)
        with database.transaction(self.engine) as session:
            received = inbox.receive(
                session, inbound.channel, inbound.provider_id, _digest(inbound), text, now
            )
            if received.repeat:
                log.info("repeat", channel=inbound.channel)
                return Answer(_read(received.row.reply))
            contact = contacts.find_or_create(session, self.vault, inbound.channel, inbound.address, now)
            received.row.contact_id = contact.id
            turn = _Turn(
                session,
                contact,
                inbound,
                heard,
                now,
                StoreDiary(session, contact, now, hours=self.hours),
                dict(conversations.load(session, contact.id) or {}),
            )
            answer = self._answer(turn)
            inbox.finish(received.row, _written(answer.inline))
        log.info("answered", channel=inbound.channel, language=contact.language or "")
        return answer

    def _hear(self, inbound: Inbound, text: str, now: datetime) -> Heard:
        """What there is to know of a text without the person: before the transaction, so nobody waits under its lock.

        The model reads ahead for the same reason: it remembers, and answers at once when the desk asks. A command is
        in the language of its list; danger, found inside a text, in that of the text: lists hold loanwords.
        """
        word, identified = always(text), identify(text)
        if word is None and any(c.isalpha() for c in text):
            self._understand(text)
        sure = identified.language if identified.sure else None
        found = word.language if word else None
        return Heard(
            text=text,
            button=inbound.button,
            word=word.word if word else None,
            understand=self._understand,
            nearest=self.nearest,
            language=(sure or found) if word and word.word == "danger" else (found or sure),
            wishes=cache(lambda text, language: self.wishing(text, language, now)),
            likely=identified.likely,
            weight=identified.weight if word is None else 0,
            polite=is_polite,
        )

    def _answer(self, turn: _Turn) -> Answer:
        taken_over = talks.heard(turn.session, turn.contact)
        recent = inbox.count_since(turn.session, turn.contact.id, turn.now - timedelta(minutes=1))
        if recent > MOST_A_MINUTE:  # one notice, then silence until the minute is over
            said = (TOO_FAST,) if recent == MOST_A_MINUTE + 1 else ()
            return self._say(turn, said, turn.contact.language or "en", turn.stored)
        if self._opted_at_the_provider(turn):
            return Answer()
        waiting: list[str] = turn.stored.pop("more", [])
        if turn.heard.word == "more" and waiting:
            return self._read_on(turn, waiting)
        context = turn.diary.context(self.knowledge, self.words)
        if taken_over:
            still = staffed.still_answered(State.from_json(turn.stored), turn.heard, context)
            if still is None:
                return self._leave_to_staff(turn)
            turn.heard = still
        reply = desk.reply(State.from_json(turn.stored), turn.heard, context)
        return self._say(turn, reply.messages, reply.language or "en", reply.state.to_json())

    def _leave_to_staff(self, turn: _Turn) -> Answer:
        """A member of staff answers: the message waits for them, and the conversation with the desk stays where it
        was."""
        if not turn.contact.language and turn.heard.language in self.words.languages:
            turn.contact.language = turn.heard.language
        talks.wrote_to_staff(turn.session, turn.contact, turn.now)
        return Answer()

    def _opted_at_the_provider(self, turn: _Turn) -> bool:
        """Mirrors what Twilio has done by itself (and confirmed to the person): nothing more is said."""
        match turn.inbound.provider_opted:
            case "out":
                turn.diary.opt_out()
                about = turn.heard.text.strip().lower()
                tasks.file(turn.session, "opt_out", about=about, contact_id=turn.contact.id, now=turn.now)
                return True
            case "in" if turn.contact.opted_out:
                turn.diary.opt_in()
                return True
        return False

    def _understand(self, text: str) -> Meaning:
        if self.parser is None:
            return Meaning("out_of_scope")
        try:
            found = self.parser.parse(text)
        except RasaUnavailable:
            log.error("language model not answering", degraded=True)
            return Meaning("out_of_scope")
        alternatives = tuple((each.intent, each.topic) for each in found.alternatives)
        also = tuple((each.intent, each.topic) for each in found.also)
        return Meaning(
            found.intent, found.topic, found.confidence, found.sure, found.half_sure, alternatives, also
        )

    def _say(self, turn: _Turn, messages: Sequence[Message], language: str, state: Json) -> Answer:
        """Renders the messages, keeps the state, and answers inline or queues them."""
        channel = turn.contact.channel
        answer = Answer()
        if messages:
            first, waiting = compose(self.words, messages, language, channel)
            if first.is_draft and language not in state.get("marked", ()):
                state = {**state, "marked": [*state.get("marked", ()), language]}
                messages = (Message(MARK), *messages)
                first, waiting = compose(self.words, messages, language, channel)
            payload = {"messages": messages_to_json(messages)}
            if channel in INLINE:
                state = {**state, "more": waiting}
                self._record(turn, payload, first)
                answer = Answer(first)
            else:
                row = outbox.queue(turn.session, turn.contact.id, "reply", payload, dedupe=None, now=turn.now)
                answer = Answer(queued=(row.id,) if row else ())
        if not turn.diary.erased:
            conversations.save(turn.session, turn.contact.id, state, turn.now)
        return answer

    def _read_on(self, turn: _Turn, waiting: list[str]) -> Answer:
        """The next part of a long answer."""
        part = Rendered(waiting[0], (), turn.contact.language or "en", is_draft=False)
        self._record(turn, {"messages": []}, part)
        conversations.save(turn.session, turn.contact.id, {**turn.stored, "more": waiting[1:]}, turn.now)
        return Answer(part)

    def _record(self, turn: _Turn, payload: Json, said: Rendered) -> None:
        outbox.record_sent(
            turn.session,
            turn.contact.id,
            payload=payload,
            text=said.with_numbers(),
            provider_id=None,
            now=turn.now,
        )


def _digest(inbound: Inbound) -> str:
    return hashlib.sha256(f"{inbound.text}\0{inbound.button}".encode(errors="replace")).hexdigest()


def _written(said: Rendered | None) -> str:
    """A reply as the inbox keeps it."""
    return json.dumps(asdict(said), ensure_ascii=False) if said else ""


def _read(stored: str | None) -> Rendered | None:
    """The reply as it was first given; None when there was none, or it was erased."""
    if not stored:
        return None
    data = json.loads(stored)
    return Rendered(**{**data, "options": tuple(RenderedOption(**each) for each in data["options"])})
