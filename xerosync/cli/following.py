"""Following long work to its end: how far it is, and what it waits for.

At a terminal a bar moves; elsewhere, as in a log, a line is written every ten seconds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from xerosync.cli.terminal import progress
from xerosync.core.errors import RetryLaterError

T = TypeVar("T")

Step = Callable[..., None]
"""Called with how many are done, and of how many if that is known."""

_LINE_EVERY = 10.0


@contextmanager
def showing_progress(title: str, *, line_every: float = _LINE_EVERY) -> Generator[Step]:
    """Show how far work is, on standard error. `line_every` is in seconds, where there is no terminal."""
    if progress.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=progress, transient=True) as bar:
            task = bar.add_task(title, total=None)

            def move(completed: int = 0, total: int | None = None) -> None:
                bar.update(task, completed=completed, total=total)

            yield move
        return
    began = last = time.monotonic()

    def write(completed: int = 0, total: int | None = None) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= line_every:
            last = now
            done = f" {completed:,}" if completed else ""
            of = f" of {total:,}" if total and completed else ""
            progress.print(f"{title}:{done}{of} ({now - began:.0f} s)", markup=False)

    yield write


_POLL_SECONDS = 0.5
_CHECK_EVERY = 4
"""Polls between two questions what the workflow waits for."""

_UNANSWERED = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION)
"""How a query ends that no worker answers in time: by the server, by the client, and where no worker ever polled."""


class NoWorkerError(RetryLaterError):
    """No worker answers: start `worker.py`. What was started goes on with it; the same command finds it again."""


class Queries:
    """Queries to one workflow, asked again where no worker answers in time: it may be busy, or be replaced.

    The user reads so after `silence` seconds without an answer; the queries are given up after `patience` seconds.
    """

    def __init__(self, what: str, *, silence: float = 15, patience: float = 300) -> None:
        self._what = what
        self._silence = silence
        self._patience = patience
        self._clock = asyncio.get_running_loop().time
        self._answered = self._clock()
        self._warned = False

    async def ask(self, query: Callable[[], Awaitable[T]]) -> T | None:
        """Return what the query answers, or None where no worker answered in time.

        Raises:
            NoWorkerError: no worker answered for too long.
        """
        try:
            answer = await query()
        except RPCError as error:
            if error.status not in _UNANSWERED:
                raise
            self._wait_on(error)
            return None
        self._answered, self._warned = self._clock(), False
        return answer

    async def answer(self, query: Callable[[], Awaitable[T]]) -> T:
        """Return what the query answers, asking until a worker answers. Raises NoWorkerError."""
        while (answer := await self.ask(query)) is None:
            await asyncio.sleep(_POLL_SECONDS)
        return answer

    def _wait_on(self, error: RPCError) -> None:
        unanswered = self._clock() - self._answered
        if unanswered >= self._patience:
            raise NoWorkerError from error
        if unanswered >= self._silence and not self._warned:
            progress.print(f"No worker answers: {self._what} goes on as soon as one runs.")
            self._warned = True


async def follow(handle: WorkflowHandle[Any, T], what: str, check: Callable[[], Awaitable[None]]) -> T:
    """Return a workflow's result; `check` is called every half second meanwhile and asks the worker how far it is.

    Raises:
        NoWorkerError: nobody works.
        RetryLaterError: Temporal does not answer, or somebody ended the workflow.
    """
    result, shown, polls, queries = asyncio.create_task(handle.result()), set[str](), 0, Queries(what)
    try:
        while not result.done():
            await queries.ask(check)
            if polls % _CHECK_EVERY == _CHECK_EVERY - 1:
                await _show_failures(handle, shown)
            polls += 1
            await asyncio.wait([result], timeout=_POLL_SECONDS)
        return await result
    except RPCError as error:
        raise RetryLaterError(f"Temporal does not say how far {what} is: {error}.") from error
    except WorkflowFailureError as error:
        raise RetryLaterError(f"{what.capitalize()} was ended from outside ({error.cause}): run it again.") from None
    finally:
        result.cancel()


async def _show_failures(handle: WorkflowHandle[Any, Any], shown: set[str]) -> None:
    """Print, once each, why the workflow's activities are tried again."""
    description = await handle.describe()
    for pending in description.raw_description.pending_activities:
        words = pending.last_failure.message
        if words and words not in shown:
            shown.add(words)
            progress.print(f"It is tried again by itself: {words}", markup=False)
