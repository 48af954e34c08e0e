"""Asking again for what may be asked twice: a read without which long work would have to begin anew."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from xerosync.core.errors import RetryLaterError, UnusableAnswerError

R = TypeVar("R")

WAITS = (timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=30))
"""Before each next try. A side that does not answer for so long is away, and its caller has a way to go on later."""

_LONGEST = timedelta(minutes=1)


async def asked_again(
    ask: Callable[[], Awaitable[R]],
    *,
    even_unusable: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> R:
    """Return what is read, after three more tries over 40 seconds where the other side does not answer.

    It waits as long as the other side says, a minute at most. With `even_unusable` it asks again after an answer that
    can't be used, too: for a list, not for one thing that may always be answered so.

    Raises:
        XerosyncError: what the last try raised; at once where another try is of no use.
    """
    for wait in WAITS:
        try:
            return await ask()
        except RetryLaterError as error:
            if isinstance(error, UnusableAnswerError) and not even_unusable:
                raise
            longer = min(error.retry_after or wait, _LONGEST)
        await sleep(max(wait, longer).total_seconds())
    return await ask()
