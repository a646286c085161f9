"""How fast each channel may send: a bucket of tokens that fills at the provider's rate (docs/adr/0013).

The level stands in the database, so any number of senders share one rate, and a restart starts no burst. A fifth of
a bucket is kept for replies: they never find it emptied by a broadcast. What a message costs (the segments of an
SMS) is known only once it is in the person's words: the most it can cost is taken first, the rest given back.

Where the figures come from: findings of the project (a UK long code sends about 10 segments a second, and Twilio
queues what comes faster; Telegram asks for at most 30 messages a second, and one a second in a chat).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from sqlalchemy.orm import Session

from bot.replies import MOST_SEGMENTS
from bot.segments import segments
from bot.settings import Settings
from store.database import insert_once
from store.models import Pace

RESERVE = 0.2  # of a bucket, for replies
BURSTS = {"sms": 3.0, "telegram": 1.0}  # seconds' worth that a bucket holds


@dataclass(frozen=True, slots=True)
class Rate:
    """What a channel may send. `apart`: between two messages to one person that we begin; their own pace replies."""

    per_second: float  # tokens; 0: without limit
    burst: float = 1.0  # seconds' worth
    dearest: int = 1  # tokens of the dearest message
    apart: timedelta = timedelta(0)

    @property
    def holds(self) -> float:
        """The tokens of a full bucket: never fewer than two of the dearest message and the reserve take."""
        return max(self.per_second * self.burst, 2 * self.dearest)

    def kept(self, *, replies: bool) -> float:
        """The tokens that are not for these messages."""
        return 0.0 if replies else self.holds * RESERVE

    def cost(self, text: str) -> int:
        """The tokens that a message takes."""
        return segments(text).count if self.dearest > 1 else 1


@dataclass(frozen=True, slots=True)
class Level:
    """So many tokens at a moment."""

    tokens: float
    at: datetime

    def later(self, now: datetime, rate: Rate) -> "Level":
        """The level at `now`. A clock that was set back gives nothing, and takes nothing."""
        passed = max(0.0, (now - self.at).total_seconds())
        return Level(min(rate.holds, self.tokens + passed * rate.per_second), now)

    def allows(self, wanted: int, rate: Rate, *, replies: bool) -> int:
        """How many messages may go, up to `wanted`: while a token is there, so that the last may cost more."""
        free = self.tokens - rate.kept(replies=replies)
        return min(wanted, floor((free - 1) / rate.dearest) + 1) if free >= 1 else 0

    def seconds(self, rate: Rate, *, replies: bool) -> float:
        """Until there is a token for such a message."""
        return max(0.0, (rate.kept(replies=replies) + 1 - self.tokens) / rate.per_second)


@dataclass
class Room:
    """Asks for the room of one channel, as store/outbox.py's claim wants it. `wait`: seconds until there is more,
    None when all that was asked for may go."""

    buckets: "Buckets"
    channel: str
    now: datetime
    replies: bool
    wait: float | None = None

    def __call__(self, session: Session, wanted: int) -> int:
        granted, self.wait = self.buckets.take(session, self.channel, wanted, self.now, replies=self.replies)
        return granted


class Buckets:
    """The buckets of all channels. A channel without a rate is never asked to wait, but for a provider's 429."""

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self.rates = rates

    def rate(self, channel: str) -> Rate:
        return self.rates.get(channel, UNLIMITED)

    def room(self, channel: str, now: datetime, *, replies: bool) -> Room:
        return Room(self, channel, now, replies)

    def take(
        self, session: Session, channel: str, wanted: int, now: datetime, *, replies: bool
    ) -> tuple[int, float | None]:
        """How many of `wanted` messages may go now, and the seconds until more may. Takes the most they can cost."""
        rate = self.rate(channel)
        pace = _locked(session, channel, rate, now) if rate.per_second else session.get(Pace, channel)
        if pace is not None and pace.rests_until is not None and pace.rests_until > now:
            return 0, (pace.rests_until - now).total_seconds()
        if pace is None or not rate.per_second:
            return wanted, None
        level = Level(pace.tokens, pace.at).later(now, rate)
        granted = level.allows(wanted, rate, replies=replies)
        left = Level(level.tokens - granted * rate.dearest, now)
        pace.tokens, pace.at = left.tokens, left.at
        return granted, left.seconds(rate, replies=replies) if granted < wanted else None

    def settle(self, session: Session, channel: str, text: str, now: datetime) -> None:
        """Give back what a message takes less than the dearest (or take what it takes more)."""
        rate = self.rate(channel)
        back = rate.dearest - rate.cost(text)
        if back and rate.per_second:
            pace = _locked(session, channel, rate, now)
            pace.tokens = min(rate.holds, pace.tokens + back)

    def rest(self, session: Session, channel: str, until: datetime, now: datetime) -> None:
        """The provider wants nothing more before `until`: nobody sends there meanwhile."""
        pace = _locked(session, channel, self.rate(channel), now)
        pace.rests_until = max(until, pace.rests_until or until)


UNLIMITED = Rate(0.0)


def buckets_of(settings: Settings) -> Buckets:
    """The buckets of the two channels that reach a provider."""
    return Buckets(
        {
            "sms": Rate(settings.sms_segments_per_second, BURSTS["sms"], dearest=MOST_SEGMENTS),
            "telegram": Rate(settings.telegram_per_second, BURSTS["telegram"], apart=timedelta(seconds=1)),
        }
    )


def _locked(session: Session, channel: str, rate: Rate, now: datetime) -> Pace:
    """The row of a channel, which others wait for; a full bucket where there is none yet."""
    pace = session.get(Pace, channel, with_for_update=True)
    if pace is None:
        insert_once(session, Pace, channel=channel, tokens=rate.holds, at=now)
        pace = session.get_one(Pace, channel, with_for_update=True)
    return pace
