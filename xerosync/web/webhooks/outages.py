"""Notices that no copy of the edge took deliveries for a while, and has both sides swept then.

How long a company tries a delivery again is not published of Sequence, and no number of its deliveries shows a gap. So
what it said meanwhile may be lost. A restart is shorter than what counts as an outage: it costs nothing.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import RetryLaterError, UnexpectedError
from xerosync.core.gathering import beside, some_at_once
from xerosync.operations.sweeping import sweep_both_sides
from xerosync.services import Services

LONGEST_AWAY = timedelta(minutes=2)
"""No copy of the edge may be away for longer, else accounts are swept."""

SAID_EVERY_SECONDS = 30.0
_AT_ONCE = 10

log = structlog.get_logger()


@asynccontextmanager
async def noticing_outages(services: Services) -> AsyncGenerator[None]:
    """Say that this copy takes deliveries while the block runs; at first, and after an outage, sweep what was missed.

    While the database is away nothing is noted: unless Temporal takes them, deliveries are refused then.
    """
    async with beside(_notice(services), "notice outages of the edge"):
        yield


async def sweep_after_outage(services: Services) -> None:
    """Sweep every account that is connected, if no copy took deliveries for too long; note that one does now.

    Noted last: another copy sweeps, too, where this one dies on the way.

    Raises:
        RetryLaterError: the store does not answer.
    """
    since = await services.inbox.away_since(LONGEST_AWAY)
    if since:
        log.warning("edge was away", since=since.isoformat())
        connected = [each for each in await services.store.connections() if each.status is ConnectionStatus.CONNECTED]
        await some_at_once(lambda each: sweep_both_sides(services, each.account_id), connected, _AT_ONCE)
    await services.inbox.say_alive()


async def _notice(services: Services) -> None:
    """Go on until cancelled. Nothing that fails ends it."""
    while True:
        try:
            await sweep_after_outage(services)
        except RetryLaterError as error:
            log.debug("not noted that deliveries are taken", reason=str(error))
        except Exception as error:
            log.exception("not noted that deliveries are taken", reason=str(UnexpectedError(error)))
        await asyncio.sleep(SAID_EVERY_SECONDS)
