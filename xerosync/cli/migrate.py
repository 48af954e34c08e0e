"""`migrate`: bring the tables of the store up to this version. Nothing else changes them."""

from collections.abc import Sequence

from pydantic import SecretStr

from xerosync.cli.terminal import console, print_json
from xerosync.postgres import Migration, migrate, open_database


async def migrate_database(url: SecretStr) -> Sequence[Migration]:
    """Apply what a database lacks and return it. Raises what `xerosync.postgres.migrate` does."""
    async with open_database(url, connections=1) as database:
        return await migrate(database)


async def show_migrating(url: SecretStr, *, as_json: bool) -> None:
    """Migrate a database and show what was done."""
    applied = [f"{migration.number:04} {migration.name}" for migration in await migrate_database(url)]
    if as_json:
        print_json({"applied": applied})
    else:
        console.print("\n".join([*applied, "The tables are up to date."]), markup=False)
