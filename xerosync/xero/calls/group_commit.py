"""Group commit: many documents share one call to Xero, and one document alone does not wait for others.

    no call under way        the first item is sent at once, alone
    a call under way         items that come meanwhile are sent together when it has ended
    enough for a full batch  a second call starts beside the first
    the minute runs low      a call that is not full waits some seconds for more items (`spacing`)
    a lane that waits        a call waits while more items come: bulk work, and changes after a sweep

Every submitter gets the result of its own item, matched by key. When a call fails as a whole, Xero may still have taken
some of its items: whoever submitted one looks it up before submitting it again. Such items are then sent in smaller
batches (`batch_sizes`), in the end alone, so that one bad document cannot block the others for long. An item whose
submitter is gone, or whose time is over, is left out before the call is sent.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Generic, TypeVar

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.errors import HoldError, MissingError, RetryLaterError, XerosyncError
from xerosync.core.rate_limits import Lane
from xerosync.metrics.counts import count_batch
from xerosync.traces.spans import Span, span, traceparent
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.batch_sizes import BatchSizes
from xerosync.xero.calls.rate_limit import XeroRateLimiter
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.errors import BatchFailedError, DisconnectedError, NotSentError, XeroUnavailableError

R = TypeVar("R")

_CALLS_AT_ONCE = 2
"""For each organisation and lane."""

_RETRY_NOT_SENT = timedelta(seconds=1)
"""When an item that could not be sent in time is submitted again."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a batch: `key` finds its result, `content` is what the call carries for it.

    `send_before` (UTC) is the latest instant to send it. `mark` is unique to this attempt; the Idempotency-Key of a
    batch is made of the marks of its items.
    """

    key: str
    content: bytes = field(repr=False)
    send_before: datetime | None = None
    mark: str = ""


class Operation(ABC, Generic[R]):
    """What one call does for a batch of items. Pure: both methods only write and read."""

    name: str
    max_items: int = 50
    """Xero's advice."""
    max_bytes: int = 3_000_000
    """Of all contents together. Xero says 10 MB; 3.5 MB is what it takes in practice."""

    @abstractmethod
    def request(self, items: Sequence[Item]) -> Call:
        """Return the one call for all items."""

    @abstractmethod
    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, R | XerosyncError]:
        """Return each item's result or error, by key. Raises the error of the whole call."""


@dataclass(slots=True)
class _Entry(Generic[R]):
    item: Item
    future: asyncio.Future[R]
    span: Span
    """Of whoever submitted it, while it waits for its result."""
    traceparent: str | None
    is_sent: bool = False


@dataclass(slots=True)
class _Queue(Generic[R]):
    """The items of one organisation and lane that wait for the next call."""

    connection: Connection
    lane: Lane
    waiting: deque[_Entry[R]] = field(default_factory=deque)
    calls_under_way: int = 0
    is_preparing: bool = False
    """Whether a call waits for its slot, and has not taken its items yet."""
    is_full: asyncio.Event = field(default_factory=asyncio.Event)

    def size_key(self, entry: _Entry[R]) -> str:
        """Return the key of an item in `BatchSizes`, which all organisations share."""
        return f"{self.connection.tenant_id} {entry.item.key}"


