"""`sequence-key`: keep the API key of one of several Sequence accounts, encrypted like the tokens of Xero."""

import getpass
import sys
from typing import NamedTuple

from pydantic import SecretStr

from xerosync.commands.output import console, print_json, progress
from xerosync.model.errors import MisconfiguredError
from xerosync.services import Services
from xerosync.store import AccountCredentials


class Key(NamedTuple):
    """A key as it was typed."""

    client_id: str
    client_secret: SecretStr


def read_key() -> Key:
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
    return Key(given[0], SecretStr(given[1]))


async def keep_key(services: Services, account_id: str | None, key: Key, *, as_json: bool) -> None:
    """Keep a key for the account that it opens.

    Raises:
        MisconfiguredError: Sequence does not take it, or it does not open the account that is named.
    """
    opened = await services.sequence.opened_by(key)
    if account_id is None and len(opened) == 1:
        account_id = opened[0]
    if account_id is None or account_id not in opened:
        names = ", ".join(opened) or "none"
        raise MisconfiguredError(f"The key opens these accounts: {names}. Name one of them with --account.")
    await services.accounts.save(
        AccountCredentials(account_id=account_id, client_id=key.client_id, client_secret=key.client_secret)
    )
    if as_json:
        print_json({"account_id": account_id})
    else:
        console.print(f"The key of account {account_id} is kept: `starter.py connect --account {account_id}` is next.")
