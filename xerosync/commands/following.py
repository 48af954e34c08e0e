"""Following a workflow to its end: a bar that moves, and word of what it waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from xerosync.commands.output import progress
from xerosync.model.errors import RetryLaterError

T = TypeVar("T")

_POLL_SECONDS = 0.5
_LOOK_EVERY = 4
"""Polls between two looks at what the workflow waits for."""


class NoWorkerError(RetryLaterError):
    """No worker answers: start `worker.py`. What was started goes on with it; the same command finds it again."""


async def follow(handle: WorkflowHandle[Any, T], what: str, look: Callable[[], Awaitable[None]]) -> T:
    """Return a workflow's result; `look` is called every half second meanwhile and asks the worker how far it is.

    Raises:
        NoWorkerError: nobody works.
        RetryLaterError: Temporal does not answer, or somebody ended the workflow.
    """
    result, told, polls = asyncio.create_task(handle.result()), set[str](), 0
    try:
        while not result.done():
            await look()
            if polls % _LOOK_EVERY == _LOOK_EVERY - 1:
                await _tell_of_failures(handle, told)
            polls += 1
            await asyncio.wait([result], timeout=_POLL_SECONDS)
        return await result
    except RPCError as error:
        if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION):
            raise NoWorkerError from None
        raise RetryLaterError(f"Temporal does not tell how far {what} is: {error}.") from error
    except WorkflowFailureError as error:
        raise RetryLaterError(f"{what.capitalize()} was ended from outside ({error.cause}): run it again.") from None
    finally:
        result.cancel()


async def _tell_of_failures(handle: WorkflowHandle[Any, Any], told: set[str]) -> None:
    """Say, once each, why the workflow's activities are tried again."""
    description = await handle.describe()
    for pending in description.raw_description.pending_activities:
        words = pending.last_failure.message
        if words and words not in told:
            told.add(words)
            progress.print(f"It is tried again by itself: {words}", markup=False)
