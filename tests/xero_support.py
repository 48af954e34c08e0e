"""What tests of the gateway to Xero share: factories, grants in memory, a gateway on the stand-in."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from standins.faults import Faults
from standins.journal import Journal
from standins.serving import serve
from standins.xero import Organisation, Xero, create_xero
from tests.doubles.allowance import MemoryBudget
from tests.patience import PATIENCE
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.documents import Document, DocumentWithLines, Kind, Line, LineGroup
from xerosync.core.errors import RetryLaterError
from xerosync.customers.customer import Customer
from xerosync.xero import Budget, XeroGateway, open_xero

GRANT = "grant-1"
ORIGIN = "https://app.example/invoices/{id}"
CREDIT_ORIGIN = "https://app.example/credit-notes/{id}"


def connection(tenant_id: str = "tenant-1", **changes: Any) -> Connection:
    return Connection(
        report_payments=False,
        account_id="account-1",
        grant_id=GRANT,
        tenant_id=tenant_id,
        organisation_name="Demo Company (GB)",
        short_code="!mBdtL",
        base_currency="GBP",
        **{"default_ledger_account": "200", **changes},
    )


def line(net: str = "10.00", *, tax: str = "2.00", **changes: Any) -> Line:
    fields: dict[str, Any] = {
        "id": "line-1",
        "title": "Seats",
        "quantity": Decimal(1),
        "rate": Decimal(net),
        "net_total": Decimal(net),
        "total_tax": Decimal(tax),
        "gross_total": Decimal(net) + Decimal(tax),
    }
    return Line(**{**fields, **changes})


def document(
    number: str | None = "INV-1",
    *lines: Line,
    kind: Kind = Kind.INVOICE,
    groups: tuple[LineGroup, ...] = (),
    **changes: Any,
) -> DocumentWithLines:
    """Return a document that its lines add up to, FINAL unless told otherwise."""
    lines = lines or (line(),)
    fields: dict[str, Any] = {
        "kind": kind,
        "id": f"id-of-{number}",
        "account_id": "account-1",
        "status": "FINAL",
        "currency": "GBP",
        "number": number,
        "issue_date": date(2026, 1, 5),
        "due_date": date(2026, 2, 4),
        "customer_id": "customer-1",
        "customer_tax_status": "TAXED",
        "net_total": sum((it.net_total for it in lines), Decimal(0)),
        "total_tax": sum((it.total_tax for it in lines), Decimal(0)),
        "gross_total": sum((it.gross_total for it in lines), Decimal(0)),
    }
    return DocumentWithLines(document=Document(**{**fields, **changes}), lines=lines, groups=groups)


def customer(customer_id: str = "customer-1", name: str = "Acme Ltd", **changes: Any) -> Customer:
    fields: dict[str, Any] = {
        "id": customer_id,
        "legal_name": name,
        "address": {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"},
        "contacts": [
            {"name": "Bo", "email": "bo@acme.example"},
            {"name": "Al", "email": "al@acme.example", "billing_preference": "PRIMARY"},
        ],
        "tax_status": "TAXED",
    }
    return Customer.model_validate({**fields, **changes})


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=30)


class StoreDownError(RetryLaterError):
    """The database is down."""


@dataclass
class MemoryGrant:
    """A grant under its lock."""

    grants: "MemoryGrants"
    grant: Grant

    async def save(self, grant: Grant) -> None:
        if self.grants.refuses_saves:
            raise StoreDownError
        self.grants.kept[grant.grant_id] = grant


@dataclass
class MemoryGrants:
    """Grants as the store keeps them; shared by several `Tokens`, they stand for several workers."""

    kept: dict[str, Grant] = field(default_factory=dict)
    refuses_saves: bool = False
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def read(self, grant_id: str) -> Grant:
        return self.kept[grant_id]

    @asynccontextmanager
    async def lock(self, grant_id: str) -> AsyncGenerator[MemoryGrant]:
        async with self.locks.setdefault(grant_id, asyncio.Lock()):
            yield MemoryGrant(self, self.kept[grant_id])


def grant(token: str = "token", *, lives: timedelta = timedelta(days=1), **changes: Any) -> Grant:
    fields: dict[str, Any] = {
        "grant_id": GRANT,
        "kind": GrantKind.CONSENT,
        "access_token": SecretStr(token),
        "expires_at": datetime.now(UTC) + lives,
        "refresh_token": SecretStr("refresh-1"),
    }
    return Grant(**{**fields, **changes})


@dataclass
class Bench:
    """A gateway on a stand-in, with a connection to its organisation and a customer's contact there."""

    gateway: XeroGateway
    connection: Connection
    contact_id: str
    xero: Xero
    organisation: Organisation
    grants: MemoryGrants
    url: str
    http: httpx.AsyncClient

    async def in_xero(self, path: str, **body: Any) -> None:
        """Do what a person does in Xero's own pages, such as `Invoices/INV-1/pay`."""
        answered = await self.http.post(f"{self.url}/_sandbox/{path}", json=body)
        assert answered.is_success, answered.text

    @property
    def faults(self) -> Faults:
        return self.xero.faults

    @property
    def journal(self) -> Journal:
        return self.xero.journal

    def calls(self, method: str | None = None, path: str = "/api.xro/2.0/") -> int:
        return len(self.journal.entries(method, path))


def memory_grants() -> MemoryGrants:
    return MemoryGrants({GRANT: grant()})


@asynccontextmanager
async def bench(
    app: Starlette | None = None,
    *,
    grants: MemoryGrants | None = None,
    budget: Budget | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    client_secret: str | None = "xerosync-dev-secret",
) -> AsyncGenerator[Bench]:
    """Serve a stand-in and open a gateway to it; the journal starts empty."""
    app = app or create_xero(seed=1)
    xero: Xero = app.state.xero
    organisation = next(iter(xero.organisations.values()))
    grants = grants or memory_grants()
    async with (
        serve(app) as served,
        httpx.AsyncClient(timeout=PATIENCE) as client,
        open_xero(
            client,
            grants,
            api_url=served.url,
            identity_url=served.url,
            client_id="xerosync-dev",
            client_secret=SecretStr(client_secret) if client_secret else None,
            invoice_url=ORIGIN,
            credit_note_url=CREDIT_ORIGIN,
            budget=budget or MemoryBudget(clock=clock),
            clock=clock,
        ) as gateway,
    ):
        ours = connection(organisation.tenant_id)
        contact = await gateway.contacts().create(ours, customer())
        xero.journal.clear()
        yield Bench(gateway, ours, contact.contact_id, xero, organisation, grants, served.url, client)
