"""A backfill in a browser."""

from playwright.async_api import Page

from tests.browser.conftest import assert_well_made
from tests.integration.office import Office, until
from xerosync.documents.messages import SyncState


async def test_a_backfill_brings_what_nobody_signalled_and_says_how_far_it_is(page: Page, office: Office) -> None:
    refs = await office.finals(2)
    await page.goto(f"/accounts/{office.account_id}/backfill")
    await page.get_by_role("button", name="Start").click()
    await office.reach(refs, SyncState.PUSHED)

    async def is_done() -> bool:
        await page.reload()
        return "has started every sync" in await page.get_by_role("status").inner_text()

    await until(is_done)
    await assert_well_made(page, "backfill")
