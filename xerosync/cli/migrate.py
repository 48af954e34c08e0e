"""`migrate`: bring the tables of the store up to this version. Nothing else changes them."""

from collections.abc import Sequence

from pydantic import SecretStr

from xerosync.cli.app import Json, WithSettings
from xerosync.cli.json_forms import MigratedData
from xerosync.cli.terminal import console, print_json
from xerosync.postgres import Migration, open_database
from xerosync.postgres import migrate as apply_migrations
from xerosync.postgres.address import user_of


async def migrate_database(url: SecretStr, owner_url: SecretStr | None = None) -> Sequence[Migration]:
    """Apply what a database lacks and return it. Raises what `xerosync.postgres.migrate` does.

    With an `owner_url` that one makes the tables, and the role of `url` may then work with them.
    """
    async with open_database(owner_url or url, connections=1) as database:
        return await apply_migrations(database, worker=user_of(url) if owner_url else None)


async def migrate(*, json: Json = False, settings: WithSettings) -> None:
    """Bring the tables of the database up to this version: before the first start, and with every new version."""
    done = await migrate_database(settings.database_url, settings.migration_database_url)
    applied = [f"{migration.number:04} {migration.name}" for migration in done]
    if json:
        print_json(MigratedData(applied=tuple(applied)))
    else:
        console.print("\n".join([*applied, "The tables are up to date."]), markup=False)
