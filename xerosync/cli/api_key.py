"""`api-key`: make, list and revoke the keys of the JSON API."""

from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Json, WithoutTemporal
from xerosync.cli.json_forms import NewApiKey
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.core.api_keys import Scope
from xerosync.core.errors import MisconfiguredError, MissingError
from xerosync.operations.api_keys import make_key
from xerosync.operations.defaults import the_connection
from xerosync.services import Services


async def api_key(
    name: Annotated[str | None, Parameter(help="what the new key is for; without it, all keys are listed")] = None,
    /,
    *,
    scope: list[Scope] | None = None,
    revoke: str | None = None,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
) -> None:
    """Make a key of the JSON API for one account, list the keys, or revoke one.

    Args:
        scope: read: see documents and customers; signal: report what changed in Sequence. Give it once for each;
            without it, read
        revoke: id of a key that is to open nothing any more

    Raises:
        MisconfiguredError: the account is not connected, or there is no such key.
    """
    if revoke is not None:
        if name is not None or scope:
            raise MisconfiguredError("Name a key to make, or --revoke one: not both.")
        await _revoke(services, revoke, account, as_json=json)
    elif name is not None:
        await _make(services, name, scope or [Scope.READ], account, as_json=json)
    elif scope:
        raise MisconfiguredError("Name the key that is to have that scope: what it is for.")
    else:
        await _list(services, account, as_json=json)


async def _make(services: Services, name: str, scopes: list[Scope], account: str | None, *, as_json: bool) -> None:
    connection = await the_connection(services, account)
    key, secret = await make_key(services, connection.account_id, name, scopes)
    if as_json:
        print_json(NewApiKey(**dict(key), key=secret))
        return
    may = " and ".join(key.scopes)
    console.print(f"This key of account {key.account_id} may {may}. It is shown this once:", markup=False)
    console.print(f"\n  {secret}\n", markup=False)
    console.print(f"`starter.py api-key --revoke {key.key_id}` ends it.", markup=False)


async def _list(services: Services, account: str | None, *, as_json: bool) -> None:
    keys = await services.api_keys.list(account)
    if as_json:
        print_json(keys)
    elif not keys:
        console.print("No API keys yet: `starter.py api-key NAME` makes one.")
    else:
        print_table(
            "API keys",
            ("id", "begins", "name", "account", "scopes", "made (UTC)", "by", "last used", "revoked"),
            [
                (
                    key.key_id,
                    key.prefix,
                    key.name,
                    key.account_id,
                    ", ".join(key.scopes),
                    f"{key.made_at:%Y-%m-%d %H:%M}",
                    key.made_by,
                    f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
                    f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else None,
                )
                for key in keys
            ],
        )


async def _revoke(services: Services, key_id: str, account: str | None, *, as_json: bool) -> None:
    try:
        key = await services.api_keys.revoke(key_id, account)
    except MissingError as error:
        raise MisconfiguredError(f"{error} `starter.py api-key` lists them.") from None
    if as_json:
        print_json(key)
    else:
        console.print(f"Key {key.key_id} ({key.name}) opens nothing any more.", markup=False)
