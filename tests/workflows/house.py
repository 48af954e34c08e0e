"""A time-skipping Temporal and a worker over both companies in memory."""

import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from activities.backfill import BackfillActivities
from activities.customer_import import ImportActivities
from activities.customers import CustomerActivities
from activities.documents import DocumentActivities
from activities.reconcile import ReconcileActivities
from tests.doubles.documents import unread_charts
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.doubles.sweeps import sequence_sweep, sweep_activities
from tests.patience import until
from tests.sandbox_runner import sandbox
from tests.workflows.customer_world import MemoryContacts, MemoryCustomers
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks
from worker import build_worker
from xerosync.backfill.pages import BackfillPages
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.customers.client import CustomerWorkflows
from xerosync.customers.importing import CustomerImport
from xerosync.customers.links import CustomerLinking
from xerosync.customers.pushing import CustomerPush
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.client import DocumentWorkflows, document_workflow_id
from xerosync.documents.describe import standing
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState, SyncStatus
from xerosync.documents.steps import LaneClients
from xerosync.reconcile.reconciler import Reconciler

_DAY = timedelta(days=1)


@dataclass
class RunningClock:
    """The time by which creates of customers are judged: each look at it may take a while."""

    pace: timedelta = timedelta(0)
    looks: int = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return datetime.now(UTC) + self.looks * self.pace


@dataclass
class House:
    """A worker between both companies in memory, on a clock that skips."""

    environment: WorkflowEnvironment
    billing: MemoryBilling
    books: MemoryBooks
    store: MemoryStore
    workflows: DocumentWorkflows
    bulk: MemoryBooks
    """The same Xero, as it is called in the bulk lane."""
    imports: MemoryImports
    customer_workflows: CustomerWorkflows
    reconciles: MemoryReconciles
    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    contacts: MemoryContacts = field(default_factory=MemoryContacts)
    clock: RunningClock = field(default_factory=RunningClock)
    passed: timedelta = timedelta(0)

    @property
    def client(self) -> Client:
        return self.environment.client

    def handle(self, ref: DocumentRef) -> WorkflowHandle[object, SyncStatus]:
        return self.client.get_workflow_handle(document_workflow_id(ref), result_type=SyncStatus)

    async def status(self, ref: DocumentRef) -> SyncStatus:
        """Ask a workflow; the time-skipping server lets a query go unanswered now and then, which is asked again."""
        answers: list[SyncStatus] = []

        async def answered() -> bool:
            try:
                answers.append(await self.handle(ref).query("status", result_type=SyncStatus))
            except RPCError as error:
                if error.status is not RPCStatusCode.DEADLINE_EXCEEDED:
                    raise
            return bool(answers)

        await until(answered)
        return answers[-1]

    async def until(self, ref: DocumentRef, state: SyncState) -> SyncStatus:
        """Wait, on the wall clock, until a document that is still open is in a state."""

        async def reached() -> bool:
            return (await self.status(ref)).state is state

        try:
            await until(reached)
        except TimeoutError:
            raise AssertionError(f"not {state}: {standing(await self.link(ref))}") from None
        return await self.status(ref)

    async def result(self, ref: DocumentRef) -> SyncStatus:
        return await self.handle(ref).result()

    async def days(self, days: float) -> None:
        """Let time pass, with a sweep that compares with Sequence every day and at the end."""
        left = timedelta(days=days)
        while left:
            part = min(left, _DAY)
            await self.environment.sleep(part)
            self.passed += part
            left -= part
            await sequence_sweep(self.billing, self.store, self.workflows, now=self.now).run("acme")

    def now(self) -> datetime:
        """Return the time, with what was let pass (UTC)."""
        return datetime.now(UTC) + self.passed

    async def link(self, ref: DocumentRef) -> DocumentLink:
        return await self.store.document(ref)

    async def history_length(self, ref: DocumentRef) -> int:
        """Count the events of a life, but for workflow tasks: how many there are depends on what meets in one."""
        events = (await self.handle(ref).fetch_history()).events
        return sum("WORKFLOW_TASK" not in EventType.Name(event.event_type) for event in events)


@asynccontextmanager
async def open_house() -> AsyncGenerator[House]:
    """Open an environment of its own (its one clock may leap years), a connection and a linked customer."""
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=server, data_converter=pydantic_data_converter
    ) as environment:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=dict.fromkeys(SEARCH_ATTRIBUTES, keyword))
        )
        store = MemoryStore()
        await store.save_connection(CONNECTION)
        await store.link_customer("acme", "customer", "contact")
        workflows = DocumentWorkflows(environment.client)
        billing, books = MemoryBilling(), MemoryBooks()
        house = House(
            environment,
            billing,
            books,
            store,
            workflows,
            bulk=MemoryBooks(documents=books.documents),
            imports=MemoryImports(store),
            customer_workflows=CustomerWorkflows(environment.client),
            reconciles=MemoryReconciles(),
        )
        linking = CustomerLinking(house.customers, house.contacts, store, workflows)
        documents = DocumentActivities(
            live=LaneClients(billing, books, linking),
            bulk=LaneClients(billing, house.bulk, linking),
            links=store,
            charts=unread_charts(store),
            new_customers=NewCustomers(house.imports, house.customer_workflows),
        )
        sweep = sweep_activities(billing, house.books, store, workflows, now=house.now)
        backfill = BackfillActivities(BackfillPages(billing, store, workflows))
        imports = ImportActivities(CustomerImport(linking, house.imports, CALL_TIMEOUT, house.clock))
        customers = CustomerActivities(CustomerPush(linking, house.imports, CALL_TIMEOUT, house.clock))
        reconcile = ReconcileActivities(Reconciler(billing, house.bulk, store, house.reconciles, workflows))
        async with build_worker(
            environment.client, store, documents, sweep, backfill, imports, customers, reconcile, runner=sandbox()
        ):
            yield house
