"""Addresses at rest: sealed, found again, readable after a change of keys. A wrong key does not start."""

from datetime import datetime

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select, text

from store import contacts, database
from store.errors import NoKey, WrongKey
from store.models import Canary, Contact
from store.vault import Vault, check_canary

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
ADDRESS = "+447700900123"


def start(engine: Engine, *keys: str) -> Vault:
    vault = Vault(keys)
    with database.transaction(engine) as session:
        check_canary(session, vault)
    return vault


def write(engine: Engine, vault: Vault, now: datetime) -> int:
    with database.transaction(engine) as session:
        return contacts.find_or_create(session, vault, "sms", ADDRESS, now).id


def test_without_a_key_nothing_starts() -> None:
    with pytest.raises(NoKey):
        Vault([])


def test_something_that_is_no_key_does_not_start() -> None:
    with pytest.raises(WrongKey):
        Vault(["secret"])


def test_a_wrong_key_does_not_start(engine: Engine, now: datetime) -> None:
    write(engine, start(engine, OLD), now)
    with pytest.raises(WrongKey):
        start(engine, OTHER)
    start(engine, OLD)


def test_contacts_without_a_canary_do_not_start(engine: Engine, now: datetime) -> None:
    write(engine, start(engine, OLD), now)
    with database.transaction(engine) as session:
        session.delete(session.get_one(Canary, 1))
    with pytest.raises(WrongKey):
        start(engine, OTHER)


def test_neither_the_address_nor_its_plain_hash_is_in_the_database(engine: Engine, now: datetime) -> None:
    write(engine, start(engine, OLD), now)
    with database.transaction(engine) as session:
        row = str(session.execute(text("SELECT * FROM contacts")).all())
    assert ADDRESS.removeprefix("+") not in row
    assert Vault([OTHER]).lookup(f"sms:{ADDRESS}") not in row


def test_after_a_rotation_old_rows_are_found_read_and_written_under_the_new_key(
    engine: Engine, now: datetime
) -> None:
    before = write(engine, start(engine, OLD), now)
    rotated = start(engine, NEW, OLD)
    assert write(engine, rotated, now) == before
    with database.transaction(engine) as session:
        contact = session.scalars(select(Contact)).one()
    assert contacts.address_of(contact, Vault([NEW])) == ADDRESS


def test_the_old_key_cannot_be_dropped_before_everything_is_resealed(engine: Engine, now: datetime) -> None:
    before = write(engine, start(engine, OLD), now)
    rotated = start(engine, NEW, OLD)
    with pytest.raises(WrongKey):
        start(engine, NEW)
    with database.transaction(engine) as session:
        assert contacts.reseal(session, rotated) == 1
    assert write(engine, start(engine, NEW), now) == before
