"""Workflows of a whole account, not of one document or customer: how each is started, and listed by its account."""

from typing import Any

from pydantic import BaseModel
from temporalio.client import Client, WorkflowHandle
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)

from xerosync.core.temporal import BULK_PRIORITY, NO_ANSWER, SEQUENCE_ACCOUNT, TASK_QUEUE, TemporalUnavailableError


def listed_by(account_id: str) -> TypedSearchAttributes:
    """Return the search attributes of a workflow that is an account's."""
    return TypedSearchAttributes([SearchAttributePair(SEQUENCE_ACCOUNT, account_id)])


async def start_workflow(
    client: Client,
    workflow: str,
    start: BaseModel,
    *,
    account_id: str,
    workflow_id: str,
    summary: str,
    if_one_runs: WorkflowIDConflictPolicy = WorkflowIDConflictPolicy.USE_EXISTING,
    priority: Priority = BULK_PRIORITY,
    result_type: type[Any] | None = None,
) -> WorkflowHandle[Any, Any]:
    """Start one of an account's workflows, in the bulk lane; one that runs under that id is returned instead.

    `summary` is its line in Temporal's list; `start` its input.

    Raises:
        TemporalUnavailableError: Temporal does not answer.
        WorkflowAlreadyStartedError: one runs, and `if_one_runs` is FAIL.
    """
    try:
        return await client.start_workflow(
            workflow,
            start,
            id=workflow_id,
            task_queue=TASK_QUEUE,
            result_type=result_type,
            id_conflict_policy=if_one_runs,
            search_attributes=listed_by(account_id),
            static_summary=summary,
            priority=priority,
        )
    except NO_ANSWER as error:
        raise TemporalUnavailableError(f"Temporal did not start {workflow_id}: {error}.") from error
