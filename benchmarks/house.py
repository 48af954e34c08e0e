"""The product in one process, over both stand-ins and a store in memory, on a clock that may be moved."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from pydantic import SecretStr

from activities.documents import DocumentActivities
from benchmarks import people
from benchmarks.stage import connection
from benchmarks.virtual import Requests, VirtualTime
from standins.clock import Clock
from standins.journal import Journal
from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, create_sequence
from standins.serving import serve
from standins.xero import Limits, Xero, create_xero
from tests.doubles.allowance import MemoryBudget
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_grants import MemoryGrants
from tests.doubles.sequence_accounts import accounts_of
from tests.patience import PATIENCE
from xerosync.connection.grant import Grant, GrantKind
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import DocumentRef
from xerosync.documents.chart_check import Charts
from xerosync.sequence import SequenceBilling
from xerosync.xero import Lane, XeroGateway, open_xero

_LONG = timedelta(days=365)
_GRANT = "grant"


@dataclass(frozen=True, slots=True)
class House:
    """The gateway to Xero, Sequence, a store; and clients for the people on both sides."""

    time: VirtualTime
    gateway: XeroGateway
    billing: SequenceBilling
    store: MemoryStore
    account_id: str
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient
    journal: Journal
    """What Xero was asked."""

    def documents(self) -> DocumentActivities:
        """Return the activities of documents."""
        charts = Charts(self.gateway.organisations(), self.store)
        return document_activities(
            self.billing, self.gateway.books(Lane.LIVE), self.store, charts=charts, now=self.time.now
        )

    async def bill(self, count: int) -> list[DocumentRef]:
        """Put so many finalized documents of linked customers into Sequence."""
        billed = await people.customers(self.sequence, self.xero, count)
        for each in billed:
            await self.store.link_customer(self.account_id, each.customer_id, each.contact_id)
        refs = await people.documents(self.sequence, self.account_id, billed, count)
        await people.forget_calls(self.sequence, self.xero)
        return refs


@asynccontextmanager
async def house(*, report_payments: bool = False) -> AsyncGenerator[House]:
    """Open everything, and let time pass, until the block ends; Xero keeps its real limits."""
    clock, requests = Clock(), Requests()
    app, billing = create_xero(clock=clock, limits=Limits.real()), create_sequence(clock=clock)
    state: Xero = app.state.xero
    tenant_id = next(iter(state.organisations))
    time, grants = VirtualTime(clock, requests), MemoryGrants()
    await grants.add(
        Grant(
            grant_id=_GRANT,
            kind=GrantKind.CONSENT,
            access_token=SecretStr("any"),
            refresh_token=SecretStr("any"),
            expires_at=clock.now() + _LONG,
        )
    )
    async with (
        serve(app) as xero_served,
        serve(billing) as sequence_served,
        httpx.AsyncClient(transport=requests) as http,
        httpx.AsyncClient(base_url=xero_served.url, headers=_json(tenant_id), timeout=PATIENCE) as xero,
        httpx.AsyncClient(base_url=sequence_served.url, timeout=PATIENCE) as sequence,
        time.passing(),  # until the gateway is closed: its last calls may wait for it
        open_xero(
            http,
            grants,
            api_url=xero_served.url,
            identity_url=xero_served.url,
            client_id="any",
            client_secret=None,
            invoice_url="https://app.example/invoices/{id}",
            credit_note_url="https://app.example/credit-notes/{id}",
            budget=MemoryBudget(clock=time.now),
            clock=time.now,
            sleep=time.sleep,
        ) as gateway,
    ):
        account_id = billing.state.sequence.account(None).id
        key = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))
        store = MemoryStore(time.now)
        connected = connection(account_id, _GRANT, tenant_id)
        await store.save_connection(connected.model_copy(update={"report_payments": report_payments}))
        accounts = accounts_of(http, f"{sequence_served.url}/api", key)
        yield House(time, gateway, SequenceBilling(accounts), store, account_id, sequence, xero, state.journal)


def _json(tenant_id: str) -> dict[str, str]:
    return {"xero-tenant-id": tenant_id, "accept": "application/json"}
