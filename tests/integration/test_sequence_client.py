"""Our side of Sequence's API, over HTTP against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Sequence, create_sequence
from standins.serving import serve
from tests.doubles.sequence_accounts import accounts_of, unlimited
from tests.patience import PATIENCE
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import DocumentFilter, DocumentRef, DocumentStatus, Kind, PaymentStatus, TaxStatus
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.sequence import SequenceAccounts, SequenceBilling, SequenceClient, SequenceCustomers
from xerosync.sequence.errors import (
    SequenceRateLimitedError,
    SequenceRefusedError,
    SequenceUnavailableError,
    SequenceUnreachableError,
    UnreadableAnswerError,
)

ADDRESS = {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"}
CONTACT = {"name": "Ann", "email": "ann@example.com", "billingPreference": "PRIMARY"}
CUSTOMER = {"legalName": "Ada & Söhne", "address": ADDRESS, "taxStatus": "TAXED", "contacts": [CONTACT]}


KEY = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))


@dataclass(frozen=True)
class House:
    """The stand-in, our adapters to it, and short words for what most tests need."""

    sequence: Sequence
    url: str
    http: httpx.AsyncClient
    accounts: SequenceAccounts
    billing: SequenceBilling
    customers: SequenceCustomers

    @property
    def account_id(self) -> str:
        return self.sequence.default.id

    async def draft(self, kind: Kind = Kind.INVOICE, *lines: dict[str, Any], **fields: Any) -> DocumentRef:
        if "customerId" not in fields:
            fields["customerId"] = (await self.customers.create(self.account_id, CUSTOMER)).id
        draft = await self.billing.create(kind, self.account_id, {"currency": "GBP", **fields})
        for line in lines or ({"title": "Seats", "quantity": "2", "rate": "20000.10", "taxRate": "0.2"},):
            await self.billing.add_line(draft.ref, line)
        return draft.ref

    def fault(self, kind: str, **rule: Any) -> None:
        self.sequence.faults.add(kind, **{"times": 1, **rule})


@pytest.fixture
async def house() -> AsyncIterator[House]:
    app = create_sequence(authentication=True)
    async with serve(app) as served, httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        accounts = accounts_of(http, served.url + "/api", KEY)
        billing, customers = SequenceBilling(accounts), SequenceCustomers(accounts)
        yield House(app.state.sequence, served.url, http, accounts, billing, customers)


@pytest.mark.parametrize("kind", Kind)
async def test_a_document_is_read_as_it_stands(house: House, kind: Kind) -> None:
    ref = await house.draft(kind, purchaseOrderNumber="PO-7", memo="Thank you")
    draft = await house.billing.document(ref)
    assert (draft.ref, draft.status, draft.number) == (ref, DocumentStatus.DRAFT, None)
    finalized = await house.billing.finalize(ref)
    assert finalized == await house.billing.document(ref)
    assert (finalized.status, finalized.currency) == (DocumentStatus.FINAL, "GBP")
    assert finalized.number == ("INV-1" if kind is Kind.INVOICE else "CN-1")
    assert str(finalized.net_total) == "40000.20"
    assert str(finalized.total_tax) == "8000.04"
    assert finalized.issue_date == date.fromisoformat(house.sequence.default.today())
    assert (finalized.due_date is None) == (kind is Kind.CREDIT_NOTE)
    assert (finalized.customer_name, finalized.xero_reference) == ("Ada & Söhne", "PO-7")


async def test_a_credit_note_names_the_invoice_that_it_credits(house: House) -> None:
    invoice = await house.billing.finalize(await house.draft())
    note = await house.billing.finalize(
        await house.draft(Kind.CREDIT_NOTE, customerId=invoice.customer_id, invoiceId=invoice.id)
    )
    assert (note.number, note.credited_invoice_id, note.credited_invoice_number) == ("CN-1", invoice.id, "INV-1")
    assert note.xero_reference == "INV-1"


@pytest.mark.parametrize("kind", Kind)
async def test_all_lines_come_in_their_order_however_many_pages_they_take(house: House, kind: Kind) -> None:
    lines = [{"title": f"Line {n}", "quantity": "1", "rate": "0.01", "taxRate": "0"} for n in range(230)]
    ref = await house.draft(kind, *lines)
    house.sequence.journal.clear()
    whole = await house.billing.with_lines(await house.billing.document(ref))
    assert [line.title for line in whole.lines] == [f"Line {n}" for n in range(230)]
    assert sum(line.net_total for line in whole.lines) == whole.document.net_total == Decimal("2.30")
    # The document, three pages of lines; no call for groups where no line is in one.
    reads = house.sequence.journal.count(method="GET", path_prefix=f"/api/{kind.words.replace(' ', '-')}s")
    assert reads == 4


@pytest.mark.parametrize("kind", Kind)
async def test_the_tax_status_comes_along_where_sequence_keeps_it_with_the_customer(house: House, kind: Kind) -> None:
    exempt = await house.customers.create(house.account_id, {**CUSTOMER, "taxStatus": "TAX_EXEMPT"})
    document = await house.billing.finalize(await house.draft(kind, customerId=exempt.id))
    whole = await house.billing.with_lines(document)
    assert whole.document.customer_tax_status is TaxStatus.TAX_EXEMPT


async def test_groups_come_with_the_lines_that_stand_under_them(house: House) -> None:
    ref = await house.draft()
    client = await house.accounts.client(house.account_id)
    path = f"/invoices/{ref.document_id}/line-item-groups"
    made = await client.post("add a group", path, {"title": "Users", "description": "Charges for users"})
    await house.billing.add_line(
        ref, {"title": "Seat", "quantity": "1", "rate": "5", "taxRate": "0", "groupId": made["id"]}
    )
    whole = await house.billing.with_lines(await house.billing.document(ref))
    (group,) = whole.groups
    assert (group.id, group.title, group.description) == (made["id"], "Users", "Charges for users")
    assert [line.group_id for line in whole.lines] == [None, group.id]


async def test_quantities_rates_and_accounts_of_lines_are_exact(house: House) -> None:
    ref = await house.draft(
        Kind.INVOICE,
        {
            "title": "API calls",
            "description": "March",
            "quantity": "1000000",
            "rate": "0.000123",
            "taxRate": "0.175",
            "servicePeriod": {"startDate": "2026-03-01", "endDate": "2026-03-31"},
            "externalIds": [{"key": "Xero", "value": "260"}],
        },
    )
    (line,) = (await house.billing.with_lines(await house.billing.document(ref))).lines
    assert (str(line.quantity), str(line.rate), str(line.tax_rate)) == ("1000000", "0.000123", "0.175")
    assert (str(line.net_total), str(line.gross_total)) == ("123.00", "144.53")
    assert line.ledger_account == "260"
    assert line.service_period is not None
    assert line.service_period.end_date == date(2026, 3, 31)


async def test_a_document_is_sent_paid_and_voided(house: House) -> None:
    invoice = await house.billing.finalize_and_send(await house.draft())
    assert invoice.status is DocumentStatus.SENT
    paid = await house.billing.set_payment_status(invoice.ref, PaymentStatus.PAID)
    assert paid.payment_status is PaymentStatus.PAID
    with pytest.raises(SequenceRefusedError, match=f"refused to void invoice {invoice.id}") as refusal:
        await house.billing.void(invoice.ref)
    assert refusal.value.status == 400
    assert "PAID" in refusal.value.words
    note = await house.billing.finalize(await house.draft(Kind.CREDIT_NOTE))
    assert (await house.billing.send(note.ref)).status is DocumentStatus.SENT
    assert (await house.billing.void(note.ref)).status is DocumentStatus.VOIDED


@pytest.mark.parametrize("kind", Kind)
async def test_marking_as_sent_finalizes_if_needed_and_may_be_repeated(house: House, kind: Kind) -> None:
    ref = await house.draft(kind)
    for _ in range(2):
        marked = await house.billing.mark_as_sent(ref)
        assert marked == await house.billing.document(ref)
        assert (marked.status, marked.number is None) == (DocumentStatus.SENT, False)


async def test_marking_what_was_voided_meanwhile_tells_that_it_is_voided(house: House) -> None:
    ref = await house.draft()
    await house.billing.void(ref)
    assert (await house.billing.mark_as_sent(ref)).status is DocumentStatus.VOIDED


async def test_a_refusal_to_mark_as_sent_is_for_a_person(house: House) -> None:
    ref = (await house.billing.finalize(await house.draft())).ref
    house.fault("status", path="/api/invoices/*/mark-as-sent", status=422, body={"message": "The VAT id is missing"})
    with pytest.raises(HoldError) as hold:
        await house.billing.mark_as_sent(ref)
    assert (hold.value.reason, hold.value.words) == (HoldReason.REJECTED, "Sequence: The VAT id is missing")


async def test_lists_are_read_to_their_end_with_filters(house: House) -> None:
    customer = await house.customers.create(house.account_id, CUSTOMER)
    for _ in range(105):
        await house.billing.create(Kind.INVOICE, house.account_id, {"currency": "GBP", "customerId": customer.id})
    sent = await house.billing.finalize_and_send(await house.draft())
    today = date.fromisoformat(house.sequence.default.today())
    day = timedelta(days=1)

    async def ids(**filters: Any) -> list[str]:
        pages = house.billing.pages(Kind.INVOICE, house.account_id, DocumentFilter(**filters))
        return [document.id async for page in pages for document in page.documents]

    assert len(await ids()) == 106
    assert (await ids())[-1] == sent.id
    assert len(await ids(customer_id=customer.id)) == 105
    assert await ids(status=DocumentStatus.SENT) == [sent.id]
    assert await ids(sent_after=today - day, sent_before=today + day) == [sent.id]
    assert await ids(sent_after=today + day) == []
    assert await ids(status=DocumentStatus.SENT, not_paid=True) == [sent.id]
    await house.billing.set_payment_status(sent.ref, PaymentStatus.PAID)
    assert await ids(status=DocumentStatus.SENT, not_paid=True) == []
    assert await ids(status=DocumentStatus.SENT) == [sent.id]


async def test_the_list_of_credit_notes_is_not_asked_for_a_filter_that_it_does_not_have(house: House) -> None:
    with pytest.raises(ValueError, match="no filter by payment status"):
        await house.billing.page(Kind.CREDIT_NOTE, house.account_id, only=DocumentFilter(not_paid=True))


async def test_a_number_finds_its_document_and_no_other(house: House) -> None:
    for kind in (Kind.INVOICE, Kind.CREDIT_NOTE):
        for _ in range(11):
            await house.billing.finalize(await house.draft(kind))
    invoice, note = await house.billing.find_by_number("INV-1"), await house.billing.find_by_number("CN-1")
    assert invoice is not None
    assert note is not None
    assert (await house.billing.document(invoice)).number == "INV-1"
    assert (await house.billing.document(note)).number == "CN-1"
    for nobodys in ("INV-12", "CN", "1"):
        assert await house.billing.find_by_number(nobodys) is None


async def test_a_document_of_another_account_is_not_there(house: House) -> None:
    ref = await house.draft()
    words = f"Account other has no invoice {ref.document_id}: it belongs to another account"
    with pytest.raises(MissingError, match=words):
        await house.billing.document(ref.model_copy(update={"account_id": "other"}))
    for document_id in ("unknown", "../customers", "a/b", "a?b"):
        with pytest.raises(MissingError):
            await house.billing.document(ref.model_copy(update={"document_id": document_id}))


@pytest.mark.parametrize("kind", Kind)
async def test_a_list_tells_whether_a_document_is_there_that_is_not_shown(house: House, kind: Kind) -> None:
    ref = await house.draft(kind)
    customer_id = (await house.billing.document(ref)).customer_id
    gone = ref.model_copy(update={"document_id": "unknown"})
    for customer in (customer_id, None):
        assert await house.billing.lists(ref, customer)
        assert not await house.billing.lists(gone, customer)


async def test_a_customer_is_created_listed_and_changed_without_losing_anything(house: House) -> None:
    extras = {"url": "https://ada.example", "label": "VIP", "customProperties": {"tier": "gold"}}
    second = {"name": "Bob", "email": "bob@example.com", "billingPreference": "NONE"}
    fields = {**CUSTOMER, **extras, "contacts": [CONTACT, second]}
    made = await house.customers.create(house.account_id, fields)
    assert [contact.name for contact in made.contacts] == ["Ann", "Bob"]
    changed = await house.customers.update(house.account_id, made.id, {"legalName": "Ada Limited"})
    assert changed.legal_name == "Ada Limited"
    client = await house.accounts.client(house.account_id)
    kept = await client.get("look", f"/customers/{made.id}")
    assert {name: kept[name] for name in extras} == extras
    assert [{name: contact[name] for name in second} for contact in kept["contacts"]] == [CONTACT, second]
    assert [each.id async for each in house.customers.customers(house.account_id)] == [made.id]


async def test_a_link_clears_nothing_of_the_customer_that_it_is_written_to(house: House) -> None:
    parent = await house.customers.create(house.account_id, {**CUSTOMER, "legalName": "Ada Group"})
    made = await house.customers.create(
        house.account_id,
        {
            **CUSTOMER,
            "url": "https://ada.example",
            "label": "VIP",
            "status": "DRAFT",
            "customProperties": {"tier": "gold"},
            "customerAliases": ["crm-7", "old name"],
            "parentId": parent.id,
        },
    )
    for customer_id, contact_id in ((made.id, "contact-1"), (parent.id, "contact-2")):
        client = await house.accounts.client(house.account_id)
        before = await client.get("look", f"/customers/{customer_id}")
        aliases = await client.get("look", f"/customers/{customer_id}/aliases")
        await house.customers.link(house.account_id, customer_id, contact_id)
        after = await client.get("look", f"/customers/{customer_id}")
        rewritten = {"contacts", "integrationIds", "createdAt"}
        assert {name: after[name] for name in after.keys() - rewritten} == {
            name: before[name] for name in before.keys() - rewritten
        }
        assert await client.get("look", f"/customers/{customer_id}/aliases") == aliases


async def test_a_customer_that_sequence_is_to_push_stays_so_when_something_else_is_changed(house: House) -> None:
    made = await house.customers.create(house.account_id, {**CUSTOMER, "pushToIntegrations": ["Xero"]})
    changed = await house.customers.update(house.account_id, made.id, {"label": "VIP"})
    assert [(each.service, each.is_pending) for each in changed.integration_ids] == [("Xero", True)]


async def test_a_customers_link_is_written_beside_its_other_links(house: House) -> None:
    stripe = {"service": "Stripe", "id": "cus_1"}
    made = await house.customers.create(
        house.account_id, {**CUSTOMER, "integrationIds": [stripe], "pushToIntegrations": ["Xero"]}
    )
    assert made.xero_contact_id is None
    for contact_id in ("contact-1", "contact-2"):
        linked = await house.customers.link(house.account_id, made.id, contact_id)
        assert linked.xero_contact_id == contact_id
        assert [each.service for each in linked.integration_ids] == ["Stripe", "Xero"]
    unlinked = await house.customers.link(house.account_id, made.id, None)
    assert [each.service for each in unlinked.integration_ids] == ["Stripe"]
    assert unlinked.contacts[0].email == "ann@example.com"


async def test_a_customer_nobody_knows_is_missing(house: House) -> None:
    with pytest.raises(MissingError, match="refused to read customer nobody") as missing:
        await house.customers.get(house.account_id, "nobody")
    assert missing.value.words == "There is no customer nobody"


@pytest.mark.parametrize("nobody", ["", ".", ".."])
async def test_an_id_that_would_lead_elsewhere_is_nobodys(house: House, nobody: str) -> None:
    with pytest.raises(MissingError):
        await house.customers.get(house.account_id, nobody)


async def test_a_refusal_carries_sequences_words(house: House) -> None:
    with pytest.raises(SequenceRefusedError, match="refused to create a customer") as refusal:
        await house.customers.create(house.account_id, {**CUSTOMER, "contacts": []})
    assert "contacts must have one contact whose billingPreference is PRIMARY" in refusal.value.words


async def test_the_account_of_the_key_is_asked_for_once(house: House) -> None:
    house.sequence.journal.clear()
    assert await house.billing.account_id() == house.account_id
    assert await house.billing.account_id() == house.account_id
    assert house.sequence.journal.count(method="GET") == 1


async def test_an_account_that_the_key_does_not_open_is_told_before_anybody_rests_on_it(house: House) -> None:
    accounts = accounts_of(house.http, house.url + "/api", KEY)
    await accounts.check(house.account_id)
    with pytest.raises(MisconfiguredError, match=f"does not open account nobody, but {house.account_id}: name one"):
        await accounts.check("nobody")


async def test_each_account_is_read_with_its_own_key(house: House) -> None:
    other = house.sequence.add_account("Other", "other-id", "other-secret")
    theirs = SequenceKey("other-id", SecretStr("other-secret"))

    async def stored(account_id: str) -> SequenceKey | None:
        return theirs if account_id == other.id else None

    accounts = SequenceAccounts(
        house.http,
        house.url + "/api",
        default=KEY,
        default_account_id=house.account_id,
        stored=stored,
        limiter=unlimited(),
    )
    billing, customers = SequenceBilling(accounts), SequenceCustomers(accounts)
    customer = await customers.create(other.id, CUSTOMER)
    invoice = await billing.create(Kind.INVOICE, other.id, {"currency": "EUR", "customerId": customer.id})
    assert invoice.account_id == other.id
    ours = await house.draft()
    assert (await billing.document(ours)).account_id == house.account_id
    with pytest.raises(MisconfiguredError, match="No key of Sequence account a third is known"):
        await billing.document(ours.model_copy(update={"account_id": "a third"}))


@pytest.mark.parametrize("key", [replace(KEY, client_id="wrong"), replace(KEY, client_secret=SecretStr("s3cret"))])
async def test_a_wrong_key_names_the_settings_and_not_the_secret(house: House, key: SequenceKey) -> None:
    billing = SequenceBilling(accounts_of(house.http, house.url + "/api", key))
    with pytest.raises(MisconfiguredError, match="XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_") as mistake:
        await billing.account_id()
    assert "s3cret" not in str(mistake.value)
    assert mistake.value.__cause__ is None


async def test_the_limit_of_requests_says_when_to_come_back(house: House) -> None:
    house.sequence.limits.enabled = True
    house.sequence.limits.per_minute = 1
    await house.billing.account_id()
    with pytest.raises(SequenceRateLimitedError) as limit:
        await house.billing.document(DocumentRef(account_id=house.account_id, kind=Kind.INVOICE, document_id="1"))
    assert limit.value.ambiguous is False
    assert limit.value.retry_after is not None
    assert timedelta(seconds=1) <= limit.value.retry_after <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("drop_before", SequenceUnavailableError),
        ("drop_after", SequenceUnavailableError),
        ("server_error", SequenceUnavailableError),
        ("maintenance", SequenceUnavailableError),
        ("truncated", SequenceUnavailableError),
        ("malformed", UnreadableAnswerError),
    ],
)
async def test_an_answer_that_is_lost_is_ambiguous(house: House, fault: str, expected: type[RetryLaterError]) -> None:
    ref = await house.draft()
    house.fault(fault, path="/api/invoices/")
    with pytest.raises(expected, match=f"asked to mark as sent invoice {ref.document_id}|could not mark") as lost:
        await house.billing.mark_as_sent(ref)
    assert lost.value.ambiguous is True
    assert lost.value.__cause__ is None
    # Nothing was tried again below, and the next attempt finds whatever became of the first.
    assert house.sequence.journal.count(method="POST", path_prefix=f"/api/invoices/{ref.document_id}/mark") == 1
    assert (await house.billing.mark_as_sent(ref)).status is DocumentStatus.SENT


async def test_an_answer_that_takes_too_long_is_given_up(house: House) -> None:
    client = SequenceClient(house.http, house.url + "/api", KEY, unlimited(), timeout=timedelta(seconds=0.5))
    await house.http.get(house.url)  # the connection is there
    house.fault("slow", seconds=2)
    with pytest.raises(SequenceUnavailableError, match=r"when asked to look around \(it took too long\)") as lost:
        await client.get("look around", "/sequence-accounts")
    assert lost.value.ambiguous is True


async def test_a_sequence_that_is_not_there_was_never_asked(house: House) -> None:
    async with serve(create_sequence()) as served:
        gone = served.url
    client = SequenceClient(house.http, gone + "/api", KEY, unlimited())
    with pytest.raises(SequenceUnreachableError, match="could not be reached to look around") as lost:
        await client.get("look around", "/sequence-accounts")
    assert lost.value.ambiguous is False


async def test_one_pool_serves_many_at_once(house: House) -> None:
    refs = [await house.draft() for _ in range(20)]
    read = await asyncio.gather(*(house.billing.document(ref) for ref in refs))
    assert [document.ref for document in read] == refs


async def test_documents_of_a_page_are_read_together_as_they_are_by_then(house: House) -> None:
    customer = (await house.customers.create(house.account_id, CUSTOMER)).id
    refs = [await house.draft(customerId=customer) for _ in range(3)]
    for ref in refs:
        await house.billing.finalize(ref)
    page = await house.billing.page(Kind.INVOICE, house.account_id)
    await house.billing.void(refs[0])
    gone = refs[0].model_copy(update={"document_id": "gone"})
    house.sequence.journal.clear()
    listed = await asyncio.gather(*(house.billing.listed(ref, "") for ref in (*refs, gone)))
    assert house.sequence.journal.count(path_prefix="/api") == 1
    singly = [await house.billing.document(ref) for ref in refs]
    assert listed == [*singly, None]
    assert listed[0]
    assert listed[0].status is DocumentStatus.VOIDED
    assert [each for each in page.documents if each.ref == refs[1]] == [singly[1]]


async def test_a_document_is_read_by_a_later_page_too(house: House) -> None:
    customer = (await house.customers.create(house.account_id, CUSTOMER)).id
    rows = [{"customerId": customer, "currency": "GBP", "lines": [], "status": "DRAFT"} for _ in range(102)]
    await house.http.post(f"{house.url}/_sandbox/documents/load", json={"invoices": rows})
    first = await house.billing.page(Kind.INVOICE, house.account_id)
    assert first.after
    second = await house.billing.page(Kind.INVOICE, house.account_id, first.after)
    refs = [each.ref for each in second.documents]
    assert await asyncio.gather(*(house.billing.listed(ref, first.after) for ref in refs)) == list(second.documents)
    assert await asyncio.gather(*(house.billing.listed(ref, "") for ref in refs)) == [None] * len(refs)
