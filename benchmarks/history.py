"""Events in the history of one document's life, after a day and after 90 days of waiting, where time is skipped."""

import shutil
import sys
from datetime import timedelta
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from benchmarks import people
from benchmarks.figures import Figure
from benchmarks.house import House, house
from benchmarks.waiting import until
from tests.doubles.sweeps import sweep_activities
from worker import build_worker
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.documents.client import DocumentWorkflows
from xerosync.xero import Lane

TITLE = "History of one document"


async def measure(waits: tuple[int, ...] = (1, 90)) -> list[Figure]:
    """Let one document wait so many days between being pushed and being sent, each on a server of its own."""
    events = {days: len((await history_of_a_life(days)).events) for days in waits}
    first = events[waits[0]]
    figures = [
        Figure(f"events after {days} days of waiting", count, at_most=22, note="finalized, pushed, sent, settled")
        for days, count in events.items()
    ]
    return [*figures, Figure("more events for the longer wait", max(events.values()) - first, at_most=0)]


async def history_of_a_life(days: int) -> WorkflowHistory:
    """Let one document live, waiting so many days to be sent; return its history."""
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with (
        house() as at,
        await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=server, data_converter=pydantic_data_converter
        ) as environment,
    ):
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=dict.fromkeys(SEARCH_ATTRIBUTES, keyword))
        )
        workflows = DocumentWorkflows(environment.client)
        sweep = sweep_activities(at.billing, at.gateway.books(Lane.SWEEP), at.store, workflows)
        async with build_worker(environment.client, at.store, at.documents(), sweep):
            return await _waits(at, environment, workflows, days)


async def _waits(
    at: House, environment: WorkflowEnvironment, workflows: DocumentWorkflows, days: int
) -> WorkflowHistory:
    (ref,) = await at.bill(1)

    async def is_pushed() -> bool:
        return (await at.store.document(ref)).xero is not None

    await workflows.signal(ref, "finalized")
    await until(is_pushed)
    await environment.sleep(timedelta(days=days))
    await people.send(at.sequence, ref)
    await workflows.signal(ref, "sent")
    await workflows.handle(ref).result()
    return await workflows.handle(ref).fetch_history()
