"""A role that makes the tables, and one that works: it reads and writes rows, and changes no table."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_database
from tests.integration.command_line import a_desk
from tests.integration.test_restored import postgres
from tests.store.samples import document, ref
from xerosync.cli.migrate import migrate_database
from xerosync.core.errors import MisconfiguredError
from xerosync.postgres import PostgresStore, check_schema, open_database


@dataclass(frozen=True)
class Roles:
    """The URLs of one database as its owner and as its worker."""

    owner: str
    worker: str


@pytest.fixture
async def roles(embedded: EmbeddedServers) -> AsyncIterator[Roles]:
    """A database without tables, owned as deploy/postgres/databases.sh has it."""
    word = secrets.token_hex(4)
    owner, worker, password = f"Owner-{word}", f"Worker-{word}", secrets.token_hex(8)
    server = await asyncpg.connect(embedded.database_url)
    for role in (owner, worker):
        await server.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'")
    try:
        async with a_database(embedded, "template1") as url:
            parts = urlsplit(url)
            name = parts.path.lstrip("/")
            await server.execute(f'ALTER DATABASE {name} OWNER TO "{owner}"')
            await server.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            place = f"{parts.hostname}:{parts.port}"
            yield Roles(
                *(parts._replace(netloc=f"{role}:{password}@{place}").geturl() for role in (owner, worker)),
            )
    finally:
        await server.close()


async def test_the_worker_reads_and_writes_every_table_and_changes_none(roles: Roles) -> None:
    for _ in range(2):
        await migrate_database(SecretStr(roles.worker), SecretStr(roles.owner))
    async with open_database(SecretStr(roles.worker)) as database:
        await check_schema(database)
        store = PostgresStore(database)
        assert (await store.change(ref(), lambda link: link.read(document()))).number == "INV-1"
    worker = await asyncpg.connect(roles.worker)
    try:
        tables = [
            row["relname"]
            for row in await worker.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ]
        assert len(tables) > 20
        for table in tables:
            may = [
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
                if await worker.fetchval("SELECT has_table_privilege($1, $2)", table, right)
            ]
            expected = ["SELECT"] if table == "schema_migrations" else ["SELECT", "INSERT", "UPDATE", "DELETE"]
            assert may == expected, table
        for statement in ("CREATE TABLE mine (id int)", "DROP TABLE documents", "ALTER TABLE grants ADD evil int"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await worker.execute(statement)
    finally:
        await worker.close()


async def test_a_worker_that_would_migrate_is_told_who_does(
    roles: Roles, tmp_path: Path, temporal_address: str
) -> None:
    await migrate_database(SecretStr(roles.worker), SecretStr(roles.owner))
    server = await asyncpg.connect(roles.owner)
    await server.execute("DROP TABLE schema_migrations")
    await server.close()
    async with a_desk(tmp_path, roles.worker, temporal_address) as desk:
        ended = await desk.run("migrate")
        assert (ended.code, ended.out) == (2, "")
        assert ended.last_line.endswith("let the owner of the tables run `starter.py migrate`.")


async def test_the_command_lets_the_worker_in(roles: Roles, tmp_path: Path, temporal_address: str) -> None:
    worker = {"XEROSYNC_DATABASE_URL": roles.worker}
    async with a_desk(tmp_path, roles.owner, temporal_address) as desk:
        before = await desk.run("status", **worker)
        assert before.code == 2
        migrated = await desk.run("migrate", **worker, XEROSYNC_MIGRATION_DATABASE_URL=roles.owner)
        assert migrated.out.endswith("The tables are up to date.\n"), migrated.err
        assert (await desk.run("status", **worker)).out.endswith("No documents yet.\n")


async def test_a_backup_is_restored_by_the_owner_as_the_page_says_and_migrating_lets_the_worker_in(
    roles: Roles, tmp_path: Path
) -> None:
    await migrate_database(SecretStr(roles.worker), SecretStr(roles.owner))
    async with open_database(SecretStr(roles.worker)) as database:
        await PostgresStore(database).change(ref(), lambda link: link.read(document()))
    backup = tmp_path / "xerosync.dump"
    await postgres(tmp_path, "pg_dump", "--format=custom", f"--file={backup}", roles.owner)
    owner = await asyncpg.connect(roles.owner)
    await owner.execute("DROP OWNED BY CURRENT_USER; CREATE SCHEMA IF NOT EXISTS public")
    await owner.close()
    await postgres(tmp_path, "pg_restore", "--exit-on-error", f"--dbname={roles.owner}", str(backup))
    await migrate_database(SecretStr(roles.worker), SecretStr(roles.owner))
    async with open_database(SecretStr(roles.worker)) as database:
        await check_schema(database)
        assert (await PostgresStore(database).document(ref())).number == "INV-1"
        await PostgresStore(database).change(ref("2"), lambda link: link.read(document()))


async def test_a_role_that_is_missing_is_named(roles: Roles) -> None:
    parts = urlsplit(roles.worker)
    nobody = parts._replace(netloc=f"nobody:x@{parts.hostname}:{parts.port}").geturl()
    with pytest.raises(
        MisconfiguredError, match=r"^PostgreSQL has no role nobody, as which XEROSYNC_DATABASE_URL signs"
    ):
        await migrate_database(SecretStr(nobody), SecretStr(roles.owner))
