"""Everything our client can do to Xero, done once against the stand-in, so that each call can be looked at.

A journey has an organisation of its own, since Xero gives each but 60 calls a minute and the client keeps to that.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from standins.serving import serve
from standins.xero import Limits, Organisation, Xero, actions, create_xero
from standins.xero.model import INVOICE
from tests import xero_support as make
from tests.contract.exchanges import Recorder
from tests.doubles.allowance import MemoryBudget
from tests.patience import PATIENCE
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind, ScopeSet
from xerosync.core.documents import DocumentWithLines, ExternalId, Kind
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError, RetryLaterError
from xerosync.documents.header_change import HeaderChange
from xerosync.xero import XeroGateway, open_xero
from xerosync.xero.oauth.consent import Consents

NOWHERE = "00000000-0000-4000-8000-000000000000"
CALLBACK = "http://localhost:4321/callback"
DAY = date(2026, 5, 1)


@dataclass
class Journey:
    """A gateway with consent to one organisation of a stand-in that checks tokens and keeps to Xero's limits."""

    gateway: XeroGateway
    xero: Xero
    organisation: Organisation
    connection: Connection
    grants: make.MemoryGrants
    contact_id: str = ""

    async def create(self, document: DocumentWithLines) -> str:
        """Create a document and return its id in Xero."""
        send_before = make.soon()
        made = await self.gateway.books().create(self.connection, document, self.contact_id, send_before=send_before)
        return made.xero_id


@asynccontextmanager
async def under_way(recorder: Recorder, *, client_id: str = "xerosync-dev", **grant: Any) -> AsyncGenerator[Journey]:
    """Open a gateway of which every call is recorded; `grant` is what differs in the consent."""
    app = create_xero(seed=1, authentication=True, limits=Limits.real())
    xero: Xero = app.state.xero
    organisation = next(iter(xero.organisations.values()))
    secret = None if client_id == "public" else f"{client_id}-secret"
    if client_id != "xerosync-dev":
        tenant_id = organisation.tenant_id if client_id == "custom" else None
        xero.identity.add_app(client_id, secret, (), granular=True, custom_tenant_id=tenant_id)
    grants = make.MemoryGrants({make.GRANT: make.grant(lives=timedelta(0), **grant)})
    async with (
        serve(app) as served,
        recorder.client() as http,
        open_xero(
            http,
            grants,
            api_url=served.url,
            identity_url=served.url,
            client_id=client_id,
            client_secret=SecretStr(secret) if secret else None,
            invoice_url=make.ORIGIN,
            credit_note_url=make.CREDIT_ORIGIN,
            budget=MemoryBudget(),
        ) as gateway,
    ):
        if client_id != "custom":
            given = await _consent(gateway, served.url, organisation.tenant_id)
            grants.kept[make.GRANT] = given.model_copy(update={"grant_id": make.GRANT})
        yield Journey(gateway, xero, organisation, make.connection(organisation.tenant_id), grants)


async def _consent(gateway: XeroGateway, url: str, tenant_id: str) -> Grant:
    """Ask for consent, press "Allow" and redeem the answer."""
    consents = Consents(gateway.identity, login_url=url)
    question = consents.ask(CALLBACK, ScopeSet.GRANULAR)
    page, _, asked = question.url.partition("?")
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as person:
        pressed = await person.post(page, data=dict(parse_qsl(asked)) | {"tenant": tenant_id, "answer": "allow"})
    answer = dict(parse_qsl(urlsplit(pressed.headers["location"]).query))
    assert question.is_answered_by(answer["state"])
    return (await consents.redeem(question, SecretStr(answer["code"]))).grant


async def organisation(recorder: Recorder) -> None:
    """Read what a connection keeps of its organisation."""
    async with under_way(recorder) as journey:
        organisations = journey.gateway.organisations()
        assert (await organisations.organisation(journey.connection)).base_currency == "GBP"
        chart = await organisations.chart(journey.connection)
        assert chart.accounts
        assert chart.tax_rates
        assert chart.currencies == ("GBP",)


