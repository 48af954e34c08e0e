"""Customers and their import in a browser."""

import re
import secrets
from dataclasses import replace
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Console, assert_well_made, open_console_of
from tests.integration.office import Office
from tests.patience import until
from tests.web.customer_pages import CustomerPages
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


async def test_customers_are_found_by_name_and_those_that_documents_wait_for_come_first(
    page: Page, office: Office
) -> None:
    mark = secrets.token_hex(3)
    await office.customer(f"Hopper {mark} linked")
    waiting = await office.customer(f"Hopper {mark} waiting", linked=False)
    ref = await office.final(waiting)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    await page.goto(f"/accounts/{office.account_id}/customers")
    await page.get_by_label("Name in Sequence").fill(f"hopper {mark}")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await page.get_by_label("not linked").check()
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_label("not linked")).to_be_checked()
    await expect(page.locator("tbody tr")).to_contain_text("waiting")
    await assert_well_made(page, "customers-found")
    await page.get_by_label("Name in Sequence").fill("")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("heading", name="Documents wait for these")).to_be_visible()
    assert "search" not in page.url
    await page.get_by_role("link", name=f"1 of Hopper {mark} waiting").click()
    await expect(page.get_by_role("link", name=str((await office.link(ref)).number))).to_be_visible()


async def test_customers_without_a_link_appear_while_the_page_looks_through_sequence(
    browser: Browser, office: Office
) -> None:
    pages = CustomerPages(office.account_id, customers=45)
    for number in set(range(45)) - {3, 41}:
        await office.services.store.link_customer(office.account_id, f"customer-{number}", f"contact-{number}")
    beside = replace(office, services=pages.beside(office.services))
    async with open_console_of(beside, browser) as console, console.signed_in() as page:
        address = f"/accounts/{office.account_id}/customers?search=customer&unlinked=yes"
        await page.goto(address)
        await expect(page.locator("#looked")).to_have_text("2 not linked of 45 customers looked through.")
        await expect(page.locator("#found tbody tr")).to_have_count(2)
        await expect(page.get_by_role("link", name="Customer 41")).to_be_visible()
        await expect(page.get_by_role("link", name="Next page")).to_have_count(0)
        assert page.url.endswith(address)
        assert [after for after, _ in pages.asked] == [None, "1", "2", "3", "4"]
        await assert_well_made(page, "customers-looked-through")


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


ADDRESS = {
    "AddressType": "POBOX",
    "AddressLine1": "1 High Street",
    "City": "London",
    "PostalCode": "E1 6AN",
    "Country": "United Kingdom",
}


async def contact(office: Office, name: str, **fields: str) -> str:
    """Create a contact in Xero that is a customer there, since it was billed; return its id."""
    xero = office.people.xero
    body: dict[str, Any] = {"Name": name, "Addresses": [ADDRESS], **fields}
    made = (await xero.put("/api.xro/2.0/Contacts", json=body)).raise_for_status().json()["Contacts"][0]["ContactID"]
    line = {"Description": "Seats", "Quantity": "1", "UnitAmount": "10.00", "AccountCode": "200"}
    invoice = {"Type": "ACCREC", "Status": "DRAFT", "Contact": {"ContactID": made}, "LineItems": [line]}
    (await xero.put("/api.xro/2.0/Invoices", json=invoice)).raise_for_status()
    return made


async def names_in_sequence(office: Office) -> list[str]:
    return [each["legalName"] for each in (await office.sequence("GET", "/api/customers?limit=100"))["items"]]


async def test_some_contacts_are_imported_and_one_that_was_corrected_in_xero_after_it_is_read_again(
    page: Page, office: Office
) -> None:
    mark = secrets.token_hex(3)
    chosen, left, without = (f"{name} {mark}" for name in ("Chosen", "Left", "Without e-mail"))
    await contact(office, chosen, EmailAddress=f"chosen@{mark}.example")
    await contact(office, left, EmailAddress=f"left@{mark}.example")
    contact_id = await contact(office, without)
    await page.goto(f"/accounts/{office.account_id}/customers/import")

    async def press(button: str, name: str, outcome: str) -> None:
        """Press a button, and wait until the page itself shows what became of a contact."""
        await page.get_by_role("button", name=re.compile(button)).click()
        await expect(page.get_by_role("row", name=name)).to_contain_text(outcome)

    # Where an earlier preview stands, the button is called by what it does then.
    first = "Read Xero again" if await page.get_by_role("button", name="Read Xero again").count() else "Preview"
    await press(first, chosen, "ready")
    await expect(page.get_by_role("row", name=without)).to_contain_text("invalid")
    await expect(page.get_by_role("row", name=without)).to_contain_text("e-mail")
    await page.get_by_label(chosen).check()
    await press("Import those ticked", chosen, "imported")
    names = await names_in_sequence(office)
    assert names.count(chosen) == 1
    assert left not in names
    assert without not in names
    await expect(page.get_by_label(left)).to_be_visible()
    await expect(page.get_by_role("row", name=without)).to_contain_text("invalid")

    body = {"ContactID": contact_id, "EmailAddress": f"now@{mark}.example"}
    (await office.people.xero.post("/api.xro/2.0/Contacts", json=body)).raise_for_status()
    await press("Read Xero again", without, "ready")
    await page.get_by_label(without).check()
    await press("Import those ticked", without, "imported")
    names = await names_in_sequence(office)
    assert (names.count(chosen), names.count(without), names.count(left)) == (1, 1, 0)
    await press(r"Import all valid ones \(\d+\)", left, "imported")
    assert (await names_in_sequence(office)).count(left) == 1
    await expect(page.get_by_role("button", name="Import all valid ones")).to_have_count(0)
    await assert_well_made(page, "import-done")
