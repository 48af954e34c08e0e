"""What a worker looks at before it says that it started: whether its keys and secrets can work at all.

That a company does not answer is no reason to stay away: that passes. That it refuses a key does not.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.gathering import some_at_once
from xerosync.services import Services

PATIENCE = timedelta(seconds=15)
"""For all that is asked of the companies; what takes longer is taken for an outage."""

_AT_ONCE = 10

log = structlog.get_logger()


async def check_keys(services: Services, connections: Sequence[Connection]) -> None:
    """Check the token keys, the secret of the app at Xero, and the key of Sequence for each account that is connected.

    A key of Sequence that one of several accounts has of its own stops nobody else: it is logged as an error.

    Raises:
        MisconfiguredError: a key or secret can't work; says which.
        StoreUnavailableError: the database does not answer.
    """
    for connection in connections:
        await _check_stored(services, connection)
    await _unless_away("Xero", services.xero.identity.check_client())

    async def refused(connection: Connection) -> MisconfiguredError | None:
        try:
            await _unless_away("Sequence", services.sequence.try_key(connection.account_id))
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
        # Somebody connected it again in this moment.
        await services.grants.read(now.grant_id)


async def _unless_away(whom: str, asking: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await asking
    except (RetryLaterError, TimeoutError) as error:
        log.warning("key not checked", of=whom, reason=type(error).__name__)
