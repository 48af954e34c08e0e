"""PostgreSQL restored from a backup while both companies moved on: nothing is doubled, and all is found again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from standins.embedded import EmbeddedServers
from standins.embedded.postgres import usable_postgres
from tests.embedded_fixtures import a_namespace
from tests.integration.office import Office, open_office
from worker import worker_of
from xerosync.cli.reconcile import run_reconcile
from xerosync.core.documents import Kind
from xerosync.documents.client import sweep_now
from xerosync.documents.messages import SyncState
from xerosync.reconcile.messages import ReconcileInput


@pytest.fixture
async def database_url(embedded: EmbeddedServers) -> str:
    """A database of the test's own, since restoring one undoes what all others did in it."""
    server = await asyncpg.connect(embedded.database_url)
    await server.execute("CREATE DATABASE restored")
    await server.close()
    return urlsplit(embedded.database_url)._replace(path="/restored").geturl()


@pytest.fixture
async def alone(embedded: EmbeddedServers, database_url: str) -> AsyncIterator[Office]:
    namespace = await a_namespace(embedded)
    async with open_office(embedded, database_url, namespace=namespace, works=False) as office:
        yield office


async def postgres(tmp_path: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL to its end."""
    programs = (await usable_postgres(tmp_path, tmp_path / "log")).programs
    ended = await asyncio.create_subprocess_exec(programs / program, *arguments, stderr=asyncio.subprocess.PIPE)
    _, said = await ended.communicate()
    assert ended.returncode == 0, said.decode()


async def test_what_was_done_since_the_backup_is_found_again_and_not_doubled(
    alone: Office, database_url: str, tmp_path: Path
) -> None:
    office, backup = alone, tmp_path / "backup"
    working = (office.services, timedelta(seconds=2), timedelta(hours=1))
    async with worker_of(*working):
        customer_id = await office.customer()
        before = [await office.final(customer_id, kind) for kind in (*[Kind.INVOICE] * 4, Kind.CREDIT_NOTE)]
        await office.signal(before, "finalized")
        await office.reach(before, SyncState.PUSHED)
    await postgres(tmp_path, "pg_dump", "--data-only", "--format=custom", f"--file={backup}", database_url)
    async with worker_of(*working):
        sent, voided, waiting = before[:2], before[2], before[3:]
        since = [await office.final(customer_id, kind) for kind in (*[Kind.INVOICE] * 3, Kind.CREDIT_NOTE)]
        await office.signal(since, "finalized")
        await office.reach(since, SyncState.PUSHED)
        for ref in (*sent, *since[:2]):
            await office.act(ref, "send")
        await office.signal([*sent, *since[:2]], "sent")
        await office.reach([*sent, *since[:2]], SyncState.SETTLED)
        await office.act(voided, "void")
        await office.signal([voided], "voided")
        await office.reach([voided], SyncState.VOIDED)

    database = await asyncpg.connect(database_url)
    tables = await database.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
    )
    await database.execute(f"TRUNCATE {', '.join(row[0] for row in tables)}")
    await database.close()
    await postgres(tmp_path, "pg_restore", "--data-only", "--disable-triggers", f"--dbname={database_url}", str(backup))
    assert not (await office.link(since[0])).xero

    async with worker_of(*working):
        # Reconcile finds what the store does not know at all. Where both companies agree it signals nobody: that is for
        # the sweep, which compares what waits here with Sequence.
        await run_reconcile(office.services, ReconcileInput(account_id=office.account_id, fix=True))
        await sweep_now(office.services.temporal, office.account_id)
        await office.reach([*sent, *since[:2]], SyncState.SETTLED)
        await office.reach([voided], SyncState.VOIDED)
        await office.reach([*waiting, *since[2:]], SyncState.PUSHED)
        await office.assert_once([*sent, *since[:2]], sent=True)
        await office.assert_once([*waiting, *since[2:]], sent=False)
        result = await run_reconcile(office.services, ReconcileInput(account_id=office.account_id))
        assert result.in_step
