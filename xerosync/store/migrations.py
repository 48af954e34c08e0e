"""Bringing the tables up to what the code expects: numbered SQL files, applied in order and recorded.

All that is missing is applied in one transaction under one lock: any number of processes may start at once, and
a migration that fails leaves the database as it was.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xerosync.store.database import QUERIES, Database
from xerosync.store.errors import SchemaTooNewError

_FOLDER = Path(__file__).parent / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_SECONDS = 600


class Migration(NamedTuple):
    """One step of the tables: its number, from 1 on without gaps, what it is about, and its SQL."""

    number: int
    name: str
    sql: str


def known_migrations(folder: Path = _FOLDER) -> Sequence[Migration]:
    """Return the migrations of this xerosync in their order.

    Raises:
        ValueError: a file is named in another way, or a number is missing or there twice.
    """
    migrations: list[Migration] = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise ValueError(f"{path.name} should be named {number:04}_WORDS.sql")
        migrations.append(Migration(number, match[2], path.read_text(encoding="utf-8")))
    return migrations


async def migrate(database: Database, migrations: Sequence[Migration] | None = None) -> Sequence[Migration]:
    """Apply what the database lacks and return it: nothing where it is up to date.

    Raises:
        SchemaTooNewError: the database has a migration that this xerosync does not know.
        StoreUnavailableError: the database does not answer; nothing was applied.
    """
    known = known_migrations() if migrations is None else migrations
    async with database.transaction() as session:
        await session.run(QUERIES.migrations.lock)
        await session.run(QUERIES.migrations.prepare)
        applied = await session.rows(QUERIES.migrations.applied)
        unknown = [f"{row['number']:04} {row['name']}" for row in applied if row["number"] > len(known)]
        if unknown:
            raise SchemaTooNewError(
                f"The {database.where} was migrated by a newer xerosync ({', '.join(unknown)}): start that one."
            )
        missing = known[len(applied) :]
        for migration in missing:
            await session.script(migration.sql, seconds=_SECONDS)
            await session.run(QUERIES.migrations.record, number=migration.number, name=migration.name)
    return missing
