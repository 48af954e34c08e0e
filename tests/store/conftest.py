"""A migrated database for each test that asks for one, and a way to a database that can be cut."""

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from tests.store.breaker import Breaker
from xerosync.postgres import Database, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(SecretStr(database_url)) as database:
        yield database


@pytest.fixture(scope="session")
def keys() -> list[SecretStr]:
    """Three Fernet keys, newest first."""
    return [SecretStr(Fernet.generate_key().decode()) for _ in range(3)]


@pytest.fixture
async def breaker(database_url: str) -> AsyncIterator[Breaker]:
    breaker = Breaker(database_url)
    await breaker.mend()
    yield breaker
    await breaker.cut()
