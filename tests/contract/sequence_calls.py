"""What our client asks of Sequence, and every kind of answer of its stand-in, played once with each exchange kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Sequence, create_sequence
from standins.serving import serve
from tests.contract.exchanges import Recorder
from tests.doubles.sequence_accounts import accounts_of
from tests.standins.sequence_play import ADDRESS, CONTACT, CUSTOMER, LINE, Play
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import (
    Document,
    DocumentFilter,
    DocumentPage,
    DocumentRef,
    DocumentStatus,
    Kind,
    PaymentStatus,
)
from xerosync.core.errors import MissingError, XerosyncError
from xerosync.core.xero_records import XeroAddress, XeroContact
from xerosync.customers.contact_to_customer import NewCustomer, converted
from xerosync.sequence import SequenceBilling, SequenceCustomers

ORIGIN = {"externalIds": [{"key": "Xero", "value": "200"}]}
REGIONS = (("US", "California"), ("CA", "québec"), ("US", "tx"), ("IE", "Munster"), ("US", "Somewhere"), ("GB", ""))
"""Country and region as they stand in contacts of Xero."""


@asynccontextmanager
async def _open(recorder: Recorder) -> AsyncIterator[tuple[Sequence, str, httpx.AsyncClient]]:
    app = create_sequence(authentication=True)
    async with serve(app) as served, recorder.client() as http:
        yield app.state.sequence, served.url, http


def contact(country: str, region: str) -> XeroContact:
    """Return a contact of Xero with its address in a region."""
    address = XeroAddress(
        slot="POBOX", lines=("1 Main St", "Floor 2"), city="Town", region=region, postal_code="1", country=country
    )
    return XeroContact(
        contact_id=f"contact {country} {region}",
        name=f"Company {country} {region}",
        email="ann@example.com",
        addresses=(address,),
        is_customer=True,
    )


async def our_client(recorder: Recorder) -> None:
    """Do once whatever our client can do."""
    async with _open(recorder) as (_, url, http):
        key = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))
        accounts = accounts_of(http, f"{url}/api", key)
        billing, customers = SequenceBilling(accounts), SequenceCustomers(accounts)
        account_id = await accounts.account_id()
        await accounts.check(account_id)
        assert await accounts.opened_by(key) == [account_id]
        for country, region in REGIONS:
            new = converted(contact(country, region))
            assert isinstance(new, NewCustomer)
            customer_id = await customers.create_from(account_id, new)
            assert await customers.by_alias(account_id, new.alias) == customer_id
            await customers.update(account_id, customer_id, {"label": "Imported"})
            await customers.link(account_id, customer_id, None)
            await customers.link(account_id, customer_id, "another contact")
        assert len([each async for each in customers.customers(account_id)]) == len(REGIONS)
        for kind in Kind:
            await _life(billing, kind, account_id, customer_id)


async def _life(billing: SequenceBilling, kind: Kind, account_id: str, customer_id: str) -> None:
    async def final(**fields: object) -> DocumentRef:
        ref = (await billing.create(kind, account_id, {"currency": "GBP", "customerId": customer_id, **fields})).ref
        await billing.add_line(ref, {**LINE, **ORIGIN})
        await billing.finalize(ref)
        return ref

    ref, other, voided = await final(), await final(), await final()
    document = await billing.document(ref)
    await billing.with_lines(document)
    await billing.mark_as_sent(ref)
    await billing.send(other)
    await billing.void(voided)
    if kind is Kind.INVOICE:
        await billing.set_payment_status(ref, PaymentStatus.PAID)
    draft = (await billing.create(kind, account_id, {"currency": "GBP", "customerId": customer_id})).ref
    await billing.finalize_and_send(draft)
    assert await billing.find_by_number(document.number or "", account_id) == ref
    assert (await billing.page(kind, account_id)).documents
    await _lists(billing, document, other)
    missing = DocumentRef(account_id=account_id, kind=kind, document_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(XerosyncError):
        await billing.document(missing)
    with pytest.raises((MissingError, XerosyncError)):
        await billing.mark_as_sent(missing)


async def _lists(billing: SequenceBilling, document: Document, sent: DocumentRef) -> None:
    """Use every filter of the lists, all together and the sweep's own."""
    account_id, kind, day = document.account_id, document.kind, document.issue_date
    every_one = DocumentFilter(
        status=DocumentStatus.SENT,
        not_paid=kind is Kind.INVOICE,
        customer_id=document.customer_id,
        number=document.number,
        sent_after=day,
        sent_before=day,
    )
    assert [page async for page in billing.pages(kind, account_id, every_one)] == [DocumentPage(documents=(), total=0)]
    open_ones = DocumentFilter(status=DocumentStatus.SENT, not_paid=kind is Kind.INVOICE)
    [page] = [page async for page in billing.pages(kind, account_id, open_ones)]
    # Whole documents: what the list says of one is what the read of it alone says.
    [listed] = [each for each in page.documents if each.ref == sent]
    assert listed == await billing.document(sent)


