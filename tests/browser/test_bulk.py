"""One act on many documents in a browser: from the filter to the result of each, by keyboard alone."""

import secrets

from playwright.async_api import expect

from tests.browser.conftest import Console, assert_well_made, workflow_link
from tests.integration.office import Office
from xerosync.documents.messages import SyncState


async def test_an_act_on_a_filter_is_listed_confirmed_and_followed(console: Console, office: Office) -> None:
    name = f"Bulk {secrets.token_hex(4)}"
    customer_id = await office.customer(name, linked=False)
    refs = [await office.final(customer_id) for _ in range(3)]
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.HELD)
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{office.account_id}/documents?search={name.replace(' ', '+')}")
        await page.locator("summary", has_text="Act on all 3 with this filter").focus()
        await page.keyboard.press("Enter")
        await assert_well_made(page, "bulk-ask")
        await page.get_by_label("What to do").select_option("ignore")
        await page.get_by_label("Reason, if they are to be ignored").fill("billed by hand")
        await page.keyboard.press("Enter")
        confirm = page.get_by_role("button", name="Ignore these 3 documents")
        await expect(confirm).to_be_visible()
        await expect(page.get_by_role("row")).to_have_count(4)
        await assert_well_made(page, "bulk-confirm")
        await confirm.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="Ended")).to_be_visible()
        await expect(page.locator(".badge.good", has_text="done")).to_have_count(3)
        bulk_id = page.url.rsplit("/", 1)[1]
        await expect(workflow_link(page, f"bulk/{office.account_id}/{bulk_id}")).to_have_count(1)
        await assert_well_made(page, "bulk-ended")
        await page.get_by_role("link", name="Acts on many documents").click()
        await assert_well_made(page, "bulk-acts")


async def test_an_act_that_concerns_nobody_says_so(console: Console, office: Office) -> None:
    customer_id = await office.customer()
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    async with console.signed_in(dark=True) as page:
        await page.goto(f"/accounts/{office.account_id}/documents?customer={customer_id}")
        await page.locator("summary", has_text="Act on all 1").click()
        await page.get_by_role("button", name="List the documents…").click()
        await expect(
            page.get_by_text("There is nothing to do: no document with this filter is on hold.")
        ).to_be_visible()
        await assert_well_made(page, "bulk-nothing-dark")
