"""A few pairs of docs/states.md once more, through Temporal: the workflow comes to the ends of the table."""

import shutil
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from tests.pairs.case import natural_signal, shown
from tests.pairs.companies import Companies, companies
from tests.pairs.states import bring_about
from tests.pairs.sync import Connected, connected
from tests.pairs.table import Pair, alternatives, pairs
from tests.patience import until
from tests.sandbox_runner import sandbox
from worker import build_worker
from xerosync.core.documents import Kind
from xerosync.core.temporal import ACCOUNT_SWEEP, SEARCH_ATTRIBUTES, TASK_QUEUE
from xerosync.documents.client import DocumentWorkflows
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SweepInput

SAMPLE = {
    ("sent", "not there"),
    ("sent", "not there, contact archived"),
    ("sent", "as pushed"),
    ("voided", "as pushed"),
    ("final", "marked sent"),
    ("voided", "marked sent"),
    ("sent", "part-paid"),
    ("sent", "voided"),
    ("sent, then voided", "in step"),
}
PAIRS = [pair for pair in pairs() if pair.kind is Kind.INVOICE and (pair.in_sequence, pair.in_xero) in SAMPLE]
_TASKS = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
)


class Open:
    """The document's workflow on Temporal; each call returns once it waits, or has ended."""

    def __init__(self, both: Companies, at: Connected, environment: WorkflowEnvironment) -> None:
        self._both = both
        self._store = at.store
        self._client = environment.client
        self.workflows = DocumentWorkflows(environment.client)

    async def link(self) -> DocumentLink:
        return await self._store.document(self._both.ref)

    async def hint(self, name: str) -> None:
        await self.workflows.signal(self._both.ref, name)
        await until(self._rests)

    async def sweep(self) -> None:
        given = SweepInput(account_id=self._both.account_id)
        await self._client.execute_workflow(ACCOUNT_SWEEP, given, id="sweep", task_queue=TASK_QUEUE)
        await until(self._rests)

    @asynccontextmanager
    async def until_done(self) -> AsyncGenerator[None]:
        """Leave no open workflow behind, whose tasks the next worker would take."""
        yield
        with suppress(RPCError):
            await self.workflows.handle(self._both.ref).terminate()

    async def _rests(self) -> bool:
        """Whether there is none, it has ended, or nothing is under way."""
        handle = self.workflows.handle(self._both.ref)
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return True
            raise
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return True
        under_way = {each.activity_type.name for each in described.raw_description.pending_activities}
        events = (await handle.fetch_history()).events
        tasks = [each.event_type for each in events if each.event_type in _TASKS]
        is_idle = not under_way and tasks[-1] == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
        return is_idle and len(events) == described.history_length  # else something happened between the two


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal's own server: nothing here waits for time."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=shutil.which("temporal", path=str(Path(sys.executable).parent)),
        data_converter=pydantic_data_converter,
        search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
    ) as started:
        yield started


@pytest.mark.parametrize("first", ["signalled", "swept"])
@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair.in_sequence} / {pair.in_xero}" for pair in PAIRS])
async def test_the_workflow_ends_as_the_table_says(environment: WorkflowEnvironment, pair: Pair, first: str):
    async with companies(pair.kind) as both, connected(both) as at:
        opened = Open(both, at, environment)
        async with (
            build_worker(environment.client, at.store, *at.activities(both, opened.workflows), runner=sandbox()),
            opened.until_done(),
        ):
            await bring_about(both, opened, pair.in_sequence, pair.in_xero)
            if first == "swept":
                await opened.sweep()
            await opened.hint(natural_signal(pair.in_sequence))
            await opened.sweep()
            end = await shown(both, await opened.link())
    assert end.state in alternatives(pair.end)
    assert end.in_sequence in alternatives(pair.sequence_shows)
    assert end.in_xero in alternatives(pair.xero_shows)
