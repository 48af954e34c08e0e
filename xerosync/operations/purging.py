"""Purges what is older than a setting says, every hour, in each worker: what one does another finds done."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError, UnexpectedError
from xerosync.core.gathering import beside
from xerosync.core.temporal import RunState, run_state
from xerosync.customers.client import customer_import_id
from xerosync.postgres.purge import Purged
from xerosync.services import Services

EVERY = timedelta(hours=1)

log = structlog.get_logger()


async def purge_older_than(services: Services, keep: timedelta) -> Purged:
    """Purge now what did not change for so long; return how much.

    Raises:
        RetryLaterError: the database or Temporal does not answer; a part may be done.
    """

    async def imports(account_id: str) -> bool:
        return await _imports_customers(services, account_id)

    return await services.purge.purge(oldest_kept(keep), imports)


def oldest_kept(keep: timedelta) -> datetime:
    """Return from which instant on (UTC) everything is kept."""
    return utc_now() - keep


async def _imports_customers(services: Services, account_id: str) -> bool:
    """Whether an import of customers runs, also one that waits for months."""
    return await run_state(services.temporal, customer_import_id(account_id)) is RunState.RUNNING


@asynccontextmanager
async def purging(services: Services, keep: timedelta | None, every: timedelta = EVERY) -> AsyncGenerator[None]:
    """Purge what is older than `keep` while the block runs, at its start and every hour; nothing without `keep`."""
    if keep is None:
        yield
        return
    async with beside(_purge_for_ever(lambda: purge_older_than(services, keep), every), "purge"):
        yield


async def _purge_for_ever(purge: Callable[[], Awaitable[Purged]], every: timedelta) -> None:
    """Purge until cancelled. Nothing that fails ends it: the next time it goes on where it was."""
    while True:
        try:
            purged = await purge()
            if purged != Purged():
                log.info("purged", **purged.model_dump())
        except RetryLaterError as error:
            log.warning("purge put off", reason=str(error))
        except Exception as error:
            log.exception("purge put off", reason=str(UnexpectedError(error)))
        await asyncio.sleep(every.total_seconds())
