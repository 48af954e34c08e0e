"""`payload-keys`: the keys that encrypt what Temporal keeps of each account."""

from xerosync.cli.app import Account, Flag, Json, WithoutTemporal
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.core.errors import MisconfiguredError
from xerosync.core.payload_codec import KNOWN_FOR, NEWEST_FOR
from xerosync.services import Services


async def payload_keys(
    *,
    account: Account = None,
    new: Flag = False,
    delete: Flag = False,
    confirm: Flag = False,
    json: Json = False,
    services: WithoutTemporal,
) -> None:
    """List the keys that encrypt what Temporal keeps, make new ones, or delete an account's for good.

    Args:
        new: make a key that encrypts from now on, for each account or the one named; older ones still decrypt
        delete: delete all keys of the account: nobody can read its histories any more, and its workflows stop
        confirm: do delete

    Raises:
        MisconfiguredError: what is asked does not go together, or there is no such key.
    """
    if new and delete:
        raise MisconfiguredError("Make --new keys or --delete those of an account: not both.")
    if delete:
        await _delete(services, account, confirm=confirm, as_json=json)
        return
    if new:
        for each in await services.payload_keys.list():
            if account in (None, each.account_id):
                await services.payload_keys.make(each.account_id)
    await _list(services, account, as_json=json)
    if new and not json:
        console.print(f"Every process encrypts with the new keys within {NEWEST_FOR.total_seconds():.0f} seconds.")


async def _list(services: Services, account: str | None, *, as_json: bool) -> None:
    listed = [each for each in await services.payload_keys.list() if account in (None, each.account_id)]
    if as_json:
        print_json([{**each._asdict(), "newest_at": each.newest_at.isoformat()} for each in listed])
    elif not listed:
        console.print("No keys yet: the first is made when a payload is encrypted (XEROSYNC_ENCRYPT_PAYLOADS).")
    else:
        rows = [(each.account_id, str(each.keys), f"{each.newest_at:%Y-%m-%d %H:%M}") for each in listed]
        print_table("Keys of payloads", ("account", "keys", "newest of (UTC)"), rows)


async def _delete(services: Services, account: str | None, *, confirm: bool, as_json: bool) -> None:
    if account is None:
        raise MisconfiguredError("Name the --account whose keys are to be deleted.")
    listed = next((each for each in await services.payload_keys.list() if each.account_id == account), None)
    if listed is None:
        raise MisconfiguredError(f"Account {account} has no keys: `starter.py payload-keys` lists those that have.")
    if not confirm:
        raise MisconfiguredError(
            f"This deletes {listed.keys} keys of account {account} for good: nobody can read any more what Temporal "
            "keeps of its documents, and its open workflows stop. Disconnect it first, then add --confirm."
        )
    deleted = await services.payload_keys.delete(account)
    if as_json:
        print_json({"account_id": account, "deleted": deleted})
    else:
        minutes = KNOWN_FOR.total_seconds() / 60
        console.print(
            f"{deleted} keys of account {account} are deleted. Processes that run forget them within {minutes:.0f} "
            "minutes.",
            markup=False,
        )
