"""Invoices and credit notes through the gateway, on the stand-in, over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from standins.xero import Limits
from tests.xero_support import Bench, bench, document, line, soon
from xerosync.core.documents import DocumentWithLines, Kind
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.xero import XeroBooks
from xerosync.xero.errors import NumberTakenError
from xerosync.xero.names import KINDS as XERO_NAMES

KINDS = pytest.mark.parametrize("kind", list(Kind))


@pytest.fixture
async def at() -> AsyncGenerator[Bench]:
    async with bench() as opened:
        yield opened


@pytest.fixture
def books(at: Bench) -> XeroBooks:
    return at.gateway.books()


def a_document(kind: Kind, number: str = "N-1", **changes: object) -> DocumentWithLines:
    return document(number, kind=kind, **changes)  # type: ignore[arg-type]


async def create(at: Bench, whole: DocumentWithLines) -> XeroDocument:
    return await at.gateway.books().create(at.connection, whole, at.contact_id, send_before=soon())


@KINDS
async def test_a_final_document_is_in_xero_authorised_with_placeholder_dates(at: Bench, kind: Kind):
    created = await create(at, a_document(kind, reference="PO 7"))
    assert (created.number, created.status, created.sent) == ("N-1", XeroStatus.AUTHORISED, False)
    assert created.issue_date == PLACEHOLDER
    assert created.due_date == (PLACEHOLDER if kind is Kind.INVOICE else None)
    assert (created.contact_id, created.currency, created.reference) == (at.contact_id, "GBP", "PO 7")
    assert (created.total, created.total_tax) == (Decimal("12.00"), Decimal("2.00"))


@KINDS
async def test_a_sent_document_goes_with_its_dates_in_one_call(at: Bench, kind: Kind):
    created = await create(at, a_document(kind, status="SENT"))
    assert created.sent
    assert created.issue_date == date(2026, 1, 5)
    assert created.due_date == (date(2026, 2, 4) if kind is Kind.INVOICE else None)
    assert at.calls() == 1


async def test_an_invoice_shows_the_way_back_to_sequence(at: Bench):
    assert (await create(at, a_document(Kind.INVOICE))).url == "https://app.example/invoices/id-of-N-1"


async def test_a_credit_note_tells_its_origin_in_its_history(at: Bench, books: XeroBooks):
    whole = a_document(Kind.CREDIT_NOTE)
    created = await create(at, whole)
    await books.note_origin(at.connection, whole.document.ref, whole.document.number, created.xero_id)
    assert "https://app.example/credit-notes/id-of-N-1" in at.organisation.history[created.xero_id][-1].details


async def test_an_origin_is_not_noted_where_calls_run_low(at: Bench, books: XeroBooks):
    at.xero.limits = Limits.real()
    whole = a_document(Kind.CREDIT_NOTE)
    created = await create(at, whole)
    for _ in range(20):
        await books.get(at.connection, Kind.CREDIT_NOTE, created.xero_id)
    made = at.calls()
    assert not await books.note_origin(at.connection, whole.document.ref, whole.document.number, created.xero_id)
    assert at.calls() == made


async def test_a_sweep_notes_an_origin_with_what_is_left_to_bulk_work(at: Bench, books: XeroBooks):
    at.xero.limits = Limits.real()
    whole = a_document(Kind.CREDIT_NOTE)
    created = await create(at, whole)
    for _ in range(20):
        await books.get(at.connection, Kind.CREDIT_NOTE, created.xero_id)
    ref, number = whole.document.ref, whole.document.number
    assert await books.note_origin(at.connection, ref, number, created.xero_id, by_sweep=True)
    assert "id-of-N-1" in at.organisation.history[created.xero_id][-1].details


async def test_an_origin_is_not_noted_while_documents_are_on_their_way(at: Bench, books: XeroBooks):
    whole = a_document(Kind.CREDIT_NOTE)
    created = await create(at, whole)
    waiting = asyncio.create_task(create(at, a_document(Kind.INVOICE)))
    await asyncio.sleep(0)
    await books.note_origin(at.connection, whole.document.ref, whole.document.number, created.xero_id)
    await waiting
    assert at.calls(path="/api.xro/2.0/CreditNotes") == 1


async def test_a_note_that_xero_does_not_take_fails_nothing(at: Bench, books: XeroBooks):
    whole = a_document(Kind.CREDIT_NOTE)
    created = await create(at, whole)
    for fault in ("server_error", "drop_before", "forbidden"):
        at.faults.clear()
        at.faults.add(fault)
        await books.note_origin(at.connection, whole.document.ref, whole.document.number, created.xero_id)


async def test_hard_lines_arrive_to_the_penny(at: Bench):
    lines = (
        line("123.00", tax="24.60", quantity=Decimal(1_000_000), rate=Decimal("0.000123")),
        line("10.00", tax="2.00", quantity=Decimal(3), rate=Decimal("3.3333")),
        line("-5.55", tax="-1.11", title="Discount"),
        line("0.07", tax="0.01", quantity=Decimal("12.5"), rate=Decimal("0.5"), rate_display="PERCENTAGE"),
    )
    created = await create(at, document("INV-1", *lines))
    assert created.total - created.total_tax == Decimal("127.52")
    kept = at.organisation.invoices.numbered("INV-1")[0]
    assert [it.line_amount for it in kept.lines] == [it.net_total for it in lines]


@KINDS
async def test_a_number_in_use_is_told_and_nothing_is_overwritten(at: Bench, kind: Kind):
    first = await create(at, a_document(kind))
    with pytest.raises(NumberTakenError):
        await create(at, a_document(kind, reference="other"))
    kept = await at.gateway.books().get(at.connection, kind, first.xero_id)
    assert kept.model_copy(update={"seen_at": first.seen_at}) == first


async def test_what_xero_refuses_is_held_with_its_words(at: Bench):
    cases = {
        HoldReason.LEDGER_ACCOUNT_REJECTED: document("A", line(external_ids=({"key": "Xero", "value": "999"},))),
        HoldReason.CURRENCY_NOT_ENABLED: document("B", currency="EUR"),
        HoldReason.LEDGER_ACCOUNT_MISSING: document("C"),
    }
    for reason, whole in cases.items():
        account = None if reason is HoldReason.LEDGER_ACCOUNT_MISSING else "200"
        ours = at.connection.model_copy(update={"default_ledger_account": account})
        with pytest.raises(HoldError) as held:
            await at.gateway.books().create(ours, whole, at.contact_id, send_before=soon())
        assert held.value.reason is reason
        assert held.value.words


@KINDS
async def test_a_document_is_found_by_its_number(at: Bench, books: XeroBooks, kind: Kind):
    created = await create(at, a_document(kind))
    asked = datetime.now(UTC)
    found = await books.find(at.connection, kind, "N-1")
    assert found is not None
    assert found.xero_id == created.xero_id
    assert asked <= found.seen_at <= datetime.now(UTC)
    assert await books.find(at.connection, kind, "N-2") is None


@pytest.mark.parametrize("number", ["A/B", "A,B", 'A"B', "A\\B", "A B&C=D%", "Ü-1", "?#"])
@KINDS
async def test_odd_numbers_are_found_too(at: Bench, books: XeroBooks, kind: Kind, number: str):
    for each in (number, "plain"):
        await create(at, a_document(kind, each))
    found = await asyncio.gather(*(books.find(at.connection, kind, each) for each in (number, "plain", "none")))
    assert [it and it.number for it in found] == [number, "plain", None]


@KINDS
async def test_many_look_ups_share_calls(at: Bench, books: XeroBooks, kind: Kind):
    await asyncio.gather(*(create(at, a_document(kind, f"N-{number}")) for number in range(20)))
    at.journal.clear()
    found = await asyncio.gather(*(books.find(at.connection, kind, f"N-{number}") for number in range(25)))
    assert [it is not None for it in found] == [True] * 20 + [False] * 5
    assert at.calls() == 1


async def test_a_bill_of_that_number_is_not_found(at: Bench, books: XeroBooks):
    bill = {"Type": "ACCPAY", "InvoiceNumber": "N-1", "Contact": {"ContactID": at.contact_id}}
    body = {"Invoices": [{**bill, "LineItems": [{"Description": "x", "UnitAmount": 1, "AccountCode": "400"}]}]}
    answered = await at.http.put(
        f"{at.url}/api.xro/2.0/Invoices",
        json=body,
        headers={"xero-tenant-id": at.connection.tenant_id, "Accept": "application/json"},
    )
    assert answered.is_success
    assert await books.find(at.connection, Kind.INVOICE, "N-1") is None


@KINDS
async def test_a_voided_document_is_found_since_its_number_stays_taken(at: Bench, books: XeroBooks, kind: Kind):
    created = await create(at, a_document(kind))
    await books.void(at.connection, kind, created.xero_id)
    found = await books.find(at.connection, kind, "N-1")
    assert found is not None
    assert found.status is XeroStatus.VOIDED


@KINDS
async def test_only_what_we_would_have_created_is_ours(at: Bench, books: XeroBooks, kind: Kind):
    whole = a_document(kind)
    ours = await create(at, whole)

    def is_ours(found: XeroDocument, contact_id: str | None = at.contact_id) -> bool:
        return books.is_ours(found, whole.document, contact_id)

    assert is_ours(ours)
    assert is_ours(ours, None)
    # Xero works the tax out by itself: another rate there is drift of our document, not another document.
    assert is_ours(ours.model_copy(update={"total": Decimal("10.50"), "total_tax": Decimal("0.50")}))
    assert not is_ours(ours, "another-contact")
    for change in ({"number": "n-1"}, {"currency": "EUR"}, {"total": Decimal("12.01")}):
        assert not is_ours(ours.model_copy(update=change))
    if kind is Kind.INVOICE:
        assert not is_ours(ours.model_copy(update={"url": None}))


@KINDS
async def test_sending_writes_real_dates_and_leaves_the_lines_alone(at: Bench, books: XeroBooks, kind: Kind):
    created = await create(at, a_document(kind))
    register = at.organisation.invoices if kind is Kind.INVOICE else at.organisation.credit_notes
    lines = register.numbered("N-1")[0].lines
    change = HeaderChange(
        kind=kind,
        xero_id=created.xero_id,
        issue_date=date(2026, 1, 5),
        due_date=date(2026, 2, 4) if kind is Kind.INVOICE else None,
        reference="PO 8",
    )
    before = datetime.now(UTC)
    changed = await books.change_header(at.connection, change)
    assert change.is_shown_by(changed)
    assert (changed.sent, changed.issue_date, changed.reference) == (True, date(2026, 1, 5), "PO 8")
    assert changed.seen_at >= before
    assert register.numbered("N-1")[0].lines == lines


async def test_changes_share_calls(at: Bench, books: XeroBooks):
    created = await asyncio.gather(*(create(at, a_document(Kind.INVOICE, f"N-{number}")) for number in range(20)))
    at.journal.clear()
    day = date(2026, 1, 5)
    changes = [HeaderChange(kind=Kind.INVOICE, xero_id=it.xero_id, issue_date=day, due_date=day) for it in created]
    changed = await asyncio.gather(*(books.change_header(at.connection, change) for change in changes))
    assert [it.xero_id for it in changed] == [it.xero_id for it in created]
    assert all(it.sent for it in changed)
    assert at.calls() == 1


async def test_a_payment_before_sending_is_a_hold(at: Bench, books: XeroBooks):
    created = await create(at, a_document(Kind.INVOICE))
    await at.in_xero("Invoices/N-1/pay")
    with pytest.raises(HoldError) as held:
        await books.change_header(
            at.connection, HeaderChange(kind=Kind.INVOICE, xero_id=created.xero_id, issue_date=date(2026, 1, 5))
        )
    assert held.value.reason is HoldReason.FROZEN_BY_PAYMENT
    assert "payment" in held.value.words
    with pytest.raises(HoldError) as held:
        await books.void(at.connection, Kind.INVOICE, created.xero_id)
    assert held.value.reason is HoldReason.FROZEN_BY_PAYMENT


async def test_a_locked_period_is_a_hold(at: Bench, books: XeroBooks):
    created = await create(at, a_document(Kind.INVOICE))
    await at.in_xero("lock-dates", period_lock_date="2026-01-31")
    with pytest.raises(HoldError) as held:
        await books.change_header(
            at.connection, HeaderChange(kind=Kind.INVOICE, xero_id=created.xero_id, issue_date=date(2026, 1, 5))
        )
    assert held.value.reason is HoldReason.LOCKED_PERIOD


@KINDS
async def test_sending_what_was_voided_in_xero_says_so(at: Bench, books: XeroBooks, kind: Kind):
    created = await create(at, a_document(kind))
    await books.void(at.connection, kind, created.xero_id)
    with pytest.raises(HoldError) as held:
        await books.change_header(
            at.connection, HeaderChange(kind=kind, xero_id=created.xero_id, issue_date=date(2026, 1, 5))
        )
    assert held.value.reason is HoldReason.REMOVED_IN_XERO


@KINDS
async def test_voiding_twice_is_voiding_once(at: Bench, books: XeroBooks, kind: Kind):
    created = await create(at, a_document(kind))
    first = await books.void(at.connection, kind, created.xero_id)
    again = await books.void(at.connection, kind, created.xero_id)
    assert (first.status, again.status) == (XeroStatus.VOIDED, XeroStatus.VOIDED)


@KINDS
async def test_what_xero_never_had_is_removed_there(at: Bench, books: XeroBooks, kind: Kind):
    nowhere = "11111111-1111-4111-8111-111111111111"
    with pytest.raises(HoldError) as held:
        await books.void(at.connection, kind, nowhere)
    assert held.value.reason is HoldReason.REMOVED_IN_XERO
    with pytest.raises(HoldError) as held:
        await books.change_header(at.connection, HeaderChange(kind=kind, xero_id=nowhere, issue_date=date(2026, 1, 5)))
    assert held.value.reason is HoldReason.REMOVED_IN_XERO
    with pytest.raises(MissingError):
        await books.get(at.connection, kind, nowhere)


@KINDS
async def test_a_sweep_reads_what_changed_in_the_order_of_its_change(at: Bench, books: XeroBooks, kind: Kind):
    created = [await create(at, a_document(kind, f"N-{number}")) for number in range(3)]
    await books.void(at.connection, kind, created[0].xero_id)
    pages = [page async for page in books.changed_since(at.connection, kind, None)]
    assert [it.number for page in pages for it in page] == ["N-1", "N-2", "N-0"]
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [list(page) async for page in books.changed_since(at.connection, kind, later)] == [[]]


async def test_a_document_of_which_xero_tells_something_unheard_of_hides_no_other(at: Bench, books: XeroBooks):
    created = [await create(at, a_document(Kind.INVOICE, f"N-{number}")) for number in range(5)]
    for each in created[:2]:
        kept = at.organisation.invoices.get(each.xero_id)
        assert kept
        at.organisation.invoices.put(replace(kept, status="PENDING_MOONRISE"))
    pages = [page async for page in books.changed_since(at.connection, Kind.INVOICE, None, page_size=2)]
    assert {it.number for page in pages for it in page} == {"N-2", "N-3", "N-4"}


async def test_a_sweep_misses_nothing_that_changes_while_it_reads(at: Bench, books: XeroBooks):
    for number in range(30):
        await create(at, a_document(Kind.INVOICE, f"N-{number}"))
        at.xero.clock.advance(timedelta(seconds=2))
    seen: set[str] = set()
    calls = 0
    async for page in books.changed_since(at.connection, Kind.INVOICE, None, page_size=10):
        seen.update(it.number for it in page)
        # What was read moves to the end, and everything after it moves up by one.
        await at.in_xero(f"Invoices/N-{calls}/sent", stamped=True)
        calls += 1
    assert seen == {f"N-{number}" for number in range(30)}
    assert calls < 8


async def test_a_sweep_gets_past_many_documents_of_one_second(at: Bench, books: XeroBooks):
    await asyncio.gather(*(create(at, a_document(Kind.INVOICE, f"N-{number}")) for number in range(45)))
    pages = books.changed_since(at.connection, Kind.INVOICE, None, page_size=10)
    seen = {it.number async for page in pages for it in page}
    assert len(seen) == 45


@KINDS
async def test_the_unpaid_documents_from_a_day_on_are_read_and_no_other(at: Bench, books: XeroBooks, kind: Kind):
    created = [await create(at, a_document(kind, f"N-{number}")) for number in range(12)]
    for place, day in ((3, date(2026, 1, 5)), (4, date(2026, 1, 4))):
        change = HeaderChange(kind=kind, xero_id=created[place].xero_id, issue_date=day, due_date=None)
        await books.change_header(at.connection, change)
    await books.void(at.connection, kind, created[5].xero_id)
    await at.in_xero(f"{XERO_NAMES[kind].plural}/{created[6].xero_id}/pay")
    calls = at.calls()
    pages = [page async for page in books.unpaid_since(at.connection, kind, date(2026, 1, 5), page_size=5)]
    read = {it.number for page in pages for it in page}
    assert read == {it.number for it in created} - {"N-4", "N-5", "N-6"}
    assert at.calls() - calls <= 3


async def test_a_connections_organisation_accounts_and_currencies_are_read(at: Bench):
    organisations = at.gateway.organisations()
    organisation = await organisations.organisation(at.connection)
    assert (organisation.name, organisation.base_currency) == ("Demo Company (GB)", "GBP")
    assert organisation.short_code.startswith("!")
    sales = next(it for it in await organisations.accounts(at.connection) if it.code == "200")
    assert (sales.name, sales.status, sales.account_class) == ("Sales", "ACTIVE", "REVENUE")
    assert await organisations.currencies(at.connection) == ["GBP"]


@pytest.mark.parametrize("number", ["CN/2026/1", "..", "CN.1", "CN%2F1"])
async def test_a_credit_note_is_not_asked_for_by_a_path_that_may_lead_elsewhere(
    at: Bench, books: XeroBooks, number: str
):
    created = await create(at, a_document(Kind.CREDIT_NOTE, number))
    found = await books.find(at.connection, Kind.CREDIT_NOTE, number)
    assert found
    assert found.xero_id == created.xero_id
    assert at.calls("GET", "/api.xro/2.0/CreditNotes/") == 0
