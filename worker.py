"""The composition root of the worker: settings, services, activities, Worker."""

import argparse
import asyncio
import inspect
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NoReturn

import structlog
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig, WorkflowRunner

from activities.backfill import BackfillActivities, BackfillPreviewActivities
from activities.bulk import BulkActivities
from activities.customer_import import ImportActivities
from activities.customers import CustomerActivities
from activities.documents import DocumentActivities
from activities.interceptor import ActivityBoundary, Timelines
from activities.reconcile import ReconcileActivities
from activities.sweep import SweepActivities
from workflows.account_sweep import AccountSweepWorkflow
from workflows.backfill import BackfillWorkflow
from workflows.backfill_preview import BackfillPreviewWorkflow
from workflows.bulk import BulkWorkflow
from workflows.customer_import import CustomerImportWorkflow
from workflows.customer_push import CustomerPushWorkflow
from workflows.invoice_sync import InvoiceSyncWorkflow
from workflows.reconcile import ReconcileWorkflow
from xerosync.backfill.pages import BackfillPages
from xerosync.backfill.previewing import BackfillPreview
from xerosync.bulk.performing import BulkPages
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import MisconfiguredError, XerosyncError
from xerosync.core.temporal import TASK_QUEUE, check_search_attributes
from xerosync.customers.importing import CustomerImport
from xerosync.customers.overdue import OverdueActs
from xerosync.customers.pushing import CustomerPush
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.client import keep_sweeping
from xerosync.documents.hold_probes import HoldProbes
from xerosync.documents.hold_retries import HoldRetries
from xerosync.documents.sequence_sweep import SequenceSweep
from xerosync.documents.steps import LaneClients
from xerosync.documents.xero_sweep import XeroSweep
from xerosync.logs import configure_logging
from xerosync.metrics.port import serve_metrics
from xerosync.operations.backfill_preview import BackfillLookAhead
from xerosync.operations.bulk import BulkDocumentActs
from xerosync.operations.purging import purging
from xerosync.process import leave, until_stopped
from xerosync.readiness import Readiness
from xerosync.reconcile.client import keep_reconciling
from xerosync.reconcile.reconciler import Reconciler
from xerosync.services import Services, open_services
from xerosync.settings import Settings
from xerosync.small_http import serve_pages
from xerosync.startup_checks import check_keys
from xerosync.temporal_runtime import temporal_runtime
from xerosync.traces.opening import open_traces
from xerosync.worker_deployment import deployment_of
from xerosync.xero import Lane

GRACE = timedelta(seconds=30)
"""How long running activities may go on after the process is asked to stop."""

CACHED_WORKFLOWS = 1_000
"""Open documents in memory, unless a setting says otherwise: a tenth of a megabyte each."""

MAX_ACTIVITIES = 200
"""At once. They mostly wait for the network, and those that wait together share calls to Xero."""

WORKFLOWS = (
    InvoiceSyncWorkflow,
    AccountSweepWorkflow,
    BackfillWorkflow,
    BackfillPreviewWorkflow,
    BulkWorkflow,
    CustomerImportWorkflow,
    CustomerPushWorkflow,
    ReconcileWorkflow,
)

log = structlog.get_logger()


def build_worker(
    client: Client,
    timelines: Timelines,
    *groups: object,
    runner: WorkflowRunner | None = None,
    deployment: WorkerDeploymentConfig | None = None,
    cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    """Return a worker, not yet running, with all activities among the methods of each group.

    With a `deployment` it is of that build, and takes tasks once that is the current one. It keeps `cached_workflows`
    in memory, those that something happened to last.

    Workflows run without Temporal's sandbox, which makes every start and every replay slower; tests run them in it.
    """
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=[each for group in groups for each in _activities_of(group)],
        interceptors=[ActivityBoundary(timelines)],
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        max_concurrent_activities=MAX_ACTIVITIES,
        graceful_shutdown_timeout=GRACE,
        deployment_config=deployment,
        max_cached_workflows=cached_workflows,
    )


def _activities_of(group: object) -> list[Callable[..., object]]:
    functions = inspect.getmembers_static(type(group), inspect.isfunction)
    # Where @activity.defn leaves its mark; temporalio has no public way to ask for it.
    return [getattr(group, name) for name, function in functions if hasattr(function, "__temporal_activity_definition")]


