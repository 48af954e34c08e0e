"""How far a workflow is that a page has started."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio.client import Client, WorkflowFailureError

from xerosync.core.temporal import NO_ANSWER, RunState, TemporalUnavailableError, run_state

_ANSWER = timedelta(seconds=5)
Progress = TypeVar("Progress")


@dataclass(frozen=True)
class NewestRun(Generic[Progress]):
    """The newest run of a workflow: how it stands, None while Temporal is silent, and how far a worker says it is."""

    workflow_id: str
    state: RunState | None
    progress: Progress | None = None

    @property
    def is_known(self) -> bool:
        """Whether Temporal has it."""
        return self.state not in (None, RunState.UNKNOWN)

    @property
    def is_running(self) -> bool:
        """Whether it goes on by itself."""
        return self.state is RunState.RUNNING

    @property
    def is_interrupted(self) -> bool:
        """Whether it ended before its work did: what is left is done by a new one alone."""
        return self.state is RunState.BROKEN_OFF

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing that still works, whatever the store says is under way."""
        return self.state not in (None, RunState.RUNNING)


async def newest_run(temporal: Client, workflow_id: str, progress: type[Progress]) -> NewestRun[Progress]:
    """Return how a workflow's newest run stands, as far as Temporal and a worker answer.

    `progress` is what its query `progress` answers, and what it returns in the end.
    """
    state = None
    try:
        state = await run_state(temporal, workflow_id)
        if state is RunState.UNKNOWN:
            return NewestRun(workflow_id, state)
        handle = temporal.get_workflow_handle(workflow_id, result_type=progress)
        if state is RunState.COMPLETED:
            return NewestRun(workflow_id, state, await handle.result())
        return NewestRun(workflow_id, state, await handle.query("progress", result_type=progress, rpc_timeout=_ANSWER))
    except (TemporalUnavailableError, WorkflowFailureError, *NO_ANSWER):
        return NewestRun(workflow_id, state)
