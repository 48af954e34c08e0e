"""A step of a document's workflow that waits for its next attempt, as while the other side is away."""

from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError

from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.documents.client import document_workflow_id


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """What the last attempt met, since when the step is tried (UTC), how often it was, and when it is again (UTC)."""

    activity_id: str
    words: str
    since: datetime
    attempts: int
    next_at: datetime | None

    def sentence(self) -> str:
        """Return what it waits for and until when."""
        again = f", again at {self.next_at:%H:%M:%S} UTC" if self.next_at else ""
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return f"Tried since {self.since:%Y-%m-%d %H:%M:%S} UTC, {times}{again}: {self.words}"


def waiting_step(description: WorkflowExecutionDescription) -> WaitingStep | None:
    """Return the step of a workflow whose last attempt failed, if there is one."""
    for pending in description.raw_description.pending_activities:
        if pending.attempt > 1 and pending.HasField("last_failure"):
            next_at = _instant(pending.next_attempt_schedule_time)
            return WaitingStep(
                activity_id=pending.activity_id,
                words=pending.last_failure.message,
                since=_instant(pending.scheduled_time) or utc_now(),
                attempts=pending.attempt - 1,
                next_at=next_at,
            )
    return None


async def try_now(client: Client, ref: DocumentRef) -> WaitingStep | None:
    """Have the step that waits tried at once, where Temporal can do that; return what it waited for."""
    workflow_id = document_workflow_id(ref)
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
        if step := waiting_step(description):
            await client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=client.namespace,
                    execution=WorkflowExecution(workflow_id=workflow_id, run_id=description.run_id),
                    identity=client.identity,
                    id=step.activity_id,
                )
            )
    except RPCError:
        return None
    return step


def _instant(stamp: Timestamp) -> datetime | None:
    return stamp.ToDatetime(UTC) if stamp.seconds else None
