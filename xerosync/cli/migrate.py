"""`migrate`: bring the tables of the store up to this version. Nothing else changes them."""

from collections.abc import Sequence

from pydantic import SecretStr

from xerosync.cli.app import Json, WithSettings
from xerosync.cli.terminal import console, print_json
from xerosync.postgres import Migration, open_database
from xerosync.postgres import migrate as apply_migrations


async def migrate_database(url: SecretStr) -> Sequence[Migration]:
    """Apply what a database lacks and return it. Raises what `xerosync.postgres.migrate` does."""
    async with open_database(url, connections=1) as database:
        return await apply_migrations(database)


async def migrate(*, json: Json = False, settings: WithSettings) -> None:
    """Bring the tables of the database up to this version: before the first start, and with every new version."""
    applied = [f"{migration.number:04} {migration.name}" for migration in await migrate_database(settings.database_url)]
    if json:
        print_json({"applied": applied})
    else:
        console.print("\n".join([*applied, "The tables are up to date."]), markup=False)
