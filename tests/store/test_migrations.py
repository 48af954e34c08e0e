"""Migrations are applied once, whoever comes first; a newer database is refused."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from xerosync.core.errors import MisconfiguredError
from xerosync.postgres import check_schema, open_database
from xerosync.postgres.errors import (
    SchemaChangedError,
    SchemaTooNewError,
    SchemaTooOldError,
    StoreBusyError,
    StoreFaultError,
)
from xerosync.postgres.migrations import LockWait, Migration, known_migrations, migrate

_IN_A_PROCESS_OF_ITS_OWN = """
import asyncio, sys
from pydantic import SecretStr
from xerosync.postgres import migrate, open_database

async def main():
    async with open_database(SecretStr(sys.argv[1])) as database:
        sys.stdin.readline()
        print(len(await migrate(database)))

asyncio.run(main())
"""

A = Migration(1, "a", "CREATE TABLE a (id int);")
B = Migration(2, "b", "CREATE TABLE b (id int); INSERT INTO b VALUES (1);")
BRIEFLY = LockWait(timedelta(milliseconds=50), attempts=1000, pause=timedelta(milliseconds=10))


async def test_a_second_time_there_is_nothing_to_do(empty_database_url: str) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        assert list(await migrate(database)) == list(known_migrations())
        assert list(await migrate(database)) == []


async def test_two_processes_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _IN_A_PROCESS_OF_ITS_OWN, empty_database_url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    applied = [int(out) for out, _ in await asyncio.gather(*(process.communicate(b"\n") for process in processes))]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(applied) == [0, len(known_migrations())]


async def test_a_migration_that_waits_for_a_table_lets_others_pass_and_is_tried_again(empty_database_url: str) -> None:
    change = Migration(2, "change", "ALTER TABLE a ADD COLUMN more int;")
    async with (
        open_database(SecretStr(empty_database_url)) as database,
        open_database(SecretStr(empty_database_url)) as other,
    ):
        await migrate(database, [A])
        async with other.transaction() as reader:
            await reader.script("SELECT * FROM a;", seconds=5)
            migrating = asyncio.create_task(migrate(database, [A, change], wait=BRIEFLY))
            async with other.session() as passing:
                for _ in range(5):
                    await passing.script("SET lock_timeout = '5s'; SELECT * FROM a;", seconds=10)
            assert not migrating.done()
        assert list(await migrating) == [change]


async def test_a_table_that_is_never_let_go_ends_a_migration_in_one_sentence(empty_database_url: str) -> None:
    change = Migration(2, "change", "ALTER TABLE a ADD COLUMN more int;")
    async with open_database(SecretStr(empty_database_url)) as database:
        await migrate(database, [A])
        async with database.transaction() as reader:
            await reader.script("SELECT * FROM a;", seconds=5)
            with pytest.raises(StoreBusyError, match="another transaction was in the way"):
                await migrate(database, [A, change], wait=BRIEFLY._replace(attempts=2))
        assert list(await migrate(database, [A, change])) == [change]


async def test_an_older_schema_is_told_and_a_newer_one_only_where_it_took_something_away(
    empty_database_url: str,
) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        with pytest.raises(MisconfiguredError, match=r"lacks the tables of xerosync: run `starter\.py migrate`"):
            await check_schema(database)
        *known, last = known_migrations()
        await migrate(database, known)
        with pytest.raises(SchemaTooOldError, match=rf"it lacks {last.number:04} {last.name}\): run `starter\.py mig"):
            await check_schema(database)
        await migrate(database)
        await check_schema(database)
        newer = [*known_migrations(), Migration(9998, "more", "CREATE TABLE more (id int);")]
        await migrate(database, newer)
        await check_schema(database)
        assert list(await migrate(database)) == []
        await migrate(database, [*newer, Migration(9999, "contract_old", "SELECT 1;")])
        with pytest.raises(SchemaTooNewError, match=r"\(9999 contract_old\): start that one"):
            await check_schema(database)


async def test_only_what_is_missing_is_applied(empty_database_url: str) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        assert list(await migrate(database, [A])) == [A]
        assert list(await migrate(database, [A, B])) == [B]


async def test_a_database_that_lost_what_this_version_needs_is_refused_in_one_sentence(empty_database_url: str) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        await migrate(database, [A, Migration(2, "contract_b", "SELECT 1;")])
        with pytest.raises(
            SchemaTooNewError, match=r"newer xerosync, which took away .* \(0002 contract_b\): start that"
        ):
            await migrate(database, [A])


async def test_tables_that_another_build_made_are_refused_by_whoever_comes(empty_database_url: str) -> None:
    first, *others = known_migrations()
    async with open_database(SecretStr(empty_database_url)) as database:
        await migrate(database, [first._replace(sql=f"{first.sql}\nCREATE TABLE was_here_once (id int);"), *others])
        for check in (check_schema, migrate):
            with pytest.raises(SchemaChangedError, match=r"another migration 0001 tables: start that build, or use an"):
                await check(database)


async def test_tables_of_before_digests_were_kept_are_those_of_another_build(empty_database_url: str) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        async with database.transaction() as session:
            await session.script(
                "CREATE TABLE schema_migrations (number int PRIMARY KEY, name text NOT NULL);"
                "INSERT INTO schema_migrations VALUES (1, 'a');",
                seconds=5,
            )
        with pytest.raises(SchemaChangedError, match="0001 a"):
            await migrate(database, [A])


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    broken = Migration(2, "broken", "CREATE TABLE c (id int); SELECT 1 / 0;")
    async with open_database(SecretStr(empty_database_url)) as database:
        with pytest.raises(StoreFaultError, match="DivisionByZeroError"):
            await migrate(database, [A, broken])
        assert list(await migrate(database, [A, B])) == [A, B]


def test_files_are_numbered_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0003_third.sql").write_text("SELECT 3;")
    with pytest.raises(ValueError, match=r"0003_third\.sql should be named 0002_WORDS\.sql"):
        known_migrations(tmp_path)
