"""A backfill in a browser: looked ahead at, confirmed, followed."""

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import assert_well_made, workflow_link
from tests.integration.office import Office
from tests.patience import until
from xerosync.documents.messages import SyncState


async def test_a_backfill_is_previewed_confirmed_and_says_how_far_it_is(page: Page, office: Office) -> None:
    refs = await office.finals(2)
    held = await office.final(await office.customer(linked=False))
    numbers = {ref: (await office.look(ref))["invoiceNumber"] for ref in (*refs, held)}
    address = f"/accounts/{office.account_id}/backfill"
    await page.goto(address)
    await page.get_by_role("button", name="Preview").click()

    async def is_looked_at() -> bool:
        await page.reload()
        return await page.get_by_text("Xero was not asked").count() > 0

    await until(is_looked_at)
    row = row_of(page, numbers[held])
    await expect(row).to_contain_text("would be on hold")
    await expect(row.get_by_role("link", name="Link the customer")).to_be_visible()
    await expect(row_of(page, numbers[refs[0]])).to_have_count(0)
    await assert_well_made(page, "backfill-preview")
    assert not [ref for ref in numbers if (await office.link(ref)).updated_at], "a preview starts nothing"
    answer = await page.request.get(f"{address}/preview.csv")
    report = await answer.text()
    assert all(number in report for number in numbers.values())
    await page.get_by_role("link", name="would go").click()
    await expect(row_of(page, numbers[refs[0]])).to_be_visible()
    await page.get_by_role("button", name="Start…").click()
    await expect(page.get_by_text("would be on hold:")).to_be_visible()
    await assert_well_made(page, "backfill-start")
    await page.get_by_role("button", name="Start the backfill").click()
    await office.reach(refs, SyncState.PUSHED)
    await office.reach([held], SyncState.HELD)

    async def is_done() -> bool:
        await page.reload()
        return await page.get_by_text("has taken up every document").count() > 0

    await until(is_done)
    await expect(workflow_link(page, f"backfill/{office.account_id}")).to_have_count(1)
    await expect(workflow_link(page, f"backfill-preview/{office.account_id}")).to_have_count(1)
    await assert_well_made(page, "backfill")


def row_of(page: Page, number: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=number, exact=True))


async def test_a_day_that_is_none_is_told_in_place(page: Page, office: Office) -> None:
    address = f"/accounts/{office.account_id}/backfill"
    await page.goto(f"{address}/start?since=yesterday")
    await expect(page.get_by_role("alert")).to_have_text("The day must be a date, such as 2026-01-31.")
