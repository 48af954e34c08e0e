"""Bringing the tables up to what the code expects: numbered SQL files, applied in order and recorded.

All that is missing is applied in one transaction under one lock: any number of processes may start at once, and
a migration that fails leaves the database as it was. Processes of the version before run on beside newer tables: a
migration only adds, unless its name begins with `contract_`, and then it takes away what the last version no longer
used. A statement that waits for a table makes everybody else wait
behind it, so none waits long: all is undone then, and tried again a little later.
"""

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from xerosync.core.errors import MisconfiguredError
from xerosync.postgres.database import QUERIES, Database, Session
from xerosync.postgres.errors import SchemaChangedError, SchemaTooNewError, SchemaTooOldError, StoreBusyError

CONTRACT = "contract_"
"""How the name of a migration begins after which older versions can't work."""

_FOLDER = Path(__file__).parent / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_SECONDS = 600


class Migration(NamedTuple):
    """One step of the tables: its number, from 1 on without gaps, what it is about, and its SQL."""

    number: int
    name: str
    sql: str

    @property
    def title(self) -> str:
        """Its number and name, as people read them."""
        return f"{self.number:04} {self.name}"

    @property
    def digest(self) -> str:
        """What tells it from another one of the same number."""
        return sha256(self.sql.encode()).hexdigest()


class LockWait(NamedTuple):
    """How long a migration waits for a lock, how often it is tried, and how long it rests in between."""

    longest: timedelta = timedelta(seconds=2)
    attempts: int = 60
    pause: timedelta = timedelta(seconds=1)


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


async def migrate(
    database: Database,
    migrations: Sequence[Migration] | None = None,
    *,
    worker: str | None = None,
    wait: LockWait | None = None,
) -> Sequence[Migration]:
    """Apply what the database lacks and return it: nothing where it is up to date.

    A `worker`, the role that workers sign in as, gets the right to read and write rows where it is another one.

    Raises:
        MisconfiguredError: there is no such role.
        SchemaChangedError: a migration that was applied is not the one of this xerosync.
        SchemaTooNewError: a newer xerosync took away what this one works with.
        StoreBusyError: other transactions held a lock all the time; nothing was applied.
        StoreUnavailableError: the database does not answer; nothing was applied.
    """
    known = known_migrations() if migrations is None else migrations
    wait = wait or LockWait()
    for _ in range(wait.attempts - 1):
        try:
            return await _apply(database, known, wait, worker)
        except StoreBusyError:
            await asyncio.sleep(wait.pause.total_seconds() * random.uniform(0.5, 1.5))  # noqa: S311 - nothing secret
    return await _apply(database, known, wait, worker)


async def check_schema(database: Database) -> None:
    """Make sure that the tables are those that this xerosync works with; nothing is written.

    Raises:
        MisconfiguredError: there are none, they are older (SchemaTooOldError), another xerosync made them
            (SchemaChangedError), or a newer one took away what this one works with (SchemaTooNewError).
        StoreUnavailableError: the database does not answer.
    """
    missing = _missing(database, known_migrations(), await database.rows(QUERIES.migrations.applied))
    if missing:
        lacks = ", ".join(migration.title for migration in missing)
        raise SchemaTooOldError(
            f"The {database.where} is older than this xerosync (it lacks {lacks}): run `starter.py migrate`."
        )


async def _apply(
    database: Database, known: Sequence[Migration], wait: LockWait, worker: str | None
) -> Sequence[Migration]:
    milliseconds = f"{wait.longest // timedelta(milliseconds=1)}"
    async with database.transaction() as session:
        await session.run(QUERIES.migrations.wait_no_longer, milliseconds=milliseconds)
        await session.run(QUERIES.migrations.lock)
        await session.run(QUERIES.migrations.prepare)
        await session.run(QUERIES.migrations.prepare_digest)
        missing = _missing(database, known, await session.rows(QUERIES.migrations.applied))
        for migration in missing:
            await session.script(migration.sql, seconds=_SECONDS)
            await session.run(
                QUERIES.migrations.record, number=migration.number, name=migration.name, digest=migration.digest
            )
        if worker is not None:
            await _let_work(session, worker)
    return missing


async def _let_work(session: Session, worker: str) -> None:
    """Let a role work with the tables. The statements are written, and names in them quoted, by PostgreSQL."""
    is_another = await session.value(QUERIES.migrations.has_role, role=worker)
    if is_another is None:
        raise MisconfiguredError(
            f"PostgreSQL has no role {worker}, as which XEROSYNC_DATABASE_URL signs in: create it there, or correct it."
        )
    if is_another:
        await session.script(await session.value(QUERIES.migrations.rights, role=worker), seconds=_SECONDS)


def _missing(database: Database, known: Sequence[Migration], rows: Sequence[Mapping[str, Any]]) -> Sequence[Migration]:
    """Return the migrations that were not applied. Those of a newer xerosync may be there as long as they only add."""
    taken_away = [f"{row['number']:04} {row['name']}" for row in rows[len(known) :] if row["name"].startswith(CONTRACT)]
    if taken_away:
        raise SchemaTooNewError(
            f"The {database.where} was migrated by a newer xerosync, which took away what this one works with "
            f"({', '.join(taken_away)}): start that one."
        )
    # Its tables may lack what this one works with, and nothing here would add it.
    changed = [each.title for each, row in zip(known, rows, strict=False) if each.digest != row["digest"]]
    if changed:
        raise SchemaChangedError(
            f"The {database.where} was made by another build of xerosync, with another migration {', '.join(changed)}: "
            "start that build, or use an empty database. That of `starter.py up` is in .xerosync/up: delete the folder."
        )
    return known[len(rows) :]