async def contacts(recorder: Recorder) -> None:
    """Create, refuse, read, look up and page contacts, archived ones among them."""
    async with under_way(recorder) as journey:
        api, ours = journey.gateway.contacts(), journey.connection
        made = await api.create(ours, make.customer())
        with pytest.raises(HoldError):
            await api.create(ours, make.customer("customer-2", name="ACME LTD"))
        bare = make.customer(
            "customer-3", "Bare", contacts=[], address={"line1": "", "town": "", "postcode": "", "country": ""}
        )
        await api.create(ours, bare)
        assert await api.get(ours, made.contact_id) == made
        with pytest.raises(MissingError):
            await api.get(ours, NOWHERE)
        assert await api.find_by_number(ours, "customer-1") == made
        assert await api.find_by_number(ours, 'none "such"') is None
        assert await api.find_by_name(ours, "ACME LTD") == made
        held = journey.organisation.contacts.get(made.contact_id)
        assert held is not None
        actions.archive_contact(journey.organisation, held)
        assert (await api.customers(ours, 1)).contacts == []
        assert [each.contact_id for each in (await api.archived(ours, 1)).contacts] == [made.contact_id]


async def invoices(recorder: Recorder) -> None:
    """Lead invoices through all their life, then one that is paid."""
    async with under_way(recorder) as journey:
        await _lead(journey, Kind.INVOICE)
        books, ours = journey.gateway.books(), journey.connection
        paid = await journey.create(make.document("PAID"))
        held = journey.organisation.invoices.get(paid)
        assert held is not None
        actions.pay_document(journey.organisation, INVOICE, held)
        for refused in (books.change_header(ours, _header(Kind.INVOICE, paid)), books.void(ours, Kind.INVOICE, paid)):
            with pytest.raises(HoldError):
                await refused
        assert (await books.get(ours, Kind.INVOICE, paid)).amount_paid == 12


async def credit_notes(recorder: Recorder) -> None:
    """Lead credit notes through all their life, and note where they come from."""
    async with under_way(recorder) as journey:
        await _lead(journey, Kind.CREDIT_NOTE)
        note = make.document("CN-9", kind=Kind.CREDIT_NOTE)
        await journey.gateway.books().note_origin(
            journey.connection, note.document.ref, note.document.number, await journey.create(note)
        )


async def _lead(journey: Journey, kind: Kind) -> None:
    books, ours = journey.gateway.books(), journey.connection
    contact = await journey.gateway.contacts().create(ours, make.customer())
    journey.contact_id = contact.contact_id
    actions.set_currencies(journey.organisation, ["EUR", "JPY"])
    first = await journey.create(make.document("1", kind=kind))
    await journey.create(make.document("SENT", kind=kind, status="SENT"))
    results = await asyncio.gather(
        *(journey.create(document) for document in _every_sort(kind)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert [type(error).__name__ for error in refused] == ["XeroRefusedError", "NumberTakenError"]

    numbers = ("1", "SENT", "none", "no,ne", 'no "ne"')
    assert [bool(found) for found in [await books.find(ours, kind, number) for number in numbers]] == [
        *(True, True, False, False, False)
    ]
    assert len(await asyncio.gather(*(books.find(ours, kind, number) for number in numbers))) == len(numbers)

    changed = await asyncio.gather(*(books.change_header(ours, _header(kind, xero_id)) for xero_id in _ids(results)))
    assert all(document.sent and document.issue_date == DAY for document in changed)
    with pytest.raises(HoldError):
        await books.change_header(ours, _header(kind, NOWHERE))
    await books.note(ours, kind, first, "Sent by post.")
    assert (await books.void(ours, kind, first)).status.is_gone
    assert (await books.void(ours, kind, first)).status.is_gone
    with pytest.raises(HoldError):
        await books.void(ours, kind, NOWHERE)
    with pytest.raises(MissingError):
        await books.get(ours, kind, NOWHERE)
    assert [len(page) async for page in books.changed_since(ours, kind, None)] == [2 + len(_ids(results))]
    assert [len(page) async for page in books.changed_since(ours, kind, datetime.now(UTC) + timedelta(hours=1))] == [0]


def _every_sort(kind: Kind) -> list[DocumentWithLines]:
    """Return documents that show every field the client may send, one with a bad account, one with a number in use."""
    metered = make.line("0.37", tax="0.07", quantity=Decimal("3.7"), rate=Decimal("0.1001"))
    several = (make.line(), make.line("-3.00", tax="0.00", quantity=Decimal(2), rate=Decimal("-1.50")))
    sorts: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("B-1", metered), {}),
        (("B-2", *several), {"currency": "EUR"}),
        (("B-3", make.line("100", tax="0")), {"currency": "JPY", "customer_tax_status": "TAX_EXEMPT"}),
        (("B-4", make.line(external_ids=(ExternalId(key="Xero", value="nope"),))), {}),
        (("1",), {}),
        (("B-5",), {"reference": "PO 7"}),
    ]
    return [make.document(*positional, kind=kind, **named) for positional, named in sorts]


