"""One reconcile of one account: are the two systems in step? Lists first, doubtful documents again, then a verdict.

Its findings are in the store; here are counts alone, so its history stays short however much differs.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reconcile import ReconcileActivities
    from xerosync.core.documents import Kind
    from xerosync.core.temporal import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT, RECONCILE, SWEEP_TIMEOUT
    from xerosync.reconcile.messages import (
        CompareInput,
        ConcludeInput,
        LookedAgain,
        ReconcileInput,
        ReconcileResult,
        RunInput,
    )

_BEFORE_LOOKING_AGAIN = timedelta(seconds=5)
"""What was under way while the lists were read mostly has arrived by then."""

_AFTER_TELLING = tuple(timedelta(seconds=seconds) for seconds in (3, 7, 20, 60, 180))
"""When to look whether what was told is mended, each after the one before."""


@workflow.defn(name=RECONCILE)
class ReconcileWorkflow:
    """Compares every document of Sequence with every one of Xero, both kinds, and mends what is safe if asked to."""

    @workflow.init
    def __init__(self, start: ReconcileInput) -> None:
        self._result = ReconcileResult(fix=start.fix)

    @workflow.run
    async def run(self, start: ReconcileInput) -> ReconcileResult:
        """Reconcile once; return the counts."""
        run = RunInput(account_id=start.account_id, run_id=workflow.info().run_id)
        for kind in Kind:
            compared = await workflow.execute_activity_method(
                ReconcileActivities.compare_documents,
                CompareInput(**run.model_dump(), kind=kind, since=start.since),
                start_to_close_timeout=SWEEP_TIMEOUT,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary=f"Compare all {kind.words}s",
            )
            self._result = self._result.model_copy(update={"compared": self._result.compared + compared})
            if not compared.is_connected:
                return self._result
        if self._result.compared.doubtful:
            looked = await self._look_again(run, _BEFORE_LOOKING_AGAIN, "Look again at what differs")
            if start.fix and looked.differ:
                await self._mend(run)
        self._result = await workflow.execute_activity_method(
            ReconcileActivities.conclude,
            ConcludeInput(**run.model_dump(), compared=self._result.compared, fix=start.fix),
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Count what was found",
        )
        workflow.set_current_details(f"{self._result.sentence()}. `starter.py reconcile --last` lists them.")
        return self._result

    @workflow.query
    def progress(self) -> ReconcileResult:
        """Tell what was compared so far."""
        return self._result

    async def _mend(self, run: RunInput) -> None:
        """Tell the workflows concerned, and look until all is mended or it takes too long."""
        told = await workflow.execute_activity_method(
            ReconcileActivities.tell_workflows,
            run,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Tell workflows what they missed",
        )
        for wait in _AFTER_TELLING if told else ():
            looked = await self._look_again(run, wait, "Look whether it is mended")
            if not looked.differ:
                return

    async def _look_again(self, run: RunInput, wait: timedelta, why: str) -> LookedAgain:
        await workflow.sleep(wait, summary=why)
        return await workflow.execute_activity_method(
            ReconcileActivities.look_again,
            run,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary=why,
        )
