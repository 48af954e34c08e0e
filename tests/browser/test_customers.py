"""Customers and their import in a browser."""

import secrets

from playwright.async_api import Page, expect

from tests.browser.conftest import Console, assert_well_made
from tests.integration.office import Office, until
from xerosync.core.people import Role
from xerosync.documents.messages import SyncState


async def test_a_customer_is_linked_to_the_contact_that_is_suggested_and_unlinked_again(
    page: Page, office: Office
) -> None:
    name = f"Lovelace {secrets.token_hex(3)}"
    customer_id = await office.customer(name, linked=False)
    await page.goto(f"/accounts/{office.account_id}/customers")
    await assert_well_made(page, "customers")
    await page.get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_text("same name")).to_be_visible()
    await assert_well_made(page, "customer-unlinked")
    await page.get_by_role("button", name="Link to the chosen contact").click()
    await expect(page.get_by_role("status")).to_have_text("Linked.")
    assert await office.services.store.contact_of(office.account_id, customer_id) == office.linked[customer_id]
    await assert_well_made(page, "customer-linked")
    await page.get_by_role("button", name="Remove the link").click()
    await expect(page.get_by_role("status")).to_contain_text("The link was removed")
    assert await office.services.store.contact_of(office.account_id, customer_id) is None


async def test_a_contact_that_does_not_exist_is_told_in_place(page: Page, office: Office) -> None:
    customer_id = await office.customer(linked=False)
    await page.goto(f"/accounts/{office.account_id}/customers/{customer_id}")
    await page.get_by_label("Or its ContactID in Xero").fill("00000000-0000-4000-8000-000000000000")
    await page.get_by_role("button", name="Link to this one").click()
    await expect(page.get_by_role("alert")).to_contain_text("has no contact")


async def test_a_preview_shows_every_contact_with_its_reasons(page: Page, console: Console, office: Office) -> None:
    name = f"Babbage {secrets.token_hex(3)}"
    ref = await office.final(await office.customer(name))
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    await office.services.store.unlink_customer(office.account_id, (await office.look(ref))["customerId"])
    await page.goto(f"/accounts/{office.account_id}/customers/import")
    await page.get_by_role("button", name="Preview").click()

    async def is_done() -> bool:
        await page.reload()
        return "is done" in await page.get_by_role("status").inner_text()

    await until(is_done)
    await expect(page.get_by_role("row", name=name)).to_be_visible()
    await assert_well_made(page, "import")
    async with console.signed_in(Role.VIEWER) as viewer:
        await viewer.goto(f"/accounts/{office.account_id}/customers/import")
        await expect(viewer.get_by_role("button", name="Import all valid ones")).to_have_count(0)
