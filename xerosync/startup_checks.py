"""What a worker checks before it starts: whether its keys and secrets can work.

It starts although Xero or Sequence does not answer, since an outage passes. A refused key does not pass; but a single
refusal may be that of a proxy in between, so it is asked for again before it is believed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.gathering import some_at_once
from xerosync.services import Services

CHECK_TIMEOUT = timedelta(seconds=15)
"""For each request to Xero or Sequence; a longer one counts as an outage."""

_AT_ONCE = 10

_ASKED_AGAIN_AFTER = (1.0, 3.0)
"""Seconds from a refusal until the same is asked again."""

log = structlog.get_logger()


async def check_keys(
    services: Services, connections: Sequence[Connection], waits: Sequence[float] = _ASKED_AGAIN_AFTER
) -> None:
    """Check the token keys, the secret of the app at Xero, and the key of Sequence for each account that is connected.

    A refused key of one of several Sequence accounts does not stop the others: it is logged as an error.

    Raises:
        MisconfiguredError: a key or secret can't work; says which.
        StoreUnavailableError: the database does not answer.
    """
    for connection in connections:
        await _check_stored(services, connection)
    await _believed("Xero", services.xero.identity.check_client, waits)

    async def refused(connection: Connection) -> MisconfiguredError | None:
        try:
            await _believed("Sequence", lambda: services.sequence.try_key(connection.account_id), waits)
        except MisconfiguredError as error:
            return error
        return None

    found = [error for error in await some_at_once(refused, connections, _AT_ONCE) if error]
    if found and len(found) == len(connections):
        raise found[0]
    for error in found:
        log.error("key of sequence refused", words=str(error))


async def _check_stored(services: Services, connection: Connection) -> None:
    """Read what is stored encrypted for an account. Raises UnreadableSecretError."""
    await services.accounts.key(connection.account_id)
    try:
        await services.grants.read(connection.grant_id)
    except MissingError:
        now = await services.store.connection(connection.account_id)
        if now is None or now.grant_id == connection.grant_id:
            raise
        # It was connected again at this moment.
        await services.grants.read(now.grant_id)


async def _believed(system: str, check: Callable[[], Awaitable[None]], waits: Sequence[float]) -> None:
    """Check, and raise MisconfiguredError only where that is refused each time."""
    for seconds in waits:
        try:
            return await _unless_down(system, check())
        except MisconfiguredError as error:
            log.debug("key refused, asking again", system=system, words=str(error))
        await asyncio.sleep(seconds)
    return await _unless_down(system, check())


async def _unless_down(system: str, check: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT.total_seconds()):
            await check
    except (RetryLaterError, TimeoutError) as error:
        log.warning("key not checked", system=system, reason=type(error).__name__)
