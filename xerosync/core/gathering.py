"""Work done at once: the same for many subjects, or one beside a block."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

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


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncGenerator[None]:
    """Do work that has no end while the block runs; cancel it with the block, and wait until it has ended."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
