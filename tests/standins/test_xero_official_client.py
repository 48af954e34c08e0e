"""xero-python, the client Xero publishes, unchanged, as an outside witness."""
# By the types of xero-python each answer may be its parts, too.
# pyright: reportAttributeAccessIssue=false

import datetime as dt
from decimal import Decimal

import pytest
from xero_python.accounting import (
    Account,
    AccountType,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    Payments,
)
from xero_python.exceptions import AccountingBadRequestException, RateLimitException

from standins.xero import Limits
from tests.standins.xero_fixtures import PLACEHOLDER, Books, OfficialClient

YEAR_3000 = dt.date(3000, 1, 1)


def an_invoice(books: Books, number: str, **fields: object) -> Invoice:
    return Invoice(
        type="ACCREC",
        contact=Contact(contact_id=books.contact_id),
        invoice_number=number,
        date=YEAR_3000,
        due_date=YEAR_3000,
        status="AUTHORISED",
        line_items=[
            LineItem(description="Seats", quantity=Decimal(3), unit_amount=Decimal("19.99"), account_code="200")
        ],
        **fields,
    )


def a_credit_note(books: Books, number: str) -> CreditNote:
    return CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=books.contact_id),
        credit_note_number=number,
        date=YEAR_3000,
        status="AUTHORISED",
        line_items=[LineItem(description="Refund", quantity=1, unit_amount=Decimal("10.00"), account_code="200")],
    )


async def created(official: OfficialClient, *invoices: Invoice) -> list[Invoice]:
    api = official.accounting
    answer = await official.call(api.create_invoices, official.tenant, Invoices(invoices=list(invoices)))
    return answer.invoices


async def test_it_sees_the_connection_of_the_organisation(official: OfficialClient):
    (connection,) = await official.call(official.identity.get_connections)

    assert connection.tenant_id == official.tenant
    assert (connection.tenant_type, connection.tenant_name) == ("ORGANISATION", "Demo Company (GB)")


async def test_it_refreshes_its_token_and_goes_on(official: OfficialClient):
    before = official.tokens["refresh_token"]

    await official.call(official.api.refresh_oauth2_token)

    assert official.tokens["refresh_token"] != before
    assert (await official.call(official.accounting.get_organisations, official.tenant)).organisations


async def test_it_reads_the_organisation_with_its_short_code_and_base_currency(official: OfficialClient):
    answer = await official.call(official.accounting.get_organisations, official.tenant)

    (organisation,) = answer.organisations
    assert organisation.short_code.startswith("!")
    assert organisation.base_currency.value == "GBP"
    assert organisation.is_demo_company is True


async def test_a_date_in_the_year_3000_comes_back_as_that_date(books: Books, official: OfficialClient):
    (invoice,) = await created(official, an_invoice(books, "INV-3000"))

    assert (invoice.date, invoice.due_date) == (YEAR_3000, YEAR_3000)
    assert invoice.total == Decimal("71.96")
    assert books.organisation.invoices.holder("INV-3000").date == YEAR_3000


async def test_it_reads_failed_and_created_elements_of_one_batch(books: Books, official: OfficialClient):
    await created(official, an_invoice(books, "INV-1"))
    batch = Invoices(invoices=[an_invoice(books, "INV-1"), an_invoice(books, "INV-2")])

    answer = await official.call(official.accounting.create_invoices, official.tenant, batch, summarize_errors=False)

    by_number = {invoice.invoice_number: invoice for invoice in answer.invoices}
    assert by_number["INV-2"].status_attribute_string == "OK"
    assert by_number["INV-1"].status_attribute_string == "ERROR"
    assert [error.message for error in by_number["INV-1"].validation_errors] == ["Invoice # must be unique."]


async def test_a_400_reaches_it_as_an_exception_with_the_refused_elements(books: Books, official: OfficialClient):
    await created(official, an_invoice(books, "INV-1"))

    with pytest.raises(AccountingBadRequestException) as refused:
        await official.call(
            official.accounting.create_invoices,
            official.tenant,
            Invoices(invoices=[an_invoice(books, "INV-1"), an_invoice(books, "INV-2")]),
            summarize_errors=True,
        )

    assert refused.value.reason == "Invoice # must be unique."
    assert [element["ValidationErrors"][0]["Message"] for element in refused.value.error_data["Elements"]] == [
        "Invoice # must be unique."
    ]
    assert books.organisation.invoices.holder("INV-2") is not None


