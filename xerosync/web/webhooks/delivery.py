"""Brings the hints of webhooks to Temporal: at once where it answers, else within a minute of its return.

Each copy of the edge runs one `HintDelivery`. It takes pending hints from the inbox for a while, signals, and writes
what came of them; hints that it took and died with are taken again by another copy. Hints for the same document, and
all that wake the same sweep, travel as one signal.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError, RetryLaterError, UnexpectedError, XerosyncError
from xerosync.core.hints import Hint, HintAct, HintKey, HintOutcome
from xerosync.postgres import PostgresInbox

TAKEN_SECONDS = 30
"""How long taken hints are nobody else's: more than signalling them takes, and short of the minute promised."""

RETRY_SECONDS = 5
"""How long Temporal rests after it did not answer."""

POLL_SECONDS = 5
"""How often the inbox is read for what another copy left, without being woken."""

FAULT_SECONDS = 30
"""How long a hint rests whose signal failed for another reason than Temporal's silence."""

FORGET_EVERY_SECONDS = 3600

SWEEPS_APART_SECONDS = 10
"""A sweep that hints wake does not begin sooner after the one before."""

MOST_TAKEN = 500
SIGNALS_AT_ONCE = 20

log = structlog.get_logger()


class Signals(Protocol):
    """Temporal, as hints reach it. Raises RetryLaterError while it does not answer."""

    async def document(self, ref: DocumentRef, signal: str) -> None:
        """Signal a document's workflow, starting it where none runs."""
        ...

    async def customer(self, account_id: str, customer_id: str) -> None:
        """Say that a customer changed in Sequence, if its connection pushes customers by itself."""
        ...

    async def sweep(self, account_id: str) -> None:
        """Wake an account's sweep. Raises MisconfiguredError where it has none."""
        ...


class _Target(NamedTuple):
    """What hints are brought to: many hints for one travel as one signal."""

    account_id: str
    act: HintAct
    kind: Kind | None
    resource_id: str


class HintDelivery:
    """Delivers what is pending until it is stopped. A hint whose signal fails for a fault of ours waits the longest."""

    def __init__(self, inbox: PostgresInbox, signals: Signals) -> None:
        self._inbox = inbox
        self._signals = signals
        self._woken = asyncio.Event()
        self._swept: dict[str, float] = {}

    def wake(self) -> None:
        """Say that something was added to the inbox."""
        self._woken.set()

    async def deliver_now(self, hints: Sequence[Hint]) -> None:
        """Signal hints without the inbox, for when the database is down.

        Raises:
            RetryLaterError: Temporal did not take all of them.
        """
        targets = {_target(hint) for hint in hints if hint.act is not HintAct.NOTHING}
        for outcome in await self._signal(sorted(targets)):
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
        keys: dict[_Target, list[HintKey]] = defaultdict(list)
        for key, hint in taken.items():
            keys[_target(hint)].append(key)
        early = [target for target in keys if self._is_swept_lately(target)]
        targets = [target for target in keys if target not in early]
        outcomes = await self._signal(targets)
        failed: list[_Target] = []
        faulty: list[_Target] = []
        done: dict[HintKey, HintOutcome] = {}
        for target, outcome in zip(targets, outcomes, strict=True):
            if isinstance(outcome, HintOutcome):
                done |= dict.fromkeys(keys[target], outcome)
            else:
                (failed if isinstance(outcome, RetryLaterError) else faulty).append(target)
        if done:
            await self._inbox.settle(done)
        rests = ((failed, RETRY_SECONDS), (early, SWEEPS_APART_SECONDS), (faulty, FAULT_SECONDS))
        for waiting, seconds in rests:
            if waiting:
                await self._inbox.give_back([key for target in waiting for key in keys[target]], seconds)
        if failed and not done:
            raise next(outcome for outcome in outcomes if isinstance(outcome, RetryLaterError))
        return len(taken) - len(early) - len(faulty)

    async def _signal(self, targets: Sequence[_Target]) -> list[HintOutcome | XerosyncError]:
        """Signal each; return what came of each, in their order.

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
                    return await self._signal_one(target)
                except RetryLaterError as error:
                    failure = error
                    return error
                except Exception as error:
                    fault = UnexpectedError(error)
                    log.exception("hint not delivered", target=target, reason=str(fault))
                    return fault

        return list(await asyncio.gather(*(one(target) for target in targets)))

    async def _signal_one(self, target: _Target) -> HintOutcome:
        match target.act:
            case HintAct.SWEEP:
                try:
                    await self._signals.sweep(target.account_id)
                except MisconfiguredError:
                    return HintOutcome.DROPPED
                self._swept[target.account_id] = asyncio.get_running_loop().time()
            case HintAct.CUSTOMER:
                await self._signals.customer(target.account_id, target.resource_id)
            case _:
                assert target.kind
                ref = DocumentRef(account_id=target.account_id, kind=target.kind, document_id=target.resource_id)
                await self._signals.document(ref, target.act)
        return HintOutcome.DELIVERED

    def _is_swept_lately(self, target: _Target) -> bool:
        now = asyncio.get_running_loop().time()
        last = self._swept.get(target.account_id)
        return target.act is HintAct.SWEEP and last is not None and now - last < SWEEPS_APART_SECONDS


def _target(hint: Hint) -> _Target:
    if hint.act is HintAct.SWEEP:
        return _Target(hint.account_id, HintAct.SWEEP, None, "")
    return _Target(hint.account_id, hint.act, hint.kind, hint.resource_id)
