"""The page of a document."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.store.samples import NOON, connection, document, hold, ref, xero_view
from tests.web.console import Console, open_console
from xerosync.core.documents import DocumentStatus, Header
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.core.xero_records import Amounts
from xerosync.documents.link import DocumentLink
from xerosync.documents.side_by_side import side_by_side

PAGE = "/accounts/acme/documents/invoice/inv-1"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url, XEROSYNC_TEMPORAL_UI_URL="https://temporal.example") as console:
        yield console


async def keep(console: Console, link: DocumentLink) -> None:
    await console.services.store.change(link.ref, lambda _: link)


READ = DocumentLink(ref=ref()).read(document())


async def test_a_held_document_shows_the_words_of_xero_and_leads_to_both_sides(console: Console) -> None:
    await keep(console, READ.held(hold(HoldReason.TAX_REJECTED, "The TaxType code 'X' <i>does not exist</i>")))
    page = await console.page(PAGE)
    assert HoldReason.TAX_REJECTED.meaning.matter in page
    assert "&lt;i&gt;does not exist" in page
    assert "<b>Settings</b>" in page
    assert "`" not in page
    assert "https://app.sequencehq.com/invoices/inv-1" in page
    assert "https://temporal.example/namespaces/default/workflows/invoice-sync%2Facme%2Finvoice%2Finv-1" in page
    assert "On hold, tax rejected" in page


async def test_a_document_in_xero_leads_there(console: Console) -> None:
    await console.services.store.save_connection(connection())
    await keep(console, READ.pushed(xero_view(), Decimal("120.00"), "tenant-1", "!acme1"))
    assert "/AccountsReceivable/View.aspx" in await console.page(PAGE)


async def test_what_is_paid_in_xero_is_shown_as_an_amount(console: Console) -> None:
    shown = Amounts(paid=Decimal("100.00"), credited=Decimal("0.00"), open=Decimal("20.00"), seen_at=NOON)
    await keep(console, READ.pushed(xero_view(), Decimal("120.00")).model_copy(update={"amounts": shown}))
    assert "100.00 of 120.00 GBP" in await console.page(PAGE)


async def test_what_is_not_known_or_another_accounts_is_not_there(console: Console) -> None:
    await keep(console, READ)
    for path in (PAGE.replace("acme", "other"), PAGE.replace("inv-1", "inv-2"), PAGE.replace("invoice/", "order/")):
        assert (await console.client.get(path)).status_code == 404
    await console.sign_in(Role.ADMIN, accounts=("other",))
    assert (await console.client.get(PAGE)).status_code == 404


async def test_words_of_people_are_shown_as_text(console: Console) -> None:
    script = "<script>alert(1)</script>"
    await keep(console, READ.model_copy(update={"customer_name": script}).held(hold(HoldReason.REJECTED, script)))
    page = await console.page(PAGE)
    assert script not in page
    assert len(re.findall("&lt;script&gt;alert", page)) >= 3


def differing(link: DocumentLink) -> set[str]:
    return {row.name for row in side_by_side(link) if row.differs}


def test_only_what_should_be_the_same_counts_as_a_difference() -> None:
    pushed = READ.pushed(xero_view(), Decimal("120.00"))
    assert differing(READ) == set()
    assert differing(pushed) == set(), "the placeholder dates are as they should be"
    sent = document(status=DocumentStatus.SENT)
    assert differing(pushed.read(sent)) == {"Sent", "Issue date", "Due date"}
    header: Header = sent.header
    in_step = READ.read(sent).pushed(xero_view(sent=True, applied=header), Decimal("120.00"))
    assert differing(in_step) == set()
    assert differing(in_step.model_copy(update={"xero_total": Decimal("119.99")})) == {"Total"}
    assert differing(in_step.read(document(status=DocumentStatus.VOIDED))) >= {"Status"}
