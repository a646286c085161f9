"""Puts the desk together from its settings: the database, the keys, the words, the model, the channels."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from bot.buckets import buckets_of
from bot.channels.channel import Channel
from bot.channels.shown import Shown
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.conversation import Conversations
from bot.knowledge import Current, KbKnowledge
from bot.mail import Mail
from bot.posters import Posters, ways
from bot.press import NoPress, Press
from bot.sending import Sender
from bot.settings import Settings
from bot.telling import Named, Teller
from bot.wishes import wishes_of
from bot.worker import Worker, wall_clock
from flows.hours import hours_of
from flows.words import Words
from kb.load import load
from kb.model import KnowledgeBase
from kb.phrases import Phrases
from kb.search import Search
from nlu.card import read_card, thresholds
from nlu.encoder import encode
from nlu.parser import IntentParser, ModelMissing, TrainedParser
from nlu.rasa_server import RasaServer, RasaUnavailable
from nlu.reader import Reader
from nlu.translate import ArgosTranslator, NoTranslator, Translator
from nlu.understanding import TOPIC_MARK
from store import database, facts, london, places, reminders, sessions
from store.errors import NoKey
from store.translations import Latest
from store.vault import Vault, check_canary

log = structlog.get_logger()


@dataclass
class Desk:
    """Everything that runs, ready to use. `degraded` says what is missing, in words for /readyz."""

    settings: Settings
    engine: Engine
    vault: Vault
    kb: KnowledgeBase
    words: Words
    current: Current  # the same knowledge base with what staff decided since
    search: Search
    conversations: Conversations
    sms: Sms | None
    telegram: Telegram | None
    clock: Callable[[], datetime]
    translator: Translator
    press: Press | None = None
    degraded: list[str] = field(default_factory=list)

    def sender(self) -> Sender:
        """A sender of this process, for the channels that are on."""
        return Sender(
            engine=self.engine,
            vault=self.vault,
            words=self.words,
            knowledge=self.conversations.knowledge,
            channels=self.channels(),
            clock=self.clock,
            name=secrets.token_hex(4),
            press=self.press,
            buckets=buckets_of(self.settings),
        )

    def posters(self) -> Posters | None:
        """What makes posters; None where nothing can be printed."""
        names = {place.id: place.name for place in self.kb.places.values()}
        return Posters(self.press, self.words, names, ways(self.settings)) if self.press else None

    def worker(self) -> Worker:
        return Worker(self.engine, self.sender(), self.clock, self.teller())

    @property
    def tells(self) -> list[str]:
        """How staff are told of what waits."""
        teller = self.teller()
        return teller.ways if teller else []

    def teller(self) -> Teller | None:
        """What tells staff; None when there is neither a mail server nor a staff group."""
        mail = Mail(self.settings) if self.settings.mail_on else None
        group = self.telegram if self.settings.staff_group else None
        if mail is None and group is None:
            return None
        named = Named(
            {id_: each.name for id_, each in self.kb.services.items() if not each.sensitive},
            {id_: each.name for id_, each in self.kb.places.items()},
        )
        return Teller(
            self.engine,
            self.vault,
            named,
            self.settings.public_url,
            mail,
            group,
            self.settings.staff_group,
            name=secrets.token_hex(4),
        )

    async def close(self) -> None:
        """Closes the connections to the providers and to the database, and ends the translator."""
        if self.telegram is not None:
            await self.telegram.close()
        if self.sms is not None:
            self.sms.close()
        self.translator.close()
        self.engine.dispose()

    def channels(self) -> dict[str, Channel]:
        """The channels that can send by themselves. The try-out page and the terminal show the outbox instead."""
        found: dict[str, Channel] = {"try": Shown("try"), "console": Shown("console")}
        for channel in (self.sms, self.telegram):
            if channel is not None:
                found[channel.name] = channel
        return found


def compose(settings: Settings, clock: Callable[[], datetime] = wall_clock) -> Desk:
    """The desk of these settings: migrates the database and brings it in step with the knowledge base.

    Raises NoKey or WrongKey (the desk does not start without its keys), kb.load.KnowledgeBaseError, and
    sqlalchemy.exc.OperationalError when the database is not there.
    """
    kb = load()
    vault = Vault(keys_of(settings))
    database.migrate(settings.database_url)
    engine = database.connect(settings.database_url)
    with database.transaction(engine) as session:
        check_canary(session, vault)
        places.sync(session, {place.id: place.name for place in kb.places.values()})
        reminders.sync(session, {service.id: service.sensitive for service in kb.services.values()})
        sessions.materialise(session, clock())
    current = Current(kb, facts.Latest(engine), clock)
    words = Words(
        Phrases(current),
        drafts=settings.drafts,
        languages=settings.languages or None,
        digits=settings.digits,
        approved=Latest(engine),
    )
    search = Search(kb, encode)
    degraded: list[str] = []
    conversations = Conversations(
        engine,
        vault,
        words,
        KbKnowledge(current),
        parser_of(settings, degraded),
        nearest_of(search),
        wishes_of(kb),
        hours_of(settings.staff_hours, london.is_bank_holiday),
    )
    return Desk(
        settings=settings,
        engine=engine,
        vault=vault,
        kb=kb,
        words=words,
        current=current,
        search=search,
        conversations=conversations,
        sms=Sms(settings) if settings.sms_on else None,
        telegram=Telegram(settings) if settings.telegram_on else None,
        clock=clock,
        translator=translator_of(settings, kb),
        press=press_of(degraded),
        degraded=degraded,
    )


def translations(settings: Settings) -> Path:
    """Where translation packages are installed; without any, staff read messages only as they were written."""
    return settings.var / "translate"


def translator_of(settings: Settings, kb: KnowledgeBase) -> Translator:
    """Argos Translate with the packages that are installed now or later; nobody when it is switched off."""
    if not settings.translate_seconds:
        return NoTranslator()
    return ArgosTranslator(
        translations(settings),
        seconds=settings.translate_seconds,
        models=settings.translate_models,
        names=known_names(kb),
    )


def known_names(kb: KnowledgeBase) -> list[str]:
    """Names of libraries and partners: no machine translates them."""
    return [*(place.name for place in kb.places.values()), *(each.name for each in kb.partners.values())]


def keys_of(settings: Settings) -> list[str]:
    """The keys that are set; the demo makes one of its own. Raises NoKey."""
    if settings.secret_keys:
        return [key.get_secret_value() for key in settings.secret_keys]
    if not settings.demo:
        raise NoKey("no encryption key is set")
    return [demo_secret(settings.var / "demo-key", lambda: Fernet.generate_key().decode())]


def demo_secret(file: Path, make: Callable[[], str]) -> str:
    """What the demo keeps to itself between two starts, readable by this user only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(make())
    return file.read_text().strip()


