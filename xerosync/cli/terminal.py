"""How commands speak to a person or a program: a table or JSON on standard output, progress on standard error.

How commands ask a person at a terminal. Whoever has none is told what to say on the command line.

Following a workflow to its end: a bar that moves, and word of what it waits for.

Reports as CSV files, as a spreadsheet reads them.
"""

import asyncio
import csv
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import to_jsonable_python
from rich import box
from rich.console import Console
from rich.table import Table
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from xerosync.core.errors import MisconfiguredError, RetryLaterError


class NoAnswerError(Exception):
    """Nobody answers any more: the input has ended."""


def can_ask() -> bool:
    """Whether a person sits at a terminal."""
    return sys.stdin.isatty()


async def line(prompt: str) -> str:
    """Return the line that answers a prompt; Ctrl-C works meanwhile.

    Raises:
        NoAnswerError: the input has ended.
    """
    progress.print(prompt, end="", markup=False)
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    answer = sys.stdin.readline()
    if not answer:
        raise NoAnswerError
    return answer.strip()


T = TypeVar("T")


_POLL_SECONDS = 0.5
_LOOK_EVERY = 4
"""Polls between two looks at what the workflow waits for."""

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


async def follow(handle: WorkflowHandle[Any, T], what: str, look: Callable[[], Awaitable[None]]) -> T:
    """Return a workflow's result; `look` is called every half second meanwhile and asks the worker how far it is.

    Raises:
        NoWorkerError: nobody works.
        RetryLaterError: Temporal does not answer, or somebody ended the workflow.
    """
    result, told, polls, queries = asyncio.create_task(handle.result()), set[str](), 0, Queries(what)
    try:
        while not result.done():
            await queries.ask(look)
            if polls % _LOOK_EVERY == _LOOK_EVERY - 1:
                await _tell_of_failures(handle, told)
            polls += 1
            await asyncio.wait([result], timeout=_POLL_SECONDS)
        return await result
    except RPCError as error:
        raise RetryLaterError(f"Temporal does not say how far {what} is: {error}.") from error
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


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_folder(file: Path | None) -> None:
    """Fail before the work is done, not after. Raises MisconfiguredError where a report can't be written."""
    if file and not file.absolute().parent.is_dir():
        raise MisconfiguredError(f"The report can't be written: there is no folder {file.absolute().parent}.")


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows, with a byte order mark so that spreadsheets read names in any script."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """Return what a spreadsheet shows; a text never becomes a formula there."""
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


_WIDTH_OF_A_FILE = 150


console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)


_FREE_TEXT = ("customer", "problem", "hold", "value", "Description")
"""Columns that may take several lines; numbers, dates and states are never broken."""


progress = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print as JSON: decimals and dates as strings. Who reads a pipe sees it at once, though the command goes on."""
    sys.stdout.write(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title; None is an empty cell."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column,
            justify="right" if column == "amount" else "left",
            no_wrap=column not in _FREE_TEXT,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)
