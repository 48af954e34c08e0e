"""Migrations are applied once, whoever comes first; a newer database is refused."""

import asyncio
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from xerosync.store import open_database
from xerosync.store.errors import SchemaTooNewError, StoreFaultError
from xerosync.store.migrations import Migration, known_migrations, migrate

_IN_A_PROCESS_OF_ITS_OWN = """
import asyncio, sys
from pydantic import SecretStr
from xerosync.store import migrate, open_database

async def main():
    async with open_database(SecretStr(sys.argv[1])) as database:
        sys.stdin.readline()
        print(len(await migrate(database)))

asyncio.run(main())
"""

A = Migration(1, "a", "CREATE TABLE a (id int);")
B = Migration(2, "b", "CREATE TABLE b (id int); INSERT INTO b VALUES (1);")


async def test_a_second_time_there_is_nothing_to_do(database_url: str) -> None:
    async with open_database(SecretStr(database_url)) as database:
        assert list(await migrate(database)) == list(known_migrations())
        assert list(await migrate(database)) == []


async def test_two_processes_at_once_apply_each_migration_once(database_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _IN_A_PROCESS_OF_ITS_OWN, database_url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    applied = [int(out) for out, _ in await asyncio.gather(*(process.communicate(b"\n") for process in processes))]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(applied) == [0, len(known_migrations())]


async def test_only_what_is_missing_is_applied(database_url: str) -> None:
    async with open_database(SecretStr(database_url)) as database:
        assert list(await migrate(database, [A])) == [A]
        assert list(await migrate(database, [A, B])) == [B]


async def test_a_newer_database_is_refused_in_one_sentence(database_url: str) -> None:
    async with open_database(SecretStr(database_url)) as database:
        await migrate(database, [A, B])
        with pytest.raises(SchemaTooNewError, match=r"migrated by a newer xerosync \(0002 b\): start that one"):
            await migrate(database, [A])


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    broken = Migration(2, "broken", "CREATE TABLE c (id int); SELECT 1 / 0;")
    async with open_database(SecretStr(database_url)) as database:
        with pytest.raises(StoreFaultError, match="DivisionByZeroError"):
            await migrate(database, [A, broken])
        assert list(await migrate(database, [A, B])) == [A, B]


def test_files_are_numbered_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0003_third.sql").write_text("SELECT 3;")
    with pytest.raises(ValueError, match=r"0003_third\.sql should be named 0002_WORDS\.sql"):
        known_migrations(tmp_path)