async def the_stand_in(recorder: Recorder) -> None:
    """Ask everything of the stand-in that it serves, as others would."""
    async with _open(recorder) as (sequence, url, http):
        http.base_url = httpx.URL(url)
        http.auth = httpx.BasicAuth(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        http.headers["sequence-version"] = "2024-07-30"
        play = Play(sequence, url, http)
        await _customers(play)
        customer = await play.customer()
        invoice = await _documents(play, "/invoices", customer)
        note = await _documents(play, "/credit-notes", customer, invoiceId=invoice)
        await _money(play, invoice, note)
        await _policies(play)
        await play.get("/sequence-accounts")
        await play.get(f"/sequence-accounts/{sequence.default.id}")
        for path in ("/invoices/x", "/credit-notes/x", "/customers/x", "/customers/by-alias/x", "/sequence-accounts/x"):
            await http.get(f"/api{path}")


async def _customers(play: Play) -> None:
    address = ADDRESS | {"country": "US", "state": "CA", "line2": "Floor 2"}
    link = [{"service": "Xero", "id": "x"}]
    said = CUSTOMER | {"address": address, "integrationIds": link, "customerAliases": ["crm"], "label": "Key"}
    made = await play.post("/customers", said | {"customProperties": {"tier": "gold"}, "url": "https://acme.example"})
    path = f"/customers/{made['id']}"
    await play.post("/customers", CUSTOMER | {"pushToIntegrations": ["Xero"]})
    await play.post("/customers", CUSTOMER | {"address": ADDRESS | {"state": "Munster"}}, expect=400)
    await play.get("/customers", limit=1, includeArchived="true")
    await play.get("/customers/by-alias/crm")
    await play.get(f"{path}/aliases")
    contact = await play.post(f"{path}/contacts", CONTACT | {"billingPreference": "STANDARD"})
    await play.put(f"{path}/contacts/{contact['id']}", CONTACT | {"billingPreference": "NONE"})
    await play.post(f"{path}/contacts/{contact['id']}/archive")
    await play.get(f"{path}/contacts", includeArchived="true")
    await play.put(path, said)
    await play.post(f"{path}/archive")
    await play.get(path)


async def _documents(play: Play, path: str, customer: str, **fields: Any) -> str:
    is_note = path == "/credit-notes"
    body = {"currency": "GBP", "customerId": customer, "memo": "Thank you", "purchaseOrderNumber": "PO", **fields}
    period = {"start": "2025-01-01", "endInclusive": "2025-01-31"}
    days = {"startDate": "2025-01-01", "endDate": "2025-01-31"}
    body |= (
        {"billingPeriodStart": "2025-01-01T00:00:00Z", "billingPeriodEnd": "2025-01-31T00:00:00Z"}
        if is_note
        else {"billingPeriod": period, "reference": "R"}
    )
    made = (await play.post(path, body))["id"]
    of_note = {"creditNoteId": made} if is_note else {}
    group = await play.post(f"{path}/{made}/line-item-groups", {"title": "G", "description": "D"})
    await play.put(f"{path}/{made}/line-item-groups/{group['id']}", {"title": "H"})
    whole = LINE | ORIGIN | of_note | {"groupId": group["id"], "servicePeriod": period if is_note else days}
    line = await play.post(f"{path}/{made}/line-items", whole | {"description": "March"})
    extra = await play.post(f"{path}/{made}/line-items", LINE | of_note)
    await play.put(f"{path}/{made}/line-items/{extra['id']}", LINE)
    await play.delete(f"{path}/{made}/line-items/{extra['id']}")
    await play.post(f"{path}/{made}/line-items", {"title": "no account"}, expect=400)
    await play.get(f"{path}/{made}/line-items")
    await play.get(f"{path}/{made}/line-item-groups")
    await play.put(f"{path}/{made}", {name: body[name] for name in body if name not in ("customerId", "invoiceId")})
    if not is_note:
        await play.patch(f"{path}/{made}", {"memo": "Thanks"})
    await play.post(f"{path}/{made}/finalize")
    await play.client.get(f"/api{path}/{made}/download")
    await play.post(f"{path}/{made}/send")
    await play.post(f"{path}/{made}/finalize", expect=400)
    await play.get(f"{path}/{made}")
    spare = (await play.post(path, {"currency": "GBP", "customerId": customer}))["id"]
    group = await play.post(f"{path}/{spare}/line-item-groups", {"title": "G"})
    await play.delete(f"{path}/{spare}/line-item-groups/{group['id']}")
    await play.delete(f"{path}/{spare}")
    for verb in ("finalize-and-send", "mark-as-sent", "void"):
        await play.post(f"{path}/{(await play.post(path, {'currency': 'GBP', 'customerId': customer}))['id']}/{verb}")
    await play.get(path, limit=2)
    assert line["externalIds"] == ORIGIN["externalIds"]
    return str(made)


async def _money(play: Play, invoice: str, note: str) -> None:
    application = {
        "creditNoteId": note,
        "invoiceId": invoice,
        "amount": 5,
        "currency": "GBP",
        "creditNoteBalanceVersion": 1,
        "invoiceBalanceVersion": 1,
    }
    for key in ("1", "1", "2"):
        headers = {"Idempotency-Key": key}
        await play.client.post("/api/credit-note-applications", json=application, headers=headers)
    await play.get(f"/invoices/{invoice}")
    await play.get(f"/credit-notes/{note}")
    await play.patch(f"/invoices/{invoice}/sent", {"dueDate": "2030-01-01"})
    await play.put(f"/invoices/{invoice}/payment-status", {"paymentStatus": "PAID"})
    compared = {"integrationService": "Xero", "invoiceIds": [invoice], "propertiesToCompare": ["STATUS"]}
    await play.client.post("/api/invoices/reconcile-with-integration", json=compared)


async def _policies(play: Play) -> None:
    said = {"name": "all", "channel": "WEBHOOK", "recipients": ["http://127.0.0.1:1/x"], "webhookSecret": "whsec_x"}
    path = f"/notifications/policies/{(await play.post('/notifications/policies', said))['id']}"
    await play.post("/notifications/policies", said | {"recipients": ["nowhere"]}, expect=400)
    await play.get("/notifications/policies", notificationType="INVOICE_ISSUED")
    await play.get(path)
    types = {"notificationTypes": ["INVOICE_ISSUED"]}
    await play.post(f"{path}/notification-types", types)
    await play.post(f"{path}/notification-types", {"notificationTypes": ["NOTHING"]}, expect=400)
    await play.delete(f"{path}/notification-types/INVOICE_ISSUED")
    await play.post(f"{path}/recipients", {"recipients": ["http://127.0.0.1:1/y"]})
    await play.delete(f"{path}/recipients/http%3A%2F%2F127.0.0.1%3A1%2Fy")
    await play.delete(path)
