"""How far a workflow is that a page has started."""

from datetime import timedelta
from typing import TypeVar

from temporalio.client import Client, WorkflowExecutionStatus

from xerosync.core.temporal import NO_ANSWER

_ANSWER = timedelta(seconds=5)
Progress = TypeVar("Progress")


async def progress_of(temporal: Client, workflow_id: str, progress: type[Progress]) -> tuple[bool, Progress | None]:
    """Return whether a workflow runs, and how far its newest run is, as far as Temporal and a worker answer."""
    handle = temporal.get_workflow_handle(workflow_id)
    is_running = False
    try:
        is_running = (await handle.describe(rpc_timeout=_ANSWER)).status is WorkflowExecutionStatus.RUNNING
        return is_running, await handle.query("progress", result_type=progress, rpc_timeout=_ANSWER)
    except NO_ANSWER:
        return is_running, None
