"""Temporal as hints reach it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.client import Client

from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.customers.client import CustomerWorkflows
from xerosync.documents.client import DocumentWorkflows, sweep_announced, sweep_now
from xerosync.postgres import PostgresStore

SIGNAL_SECONDS = 5
"""How long Temporal is waited for. Its client would wait longer, but whoever sent the delivery does not."""


class TemporalSignals:
    """Signals documents, customers' pushes and sweeps. Raises TemporalUnavailableError where Temporal is silent."""

    def __init__(
        self, client: Client, documents: DocumentWorkflows, customers: CustomerWorkflows, store: PostgresStore
    ) -> None:
        self._client = client
        self._documents = documents
        self._customers = customers
        self._store = store

    async def document(self, ref: DocumentRef, signal: str, number: str | None) -> None:
        """Signal a document's workflow, starting it where none runs."""
        async with _answer(f"the signal {signal} for {ref}"):
            await self._documents.signal(ref, signal, number=number)

    async def customer(self, account_id: str, customer_id: str) -> None:
        """Say that a customer changed in Sequence, if its connection pushes customers by itself."""
        connection = await self._store.connection(account_id)
        if connection and connection.push_new_customers:
            async with _answer(f"the push of customer {customer_id}"):
                await self._customers.changed(account_id, customer_id)

    async def sweep(self, account_id: str) -> None:
        """Wake an account's sweep; behind one that runs, at most one more waits."""
        async with _answer(f"the sweep of account {account_id}"):
            await sweep_now(self._client, account_id)

    async def sweep_announced(self, account_id: str) -> None:
        """Start a sweep for what Xero's webhook announced and the inbox could not keep."""
        async with _answer(f"the sweep of account {account_id}"):
            await sweep_announced(self._client, account_id)


@asynccontextmanager
async def _answer(what: str) -> AsyncGenerator[None]:
    """Wait for Temporal for some seconds."""
    try:
        async with asyncio.timeout(SIGNAL_SECONDS):
            yield
    except TimeoutError:
        raise TemporalUnavailableError(f"Temporal did not take {what} in {SIGNAL_SECONDS} seconds.") from None
