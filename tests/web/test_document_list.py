"""The list of documents: filters, search, pages."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl

import pytest

from tests.store.samples import NOON, document, hold, ref, xero_view
from tests.web.console import Console, open_console
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.operations.spreadsheet import safe_cell

DOCUMENTS = "/accounts/acme/documents"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        yield console


async def keep(console: Console, link: DocumentLink) -> None:
    await console.services.store.change(link.ref, lambda _: link)


def known(
    number: str, customer: str = "Ada", kind: Kind = Kind.INVOICE, customer_id: str = "cust-1", **update: object
) -> DocumentLink:
    of = ref(f"id-{number}", kind)
    read = DocumentLink(ref=of).read(document(of, number=number, customer_id=customer_id))
    return read.model_copy(update={"customer_name": customer, **update})


def numbers(page: str) -> list[str]:
    """The numbers in the order of a page."""
    return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', page)


async def test_every_filter_lets_only_its_own_documents_through(console: Console) -> None:
    drifted = known("INV-2").pushed(xero_view("x-2"), Decimal("119.99"))
    await keep(console, known("INV-1").held(hold(HoldReason.NUMBER_TAKEN)))
    await keep(console, drifted)
    await keep(console, known("INV-3", ignored=Ignored(because="by hand", who="Ada", since=NOON)))
    await keep(console, known("CN-4", kind=Kind.CREDIT_NOTE, customer_id="cust-4"))
    sent = known("INV-5").read(document(ref("id-INV-5"), number="INV-5", status=DocumentStatus.SENT))
    await keep(console, sent.pushed(xero_view("x-5"), Decimal("120.00")))
    assert numbers(await console.page(DOCUMENTS)) == ["INV-5", "CN-4", "INV-3", "INV-2", "INV-1"]
    for query, expected in {
        "state=held": ["INV-1"],
        "hold=number_taken": ["INV-1"],
        "hold=plan_limit": [],
        "drift=yes": ["INV-2"],
        "ignored=yes": ["INV-3"],
        "kind=credit_note": ["CN-4"],
        "customer=cust-4": ["CN-4"],
        "alarm=yes": ["INV-5"],
        "state=pushed&kind=invoice": ["INV-5", "INV-2"],
    }.items():
        assert numbers(await console.page(f"{DOCUMENTS}?{query}")) == expected, query


def issued(number: str, on: date) -> DocumentLink:
    return DocumentLink(ref=ref(number)).read(document(ref(number), number=number, issue_date=on))


async def test_dates_let_through_what_sequence_issued_on_these_days_and_both_ends_count(console: Console) -> None:
    await keep(console, issued("INV-FEB", date(2026, 2, 28)))
    await keep(console, issued("INV-1", date(2026, 3, 1)))
    # Xero has it dated 3000 still: it is Sequence's date that counts.
    march = issued("INV-31", date(2026, 3, 31))
    await keep(console, march.pushed(xero_view("x-31"), Decimal("120.00")))
    await keep(console, issued("INV-APR", date(2026, 4, 1)))
    await keep(console, DocumentLink(ref=ref("never-read")).held(hold()))
    for query, expected in {
        "issued_from=2026-03-01&issued_to=2026-03-31": ["INV-31", "INV-1"],
        "issued_from=2026-03-31": ["INV-APR", "INV-31"],
        "issued_to=2026-02-28": ["INV-FEB"],
        "issued_from=2026-04-01&issued_to=2026-03-01": [],
    }.items():
        page = await console.page(f"{DOCUMENTS}?{query}")
        assert numbers(page) == expected, query
        csv_address = re.search(r'href="([^"]*documents\.csv[^"]*)"', page)
        if expected:
            assert csv_address
            answer = await console.page(unescape(csv_address[1]))
            rows = list(csv.DictReader(io.StringIO(answer.removeprefix("\ufeff"))))
            assert [row["number"] for row in rows] == expected
            for field, value in parse_qsl(query):
                assert f'<input type="hidden" name="{field}" value="{value}">' in page


async def test_amounts_are_added_up_by_kind_and_currency_and_voided_ones_apart(console: Console) -> None:
    for number, kind, total, currency, status in [
        ("INV-1", Kind.INVOICE, "1000.10", "GBP", DocumentStatus.FINAL),
        ("INV-2", Kind.INVOICE, "234.20", "GBP", DocumentStatus.FINAL),
        ("INV-3", Kind.INVOICE, "99.99", "EUR", DocumentStatus.FINAL),
        ("INV-4", Kind.INVOICE, "5000", "JPY", DocumentStatus.FINAL),
        ("CN-1", Kind.CREDIT_NOTE, "7.50", "GBP", DocumentStatus.FINAL),
        ("INV-5", Kind.INVOICE, "8.00", "GBP", DocumentStatus.VOIDED),
    ]:
        of = ref(number, kind)
        read = document(of, number=number, gross_total=total, currency=currency, status=status)
        await keep(console, DocumentLink(ref=of).read(read))
    await keep(console, DocumentLink(ref=ref("never-read")).held(hold()))
    page = await console.page(DOCUMENTS)
    assert "7 documents<br>" in page
    sums = "Invoices 99.99 EUR, 1,234.30 GBP, 5,000 JPY · Credit notes 7.50 GBP · Voided invoices 8.00 GBP"
    assert f'<span class="sums">{sums}</span>' in page
    page = await console.page(f"{DOCUMENTS}?search=inv-3")
    assert '<span class="sums">Invoices 99.99 EUR</span>' in page
    assert "sums" not in await console.page(f"{DOCUMENTS}?search=zebra")


async def test_a_document_is_found_by_beginnings_of_words_in_any_case(console: Console) -> None:
    await keep(console, known("INV-1043", "Ada & Söhne"))
    await keep(console, known("X-2", "Other"))
    for words in ["1043", "inv-10", "söh", "SÖHNE ada", "ada & söhne 1043", "  Inv  "]:
        page = await console.client.get(DOCUMENTS, params={"search": words})
        assert numbers(page.text) == ["INV-1043"], words
    for words in ["zzz", "ada other", "':* | b", "nv-1043", "%", "ad\\"]:
        page = await console.client.get(DOCUMENTS, params={"search": words})
        assert page.status_code == 200
        assert len(numbers(page.text)) == {"%": 2, "ad\\": 1}.get(words, 0), words


async def test_pages_show_each_document_once_and_alarms_first(console: Console) -> None:
    sent = known("INV-ALARM").read(document(ref("id-INV-ALARM"), number="INV-ALARM", status=DocumentStatus.SENT))
    await keep(console, sent.pushed(xero_view("x-a", seen_at=NOON - timedelta(days=1)), Decimal("120.00")))
    for place in range(120):
        await keep(console, known(f"INV-{place}"))
    seen: list[str] = []
    address: str | None = f"{DOCUMENTS}?kind=invoice"
    while address:
        page = await console.page(address)
        seen += numbers(page)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        address = unescape(found[1]) if found else None
        assert not found or "kind=invoice" in (address or "")
    assert seen == ["INV-ALARM", *(f"INV-{place}" for place in reversed(range(120)))]


async def test_an_act_on_all_takes_the_filter_along_and_is_offered_to_those_who_may(console: Console) -> None:
    await keep(console, known("INV-1").held(hold(HoldReason.NUMBER_TAKEN)))
    page = await console.page(f"{DOCUMENTS}?hold=number_taken&search=inv")
    assert "Act on all 1 with this filter…" in page
    for field in ('name="hold" value="number_taken"', 'name="search" value="inv"'):
        assert f'<input type="hidden" {field}>' in page
    assert "Act on all" not in await console.page(f"{DOCUMENTS}?hold=plan_limit")
    await console.sign_in(Role.VIEWER)
    assert "Act on all" not in await console.page(DOCUMENTS)


async def test_filters_that_are_not_set_leave_the_address(console: Console) -> None:
    answer = await console.client.get(f"{DOCUMENTS}?search=&state=held&kind=")
    assert answer.headers["location"] == f"{DOCUMENTS}?state=held"


async def test_an_unknown_filter_is_refused_in_one_sentence(console: Console) -> None:
    for query in [
        "state=lost",
        "hold=none",
        "kind=order",
        "after=x",
        "after=1~x~y~z",
        "search=%00",
        "issued_from=31.3.2026",
        "issued_to=2026-02-30",
    ]:
        answer = await console.client.get(f"{DOCUMENTS}?{query}", headers={"Accept": "text/plain"})
        assert answer.status_code == 400, query
        assert answer.text.count("\n") == 1


async def test_names_are_shown_as_text_whatever_they_hold(console: Console) -> None:
    await keep(console, known("<b>1</b>", "<script>alert('x')</script>"))
    page = await console.page(DOCUMENTS)
    assert "<script>alert" not in page
    assert "<b>1" not in page
    assert "&lt;script&gt;alert" in page


async def test_documents_of_another_account_are_not_there(console: Console) -> None:
    await keep(console, known("INV-1"))
    assert numbers(await console.page("/accounts/other/documents")) == []
    await console.sign_in(Role.VIEWER, accounts=("other",))
    assert (await console.client.get(DOCUMENTS)).status_code == 404


async def test_the_csv_holds_the_whole_filtered_set_and_no_formula(console: Console) -> None:
    await keep(console, known("INV-0", '=HYPERLINK("http://evil.example")'))
    await keep(console, known("INV-1", "@SUM(A1), «q»").held(hold(HoldReason.REJECTED, "-1+1|cmd\nnext")))
    for place in range(2, 60):
        await keep(console, known(f"INV-{place}"))
    await keep(console, known("CN-1", kind=Kind.CREDIT_NOTE))
    answer = await console.client.get(f"{DOCUMENTS}.csv?kind=invoice")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["number"] for row in rows} == {f"INV-{place}" for place in range(60)}
    assert len(rows) == 60
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'@SUM(A1), «q»", "'-1+1|cmd\nnext"} <= set(cells)


def test_only_what_may_be_a_formula_is_changed_in_a_cell() -> None:
    for text in ("-12.50", "12", "INV-1", "", "a=b"):
        assert safe_cell(text) == text
    for text in ("=1", "+1", "-1-1", "@x", "\t=1", "-"):
        assert safe_cell(text) == "'" + text
