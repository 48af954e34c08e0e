"""Brings the hints of webhooks to Temporal: at once where it answers, else within a minute of its return.

Each copy of the edge runs one `HintDelivery`. It takes pending hints from the inbox for a while, signals, and writes
what came of them; hints that it took and died with are taken again by another copy. Hints for the same document, and
all that wake the same sweep, travel as one signal.

An event of Xero may overtake the answer to the write that caused it. So what may be an echo rests for a moment and is
compared once more with what the store knows by then, before it wakes a sweep.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError, RetryLaterError, UnexpectedError, XerosyncError
from xerosync.core.hints import Hint, HintAct, HintKey, HintOutcome
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import XeroView
from xerosync.postgres import PostgresInbox
from xerosync.traces.spans import span
from xerosync.web.flood import FloodLimit
from xerosync.web.webhooks.echoes import is_echo_of_xero

TAKEN_SECONDS = 30
"""How long taken hints are nobody else's: more than signalling them takes, and short of the minute promised."""

RETRY_SECONDS = 5
"""How long Temporal rests after it did not answer."""

POLL_SECONDS = 5
"""How often the inbox is read for what another copy left, without being woken."""

FAULT_SECONDS = 30
"""How long a hint rests whose signal failed for another reason than Temporal's silence."""

FORGET_EVERY_SECONDS = 3600

SWEEPS_AT_ONCE = 5
SWEEPS_APART_SECONDS = 10
"""Of the sweeps of an account that hints wake, a few may begin at once; then one in so many seconds."""

EARLY_SECONDS = 2
"""How long a hint rests whose sweep may not begin yet."""

WAKE_LATE_SECONDS = 0.05
"""So that what the database lets be taken again is there when this process looks."""

MOST_TAKEN = 500
SIGNALS_AT_ONCE = 20

log = structlog.get_logger()


class Signals(Protocol):
    """Temporal, as hints reach it. Raises RetryLaterError while it does not answer."""

    async def document(self, ref: DocumentRef, signal: str, number: str | None) -> None:
        """Signal a document's workflow, starting it where none runs. `number`: what the document was said to have."""
        ...

    async def customer(self, account_id: str, customer_id: str) -> None:
        """Say that a customer changed in Sequence, if its connection pushes customers by itself."""
        ...

    async def sweep(self, account_id: str) -> None:
        """Wake an account's sweep. Raises MisconfiguredError where it has none."""
        ...

    async def sweep_announced(self, account_id: str) -> None:
        """Start a sweep for what Xero's webhook announced and the inbox could not keep: it does not rest."""
        ...


class KnownDocuments(Protocol):
    """What the store knows of documents in Xero."""

    async def in_xero(self, account_id: str, xero_ids: Sequence[str]) -> Sequence[DocumentLink]:
        """Return the links of an account that name one of these documents."""
        ...


class _Target(NamedTuple):
    """What hints are brought to: many hints for one travel as one signal."""

    account_id: str
    act: HintAct
    kind: Kind | None
    resource_id: str