def _ids(results: list[str | BaseException]) -> list[str]:
    return [result for result in results if isinstance(result, str)]


def _header(kind: Kind, xero_id: str) -> HeaderChange:
    due = DAY + timedelta(days=30) if kind is Kind.INVOICE else None
    return HeaderChange(kind=kind, xero_id=xero_id, issue_date=DAY, due_date=due, reference="PO 8")


async def tokens(recorder: Recorder) -> None:
    """Refresh a token that ran out, then one that was revoked."""
    async with under_way(recorder) as journey:
        organisations = journey.gateway.organisations()
        journey.xero.identity.expire_access_tokens()
        await organisations.currencies(journey.connection)
        journey.xero.identity.end_grants(lambda _: True)
        with pytest.raises(HoldError):
            await organisations.currencies(journey.connection)


async def connections(recorder: Recorder) -> None:
    """List the organisations let in, end one, and end the consent itself."""
    async with under_way(recorder) as journey:
        tenants = journey.gateway.tenants
        journey.xero.identity.expire_access_tokens()
        (tenant,) = await tenants.all(make.GRANT)
        for _ in range(2):
            await tenants.end(make.GRANT, tenant.id)
        assert await tenants.all(make.GRANT) == []
        refresh_token = journey.grants.kept[make.GRANT].refresh_token
        assert refresh_token is not None
        await journey.gateway.identity.revoke(refresh_token)


async def public_app(recorder: Recorder) -> None:
    """Refresh as an app without a secret."""
    async with under_way(recorder, client_id="public") as journey:
        journey.xero.identity.expire_access_tokens()
        await journey.gateway.organisations().currencies(journey.connection)


async def custom_connection(recorder: Recorder) -> None:
    """Sign in with client credentials; calls then name no organisation."""
    async with under_way(recorder, client_id="custom", kind=GrantKind.CUSTOM) as journey:
        await journey.gateway.organisations().currencies(journey.connection)


async def troubles(recorder: Recorder) -> None:
    """Meet every refusal and failure that Xero documents."""
    async with under_way(recorder) as journey:
        faults, organisations = journey.xero.faults, journey.gateway.organisations()
        for kind, error in (
            ("unauthorized", RetryLaterError),
            ("forbidden", (HoldError, MisconfiguredError, RetryLaterError)),
            ("server_error", RetryLaterError),
            ("maintenance", RetryLaterError),
            ("rate_minute", RetryLaterError),
        ):
            rule = faults.add(kind, path="/api.xro/")
            with pytest.raises(error):
                await organisations.currencies(journey.connection)
            faults.remove(rule.id)


JOURNEYS: tuple[Callable[[Recorder], Awaitable[None]], ...] = (
    organisation,
    contacts,
    invoices,
    credit_notes,
    tokens,
    connections,
    public_app,
    custom_connection,
    troubles,
)
