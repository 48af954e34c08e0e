"""Which key is used for which Sequence account: the one of the settings, or a stored one of the account."""

from collections.abc import Awaitable, Callable

import httpx

from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.clock import seconds
from xerosync.core.errors import MisconfiguredError
from xerosync.sequence.client import SequenceClient
from xerosync.sequence.rate_limit import SequenceRateLimiter

KeyLookup = Callable[[str], Awaitable[SequenceKey | None]]
"""Returns the stored key of an account by its id; None where it has none."""

_KEPT_SECONDS = 5.0
"""How long an answer of `KeyLookup` is used, and with it a key that was just replaced."""

_LIST_ACCOUNTS, _ACCOUNTS = "list the accounts of the key", "/sequence-accounts"


class SequenceAccounts:
    """Returns the client of an account. Accounts without a stored key share the default one."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        *,
        default: SequenceKey | None,
        default_account_id: str | None,
        stored: KeyLookup,
        limiter: SequenceRateLimiter,
    ) -> None:
        """`default` is the key of the settings, `default_account_id` the account that it opens, where that is set.

        Every request waits for `limiter`, in its lane.
        """
        self._http = http
        self._base_url = base_url
        self._stored = stored
        self._limiter = limiter
        self._default = SequenceClient(http, base_url, default, limiter) if default else None
        self._default_account_id = default_account_id
        self._clients: dict[str, tuple[float, SequenceClient | None]] = {}

    async def client(self, account_id: str) -> SequenceClient:
        """Return the client that sees an account.

        Raises:
            MisconfiguredError: no key is known for it.
        """
        stored = await self._stored_client(account_id)
        if stored:
            return stored
        if self._default is None or self._default_account_id not in (None, account_id):
            raise MisconfiguredError(
                f"No key of Sequence account {account_id} is known: give it to `starter.py sequence-key`, or set "
                "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET, and XEROSYNC_SEQUENCE_ACCOUNT_ID if "
                "it is set, to that account's."
            )
        return self._default

    async def check(self, account_id: str) -> None:
        """Check that a known key opens an account, before anything is stored for it.

        Raises:
            MisconfiguredError: no key is known for it, or the key of the settings opens other accounts only.
        """
        client = await self.client(account_id)
        if client is self._default and self._default_account_id is None:
            opened = [str(each.get("id")) for each in await client.everything(_LIST_ACCOUNTS, _ACCOUNTS)]
            if account_id not in opened:
                raise MisconfiguredError(
                    f"The key of the settings does not open account {account_id}, but {', '.join(opened) or 'none'}: "
                    "name one of these, or give the other's own key to `starter.py sequence-key`."
                )

    async def try_key(self, account_id: str) -> None:
        """Check the key of an account with one request.

        Raises:
            MisconfiguredError: no key is known for it, or Sequence refuses it.
            RetryLaterError: Sequence does not answer.
        """
        client = await self.client(account_id)
        await client.page(_LIST_ACCOUNTS, _ACCOUNTS, {"limit": "1"})

    async def _stored_client(self, account_id: str) -> SequenceClient | None:
        """Return the client of the stored key of an account, if there is one."""
        asked_at, client = self._clients.get(account_id, (None, None))
        now = seconds()
        if asked_at is None or now - asked_at > _KEPT_SECONDS:
            key = await self._stored(account_id)
            origin = f"the key that is stored for account {account_id}"
            client = SequenceClient(self._http, self._base_url, key, self._limiter, origin=origin) if key else None
            self._clients[account_id] = (now, client)
        return client

    async def opened_by(self, key: SequenceKey) -> list[str]:
        """Return the ids of the accounts that a key opens. Raises MisconfiguredError where Sequence refuses it."""
        client = SequenceClient(self._http, self._base_url, key, self._limiter, origin="the key that was given")
        found = await client.everything(_LIST_ACCOUNTS, _ACCOUNTS)
        return [str(account.get("id")) for account in found]

    async def account_id(self) -> str:
        """Return the one account of the key in the settings: as it is set there, else as Sequence says, asked once.

        Raises:
            MisconfiguredError: there is no key in the settings, or it opens several accounts.
        """
        if self._default_account_id is None:
            if self._default is None:
                raise MisconfiguredError("Set XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET.")
            found = await self._default.everything(_LIST_ACCOUNTS, _ACCOUNTS)
            if len(found) != 1:
                names = ", ".join(str(account.get("id")) for account in found) or "none"
                raise MisconfiguredError(f"Set XEROSYNC_SEQUENCE_ACCOUNT_ID; the key opens these accounts: {names}.")
            self._default_account_id = str(found[0].get("id"))
        return self._default_account_id
