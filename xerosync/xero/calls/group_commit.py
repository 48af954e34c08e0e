"""Group commit: documents share calls, and none waits for company while there are calls to spare.

    nothing in flight        the first goes out at once, alone
    something in flight      what arrives meanwhile leaves together, when the answer is there
    a full batch waits       it leaves beside the one in flight
    the minute runs low      who comes alone waits some seconds for company (`headroom`)
    bulk work                waits while more comes: nobody waits for it

Every submitter gets its own result, matched by key. What fails whole is ambiguous for each member, since Xero may
have taken some of them: who submits looks each up before it submits again, and then travels in smaller company, in
the end alone, so that one poisonous document can't hold up its neighbours for long. Who has left, or is too late, is
left out before the call is sent.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.errors import HoldError, MissingError, RetryLaterError, XerosyncError
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.batch_sizes import BatchSizes
from xerosync.xero.calls.meter import Lane, Meter
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.errors import (
    BatchFailedError,
    DisconnectedError,
    NotSentError,
    XeroUnavailableError,
)

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_QUEUE_AGAIN = timedelta(seconds=1)
"""After which a document that was not sent in time waits for its turn again."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a call: `key` finds its result, `content` is how it travels.

    `mark` tells this attempt from all others; the batch's Idempotency-Key is made of its members' marks.
    """

    key: str
    content: bytes = field(repr=False)
    send_before: datetime | None = None
    mark: str = ""


class Operation(Protocol[R_co]):
    """What a batch of one sort does. Pure: both methods only write and read."""

    name: str
    max_items: int
    max_bytes: int

    def request(self, items: Sequence[Item]) -> Call:
        """Return the one call that does it for all."""
        ...

    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, R_co | XerosyncError]:
        """Return each item's result or error, by key. Raises what befell the call as a whole."""
        ...


@dataclass(slots=True)
class _Entry(Generic[R]):
    item: Item
    future: asyncio.Future[R]
    has_left: bool = False


@dataclass(slots=True)
class _Line(Generic[R]):
    """Those of one organisation and lane who wait for the next call."""

    connection: Connection
    lane: Lane
    waiting: deque[_Entry[R]] = field(default_factory=deque)
    flying: int = 0
    is_boarding: bool = False
    is_full: asyncio.Event = field(default_factory=asyncio.Event)

    def traveller(self, entry: _Entry[R]) -> str:
        """Name a document among those of all organisations."""
        return f"{self.connection.tenant_id} {entry.item.key}"


