"""`sequence-key`: keep the API key of one of several Sequence accounts, encrypted like the tokens of Xero.

`rotate-keys`: encrypt everything with the newest key, so that the older ones may go.
"""

import getpass
import sys

from pydantic import SecretStr

from xerosync.cli.app import Account, Json, WithoutTemporal, WithSettings
from xerosync.cli.json_forms import KeptKey, RotatedKeys
from xerosync.cli.terminal import console, counted, print_json, progress
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.errors import MisconfiguredError


async def rotate_keys(*, json: Json = False, services: WithoutTemporal, settings: WithSettings) -> None:
    """Encrypt all that is stored encrypted with the newest key, so that older keys may go.

    Raises:
        UnreadableSecretError: no key opens one of them, and then nothing is changed.
    """
    await services.grants.check_grants()
    # All keys in one transaction, so that one that can't be read changes nothing.
    accounts = await services.accounts.rotate_secrets()
    grants = await services.grants.rotate_grants()
    hooks = await services.webhook_secrets.rotate_secrets()
    payload_keys = await services.payload_keys.rotate_secrets()
    older = len(settings.token_keys) - 1
    if json:
        print_json(
            RotatedKeys(
                grants=grants, accounts=accounts, webhook_secrets=hooks, payload_keys=payload_keys, older_keys=older
            )
        )
        return
    console.print(
        f"Encrypted with the newest key: tokens of {counted(grants, 'grant')}, {counted(accounts, 'key')} of Sequence, "
        f"{counted(hooks, 'secret')} of webhooks, and {counted(payload_keys, 'key')} of payloads."
    )
    if older:
        console.print(
            "The older keys can be taken out of XEROSYNC_TOKEN_KEYS once no process runs any more that was started "
            "while one of them stood first."
        )


def _read_key() -> SequenceKey:
    """Ask for a key at a terminal, or read it as two lines. It is no argument: those are seen by everybody.

    Raises:
        MisconfiguredError: something else was given.
    """
    if sys.stdin.isatty():
        progress.print("Client id of the API key: ", end="", markup=False)
        given = [sys.stdin.readline().strip(), getpass.getpass("Its secret: ").strip()]
    else:
        given = sys.stdin.read().split()
    if len(given) != 2 or not all(given):  # noqa: PLR2004 - id and secret
        raise MisconfiguredError("Give the key on standard input as two lines: its client id, and its secret.")
    return SequenceKey(given[0], SecretStr(given[1]))


async def sequence_key(*, account: Account = None, json: Json = False, services: WithoutTemporal) -> None:
    """Keep the API key of one of several Sequence accounts: asked for, or two lines on standard input.

    Raises:
        MisconfiguredError: Sequence does not take it, or it does not open the account that is named.
    """
    key = _read_key()
    opened = await services.sequence.opened_by(key)
    account_id = opened[0] if account is None and len(opened) == 1 else account
    if account_id is None or account_id not in opened:
        names = ", ".join(opened) or "none"
        raise MisconfiguredError(f"The key opens these accounts: {names}. Name one of them with --account.")
    await services.accounts.save(account_id, key)
    if json:
        print_json(KeptKey(account_id=account_id))
    else:
        console.print(f"The key of account {account_id} is kept: `starter.py connect --account {account_id}` is next.")
