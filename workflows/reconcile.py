"""One reconcile of one account: are the two systems in step? Compare lists, check each difference again, conclude.

Its findings are in the store; the workflow has counts only, so its history stays short however much differs.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reconcile import ReconcileActivities
    from xerosync.core.documents import Kind
    from xerosync.core.temporal import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT, RECONCILE, SWEEP_TIMEOUT
    from xerosync.reconcile.messages import (
        CheckedAgain,
        CompareInput,
        ConcludeInput,
        ReconcileInput,
        ReconcileResult,
        RunInput,
    )

_BEFORE_CHECK = timedelta(seconds=5)
"""What changed while the lists were read has mostly arrived by then."""

_AFTER_SIGNALS = tuple(timedelta(seconds=seconds) for seconds in (3, 7, 20, 60, 180))
"""When to check what was signalled, each time after the one before."""

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")


@workflow.defn(name=RECONCILE)
class ReconcileWorkflow:
    """Compares every document of Sequence with every one of Xero, both kinds, and fixes what is safe if asked to."""

    @workflow.init
    def __init__(self, start: ReconcileInput) -> None:
        self._result = ReconcileResult(fix=start.fix)

    @workflow.run
    async def run(self, start: ReconcileInput) -> ReconcileResult:
        """Reconcile once; return the counts."""
        run = RunInput(account_id=start.account_id, run_id=workflow.info().run_id)
        for kind in Kind:
            compare = CompareInput(**run.model_dump(), kind=kind, since=start.since)
            compared = await _do(ReconcileActivities.compare_documents, compare, f"Compare all {kind.words}s")
            self._result = self._result.model_copy(update={"compared": self._result.compared + compared})
            if not compared.is_connected:
                return self._result
        if self._result.compared.uncertain:
            checked = await _check_again(run, _BEFORE_CHECK, "Check again what differs")
            if start.fix and checked.differ:
                await _fix(run)
        conclude = ConcludeInput(**run.model_dump(), compared=self._result.compared, fix=start.fix)
        self._result = await _do(ReconcileActivities.conclude, conclude, "Count what was found")
        workflow.set_current_details(f"{self._result.sentence()}. `starter.py reconcile --last` lists them.")
        return self._result

    @workflow.query
    def progress(self) -> ReconcileResult:
        """Return what was compared so far."""
        return self._result


async def _fix(run: RunInput) -> None:
    """Signal the workflows concerned, and check until everything is fixed or it takes too long."""
    signalled = await _do(ReconcileActivities.signal_workflows, run, "Send workflows what they missed")
    for wait in _AFTER_SIGNALS if signalled else ():
        if not (await _check_again(run, wait, "Check whether it is fixed")).differ:
            return


async def _check_again(run: RunInput, wait: timedelta, why: str) -> CheckedAgain:
    await workflow.sleep(wait, summary=why)
    return await _do(ReconcileActivities.check_again, run, why)


async def _do(
    activity: Callable[[ReconcileActivities, _Given], Awaitable[_Result]], given: _Given, summary: str
) -> _Result:
    return await workflow.execute_activity_method(
        activity,
        given,
        start_to_close_timeout=SWEEP_TIMEOUT,
        heartbeat_timeout=HEARTBEAT_TIMEOUT,
        retry_policy=ACTIVITY_RETRY,
        summary=summary,
    )