def worker_of(
    services: Services,
    call_timeout: timedelta,
    sweep_interval: timedelta,
    deployment: WorkerDeploymentConfig | None = None,
    cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    """Return the worker, with all activities wired to the services."""
    store, workflows, xero = services.store, services.workflows, services.xero
    new_customers = NewCustomers(services.imports, services.customer_workflows)
    documents = DocumentActivities(
        live=LaneClients(services.billing, xero.books(Lane.LIVE), services.linking()),
        bulk=LaneClients(services.bulk_billing, xero.books(Lane.BULK), services.linking(Lane.BULK)),
        links=store,
        charts=Charts(xero.organisations(), store),
        new_customers=new_customers,
        call_timeout=call_timeout,
    )
    sweep = SweepActivities(
        OverdueActs(services.linking(Lane.BULK)),
        XeroSweep(
            books=xero.books(Lane.SWEEP),
            links=store,
            workflows=workflows,
            billing=services.bulk_billing,
            hold_probes=HoldProbes(xero.organisations(Lane.SWEEP), services.hold_probes, store, workflows),
            budget=services.budget,
            spacings=services.spacings,
            usual=sweep_interval,
        ),
        SequenceSweep(
            billing=services.bulk_billing,
            links=store,
            workflows=workflows,
            new_customers=new_customers,
            retries=HoldRetries(store, workflows),
        ),
    )
    backfill = BackfillActivities(BackfillPages(services.bulk_billing, store, workflows))
    previews = BackfillPreviewActivities(
        BackfillPreview(services.bulk_billing, store, services.backfill_previews, BackfillLookAhead(services))
    )
    bulk = BulkActivities(BulkPages(services.bulk_acts, BulkDocumentActs(services)))
    imports = ImportActivities(CustomerImport(services.linking(Lane.BULK), services.imports, call_timeout))
    customers = CustomerActivities(CustomerPush(services.linking(), services.imports, call_timeout))
    reconcile = ReconcileActivities(
        Reconciler(
            billing=services.bulk_billing,
            books=xero.books(Lane.BULK),
            links=store,
            store=services.reconciles,
            workflows=workflows,
        )
    )
    return build_worker(
        services.temporal,
        store,
        *(documents, sweep, backfill, previews, bulk, imports, customers, reconcile),
        deployment=deployment,
        cached_workflows=cached_workflows,
    )


async def run(settings: Settings) -> None:
    """Work until the process is asked to stop, then let running activities finish.

    Raises:
        XerosyncError: something it needs is missing or does not answer; the message says what to do.
    """
    deployment, runtime = deployment_of(), temporal_runtime(settings)
    async with (
        until_stopped() as stopped,
        open_traces(settings.traces_url) as traces,
        open_services(settings, runtime=runtime, traces=traces) as services,
    ):
        await check_search_attributes(services.temporal)
        connected = [each for each in await services.store.connections() if each.status is ConnectionStatus.CONNECTED]
        await check_keys(services, connected)
        for connection in connected:
            every = connection.sweep_interval or settings.sweep_interval
            await keep_sweeping(services.temporal, connection.account_id, every)
            await keep_reconciling(services.temporal, connection.account_id)
        readiness = Readiness(database=services.check_database, temporal=services.temporal.service_client.check_health)
        async with (
            serve_pages(settings.health_host, settings.health_port, readiness.pages(), setting="XEROSYNC_HEALTH"),
            serve_metrics(services, settings, readiness),
            purging(services, settings.keep_details),
            worker_of(services, settings.xero_timeout, settings.sweep_interval, deployment, settings.cached_workflows),
        ):
            build_id = deployment.version.build_id if deployment else None
            log.info("worker started", task_queue=TASK_QUEUE, build_id=build_id)
            await stopped.wait()
            log.info("worker stopping", grace_seconds=GRACE.total_seconds())


class _Parser(argparse.ArgumentParser):
    """Prints a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}: see `worker.py --help`\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker; return 0 after a clean stop, 2 for a wrong setting, 1 where something does not answer."""
    parser = _Parser(description="xerosync's worker")
    parser.parse_args(arguments)
    try:
        settings = Settings.load()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(run(settings))
    except MisconfiguredError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one line a person gets
        return 2
    except XerosyncError as error:
        print(error, file=sys.stderr)  # noqa: T201 - likewise
        return 1
    except RPCError as error:
        print(f"Temporal did not do what was asked ({error.status.name}): start it.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    leave(main())
