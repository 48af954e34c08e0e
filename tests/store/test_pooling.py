"""A pooler that mixes sessions is refused in one sentence; one that does not is as good as PostgreSQL itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from tests.store.pgbouncer import PGBOUNCER, pgbouncer
from tests.store.samples import document, ref
from xerosync.core.errors import MisconfiguredError
from xerosync.postgres import PostgresStore, open_database

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="install PgBouncer: apt-get install pgbouncer")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PgBouncer's own user may enter: pytest's are closed to it."""
    with TemporaryDirectory() as name:
        yield Path(name)


async def test_a_pooler_that_lends_connections_for_a_transaction_is_refused(database_url: str, folder: Path) -> None:
    async with pgbouncer(database_url, folder, "transaction") as url:
        await _refused(url, "set pool_mode = session for this database in PgBouncer")


async def test_a_pooler_that_is_busy_with_others_is_refused_too(database_url: str, folder: Path) -> None:
    async with pgbouncer(database_url, folder, "transaction") as url:
        working = asyncio.create_task(_work(url))
        try:
            await _refused(url, "set pool_mode = session for this database in PgBouncer")
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def test_a_pooler_that_keeps_sessions_apart_works(database_url: str, folder: Path) -> None:
    async with pgbouncer(database_url, folder, "session") as url, open_database(SecretStr(url)) as database:
        store = PostgresStore(database)
        await asyncio.gather(*(store.change(ref(f"{n}"), lambda link: link.read(document())) for n in range(20)))
        assert (await store.document(ref("7"))).number == "INV-1"


async def test_a_pooler_that_refuses_our_settings_says_what_to_set(database_url: str, folder: Path) -> None:
    async with pgbouncer(database_url, folder, "session", ignored="extra_float_digits") as url:
        await _refused(url, "add ignore_startup_parameters = idle_in_transaction_session_timeout")


async def _work(url: str) -> None:
    """Keep four connections of the pooler busy with simple queries, which prepare no statement."""

    async def client() -> None:
        connection = await asyncpg.connect(url)
        while True:
            await connection.execute("SELECT pg_sleep(0.001)")

    await asyncio.gather(*(client() for _ in range(4)))


async def _refused(url: str, sentence: str) -> None:
    with pytest.raises(MisconfiguredError) as raised:
        async with open_database(SecretStr(url)):
            pass
    assert sentence in str(raised.value)
    assert str(urlsplit(url).password) not in str(raised.value)