def parser_of(settings: Settings, degraded: list[str]) -> IntentParser | None:
    """The Rasa server that is set, else the model in process; without a model the desk answers with menus.

    Either is read through a Reader, which finds the request in a story, and two requests in one message."""
    try:
        limits = thresholds(read_card())
        return Reader(RasaServer(settings.nlu_url) if settings.nlu_url else TrainedParser.load(), limits)
    except ModelMissing:
        degraded.append("language model missing")
        log.error("language model missing", degraded=True)
        return None


def press_of(degraded: list[str]) -> Press | None:
    """What draws cards and posters; without it cards go out as text, and there are no posters."""
    try:
        return Press()
    except NoPress as error:
        degraded.append("pictures: run `make setup`")
        log.error("nothing can be printed", error=str(error), degraded=True)
        return None


def nearest_of(search: Search) -> Callable[[str], Sequence[str]]:
    """Three services near in meaning to a text that no intent explains; none while the search still warms up:
    a turn holds the database, and nobody may wait for some seconds in it."""
    return lambda text: search.nearest(text, 3) if search.is_warm else ()


def guesses_of(parser: IntentParser | None) -> Callable[[str], Sequence[str]]:
    """What a text may mean, likeliest first, as labels of the training data: for staff who teach the desk."""

    def guess(text: str) -> Sequence[str]:
        try:
            found = parser.parse(text).alternatives if parser is not None else ()
        except RasaUnavailable:
            return ()
        return [f"{each.intent}{TOPIC_MARK}{each.topic}" if each.topic else each.intent for each in found]

    return guess
