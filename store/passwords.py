"""Passwords: which will do, and what is kept of them (argon2id)."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from store.errors import UnfitPassword

SHORTEST = 12  # characters; NIST SP 800-63B asks for length and for no rules about kinds of letters
NAME_FROM = 4  # letters: a shorter log-in name may well stand in a password by chance

_hasher = PasswordHasher()
NOBODY = _hasher.hash(secrets.token_hex())  # checked for unknown usernames, so that they take as long


def hashed(password: str, username: str) -> str:
    """What to keep. Raises UnfitPassword: too short, or with the log-in name in it."""
    if len(password) < SHORTEST:
        raise UnfitPassword("short", f"a password has at least {SHORTEST} characters")
    if len(username) >= NAME_FROM and username in password.casefold():
        raise UnfitPassword("name", "a password does not have the username in it")
    return _hasher.hash(password)


def fits(kept: str, password: str) -> bool:
    """Whether this is the password. Of an account without one ("") none is; that takes as long."""
    try:
        return _hasher.verify(kept or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
