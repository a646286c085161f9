"""One-time codes: the second thing that a log-in asks for. An app on the phone makes one every half minute.

TOTP (RFC 6238, section 5.2: a code is accepted once) with pyotp; ten codes on paper for the day the phone is lost.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store import audit
from store.errors import NotAllowed, WrongCode
from store.models import Account, RecoveryCode
from store.vault import Vault

STEP = 30  # seconds; what every app takes for granted
SKEW = 1  # steps that a phone's clock may be wrong by, either way
ISSUER = "Welcome Desk"  # what the app shows
PAPER_CODES = 10
PAPER_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another: 31 letters
PAPER_LENGTH = 16  # letters: 79 bits, so a fast hash is enough
REQUIRED_OF = ("manager", "admin")  # roles, where WELCOME_CODES is "required"


@dataclass(frozen=True)
class Offer:
    """A secret that is shown once to be put into an app: as text, and as the address in a QR code."""

    secret: str
    address: str


def required_of(account: Account) -> bool:
    return account.role in REQUIRED_OF


def offer(session: Session, vault: Vault, account_id: int) -> None:
    """A new secret to be shown; codes stay as they are until `confirm`."""
    session.get_one(Account, account_id).code_offered = vault.seal(pyotp.random_base32())


def offered(vault: Vault, account: Account) -> Offer | None:
    """What `offer` made, if it waits to be confirmed."""
    if account.code_offered is None:
        return None
    secret = vault.open(account.code_offered)
    address = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)
    return Offer(secret, address)


def confirm(session: Session, vault: Vault, account_id: int, code: str, *, now: datetime) -> list[str]:
    """The app shows the right code: from now on each log-in asks for one. The ten codes for paper.

    Raises WrongCode; NotAllowed when nothing was offered (a second tap: it is done already).
    """
    account = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    if account.code_offered is None:
        raise NotAllowed("no secret waits to be confirmed")
    step = _step_of(vault.open(account.code_offered), code, now)
    account.code_sealed, account.code_offered, account.code_step = account.code_offered, None, step
    audit.write(session, account.username, "account.codes_on", "account", account_id, now=now)
    return _paper(session, account_id)


def renew_paper(session: Session, account_id: int, *, now: datetime) -> list[str]:
    """Ten new codes for paper; the old ones stop working. Raises NotAllowed when codes are off."""
    account = session.get_one(Account, account_id)
    if account.code_sealed is None:
        raise NotAllowed("codes are off")
    audit.write(session, account.username, "account.codes_paper", "account", account_id, now=now)
    return _paper(session, account_id)


def remove(session: Session, account_id: int, *, actor: str, now: datetime) -> None:
    """Log-ins ask for no code any more. Harmless when they did not."""
    account = session.get_one(Account, account_id)
    if account.code_sealed is not None:
        audit.write(session, actor, "account.codes_off", "account", account_id, now=now)
    account.code_sealed = account.code_offered = None
    session.execute(delete(RecoveryCode).filter_by(account_id=account_id))


def paper_left(session: Session, account_id: int) -> int:
    """How many codes on paper still work."""
    query = select(func.count()).select_from(RecoveryCode).filter_by(account_id=account_id, used_at=None)
    return session.scalar(query) or 0


def spend(session: Session, vault: Vault, account: Account, code: str, *, now: datetime) -> str:
    """Use up a code: "code" (of the app) or "paper". Raises WrongCode, also for one that was used before.

    Of two at the same moment one wins: each is one UPDATE that counts only where nobody was faster.
    """
    if account.code_sealed is None:
        raise WrongCode("codes are off")
    written = _plain(code)
    if len(written) == PAPER_LENGTH:
        mine = (RecoveryCode.account_id == account.id, RecoveryCode.code_hash == _hash(account.id, written))
        used = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=now)
        way = "paper"
    else:
        step = _step_of(vault.open(account.code_sealed), written, now)
        unused = (Account.id == account.id, Account.code_step < step)
        used, way = update(Account).where(*unused).values(code_step=step), "code"
    result: Any = session.execute(used.execution_options(synchronize_session=False))
    if result.rowcount != 1:
        raise WrongCode("a code that was used before, or none of the codes on paper")
    return way


def reseal(session: Session, vault: Vault) -> int:
    """Seal every secret under the newest key (after a key rotation): how many accounts."""
    asked = select(Account).where(Account.code_sealed.is_not(None) | Account.code_offered.is_not(None))
    accounts = session.scalars(asked.with_for_update()).all()
    for account in accounts:
        for field in ("code_sealed", "code_offered"):
            if sealed := getattr(account, field):
                setattr(account, field, vault.seal(vault.open(sealed)))
    return len(accounts)


def _step_of(secret: str, code: str, now: datetime) -> int:
    """The time step that the code belongs to, within the skew. Raises WrongCode."""
    app, current, written = pyotp.TOTP(secret), int(now.timestamp()) // STEP, _plain(code)
    found = [
        step
        for step in range(current - SKEW, current + SKEW + 1)
        if hmac.compare_digest(app.generate_otp(step).encode(), written.encode())
    ]
    if not found:
        raise WrongCode("not the code of this moment")
    return found[-1]


def _plain(code: str) -> str:
    """As apps show codes and people type them: with spaces, hyphens, capitals."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def _paper(session: Session, account_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).filter_by(account_id=account_id))
    made = ["".join(secrets.choice(PAPER_LETTERS) for _ in range(PAPER_LENGTH)) for _ in range(PAPER_CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_hash(account_id, code)) for code in made)
    return ["-".join(code[at : at + 4] for at in range(0, PAPER_LENGTH, 4)) for code in made]


def _hash(account_id: int, code: str) -> str:
    return hashlib.sha256(f"{account_id}\0{code}".encode()).hexdigest()
