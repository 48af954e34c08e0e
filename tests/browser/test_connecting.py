"""Connecting an account in a browser: Xero's page, the choice, the defaults; and every refusal on the way."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Console, a_waiting_document, assert_well_made
from tests.integration.office import Office
from tests.patience import PATIENCE
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role

pytestmark = pytest.mark.usefixtures("called_for_now")


async def to_xero(page: Page, office: Office) -> None:
    await page.goto(f"/connect/{office.account_id}")
    await page.get_by_role("button", name="Go to Xero").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def allow(page: Page) -> None:
    for box in await page.get_by_role("checkbox").all():
        await box.check()
    await page.get_by_role("button", name=re.compile("allow", re.IGNORECASE)).click()


async def test_connecting_again_leads_through_xero_to_the_defaults_and_says_what_was_released(
    page: Page, office: Office
) -> None:
    before = await office.services.store.connection(office.account_id)
    assert before
    async with a_waiting_document(office, "waits", HoldReason.DISCONNECTED):
        await page.goto("/connect")
        await assert_well_made(page, "connect-accounts")
        await page.get_by_role("link", name="Connect again").click()
        await assert_well_made(page, "connect")
        await page.get_by_role("button", name="Go to Xero").click()
        await allow(page)
        await expect(page.get_by_role("heading", name="Choose the organisation")).to_be_visible()
        assert "code=" not in page.url
        await expect(page.get_by_text("for trying: Xero resets it")).to_be_visible()
        await assert_well_made(page, "connect-organisation")
        await page.get_by_role("button", name="Connect").click()
        await expect(page.get_by_role("status")).to_contain_text("1 document that waited for the connection goes on")
        await assert_well_made(page, "connect-defaults")
        await page.get_by_label("Default ledger account").select_option("260")
        await page.get_by_role("button", name="Save and finish").click()
        await expect(page.get_by_role("status")).to_contain_text("1 document that waited goes on")
        await expect(page.get_by_text("260 Other Revenue")).to_be_visible()
        await assert_well_made(page, "connect-done")

    after = await office.services.store.connection(office.account_id)
    assert after
    assert after.default_ledger_account == "260"
    assert after.connected_at
    assert before.connected_at
    assert before.connected_at < after.connected_at <= datetime.now(UTC)
    assert await office.services.webhook_secrets.of(office.account_id)
    await office.services.store.set_defaults(office.account_id, default_ledger_account="200")


async def test_who_refuses_at_xero_reads_that_nothing_was_changed(page: Page, office: Office) -> None:
    before = await office.services.store.connection(office.account_id)
    await to_xero(page, office)
    await page.get_by_role("button", name=re.compile("cancel", re.IGNORECASE)).click()
    await expect(page.get_by_role("alert")).to_have_text("Access was denied on Xero's page; nothing was changed.")
    await assert_well_made(page, "connect-refused")
    assert await office.services.store.connection(office.account_id) == before
    await page.get_by_role("link", name="Begin again").click()
    await expect(page.get_by_role("button", name="Go to Xero")).to_be_visible()


async def test_an_answer_of_xero_is_taken_once_and_from_the_browser_that_asked(
    page: Page, console: Console, office: Office
) -> None:
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "/oauth/callback" in request.url else None)
    await to_xero(page, office)
    await allow(page)
    await expect(page.get_by_role("heading", name="Choose the organisation")).to_be_visible()
    await page.goto(answers[0])
    await expect(page.get_by_role("alert")).to_contain_text("was used already")

    # Somebody else's browser, with a consent of its own under way, takes none that it did not begin.
    async with console.signed_in() as other:
        await to_xero(other, office)
        await other.goto(answers[0])
        await expect(other.get_by_role("alert")).to_contain_text("another question")
    async with console.signed_in(Role.OPERATOR) as operator:
        await operator.goto(answers[0])
        await expect(operator.get_by_role("alert")).to_contain_text("this needs admin")


async def test_moving_to_another_organisation_is_confirmed_with_what_is_left_behind(page: Page, office: Office) -> None:
    customer_id = await office.customer()
    before = await office.services.store.connection(office.account_id)
    assert before
    async with httpx.AsyncClient(base_url=office.companies.xero_url, trust_env=False, timeout=PATIENCE) as xero:
        (await xero.post("/_sandbox/organisations", json={"name": "Other Ltd"})).raise_for_status()
    await to_xero(page, office)
    await allow(page)
    await page.get_by_label("Other Ltd").check()
    await page.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"\d+ documents? of this account, and [1-9]\d* customers? (is|are) linked there")
    )
    await expect(page.get_by_role("button", name="Move to Other Ltd")).to_be_visible()
    await assert_well_made(page, "connect-move")
    assert await office.services.store.connection(office.account_id) == before
    assert await office.services.store.contact_of(office.account_id, customer_id)


async def test_an_organisation_with_one_currency_says_what_that_means_and_the_exempt_tax_is_chosen(
    page: Page, office: Office
) -> None:
    before = await office.services.store.connection(office.account_id)
    assert before
    of_demo = {"Xero-tenant-id": before.tenant_id}
    async with httpx.AsyncClient(
        base_url=office.companies.xero_url, headers=of_demo, trust_env=False, timeout=PATIENCE
    ) as xero:
        (await xero.post("/_sandbox/currencies", json={"currencies": []})).raise_for_status()
        try:
            await to_xero(page, office)
            await allow(page)
            await page.get_by_label("Demo Company").check()
            await page.get_by_role("button", name="Connect").click()
            await expect(page.get_by_text("The organisation uses one currency.")).to_be_visible()
            await expect(page.get_by_text("needs a plan with several currencies")).to_be_visible()
            await assert_well_made(page, "connect-one-currency")
            await page.get_by_label("Tax of exempt customers").select_option("EXEMPTOUTPUT")
            await page.get_by_role("button", name="Save and finish").click()
            await expect(page.get_by_role("status")).to_contain_text("is connected to Demo Company (GB)")
            await expect(page.get_by_text("EXEMPTOUTPUT")).to_be_visible()
        finally:
            (await xero.post("/_sandbox/currencies", json={"currencies": ["EUR", "USD"]})).raise_for_status()
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert connection.exempt_tax_type == "EXEMPTOUTPUT"
    await office.services.store.set_defaults(office.account_id, exempt_tax_type="NONE")


async def test_a_consent_that_has_expired_is_told_and_can_be_begun_again(page: Page, office: Office) -> None:
    before = await office.services.store.connection(office.account_id)
    await to_xero(page, office)
    # A browser forgets the cookie of the consent after fifteen minutes.
    await page.context.clear_cookies(name=re.compile("consent"))
    await allow(page)
    await expect(page.get_by_role("alert")).to_contain_text("more than fifteen minutes")
    await assert_well_made(page, "connect-expired")
    assert await office.services.store.connection(office.account_id) == before
    await page.get_by_role("link", name="Begin again").click()
    await expect(page.get_by_role("heading", name="Connect to Xero")).to_be_visible()


async def test_who_comes_back_to_the_choice_when_nothing_is_under_way_reads_where_to_begin(
    page: Page, office: Office
) -> None:
    await page.goto(f"/connect/{office.account_id}/organisation")
    await expect(page.get_by_role("alert")).to_contain_text("No consent is under way in this browser")
    await assert_well_made(page, "connect-nothing-under-way")