class GroupCommit(Generic[R]):
    """Batches one operation, with a queue for every organisation and lane. A call of the lanes `waits_in` waits."""

    def __init__(
        self,
        operation: Operation[R],
        transport: Transport,
        limiter: XeroRateLimiter,
        *,
        waits_in: Collection[Lane] = (Lane.BULK,),
    ) -> None:
        self._operation = operation
        self._waits_in = frozenset(waits_in)
        self._transport = transport
        self._limiter = limiter
        self._sizes = BatchSizes()
        self._queues: dict[tuple[str, str, Lane], _Queue[R]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, connection: Connection, item: Item, lane: Lane) -> R:
        """Return the item's own result.

        Raises:
            RetryLaterError: NotSentError and BudgetSpentError are not ambiguous, a failed batch is.
            HoldError: Xero refused this item, or the organisation is disconnected.
            MissingError, MisconfiguredError: as the call's answer says.
        """
        with span(f"{self._operation.name}, one of a call") as waiting:
            return await self._submit(connection, item, lane, waiting)

    async def _submit(self, connection: Connection, item: Item, lane: Lane, waiting: Span) -> R:
        key = (connection.tenant_id, connection.grant_id, lane)
        queue = self._queues.setdefault(key, _Queue(connection, lane))
        entry = _Entry[R](item, asyncio.get_running_loop().create_future(), waiting, traceparent())
        queue.waiting.append(entry)
        if self._is_full(queue):
            queue.is_full.set()
        self._start_call(queue)
        if item.send_before is None:
            return await entry.future
        left = item.send_before - self._transport.clock()
        timer = asyncio.get_running_loop().call_later(max(0.0, left.total_seconds()), _give_up, entry)
        try:
            return await entry.future
        finally:
            timer.cancel()

    @property
    def is_idle(self) -> bool:
        """Whether no item waits and no call is under way, for any organisation."""
        return not self._queues

    async def close(self) -> None:
        """Wait for the calls under way; each ends within its own time limit."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start_call(self, queue: _Queue[R]) -> None:
        """Prepare a call where one may start: the first always, a further one only with a full batch."""
        if queue.is_preparing or not queue.waiting:
            return
        under_way = queue.calls_under_way
        if under_way == 0 or (under_way < _CALLS_AT_ONCE and self._is_full(queue)):
            queue.is_preparing = True
            task = asyncio.create_task(self._call(queue), name=f"{self._operation.name} {queue.connection.tenant_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _time_left(self, queue: _Queue[R]) -> timedelta | None:
        """Return the time until the first item must be sent; None where no item has a limit."""
        ends = [entry.item.send_before for entry in queue.waiting if entry.item.send_before]
        return min(ends) - self._transport.clock() if ends else None

    def _is_full(self, queue: _Queue[R]) -> bool:
        if len(queue.waiting) >= self._operation.max_items:
            return True
        return sum(len(entry.item.content) for entry in queue.waiting) >= self._operation.max_bytes

    async def _call(self, queue: _Queue[R]) -> None:
        """Make one call: wait for a slot, take a batch, send it, and hand out the results."""
        batch: list[_Entry[R]] = []
        has_taken = False
        spacing, connection = self._limiter.spacing, queue.connection
        try:
            if queue.lane in self._waits_in:
                await spacing.wait_for_more(lambda: len(queue.waiting), queue.is_full, self._time_left(queue))
            await spacing.space_out(connection.tenant_id, queue.is_full)
            async with self._limiter.slot(connection.tenant_id, queue.lane) as slot:
                token = await self._transport.authorise(connection)
                batch = self._take_batch(queue)
                has_taken = True
                if not batch:
                    slot.unused()
                    return
                items = [entry.item for entry in batch]
                count_batch(self._operation.name, len(items))
                with _call_span(self._operation.name, batch):
                    answer = await self._transport.exchange(connection, self._operation.request(items), token)
                slot.record(answer)
                self._hand_out(queue, batch, self._operation.results(items, answer))
        except XerosyncError as error:
            if batch:
                self._fail(queue, batch, error)
            else:
                self._fail_waiting(queue, error)
        finally:
            if not has_taken:  # whatever the cause, a bug included: a new call at once would fail forever
                self._fail_waiting(queue, NotSentError())
            self._end_call(queue, batch)

    def _take_batch(self, queue: _Queue[R]) -> list[_Entry[R]]:
        """Take the next batch from the queue: in order, no key twice, within the limits of bytes and batch sizes."""
        batch: list[_Entry[R]] = []
        stay: list[_Entry[R]] = []
        keys: set[str] = set()
        size, room = 0, self._operation.max_items
        for entry in queue.waiting:
            if entry.future.done():
                continue
            if entry.item.send_before is not None and self._transport.clock() >= entry.item.send_before:
                _give_up(entry)
                continue
            most = min(room, self._sizes.most(queue.size_key(entry), self._operation.max_items))
            grown = size + len(entry.item.content)
            if batch and (len(batch) >= most or grown > self._operation.max_bytes or entry.item.key in keys):
                stay.append(entry)
                continue
            entry.is_sent = True
            batch.append(entry)
            keys.add(entry.item.key)
            size, room = grown, most
        queue.waiting = deque(stay)
        if not self._is_full(queue):
            queue.is_full.clear()
        if batch:
            queue.is_preparing = False
            queue.calls_under_way += 1
            self._start_call(queue)
        return batch

    def _end_call(self, queue: _Queue[R], batch: list[_Entry[R]]) -> None:
        for entry in batch:
            if not entry.future.done():  # the process ends, or we have a bug: no submitter may wait forever
                entry.future.set_exception(XeroUnavailableError("The call to Xero was broken off."))
        if batch:
            queue.calls_under_way -= 1
        else:
            queue.is_preparing = False
        self._start_call(queue)
        if not queue.waiting and not queue.calls_under_way and not queue.is_preparing:
            self._queues.pop((queue.connection.tenant_id, queue.connection.grant_id, queue.lane), None)

    def _hand_out(self, queue: _Queue[R], batch: Sequence[_Entry[R]], results: Mapping[str, R | XerosyncError]) -> None:
        without_result = [queue.size_key(entry) for entry in batch if entry.item.key not in results]
        if without_result and len(batch) > 1:  # in the same batch again, it would lack its reason again
            self._sizes.shrink(without_result, is_refusal=True)
        for entry in batch:
            if entry.item.key in results:
                self._sizes.reset(queue.size_key(entry))
            if entry.future.done():
                continue
            if entry.item.key not in results:
                entry.future.set_exception(XeroUnavailableError("Xero's answer does not say what became of it."))
                continue
            result = results[entry.item.key]
            if isinstance(result, XerosyncError):
                entry.future.set_exception(result)
            else:
                entry.future.set_result(result)

    def _fail(self, queue: _Queue[R], batch: Sequence[_Entry[R]], error: XerosyncError) -> None:
        """Fail all items of a call. The refusal of a whole batch says nothing yet about any single item."""
        is_refusal = isinstance(error, HoldError | MissingError) and not isinstance(error, DisconnectedError)
        if len(batch) > 1 and (is_refusal or _may_be_caused_by_an_item(error)):
            self._sizes.shrink([queue.size_key(entry) for entry in batch], is_refusal=is_refusal)
            log.warning("batch failed", operation=self._operation.name, size=len(batch), error=type(error).__name__)
        for entry in batch:
            if entry.future.done():
                continue
            if is_refusal and len(batch) > 1:
                # Without Xero's words: they may be about another customer's document.
                entry.future.set_exception(BatchFailedError())
            else:
                entry.future.set_exception(error)

    def _fail_waiting(self, queue: _Queue[R], error: XerosyncError) -> None:
        """Fail all items that wait: no call can be made now. Nothing was sent, so nothing is ambiguous."""
        if isinstance(error, RetryLaterError) and error.ambiguous:
            error = NotSentError(str(error), retry_after=error.retry_after)
        for entry in queue.waiting:
            if not entry.future.done():
                entry.future.set_exception(error)
        queue.waiting.clear()


@contextmanager
def _call_span(name: str, batch: Sequence[_Entry[R]]) -> Generator[None]:
    """Let a call belong to the trace of its first item; it and the traces of the others name each other."""
    with span(name, after=[each.traceparent for each in batch if each.traceparent], items=len(batch)):
        here = traceparent()
        for each in batch[1:]:
            each.span.link(here)
        yield


def _give_up(entry: _Entry[R]) -> None:
    if not entry.is_sent and not entry.future.done():
        # Waiting in the queue is no failure: without this, each wait would double the next one.
        entry.future.set_exception(
            NotSentError("It could not be sent in time; it is tried again.", retry_after=_RETRY_NOT_SENT)
        )


def _may_be_caused_by_an_item(error: XerosyncError) -> bool:
    """Whether one item may have made the call fail: not where Xero plainly is down."""
    return isinstance(error, XeroUnavailableError) and error.status != HTTPStatus.SERVICE_UNAVAILABLE
