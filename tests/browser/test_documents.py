"""Overview, documents and a document in a browser: by keyboard alone, well made in light and dark."""

from playwright.async_api import expect

from tests.browser.conftest import Console, assert_well_made
from tests.integration.office import Office
from tests.integration.test_operators import taken


async def test_a_hold_is_ended_from_the_overview_by_keyboard_alone(console: Console, office: Office) -> None:
    ref, number, _ = await taken(office)
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}")
        await assert_well_made(page, "overview")
        await page.get_by_role("listitem").filter(has_text="number taken").get_by_role("link", name="held").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name=number, exact=True)).to_be_visible()
        await assert_well_made(page, "documents")
        await page.get_by_role("link", name=number, exact=True).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="Compare with the one in Xero")).to_be_visible()
        await assert_well_made(page, "document")
        await page.get_by_role("link", name="Compare with the one in Xero").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("its total is 48.00, not 45.00")).to_be_visible()
        await assert_well_made(page, "document-adopt")
        await page.get_by_role("button", name="Adopt it").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("It is this document in Xero from now on.")
        await expect(page.get_by_text("A person took it over all the same.")).to_be_visible()


async def test_pages_are_well_made_in_the_dark(console: Console, office: Office) -> None:
    ref, number, _ = await taken(office)
    address = f"/accounts/{ref.account_id}"
    async with console.signed_in(dark=True) as page:
        for name, path in {
            "overview-dark": address,
            "documents-dark": f"{address}/documents?search={number}",
            "document-dark": f"{address}/documents/{ref.kind}/{ref.document_id}",
            "preview-dark": f"{address}/documents/{ref.kind}/{ref.document_id}/preview",
        }.items():
            await page.goto(path)
            await assert_well_made(page, name)
