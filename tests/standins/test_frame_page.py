"""The pages, used as a browser without JavaScript uses them: links, forms, redirects."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import httpx
import pytest

from standins.serving import serve
from standins.xero import Organisation, Xero, create_xero
from tests.patience import PATIENCE
from tests.standins.browser import Browser

API = "/api.xro/2.0"


@dataclass
class XeroBrowser(Browser):
    xero: Xero
    organisation: Organisation

    @property
    def root(self) -> str:
        return f"/page/{self.organisation.tenant_id}"


@pytest.fixture
async def browser() -> AsyncIterator[XeroBrowser]:
    app = create_xero()
    xero: Xero = app.state.xero
    (organisation,) = xero.organisations.values()
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        yield XeroBrowser(http, xero, organisation)


async def raise_documents(
    browser: XeroBrowser, count: int = 1, *, status: str = "AUTHORISED", plural: str = "Invoices"
) -> None:
    kind, number = ("ACCREC", "InvoiceNumber") if plural == "Invoices" else ("ACCRECCREDIT", "CreditNoteNumber")
    documents = [
        {
            "Type": kind,
            number: f"N-{place}",
            "Contact": {"Name": "Acme & Sons"},
            "Status": status,
            "Date": "3000-01-01",
            "DueDate": "3000-01-01",
            "LineItems": [{"Description": "Fee <b>", "Quantity": 1, "UnitAmount": "1000.00", "AccountCode": "200"}],
        }
        for place in range(count)
    ]
    for start in range(0, count, 50):
        body = {plural: documents[start : start + 50]}
        answer = await browser.http.put(f"{API}/{plural}", json=body, params={"summarizeErrors": "false"})
        assert answer.status_code == 200, answer.text


async def test_the_first_page_shows_the_organisations_and_moves_the_clock(browser: XeroBrowser):
    page = await browser.see("/")
    assert "Demo Company (GB)" in page
    before = browser.xero.clock.now()
    page = await browser.http.post("/page/clock", data={"days": "30", "back": "/"}, follow_redirects=True)
    assert "It is now" in page.text
    assert (browser.xero.clock.now() - before).days == 30


async def test_documents_are_listed_with_number_contact_dates_total_status_and_sent(browser: XeroBrowser):
    await raise_documents(browser)
    page = await browser.see(f"{browser.root}/invoices")
    for told in ("N-0", "Acme &amp; Sons", "1 Jan 3000", "1,200.00", "Authorised", "GBP"):
        assert told in page


async def test_an_invoice_is_marked_sent_dated_paid_in_part_and_refused_to_be_voided(browser: XeroBrowser):
    await raise_documents(browser)
    (document,) = browser.organisation.invoices.numbered("N-0")
    page = await browser.press(await browser.see(f"{browser.root}/invoices"), f"{document.id}/sent")
    assert "N-0 is marked as sent" in page
    address = f"{browser.root}/invoices/{document.id}"
    page = await browser.press(await browser.see(address), "/dates", date="2026-05-01", due_date="2026-06-01")
    assert "The dates of N-0 are changed" in page
    page = await browser.press(page, "/pay", amount="200", date="2026-05-02")
    assert "200.00 GBP is recorded on N-0" in page
    page = await browser.press(page, "/void")
    assert "payments or credit" in page
    held = browser.organisation.invoices.get(document.id)
    assert held is not None
    assert (held.sent, str(held.date), str(held.due_date), held.due) == (
        True,
        "2026-05-01",
        "2026-06-01",
        Decimal("1000.00"),
    )
    assert "Demo User" in page
    assert "Fee &lt;b&gt;" in page


async def test_a_credit_note_is_marked_sent_and_voided_from_the_list(browser: XeroBrowser):
    await raise_documents(browser, plural="CreditNotes")
    page = await browser.press(await browser.see(f"{browser.root}/credit-notes"), "/sent")
    page = await browser.press(page, "/void")
    assert "N-0 is voided" in page
    await browser.see(f"{browser.root}/credit-notes/N-0")


async def test_a_draft_is_approved_or_deleted(browser: XeroBrowser):
    await raise_documents(browser, 2, status="DRAFT")
    register = browser.organisation.invoices
    ids = [register.numbered(number)[0].id for number in ("N-0", "N-1")]
    for document_id, action in zip(ids, ("/approve", "/delete"), strict=True):
        await browser.press(await browser.see(f"{browser.root}/invoices/{document_id}"), action)
    assert [document.status for key in ids if (document := register.get(key))] == ["AUTHORISED", "DELETED"]


async def test_many_documents_are_paged_filtered_and_found_by_number(browser: XeroBrowser):
    await raise_documents(browser, 60)
    seen = []
    for page in (1, 2, 3):
        seen += re.findall(r">(N-\d+)</a>", await browser.see(f"{browser.root}/invoices?page={page}"))
    assert len(seen) == len(set(seen)) == 60
    assert "Page 3 of 3" in await browser.see(f"{browser.root}/invoices?page=99")
    assert "Page 1 of 3" in await browser.see(f"{browser.root}/invoices?page=x&status=AUTHORISED")
    assert re.findall(r">(N-\d+)</a>", await browser.see(f"{browser.root}/invoices?number=N-7")) == ["N-7"]
    assert "nothing with this number" in await browser.see(f"{browser.root}/invoices?number=none")


async def test_after_a_button_the_user_is_on_the_same_page_of_the_list(browser: XeroBrowser):
    await raise_documents(browser, 30)
    page = await browser.see(f"{browser.root}/invoices?page=2&status=AUTHORISED")
    number = re.findall(r">(N-\d+)</a>", page)[0]
    (document,) = browser.organisation.invoices.numbered(number)
    assert "Page 2 of 2" in await browser.press(page, f"{document.id}/sent")


async def test_a_contact_is_archived_and_restored(browser: XeroBrowser):
    await raise_documents(browser)
    page = await browser.press(await browser.see(f"{browser.root}/contacts"), "/archive")
    assert "was archived" in page
    assert "was restored" in await browser.press(page, "/restore")
    assert "Acme" in await browser.see(f"{browser.root}/contacts?number=acme+%26+sons")


async def test_lock_dates_currencies_accounts_and_the_connection_are_settings(browser: XeroBrowser):
    page = await browser.see(f"{browser.root}/settings")
    page = await browser.press(page, "/lock-dates", period_lock_date="2026-01-31", end_of_year_lock_date="")
    assert str(browser.organisation.profile.period_lock_date) == "2026-01-31"
    page = await browser.press(page, "/currencies", currencies="eur, usd")
    assert browser.organisation.profile.currencies == ["GBP", "EUR", "USD"]
    page = await browser.press(page, "/accounts/200/archive")
    page = await browser.press(page, "/disconnect")
    tenant = {"xero-tenant-id": browser.organisation.tenant_id}
    assert (await browser.http.get(f"{API}/Organisation", headers=tenant)).status_code == 403
    await browser.press(page, "/connect")
    assert (await browser.http.get(f"{API}/Organisation", headers=tenant)).status_code == 200


async def test_the_settings_page_says_who_may_approve(browser: XeroBrowser):
    page = await browser.see(f"{browser.root}/settings")

    page = await browser.press(page, "/approval", approval_gives="SUBMITTED")

    assert "saved as SUBMITTED" in page
    assert browser.organisation.settings.approval_gives == "SUBMITTED"
    assert '<option value="SUBMITTED" selected>' in page


async def test_the_settings_page_resets_the_demo_company(browser: XeroBrowser):
    page = await browser.press(await browser.see(f"{browser.root}/settings"), "/demo-reset")

    (organisation,) = browser.xero.organisations.values()
    assert f"begins again, as {organisation.tenant_id}" in page
    assert organisation.tenant_id != browser.organisation.tenant_id


async def test_a_mistake_in_a_form_is_told_in_words(browser: XeroBrowser):
    await raise_documents(browser)
    address = f"{browser.root}/invoices/N-0"
    assert "is no amount" in await browser.press(await browser.see(address), "/pay", amount="lots")
    assert "is no date" in await browser.press(await browser.see(address), "/dates", date="soon")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/identity", "javascript:1", ""])
async def test_a_form_comes_back_to_the_pages_alone(browser: XeroBrowser, back: str):
    answer = await browser.http.post("/page/clock", data={"reset": "1", "back": back})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/?")


async def test_what_is_not_there_is_told_so(browser: XeroBrowser):
    for path in (f"{browser.root}/bills", f"{browser.root}/invoices/none", "/page/none/invoices"):
        answer = await browser.http.get(path)
        assert (answer.status_code, "There is no such page" in answer.text) == (404, True), path


async def test_the_pages_are_not_in_the_journal(browser: XeroBrowser):
    await browser.see("/")
    await browser.see(f"{browser.root}/settings")
    assert browser.xero.journal.entries() == []
