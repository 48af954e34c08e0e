"""Sequence with one key and no limit of requests."""

from datetime import timedelta

import httpx

from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.rate_limits import Lane, Wait
from xerosync.sequence import SequenceAccounts, SequenceRateLimiter


class UnlimitedRequests:
    """Implements `RequestCounter`: grants every request."""

    async def take(self, key: str, lane: Lane) -> Wait | None:
        del key, lane

    async def hold(self, key: str, wait: timedelta) -> None:
        del key, wait


def unlimited() -> SequenceRateLimiter:
    """Return a limiter that never waits."""
    return SequenceRateLimiter(UnlimitedRequests())


async def no_stored_key(account_id: str) -> SequenceKey | None:
    """Return no key: every account uses the default one."""
    del account_id


def accounts_of(http: httpx.AsyncClient, url: str, key: SequenceKey) -> SequenceAccounts:
    """Return the accounts that one key opens."""
    return SequenceAccounts(http, url, default=key, default_account_id=None, stored=no_stored_key, limiter=unlimited())
