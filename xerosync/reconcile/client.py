"""Reconciles as others reach them in Temporal: once a week by a Schedule, or now."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    WorkflowHandle,
)

from xerosync.core.account_workflows import listed_by, start_workflow
from xerosync.core.temporal import (
    BULK_PRIORITY,
    NO_ANSWER,
    RECONCILE,
    TASK_QUEUE,
    TemporalUnavailableError,
)
from xerosync.reconcile.messages import ReconcileInput, ReconcileResult

_SUNDAY, _HOUR = 0, 2
_JITTER = timedelta(hours=2)
"""Accounts spread over that long."""


def reconcile_id(account_id: str) -> str:
    """Return the id of an account's reconcile: of its Schedule and, with Temporal's suffix, of its workflows."""
    return f"reconcile/{account_id}"


async def keep_reconciling(client: Client, account_id: str) -> None:
    """Make sure that an account is reconciled once a week, on Sunday nights (UTC). A Schedule that is there stays.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            RECONCILE,
            ReconcileInput(account_id=account_id),
            id=reconcile_id(account_id),
            task_queue=TASK_QUEUE,
            typed_search_attributes=listed_by(account_id),
            static_summary=_summary(account_id),
            priority=BULK_PRIORITY,
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(day_of_week=[ScheduleRange(_SUNDAY)], hour=[ScheduleRange(_HOUR)])],
            jitter=_JITTER,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )
    try:
        await client.create_schedule(reconcile_id(account_id), schedule)
    except ScheduleAlreadyRunningError:
        return
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not take the weekly reconcile: {error}.") from error


async def start_reconcile(client: Client, start: ReconcileInput) -> WorkflowHandle[object, ReconcileResult]:
    """Start a reconcile of an account, or return the one that was started so and runs: see its result's `fix`.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
    """
    return await start_workflow(
        client,
        RECONCILE,
        start,
        account_id=start.account_id,
        workflow_id=reconcile_id(start.account_id),
        summary=_summary(start.account_id),
        result_type=ReconcileResult,
    )


def _summary(account_id: str) -> str:
    return f"Compare Sequence and Xero for account {account_id}"
