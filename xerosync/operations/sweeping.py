"""Sweeping an account at once, where nobody told us for a while what happened."""

import asyncio
from contextlib import suppress

from xerosync.core.errors import MisconfiguredError
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.documents.client import sweep_now
from xerosync.services import Services

_TEMPORAL_SECONDS = 5
"""How long Temporal is waited for. Its client would wait longer."""


async def sweep_both_sides(services: Services, account_id: str) -> None:
    """Sweep an account now and compare it with Sequence: it was just connected, or its webhook just made again.

    The first comparison finds what was issued before the connection. The sooner it is made, the less can come in
    between. Where Temporal does not answer, or lost the Schedule, which a worker that starts makes again, that sweeps
    later.

    Raises:
        RetryLaterError: the store does not answer.
    """
    await services.spacings.ask(account_id)
    await services.store.ask_comparison(account_id)
    with suppress(TemporalUnavailableError, MisconfiguredError, TimeoutError):
        async with asyncio.timeout(_TEMPORAL_SECONDS):
            await sweep_now(services.temporal, account_id)
