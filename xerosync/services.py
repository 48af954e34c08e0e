"""Opens what worker, commands and web service share: database pool, HTTP client, Temporal client, adapters."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx
from temporalio.client import Client, Interceptor
from temporalio.runtime import Runtime

from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.payload_codec import AccountCodec, KeyCache
from xerosync.core.rate_limits import Limits
from xerosync.core.temporal import connect
from xerosync.customers.client import CustomerWorkflows
from xerosync.customers.links import CustomerLinking
from xerosync.documents.client import DocumentWorkflows, release
from xerosync.documents.describe import set_xero_app_url
from xerosync.metrics.counts import System
from xerosync.postgres import (
    Cipher,
    Database,
    PostgresAccounts,
    PostgresApiKeys,
    PostgresBackfillPreviews,
    PostgresBudget,
    PostgresBulkActs,
    PostgresDocumentLists,
    PostgresGrants,
    PostgresHoldProbes,
    PostgresImports,
    PostgresInbox,
    PostgresPayloadKeys,
    PostgresPurge,
    PostgresRates,
    PostgresReconciles,
    PostgresSessions,
    PostgresSpacings,
    PostgresStanding,
    PostgresStore,
    PostgresWebhookSecrets,
    check_schema,
    check_writable,
    open_database,
)
from xerosync.postgres.database import PoolUse
from xerosync.sequence import (
    RequestCounter,
    SequenceAccounts,
    SequenceBilling,
    SequenceCustomers,
    SequenceNotifications,
    SequenceRateLimiter,
)
from xerosync.settings import Settings
from xerosync.traces.http import TracedClient
from xerosync.xero import ACCOUNTING, Budget, Lane, XeroGateway, open_xero

_CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=32)
"""Of the one HTTP pool. Xero allows five calls at once for each organisation; the rest is for Sequence."""


@dataclass(frozen=True)
class Services:
    """Everything that is open, for whoever composes a process of it."""

    temporal: Client
    sequence: SequenceAccounts
    billing: SequenceBilling
    bulk_billing: SequenceBilling
    customers: SequenceCustomers
    bulk_customers: SequenceCustomers
    xero: XeroGateway
    budget: Budget
    store: PostgresStore
    document_lists: PostgresDocumentLists
    backfill_previews: PostgresBackfillPreviews
    bulk_acts: PostgresBulkActs
    imports: PostgresImports
    reconciles: PostgresReconciles
    hold_probes: PostgresHoldProbes
    spacings: PostgresSpacings
    grants: PostgresGrants
    accounts: PostgresAccounts
    api_keys: PostgresApiKeys
    inbox: PostgresInbox
    purge: PostgresPurge
    sessions: PostgresSessions
    webhook_secrets: PostgresWebhookSecrets
    payload_keys: PostgresPayloadKeys
    codec: AccountCodec
    notifications: SequenceNotifications
    workflows: DocumentWorkflows
    customer_workflows: CustomerWorkflows
    standing: PostgresStanding
    pool_use: Callable[[], PoolUse]
    check_database: Callable[[], Awaitable[None]]
    """Raises XerosyncError where the database does not answer, takes no writes, or has not this version's schema."""

    def linking(self, lane: Lane = Lane.LIVE) -> CustomerLinking:
        """Return what links customers to contacts, with both sides in one lane."""
        customers = self.customers if lane is Lane.LIVE else self.bulk_customers
        return CustomerLinking(customers, self.xero.contacts(lane), self.store, self.workflows)

    async def release(self, account_id: str, reason: HoldReason, customer_id: str | None = None) -> list[DocumentRef]:
        """Release the documents that a hold keeps, of one customer or of all, the oldest first; return those."""
        waiting = list(await self.store.held_by(account_id, reason, customer_id))
        await release(self.workflows, waiting, reason)
        return waiting


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    budget: Budget | None = None,
    requests: RequestCounter | None = None,
    lazy_temporal: bool = False,
    runtime: Runtime | None = None,
    traces: Sequence[Interceptor] = (),
) -> AsyncGenerator[Services]:
    """Open everything, over a database that is migrated; close it in the right order.

    `budget` and `requests` replace the counts of calls to Xero and to Sequence, for stand-ins with other limits. With
    `lazy_temporal` the client connects when it is first needed, so Temporal may be down until then. `runtime` is
    Temporal's core to use, where it shall be another than the SDK's own. `traces` is what `open_traces` gave.

    Raises:
        MisconfiguredError: a setting is wrong; the message names it.
        RetryLaterError: the database does not answer.
    """
    async with (
        open_database(settings.database_url, connections=settings.database_connections) as database,
        _http(settings, is_traced=bool(traces)) as http,
    ):
        await check_schema(database)
        set_xero_app_url(settings.xero_app_url)
        cipher = Cipher(settings.token_keys)
        limits = Limits.of(settings.xero_timeout)
        budget = budget or PostgresBudget(database, limits)
        grants = PostgresGrants(database, cipher)
        async with open_xero(
            http,
            grants,
            api_url=settings.xero_api_url,
            identity_url=settings.xero_identity_url,
            client_id=settings.xero_client_id,
            client_secret=settings.xero_client_secret,
            invoice_url=f"{settings.sequence_app_url}/invoices/{{id}}",
            credit_note_url=f"{settings.sequence_app_url}/credit-notes/{{id}}",
            budget=budget,
            call_timeout=settings.xero_timeout,
        ) as xero:
            payload_keys = PostgresPayloadKeys(database, cipher)
            codec = AccountCodec(KeyCache(payload_keys), encrypts=settings.encrypt_payloads)
            temporal = await connect(
                lazy=lazy_temporal,
                plaintext_hosts=settings.plaintext_hosts,
                codec=codec,
                runtime=runtime,
                interceptors=traces,
            )
            accounts = PostgresAccounts(database, cipher)
            requests = requests or PostgresRates(database)
            sequence = _accounts(settings, http, accounts, SequenceRateLimiter(requests))
            bulk_sequence = _accounts(settings, http, accounts, SequenceRateLimiter(requests, Lane.BULK))
            yield Services(
                temporal=temporal,
                sequence=sequence,
                billing=SequenceBilling(sequence),
                bulk_billing=SequenceBilling(bulk_sequence),
                customers=SequenceCustomers(sequence),
                bulk_customers=SequenceCustomers(bulk_sequence),
                xero=xero,
                budget=budget,
                store=PostgresStore(database),
                document_lists=PostgresDocumentLists(database),
                backfill_previews=PostgresBackfillPreviews(database),
                bulk_acts=PostgresBulkActs(database),
                imports=PostgresImports(database),
                reconciles=PostgresReconciles(database),
                hold_probes=PostgresHoldProbes(database),
                spacings=PostgresSpacings(database),
                grants=grants,
                accounts=accounts,
                api_keys=PostgresApiKeys(database),
                inbox=PostgresInbox(database, keep=settings.keep_deliveries),
                purge=PostgresPurge(database),
                sessions=PostgresSessions(database),
                webhook_secrets=PostgresWebhookSecrets(database, cipher),
                payload_keys=payload_keys,
                codec=codec,
                notifications=SequenceNotifications(sequence),
                standing=PostgresStanding(database, limits),
                pool_use=database.pool_use,
                check_database=partial(_check_database, database),
                workflows=DocumentWorkflows(temporal),
                customer_workflows=CustomerWorkflows(temporal),
            )


def _http(settings: Settings, *, is_traced: bool) -> httpx.AsyncClient:
    if not is_traced:
        return httpx.AsyncClient(limits=_CONNECTIONS, follow_redirects=False)
    systems = {
        settings.xero_api_url + ACCOUNTING: System.XERO,
        settings.xero_api_url: System.IDENTITY,
        settings.xero_identity_url: System.IDENTITY,
        settings.sequence_api_url: System.SEQUENCE,
    }
    return TracedClient(systems, limits=_CONNECTIONS, follow_redirects=False)


async def _check_database(database: Database) -> None:
    await check_schema(database)
    await check_writable(database)


def _accounts(
    settings: Settings, http: httpx.AsyncClient, stored: PostgresAccounts, limiter: SequenceRateLimiter
) -> SequenceAccounts:
    """Return the accounts of Sequence, with the key of the settings and the stored ones, in the lane of `limiter`."""
    key = None
    if settings.sequence_client_id and settings.sequence_client_secret:
        key = SequenceKey(settings.sequence_client_id, settings.sequence_client_secret)
    return SequenceAccounts(
        http,
        settings.sequence_api_url,
        default=key,
        default_account_id=settings.sequence_account_id,
        stored=stored.key,
        limiter=limiter,
    )