class GroupCommit(Generic[R]):
    """Batches one operation, for every organisation and lane by itself."""

    def __init__(self, operation: Operation[R], transport: Transport, meter: Meter, *, at_once: int = 2) -> None:
        self._operation = operation
        self._transport = transport
        self._meter = meter
        self._at_once = at_once
        self._company = BatchSizes()
        self._lines: dict[tuple[str, str, Lane], _Line[R]] = {}
        self._flights: set[asyncio.Task[None]] = set()

    async def submit(self, connection: Connection, item: Item, lane: Lane) -> R:
        """Return the item's own result.

        Raises:
            RetryLaterError: NotSentError and BudgetSpentError are not ambiguous, a failed batch is.
            HoldError: Xero refused this item, or the organisation is disconnected.
            MissingError, MisconfiguredError: as the call's answer says.
        """
        key = (connection.tenant_id, connection.grant_id, lane)
        line = self._lines.setdefault(key, _Line(connection, lane))
        entry = _Entry[R](item, asyncio.get_running_loop().create_future())
        line.waiting.append(entry)
        if self._is_full(line):
            line.is_full.set()
        self._board(line)
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
        """Whether nothing waits and nothing is under way, for any organisation."""
        return not self._lines

    async def close(self) -> None:
        """Wait for the calls under way; each ends within its own time limit."""
        while self._flights:
            await asyncio.wait(self._flights)

    def _board(self, line: _Line[R]) -> None:
        """Let a call get ready where one may: the first always, a further one only with a full batch."""
        if line.is_boarding or not line.waiting:
            return
        if line.flying == 0 or (line.flying < self._at_once and self._is_full(line)):
            line.is_boarding = True
            task = asyncio.create_task(self._fly(line), name=f"{self._operation.name} {line.connection.tenant_id}")
            self._flights.add(task)
            task.add_done_callback(self._flights.discard)

    def _left(self, line: _Line[R]) -> timedelta | None:
        """Return how long the first of those who must be sent in time can wait; None where all have time."""
        ends = [entry.item.send_before for entry in line.waiting if entry.item.send_before]
        return min(ends) - self._transport.clock() if ends else None

    def _is_full(self, line: _Line[R]) -> bool:
        if len(line.waiting) >= self._operation.max_items:
            return True
        return sum(len(entry.item.content) for entry in line.waiting) >= self._operation.max_bytes

    async def _fly(self, line: _Line[R]) -> None:
        """Make one call, from the wait for its turn to the results of its members."""
        batch: list[_Entry[R]] = []
        came_to_depart = False
        try:
            if line.lane is Lane.BULK:
                await self._meter.headroom.linger(lambda: len(line.waiting), line.is_full, self._left(line))
            await self._meter.headroom.spread(line.connection.tenant_id, line.is_full)
            async with self._meter.slot(line.connection.tenant_id, line.lane) as slot:
                token = await self._transport.authorise(line.connection)
                # Only now, right before it leaves, is it settled who goes: whoever came while we waited, too.
                batch = self._depart(line)
                came_to_depart = True
                if not batch:
                    slot.unused()
                    return
                items = [entry.item for entry in batch]
                answer = await self._transport.exchange(line.connection, self._operation.request(items), token)
                slot.saw(answer)
                self._deliver(line, batch, self._operation.results(items, answer))
        except XerosyncError as error:
            if batch:
                self._fail(line, batch, error)
            else:
                self._refuse_waiting(line, error)
        finally:
            if not came_to_depart:  # whatever kept it, a bug included: trying again at once would go on forever
                self._refuse_waiting(line, NotSentError())
            self._land(line, batch)

    def _depart(self, line: _Line[R]) -> list[_Entry[R]]:
        """Take the next batch from those who wait: in order, none twice, within the limits of size and company."""
        batch: list[_Entry[R]] = []
        stay: list[_Entry[R]] = []
        keys: set[str] = set()
        size, room = 0, self._operation.max_items
        for entry in line.waiting:
            if entry.future.done():
                continue
            if entry.item.send_before is not None and self._transport.clock() >= entry.item.send_before:
                _give_up(entry)
                continue
            most = min(room, self._company.most(line.traveller(entry), self._operation.max_items))
            grown = size + len(entry.item.content)
            if batch and (len(batch) >= most or grown > self._operation.max_bytes or entry.item.key in keys):
                stay.append(entry)
                continue
            entry.has_left = True
            batch.append(entry)
            keys.add(entry.item.key)
            size, room = grown, most
        line.waiting = deque(stay)
        if not self._is_full(line):
            line.is_full.clear()
        if batch:
            line.is_boarding = False
            line.flying += 1
            self._board(line)
        return batch

    def _land(self, line: _Line[R], batch: list[_Entry[R]]) -> None:
        for entry in batch:
            if not entry.future.done():  # the process is being torn down, or we have a bug: nobody waits forever
                entry.future.set_exception(XeroUnavailableError("The call to Xero was broken off."))
        if batch:
            line.flying -= 1
        else:
            line.is_boarding = False
        self._board(line)
        if not line.waiting and not line.flying and not line.is_boarding:
            self._lines.pop((line.connection.tenant_id, line.connection.grant_id, line.lane), None)

    def _deliver(self, line: _Line[R], batch: Sequence[_Entry[R]], results: Mapping[str, R | XerosyncError]) -> None:
        unreported = [line.traveller(entry) for entry in batch if entry.item.key not in results]
        if unreported and len(batch) > 1:  # each would be refused among the others again, and nobody learn why
            self._company.part(unreported, widely=True)
        for entry in batch:
            if entry.item.key in results:
                self._company.welcome(line.traveller(entry))
            if entry.future.done():
                continue
            if entry.item.key not in results:
                entry.future.set_exception(XeroUnavailableError("Xero's answer does not tell what became of it."))
                continue
            result = results[entry.item.key]
            if isinstance(result, XerosyncError):
                entry.future.set_exception(result)
            else:
                entry.future.set_result(result)

    def _fail(self, line: _Line[R], batch: Sequence[_Entry[R]], error: XerosyncError) -> None:
        """Tell all members of a call that failed whole; a refusal of several is nobody's yet."""
        refused = isinstance(error, HoldError | MissingError) and not isinstance(error, DisconnectedError)
        if len(batch) > 1 and (refused or _may_be_poison(error)):
            self._company.part([line.traveller(entry) for entry in batch], widely=refused)
            log.warning("batch failed", operation=self._operation.name, size=len(batch), error=type(error).__name__)
        for entry in batch:
            if entry.future.done():
                continue
            if refused and len(batch) > 1:
                # Without Xero's words: they may be of another customer's document.
                entry.future.set_exception(BatchFailedError())
            else:
                entry.future.set_exception(error)

    def _refuse_waiting(self, line: _Line[R], error: XerosyncError) -> None:
        """Tell all who wait that no call can be made now. Nothing was sent, so nothing is ambiguous."""
        told = error
        if isinstance(error, RetryLaterError) and error.ambiguous:
            told = NotSentError(str(error), retry_after=error.retry_after)
        for entry in line.waiting:
            if not entry.future.done():
                entry.future.set_exception(told)
        line.waiting.clear()


def _give_up(entry: _Entry[R]) -> None:
    if not entry.has_left and not entry.future.done():
        # Waiting for one's turn is no failure: without this, each wait would make the next one twice as long.
        entry.future.set_exception(
            NotSentError("It could not be sent in time; it is tried again.", retry_after=_QUEUE_AGAIN)
        )


def _may_be_poison(error: XerosyncError) -> bool:
    """Whether a batch may have failed because of what is in it: not where Xero is plainly away."""
    return isinstance(error, XeroUnavailableError) and error.status != HTTPStatus.SERVICE_UNAVAILABLE
