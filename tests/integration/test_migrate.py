"""Tables are changed by `starter.py migrate` alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.command_line import Desk, a_desk
from xerosync.postgres import check_schema
from xerosync.postgres.migrations import known_migrations


@pytest.fixture
async def desk(tmp_path: Path, empty_database_url: str, temporal_address: str) -> AsyncIterator[Desk]:
    """A desk over a database without tables."""
    async with a_desk(tmp_path, empty_database_url, temporal_address) as desk:
        yield desk


async def test_commands_ask_for_migrate_which_makes_the_tables(desk: Desk):
    before = await desk.run("status")
    assert (before.code, before.out) == (2, "")
    assert before.last_line.endswith("lacks the tables of xerosync: run `starter.py migrate`, which makes them.")
    first = await desk.run("migrate", "--json")
    assert len(first.data["applied"]) == len(known_migrations())
    await check_schema(desk.database)
    assert (await desk.run("migrate")).out == "The tables are up to date.\n"
    assert (await desk.run("status")).out.endswith("No documents yet.\n")
