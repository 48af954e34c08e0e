"""The same work for many subjects, some of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


async def some_at_once(work: Callable[[_T], Awaitable[_R]], subjects: Sequence[_T], most: int) -> list[_R]:
    """Do it for each subject, `most` of them at once; return the results in order. The first error cancels the rest."""
    free = asyncio.Semaphore(most)

    async def one(subject: _T) -> _R:
        async with free:
            return await work(subject)

    tasks = [asyncio.create_task(one(subject)) for subject in subjects]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