class HintDelivery:
    """Delivers what is pending until it is stopped. A hint whose signal fails for a fault of ours waits the longest."""

    def __init__(self, inbox: PostgresInbox, signals: Signals, known: KnownDocuments) -> None:
        self._inbox = inbox
        self._signals = signals
        self._known = known
        self._woken = asyncio.Event()
        self._sweeps = FloodLimit(1 / SWEEPS_APART_SECONDS, SWEEPS_AT_ONCE)

    def wake(self) -> None:
        """Say that something was added to the inbox."""
        self._woken.set()

    def wake_in(self, seconds: float) -> None:
        """Say that something in the inbox may be taken after so many seconds."""
        asyncio.get_running_loop().call_later(seconds + WAKE_LATE_SECONDS, self._woken.set)

    async def deliver_now(self, hints: Sequence[Hint]) -> None:
        """Signal hints without the inbox, for when the database is down.

        Raises:
            RetryLaterError: Temporal did not take all of them.
        """
        targets = {_target(hint) for hint in hints if hint.act is not HintAct.NOTHING}
        for outcome in await self._signal(sorted(targets), {}, _numbers(hints), is_kept=False):
            if isinstance(outcome, RetryLaterError):
                raise outcome
            if isinstance(outcome, XerosyncError):
                raise RetryLaterError(str(outcome))

    async def run(self) -> None:
        """Deliver until cancelled. Nothing that fails ends it: what is pending stays pending."""
        loop = asyncio.get_running_loop()
        forget_at = loop.time()
        while True:
            self._woken.clear()
            try:
                taken = await self.deliver_pending()
                if loop.time() >= forget_at:
                    forget_at = loop.time() + FORGET_EVERY_SECONDS
                    await self._inbox.forget_old()
            except RetryLaterError as error:
                log.warning("hints wait", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except Exception as error:
                log.exception("hints wait", reason=str(UnexpectedError(error)))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if taken < MOST_TAKEN:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def deliver_pending(self) -> int:
        """Take what is pending, signal it, write what came of it; return how many hints were taken.

        Raises:
            RetryLaterError: the database is down, or Temporal, for all of them.
        """
        taken = await self._inbox.claim(TAKEN_SECONDS, MOST_TAKEN)
        if not taken:
            return 0
        echoes = await self._echoes(taken)
        keys: dict[_Target, list[HintKey]] = defaultdict(list)
        for key, hint in taken.items():
            if key not in echoes:
                keys[_target(hint)].append(key)
        early = [
            target for target in keys if target.act is HintAct.SWEEP and not self._sweeps.admits(target.account_id)
        ]
        targets = [target for target in keys if target not in early]
        causes = {target: [at for key in keys[target] if (at := taken[key].traceparent)] for target in targets}
        outcomes = await self._signal(targets, causes, _numbers(taken.values()))
        failed: list[_Target] = []
        faulty: list[_Target] = []
        done: dict[HintKey, HintOutcome] = dict.fromkeys(echoes, HintOutcome.DROPPED)
        for target, outcome in zip(targets, outcomes, strict=True):
            if isinstance(outcome, HintOutcome):
                done |= dict.fromkeys(keys[target], outcome)
            else:
                (failed if isinstance(outcome, RetryLaterError) else faulty).append(target)
        if done:
            await self._inbox.settle(done)
        rests = ((failed, RETRY_SECONDS), (early, EARLY_SECONDS), (faulty, FAULT_SECONDS))
        for waiting, seconds in rests:
            if waiting:
                await self._inbox.give_back([key for target in waiting for key in keys[target]], seconds)
                self.wake_in(seconds)
        if failed and not done:
            raise next(outcome for outcome in outcomes if isinstance(outcome, RetryLaterError))
        return len(taken) - len(early) - len(faulty)

    async def _echoes(self, taken: Mapping[HintKey, Hint]) -> Collection[HintKey]:
        """Return which hints turn out to be the echo of a write of ours, by what the store knows by now."""
        doubtful = {key: (hint, hint.happened_at) for key, hint in taken.items() if hint.happened_at}
        known: dict[tuple[str, str], XeroView] = {}
        for account_id in {hint.account_id for hint, _ in doubtful.values()}:
            ids = {hint.resource_id for hint, _ in doubtful.values() if hint.account_id == account_id}
            for link in await self._known.in_xero(account_id, sorted(ids)):
                if link.xero:
                    known[account_id, link.xero.xero_id] = link.xero
        return {
            key
            for key, (hint, at) in doubtful.items()
            if is_echo_of_xero(hint.type.rpartition(" ")[2], at, known.get((hint.account_id, hint.resource_id)))
        }

    async def _signal(
        self,
        targets: Sequence[_Target],
        causes: Mapping[_Target, Sequence[str]],
        numbers: Mapping[_Target, str],
        *,
        is_kept: bool = True,
    ) -> list[HintOutcome | XerosyncError]:
        """Signal each, in the trace of the first of its `causes`; return what came of each, in their order.

        Once Temporal does not answer one, those not begun fail with it. A fault of ours fails nothing but its own.
        """
        at_once = asyncio.Semaphore(SIGNALS_AT_ONCE)
        failure: RetryLaterError | None = None

        async def one(target: _Target) -> HintOutcome | XerosyncError:
            nonlocal failure
            async with at_once:
                if failure:
                    return failure
                try:
                    with span("hint delivered", after=causes.get(target)):
                        return await self._signal_one(target, numbers.get(target), is_kept=is_kept)
                except RetryLaterError as error:
                    failure = error
                    return error
                except Exception as error:
                    fault = UnexpectedError(error)
                    log.exception("hint not delivered", target=target, reason=str(fault))
                    return fault

        return list(await asyncio.gather(*(one(target) for target in targets)))

    async def _signal_one(self, target: _Target, number: str | None, *, is_kept: bool) -> HintOutcome:
        match target.act:
            case HintAct.SWEEP if not is_kept:
                await self._signals.sweep_announced(target.account_id)
            case HintAct.SWEEP:
                try:
                    await self._signals.sweep(target.account_id)
                except MisconfiguredError:
                    return HintOutcome.DROPPED
            case HintAct.CUSTOMER:
                await self._signals.customer(target.account_id, target.resource_id)
            case _:
                assert target.kind
                ref = DocumentRef(account_id=target.account_id, kind=target.kind, document_id=target.resource_id)
                await self._signals.document(ref, target.act, number)
        return HintOutcome.DELIVERED


def _numbers(hints: Iterable[Hint]) -> Mapping[_Target, str]:
    return {_target(hint): hint.number for hint in hints if hint.number}


def _target(hint: Hint) -> _Target:
    if hint.act is HintAct.SWEEP:
        return _Target(hint.account_id, HintAct.SWEEP, None, "")
    return _Target(hint.account_id, hint.act, hint.kind, hint.resource_id)
