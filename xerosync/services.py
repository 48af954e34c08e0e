"""Opens what worker and commands share: one pool, one HTTP client, the adapters over them, one Temporal client."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx
from temporalio.client import Client

from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Limits
from xerosync.core.temporal import connect
from xerosync.customers.client import CustomerWorkflows
from xerosync.customers.links import CustomerLinking
from xerosync.documents.client import DocumentWorkflows, release
from xerosync.postgres import (
    AccountCredentials,
    Cipher,
    PostgresAccounts,
    PostgresBudget,
    PostgresGrants,
    PostgresHoldProbes,
    PostgresImports,
    PostgresInbox,
    PostgresRates,
    PostgresReconciles,
    PostgresSessions,
    PostgresStore,
    PostgresWebhookSecrets,
    check_schema,
    open_database,
)
from xerosync.sequence import (
    RateLimiter,
    RequestCounter,
    SequenceAccounts,
    SequenceBilling,
    SequenceCustomers,
    SequenceNotifications,
)
from xerosync.settings import Settings
from xerosync.xero import Budget, Lane, XeroGateway, open_xero

_CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=32)
"""Of the one HTTP pool. Xero takes five calls at once an organisation; Sequence's reads fill the rest."""


@dataclass(frozen=True)
class Services:
    """All that worker and commands work with."""

    temporal: Client
    sequence: SequenceAccounts
    billing: SequenceBilling
    bulk_billing: SequenceBilling
    customers: SequenceCustomers
    bulk_customers: SequenceCustomers
    xero: XeroGateway
    budget: Budget
    store: PostgresStore
    imports: PostgresImports
    reconciles: PostgresReconciles
    looks: PostgresHoldProbes
    grants: PostgresGrants
    accounts: PostgresAccounts
    inbox: PostgresInbox
    sessions: PostgresSessions
    webhook_secrets: PostgresWebhookSecrets
    notifications: SequenceNotifications
    workflows: DocumentWorkflows
    customer_workflows: CustomerWorkflows
    check_database: Callable[[], Awaitable[None]]
    """Raises XerosyncError where the database does not answer, or has not the schema of this version."""

    def linking(self, lane: Lane = Lane.LIVE) -> CustomerLinking:
        """Return what links customers to contacts, asking both sides in one lane."""
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
) -> AsyncGenerator[Services]:
    """Open everything, over a database that is migrated; close it in the right order.

    A `budget` takes the place of Xero's own limits where these do not hold, on a stand-in without them; `requests`
    that of Sequence's. With `lazy_temporal` Temporal is asked when it is first needed, and may be away until then.

    Raises:
        MisconfiguredError: a setting is wrong; the message names it.
        RetryLaterError: the database does not answer.
    """
    async with (
        open_database(settings.database_url) as database,
        httpx.AsyncClient(limits=_CONNECTIONS, follow_redirects=False) as http,
    ):
        await check_schema(database)
        cipher = Cipher(settings.token_keys)
        budget = budget or PostgresBudget(database, Limits.of(settings.xero_timeout))
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
            temporal = await connect(lazy=lazy_temporal)
            accounts = PostgresAccounts(database, cipher)
            requests = requests or PostgresRates(database)
            sequence = _accounts(settings, http, accounts, RateLimiter(requests))
            bulk_sequence = _accounts(settings, http, accounts, RateLimiter(requests, Lane.BULK))
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
                imports=PostgresImports(database),
                reconciles=PostgresReconciles(database),
                looks=PostgresHoldProbes(database),
                grants=grants,
                accounts=accounts,
                inbox=PostgresInbox(database),
                sessions=PostgresSessions(database),
                webhook_secrets=PostgresWebhookSecrets(database, cipher),
                notifications=SequenceNotifications(sequence),
                check_database=partial(check_schema, database),
                workflows=DocumentWorkflows(temporal),
                customer_workflows=CustomerWorkflows(temporal),
            )


def _accounts(
    settings: Settings, http: httpx.AsyncClient, stored: PostgresAccounts, turns: RateLimiter
) -> SequenceAccounts:
    """Return the keys of Sequence: that of the settings, and those that accounts have of their own."""
    key = None
    if settings.sequence_client_id and settings.sequence_client_secret:
        key = AccountCredentials(
            account_id=settings.sequence_account_id or "",
            client_id=settings.sequence_client_id,
            client_secret=settings.sequence_client_secret,
        )
    account_id = settings.sequence_account_id
    return SequenceAccounts(
        http, settings.sequence_api_url, key, account_id=account_id, own=stored.credentials, turns=turns
    )
