"""Which key opens which Sequence account: the one of the settings, or each account's own."""

import time
from collections.abc import Awaitable, Callable

import httpx

from xerosync.core.errors import MisconfiguredError
from xerosync.sequence.client import Credentials, SequenceClient
from xerosync.sequence.turns import RateLimiter

Lookup = Callable[[str], Awaitable[Credentials | None]]
"""Finds an account's own credentials by its id."""

_KEPT_SECONDS = 5.0
"""How long an answer of `Lookup` is good for: a key that was just replaced is used no longer."""

_LIST_ACCOUNTS, _ACCOUNTS = "list the accounts of the key", "/sequence-accounts"


class SequenceAccounts:
    """Gives the client of an account. Accounts without credentials of their own share the default ones."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        default: Credentials | None,
        *,
        account_id: str | None = None,
        own: Lookup | None = None,
        turns: RateLimiter | None = None,
    ) -> None:
        """Take the pool, the API's address, the key of the settings and, if known, which account it opens.

        Every request waits for its turn, in the lane of `turns`; without them none does.
        """
        self._http = http
        self._base_url = base_url
        self._own = own
        self._turns = turns
        self._default = SequenceClient(http, base_url, default, turns=turns) if default else None
        self._account_id = account_id
        self._clients: dict[str, tuple[float, SequenceClient | None]] = {}

    async def client(self, account_id: str) -> SequenceClient:
        """Return the client that sees an account.

        Raises:
            MisconfiguredError: no key is known for it.
        """
        own = await self._own_client(account_id)
        if own:
            return own
        if self._default is None or self._account_id not in (None, account_id):
            raise MisconfiguredError(
                f"No key of Sequence account {account_id} is known: give it to `starter.py sequence-key`, or set "
                "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET, and XEROSYNC_SEQUENCE_ACCOUNT_ID if "
                "it is set, to that account's."
            )
        return self._default

    async def check(self, account_id: str) -> None:
        """Make sure that an account is one that can be asked for, before anybody rests on it.

        Raises:
            MisconfiguredError: no key is known for it, or that of the settings opens other accounts.
        """
        client = await self.client(account_id)
        if client is self._default and self._account_id is None:
            opened = [str(each.get("id")) for each in await client.everything(_LIST_ACCOUNTS, _ACCOUNTS)]
            if account_id not in opened:
                raise MisconfiguredError(
                    f"The key of the settings does not open account {account_id}, but {', '.join(opened) or 'none'}: "
                    "name one of these, or give the other's own key to `starter.py sequence-key`."
                )

    async def try_key(self, account_id: str) -> None:
        """Ask Sequence something with the key of an account: one request, of which nothing is kept.

        Raises:
            MisconfiguredError: no key is known for it, or Sequence does not take it.
            RetryLaterError: Sequence does not answer.
        """
        client = await self.client(account_id)
        await client.page(_LIST_ACCOUNTS, _ACCOUNTS, {"limit": "1"})

    async def _own_client(self, account_id: str) -> SequenceClient | None:
        """Return the client of an account's own key, if it has one."""
        if self._own is None:
            return None
        asked_at, client = self._clients.get(account_id, (None, None))
        now = time.monotonic()
        if asked_at is None or now - asked_at > _KEPT_SECONDS:
            key = await self._own(account_id)
            origin = f"the key that is stored for account {account_id}"
            client = SequenceClient(self._http, self._base_url, key, origin=origin, turns=self._turns) if key else None
            self._clients[account_id] = (now, client)
        return client

    async def opened_by(self, key: Credentials) -> list[str]:
        """Name the accounts that a key opens. Raises MisconfiguredError where Sequence does not take it."""
        client = SequenceClient(self._http, self._base_url, key, origin="the key that was given", turns=self._turns)
        found = await client.everything(_LIST_ACCOUNTS, _ACCOUNTS)
        return [str(account.get("id")) for account in found]

    async def account_id(self) -> str:
        """Return the one account of the settings: as set, else as Sequence tells, which is asked once.

        Raises:
            MisconfiguredError: there is no key in the settings, or it opens several accounts.
        """
        if self._account_id is None:
            if self._default is None:
                raise MisconfiguredError("Set XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET.")
            found = await self._default.everything(_LIST_ACCOUNTS, _ACCOUNTS)
            if len(found) != 1:
                names = ", ".join(str(account.get("id")) for account in found) or "none"
                raise MisconfiguredError(f"Set XEROSYNC_SEQUENCE_ACCOUNT_ID; the key opens these accounts: {names}.")
            self._account_id = str(found[0].get("id"))
        return self._account_id
