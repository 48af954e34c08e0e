"""Starts and signals the workflows of customers, and asks how far they are."""

from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowHandle,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from xerosync.core.account_workflows import start_workflow
from xerosync.core.temporal import (
    CUSTOMER_IMPORT,
    CUSTOMER_PUSH,
    NO_ANSWER,
    SEQUENCE_ACCOUNT,
    SEQUENCE_CUSTOMER,
    TASK_QUEUE,
    TemporalUnavailableError,
)
from xerosync.customers.messages import ImportInput, ImportProgress, PushInput, PushResult


def customer_import_id(account_id: str) -> str:
    """Return the id of an account's import of customers: one at a time."""
    return f"customer-import/{account_id}"


def customer_push_id(account_id: str, customer_id: str) -> str:
    """Return the id of a customer's push: part of the contract with the billing system."""
    return f"customer-push/{account_id}/{customer_id}"


_ANSWER = timedelta(seconds=20)


class CustomerWorkflows:
    """Imports and pushes of customers. Methods that start something raise TemporalUnavailableError where that fails."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def importing(self, account_id: str) -> WorkflowHandle[object, ImportProgress]:
        """Return the handle of an account's newest import."""
        return self._client.get_workflow_handle(customer_import_id(account_id), result_type=ImportProgress)

    def pushing(self, account_id: str, customer_id: str) -> WorkflowHandle[object, PushResult]:
        """Return the handle of a customer's newest push."""
        return self._client.get_workflow_handle(customer_push_id(account_id, customer_id), result_type=PushResult)

    async def import_progress(self, account_id: str) -> ImportProgress:
        """Return how far an account's newest import is. Raises RPCError, after 20 seconds where no worker answers."""
        return await self.importing(account_id).query("progress", result_type=ImportProgress, rpc_timeout=_ANSWER)

    async def push_status(self, account_id: str, customer_id: str) -> PushResult | None:
        """Return what a customer's push did so far. Raises RPCError, after 20 seconds where no worker answers."""
        return await self.pushing(account_id, customer_id).query("status", result_type=PushResult, rpc_timeout=_ANSWER)

    async def start_import(self, start: ImportInput) -> bool:
        """Start an import, unless one of the account runs; return whether this one was started."""
        try:
            await start_workflow(
                self._client,
                CUSTOMER_IMPORT,
                start,
                account_id=start.account_id,
                workflow_id=customer_import_id(start.account_id),
                summary="Preview an import of customers" if start.preview else "Import customers from Xero",
                if_one_runs=WorkflowIDConflictPolicy.FAIL,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def push(self, account_id: str, customer_id: str) -> None:
        """Push a customer into Xero: its workflow starts, or pushes once more."""
        await self._signal(account_id, customer_id, "push")

    async def changed(self, account_id: str, customer_id: str) -> None:
        """Signal that a customer was created or changed in Sequence; the connection's setting says what follows."""
        await self._signal(account_id, customer_id, "changed")

    async def _signal(self, account_id: str, customer_id: str, name: str) -> None:
        try:
            await self._client.start_workflow(
                CUSTOMER_PUSH,
                PushInput(account_id=account_id, customer_id=customer_id),
                id=customer_push_id(account_id, customer_id),
                task_queue=TASK_QUEUE,
                start_signal=name,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(SEQUENCE_ACCOUNT, account_id),
                        SearchAttributePair(SEQUENCE_CUSTOMER, customer_id),
                    ]
                ),
                static_summary=f"Push customer {customer_id} into Xero",
            )
        except NO_ANSWER as error:
            raise TemporalUnavailableError(f"Temporal did not take the push of {customer_id}: {error}.") from error
