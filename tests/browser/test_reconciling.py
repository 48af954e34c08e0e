"""The comparison of both systems in a browser."""

from playwright.async_api import Page, expect

from tests.browser.conftest import assert_well_made, workflow_link
from tests.integration.office import Office
from tests.patience import until


async def test_a_comparison_shows_what_differs_with_its_cause_and_offers_the_fix_after_a_question(
    page: Page, office: Office
) -> None:
    [ref] = await office.finals(1)  # nobody signals: it is missing in Xero
    number = (await office.look(ref))["invoiceNumber"]
    address = f"/accounts/{office.account_id}/reconcile"
    await page.goto(address)
    await page.get_by_role("button", name="Compare now").click()

    async def is_found() -> bool:
        await page.reload()
        return await page.get_by_role("link", name=number, exact=True).count() > 0

    await until(is_found)
    await expect(workflow_link(page, f"reconcile/{office.account_id}")).to_have_count(1)
    await assert_well_made(page, "reconcile")
    answer = await page.request.get(f"{address}/findings.csv")
    assert number in await answer.text()
    assert answer.headers["content-type"].startswith("text/csv")
    await page.get_by_role("link", name=number, exact=True).click()
    await expect(page.get_by_role("button", name="Report it now")).to_be_visible()
    await assert_well_made(page, "document-unknown")
    await page.goto(address)
    await page.get_by_role("link", name="Fix what is safe", exact=True).click()
    await assert_well_made(page, "reconcile-fix")
    await page.get_by_role("button", name="Compare again and fix").click()

    async def is_in_xero() -> bool:
        return (await office.link(ref)).xero is not None

    await until(is_in_xero)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Are both systems in step?")