async def test_it_moves_the_dates_of_an_approved_invoice_and_marks_it_sent(books: Books, official: OfficialClient):
    (invoice,) = await created(official, an_invoice(books, "INV-1"))
    change = Invoice(
        invoice_id=invoice.invoice_id,
        date=dt.date(2026, 5, 1),
        due_date=dt.date(2026, 5, 31),
        sent_to_contact=True,
        status="AUTHORISED",
    )

    answer = await official.call(
        official.accounting.update_invoice, official.tenant, invoice.invoice_id, Invoices(invoices=[change])
    )

    (sent,) = answer.invoices
    assert (sent.date, sent.due_date, sent.sent_to_contact) == (dt.date(2026, 5, 1), dt.date(2026, 5, 31), True)
    assert [line.line_item_id for line in sent.line_items] == [line.line_item_id for line in invoice.line_items]


async def test_it_lists_invoices_by_every_filter_it_offers(books: Books, official: OfficialClient):
    first, second = await created(official, an_invoice(books, "INV-1", reference="PO 7"), an_invoice(books, "INV-2"))
    api, tenant = official.accounting, official.tenant

    async def numbers(**filters: object) -> set[str]:
        found = await official.call(api.get_invoices, tenant, **filters)
        return {invoice.invoice_number for invoice in found.invoices}

    everything = {"INV-1", "INV-2"}
    assert await numbers() == everything
    assert await numbers(i_ds=[first.invoice_id]) == {"INV-1"}
    assert await numbers(invoice_numbers=["INV-2", "INV-9"]) == {"INV-2"}
    assert await numbers(contact_i_ds=[books.contact_id]) == everything
    assert await numbers(statuses=["AUTHORISED", "PAID"]) == everything
    assert await numbers(statuses=["DRAFT"]) == set()
    assert await numbers(where='Reference=="PO 7"') == {"INV-1"}
    assert await numbers(search_term="po 7") == {"INV-1"}
    assert await numbers(created_by_my_app=True) == everything
    assert await numbers(if_modified_since=second.updated_date_utc + dt.timedelta(seconds=2)) == set()
    assert await numbers(if_modified_since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == everything
    assert await numbers(order="InvoiceNumber DESC", page=2, page_size=1) == {"INV-1"}


async def test_it_reads_pagination_and_lines_when_it_pages(books: Books, official: OfficialClient):
    await created(official, an_invoice(books, "INV-1"), an_invoice(books, "INV-2"))
    api = official.accounting

    page = await official.call(api.get_invoices, official.tenant, page=1, page_size=1)
    unpaged = await official.call(api.get_invoices, official.tenant)

    assert (page.pagination.page_count, page.pagination.item_count) == (2, 2)
    assert len(page.invoices[0].line_items) == 1
    assert unpaged.pagination is None
    assert not unpaged.invoices[0].line_items


async def test_it_creates_finds_and_updates_credit_notes(books: Books, official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    answer = await official.call(
        api.create_credit_notes, tenant, CreditNotes(credit_notes=[a_credit_note(books, "CN-9")])
    )
    note_id = answer.credit_notes[0].credit_note_id

    change = CreditNotes(credit_notes=[CreditNote(credit_note_id=note_id, date=dt.date(2026, 5, 1))])
    await official.call(api.update_credit_note, tenant, note_id, change)
    found = await official.call(api.get_credit_notes, tenant, where='CreditNoteNumber=="CN-9"', page=1)

    assert [(note.credit_note_id, note.date) for note in found.credit_notes] == [(note_id, dt.date(2026, 5, 1))]
    assert found.credit_notes[0].remaining_credit == Decimal("12.00")


async def test_it_allocates_a_credit_note_and_sees_what_is_left(books: Books, official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    (invoice,) = await created(official, an_invoice(books, "INV-1"))
    notes = await official.call(
        api.create_credit_notes, tenant, CreditNotes(credit_notes=[a_credit_note(books, "CN-9")])
    )
    note_id = notes.credit_notes[0].credit_note_id
    allocation = Allocation(
        amount=Decimal("5.50"), date=dt.date(2026, 5, 1), invoice=Invoice(invoice_id=invoice.invoice_id)
    )

    made = await official.call(
        api.create_credit_note_allocation, tenant, note_id, Allocations(allocations=[allocation])
    )
    after = await official.call(api.get_invoice, tenant, invoice.invoice_id)
    note = await official.call(api.get_credit_note, tenant, note_id)

    assert made.allocations[0].amount == Decimal("5.50")
    assert (after.invoices[0].amount_credited, after.invoices[0].amount_due) == (Decimal("5.50"), Decimal("66.46"))
    assert note.credit_notes[0].remaining_credit == Decimal("6.50")


async def test_it_deletes_an_allocation(books: Books, official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    invoice, note = await books.saved(), await books.saved_note()
    made = await books.put(
        f"CreditNotes/{note['CreditNoteID']}/Allocations",
        {"Amount": 5, "Date": "2026-05-01", "Invoice": {"InvoiceID": invoice["InvoiceID"]}},
    )
    allocation_id = made.json()["Allocations"][0]["AllocationID"]

    gone = await official.call(api.delete_credit_note_allocations, tenant, note["CreditNoteID"], allocation_id)

    assert gone.is_deleted is True
    assert (await books.read(note))["RemainingCredit"] == 120


async def test_it_writes_and_reads_history_notes(books: Books, official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    (invoice,) = await created(official, an_invoice(books, "INV-1"))
    note = HistoryRecords(history_records=[HistoryRecord(details="Written by the billing system")])

    await official.call(api.create_invoice_history, tenant, invoice.invoice_id, note)
    answer = await official.call(api.get_invoice_history, tenant, invoice.invoice_id)

    assert [(record.changes, record.details) for record in answer.history_records] == [
        ("Note", "Written by the billing system"),
        ("Approved", ""),
    ]


async def test_it_pays_an_invoice(books: Books, official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    (invoice,) = await created(official, an_invoice(books, "INV-1"))
    payment = Payment(
        invoice=Invoice(invoice_id=invoice.invoice_id),
        account=Account(code="090"),
        date=dt.date(2026, 5, 1),
        amount=Decimal("71.96"),
    )

    answer = await official.call(api.create_payments, tenant, Payments(payments=[payment]))
    after = await official.call(api.get_invoice, tenant, invoice.invoice_id)

    assert answer.payments[0].amount == Decimal("71.96")
    assert (after.invoices[0].status, after.invoices[0].amount_due) == ("PAID", 0)
    assert after.invoices[0].fully_paid_on_date == dt.date(2026, 5, 1)


async def test_it_creates_and_finds_contacts_and_reads_their_two_address_slots(official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    await official.call(
        api.create_contacts, tenant, Contacts(contacts=[Contact(name="Globex", contact_number="cus_42")])
    )

    found = await official.call(api.get_contacts, tenant, search_term="cus_42", page=1)
    by_number = await official.call(api.get_contact_by_contact_number, tenant, "cus_42")

    assert [contact.name for contact in found.contacts] == ["Globex"]
    assert [address.address_type for address in by_number.contacts[0].addresses] == ["STREET", "POBOX"]
    assert by_number.contacts[0].is_customer is False


async def test_it_reads_and_adds_to_the_chart_of_accounts(official: OfficialClient):
    api, tenant = official.accounting, official.tenant
    added = Account(code="205", name="Subscriptions", type=AccountType.REVENUE)

    await official.call(api.create_account, tenant, added)
    revenue = await official.call(api.get_accounts, tenant, where='Status=="ACTIVE" AND Type=="REVENUE"', order="Code")

    assert [account.code for account in revenue.accounts] == ["200", "205", "260", "270"]
    assert {account.tax_type for account in revenue.accounts} == {"OUTPUT2", "NONE"}


async def test_it_reads_currencies_tax_rates_themes_items_and_actions(official: OfficialClient):
    api, tenant = official.accounting, official.tenant

    currencies = await official.call(api.get_currencies, tenant)
    rates = await official.call(api.get_tax_rates, tenant, where='TaxType=="OUTPUT2"')
    themes = await official.call(api.get_branding_themes, tenant)
    items = await official.call(api.get_items, tenant)
    actions = await official.call(api.get_organisation_actions, tenant)

    assert [currency.code.value for currency in currencies.currencies] == ["GBP", "EUR"]
    assert [rate.effective_rate for rate in rates.tax_rates] == [20]
    assert [theme.name for theme in themes.branding_themes] == ["Standard"]
    assert items.items == []
    assert {action.name: action.status for action in actions.actions}["UseMulticurrency"] == "ALLOWED"


async def test_a_429_reaches_it_with_the_limit_that_was_reached(books: Books, official: OfficialClient):
    books.xero.limits = Limits(minute=1)
    await official.call(official.accounting.get_organisations, official.tenant)

    with pytest.raises(RateLimitException) as refused:
        await official.call(official.accounting.get_organisations, official.tenant)

    assert (refused.value.status, refused.value.rate_limit) == (429, "minute")
    assert int(refused.value.headers["retry-after"]) <= 60


async def test_the_date_forms_of_both_official_clients_are_read(books: Books):
    forms = [PLACEHOLDER, "/Date(32503680000000)/", "/Date(32503680000000+0000)/", "3000-01-01T00:00:00"]

    for number, form in enumerate(forms):
        saved = await books.saved(f"D-{number}", Date=form, HasErrors=False, HasAttachments=False)
        assert saved["DateString"] == "3000-01-01T00:00:00"
