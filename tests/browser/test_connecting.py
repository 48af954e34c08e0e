"""Connecting an account in a browser: Xero's page, the choice, the defaults; and every refusal on the way."""

import re
from datetime import UTC, datetime

import httpx
from playwright.async_api import Page, expect

from tests.browser.conftest import Console, assert_well_made
from tests.integration.office import Office
from tests.store.samples import document, hold, ref
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role


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
    waits = ref("waits", account_id=office.account_id)
    await office.services.store.change(
        waits, lambda link: link.read(document(waits, number="W-1")).held(hold(HoldReason.DISCONNECTED))
    )
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
    async with httpx.AsyncClient(base_url=office.companies.xero_url, trust_env=False) as xero:
        (await xero.post("/_sandbox/organisations", json={"name": "Other Ltd"})).raise_for_status()
    await to_xero(page, office)
    await allow(page)
    await page.get_by_label("Other Ltd").check()
    await page.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("alert")).to_contain_text("customers are linked there")
    await expect(page.get_by_role("button", name="Move to Other Ltd")).to_be_visible()
    await assert_well_made(page, "connect-move")
    assert await office.services.store.connection(office.account_id) == before
    assert await office.services.store.contact_of(office.account_id, customer_id)
