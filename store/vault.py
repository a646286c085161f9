"""What an address looks like at rest: sealed (MultiFernet) and found again by a keyed HMAC.

Keys are Fernet keys, newest first. To rotate: a new one in front, restart, contacts.reseal, drop the old one.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.database import insert_once
from store.errors import NoKey, WrongKey
from store.models import Canary, Contact

WORD = "welcome"


class Vault:
    """Raises NoKey for an empty list, WrongKey for something that is not a Fernet key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise NoKey("no encryption key is set")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise WrongKey("not a Fernet key (32 bytes in URL-safe base64)") from error
        # A key of its own for look-ups: what signs must not be what encrypts.
        self._lookup_keys = [
            hmac.digest(base64.urlsafe_b64decode(key), b"welcome desk: look-up", hashlib.sha256)
            for key in keys
        ]

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises WrongKey when none of the keys opens it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise WrongKey("none of the keys opens what is stored") from error

    def lookup(self, text: str) -> str:
        """64 hex digits, under the newest key: what a new row is written with."""
        return self.lookups(text)[0]

    def lookups(self, text: str) -> list[str]:
        """The same under every key, newest first: what an old row may be found by."""
        return [hmac.digest(key, text.encode(), hashlib.sha256).hex() for key in self._lookup_keys]


def check_canary(session: Session, vault: Vault) -> None:
    """At the start: raises WrongKey when these are not the database's keys. The first start sets it."""
    canary = session.get(Canary, 1)
    if canary is None:
        if session.scalar(select(Contact.id).limit(1)) is not None:
            raise WrongKey("there are contacts but no canary: refusing to guess")
        insert_once(session, Canary, id=1, sealed=vault.seal(WORD))
        canary = session.get_one(Canary, 1)
    vault.open(canary.sealed)
