"""Open pages in a browser: what another process changes appears without a reload, and a pause stops that."""

import re

from playwright.async_api import Locator, Page, expect
from pydantic import SecretStr

from tests.browser.conftest import Console, assert_well_made
from tests.integration.office import Office
from tests.store.samples import document
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.postgres import PostgresStore, open_database


async def store_elsewhere(office: Office, ref: DocumentRef, number: str, hold: HoldReason | None = None) -> None:
    """Write a document as another process would, over a connection of its own."""
    link = DocumentLink(ref=ref).read(document(ref, number=number))
    if hold:
        link = link.held(Hold(reason=hold, words="Xero says no.", since=utc_now()))
    url = office.environment["XEROSYNC_DATABASE_URL"]
    async with open_database(SecretStr(url)) as database:
        await PostgresStore(database).change(ref, lambda _: link)


def named(office: Office, document_id: str) -> DocumentRef:
    return DocumentRef(account_id=office.account_id, kind=Kind.INVOICE, document_id=document_id)


def state(page: Page) -> Locator:
    """Where the page says whether it is live."""
    return page.locator("[data-changes] [aria-live]")


async def test_a_refusal_stays_on_a_page_that_goes_on_to_be_live(console: Console, office: Office) -> None:
    ref = named(office, "LIVE-REFUSED")
    await store_elsewhere(office, ref, "LIVE-REFUSED", HoldReason.TAX_REJECTED)
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{office.account_id}/documents/invoice/LIVE-REFUSED")
        await page.get_by_role("button", name="Pause").click()
        await store_elsewhere(office, ref, "LIVE-REFUSED", HoldReason.REJECTED)
        await page.get_by_role("button", name="Retry").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert page.url.endswith("/retry")
        await expect(state(page)).to_have_text("Live")
        await expect(page.locator("#standing")).to_contain_text("Xero says no.")
        await store_elsewhere(office, ref, "LIVE-REFUSED")
        await expect(page.locator("#standing")).not_to_contain_text("Xero says no.")
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(state(page)).to_have_text("Live")


async def test_a_change_elsewhere_appears_on_each_page_without_a_reload(console: Console, office: Office) -> None:
    address = f"/accounts/{office.account_id}"
    for number, path, part, before, after, hold in (
        (
            "LIVE-A",
            f"{address}/documents?search=LIVE-A",
            "#documents",
            "pending",
            "tax rejected",
            HoldReason.TAX_REJECTED,
        ),
        ("LIVE-B", f"{address}/documents/invoice/LIVE-B", "#sides", "FINAL", "Xero says no.", HoldReason.TAX_REJECTED),
        ("LIVE-C", address, "#standing", "pending", "1 held lines do not add up", HoldReason.LINES_DO_NOT_ADD_UP),
    ):
        ref = named(office, number)
        await store_elsewhere(office, ref, number)
        async with console.signed_in() as page:
            await page.goto(path)
            await expect(state(page)).to_have_text("Live")
            await page.evaluate("window.isTheSamePage = true")
            await expect(page.locator(part)).to_contain_text(before)
            await expect(page.locator(part)).not_to_contain_text(after)
            await store_elsewhere(office, ref, number, hold)
            await expect(page.locator(part)).to_contain_text(after)
            assert await page.evaluate("window.isTheSamePage")


async def test_a_pause_stops_it_until_the_person_goes_on(console: Console, office: Office) -> None:
    ref = named(office, "live-2")
    async with console.signed_in() as page, console.signed_in() as other:
        for each in (page, other):
            await each.goto(f"/accounts/{ref.account_id}/documents?search=LIVE-2")
            await expect(state(each)).to_have_text("Live")
        await page.get_by_role("button", name="Pause").click()
        await expect(state(page)).to_have_text(re.compile(r"Paused as of \d\d:\d\d:\d\d UTC"))
        await store_elsewhere(office, ref, "LIVE-2")
        await expect(other.get_by_role("link", name="LIVE-2", exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="LIVE-2", exact=True)).to_have_count(0)
        await assert_well_made(page, "documents-paused")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("link", name="LIVE-2", exact=True)).to_be_visible()


async def test_a_page_says_that_the_database_is_away_and_comes_back(console: Console, office: Office) -> None:
    ref = named(office, "live-3")
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}/documents?search=LIVE-3")
        await expect(state(page)).to_have_text("Live")
        await office.database.cut()
        try:
            await expect(state(page)).to_have_text(re.compile(r"Not live: .*, as of \d\d:\d\d:\d\d UTC"))
            await assert_well_made(page, "documents-not-live")
        finally:
            await office.database.mend()
        await expect(state(page)).to_have_text("Live")
        await store_elsewhere(office, ref, "LIVE-3")
        await expect(page.get_by_role("link", name="LIVE-3", exact=True)).to_be_visible()


async def test_what_a_person_types_is_left_to_them(console: Console, office: Office) -> None:
    ref = named(office, "live-4")
    await store_elsewhere(office, ref, "LIVE-4", HoldReason.REJECTED)
    async with console.signed_in(dark=True) as page:
        await page.goto(f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}")
        await expect(state(page)).to_have_text("Live")
        await page.get_by_text("Ignore it").click()
        await page.get_by_label("Reason, which is kept and shown").fill("Paid in cash")
        await store_elsewhere(office, ref, "LIVE-4", HoldReason.TAX_REJECTED)
        await expect(page.locator("#heading")).to_contain_text("tax rejected")
        await expect(page.get_by_label("Reason, which is kept and shown")).to_have_value("Paid in cash")
        await assert_well_made(page, "document-live-dark")
        await page.get_by_role("button", name="Ignore from now on").click()
        # They decided on what is no longer so.
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you saw it")


async def test_a_button_that_is_held_down_stays_until_it_is_released(console: Console, office: Office) -> None:
    ref = named(office, "live-6")
    await store_elsewhere(office, ref, "LIVE-6", HoldReason.REJECTED)
    async with console.signed_in() as page, console.signed_in() as other:
        for each in (page, other):
            await each.goto(f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}")
            await expect(state(each)).to_have_text("Live")
        await page.get_by_role("button", name="Retry").hover()
        await page.mouse.down()
        await store_elsewhere(office, ref, "LIVE-6", HoldReason.TAX_REJECTED)
        await expect(other.locator("#heading")).to_contain_text("tax rejected")
        await page.mouse.up()
        # They decided on what is no longer so.
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you saw it")


async def test_a_button_whose_release_nobody_saw_holds_up_nothing(console: Console, office: Office) -> None:
    ref = named(office, "live-5")
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}/documents?search=LIVE-5")
        await expect(state(page)).to_have_text("Live")
        # As where a menu of the browser opens at a press, and takes the release.
        await page.evaluate("document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
        await store_elsewhere(office, ref, "LIVE-5")
        await page.mouse.move(10, 10)
        await expect(page.get_by_role("link", name="LIVE-5", exact=True)).to_be_visible()


async def test_a_choice_that_is_not_sent_yet_stays_while_the_list_goes_on(console: Console, office: Office) -> None:
    ref, other = named(office, "live-11"), named(office, "live-12")
    await store_elsewhere(office, ref, "LIVE-SIX", HoldReason.REJECTED)
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}/documents?search=LIVE-SIX")
        await expect(state(page)).to_have_text("Live")
        await page.get_by_text("Act on all 1 with this filter").click()
        await page.get_by_label("What to do").focus()
        await page.get_by_label("What to do").select_option("resync")
        await store_elsewhere(office, other, "LIVE-SIX")
        await expect(page.get_by_role("row", name="LIVE-SIX")).to_have_count(2)
        await expect(page.get_by_label("What to do")).to_have_value("resync")
        await expect(page.get_by_label("What to do")).to_be_focused()


async def test_many_pages_of_one_browser_leave_room_for_another(console: Console, office: Office) -> None:
    ref = named(office, "live-8")
    async with console.signed_in() as page:
        address = f"/accounts/{ref.account_id}/documents?search=LIVE-8"
        # A browser opens six connections to a server; each of these pages is seen, and wants one for good.
        pages = [page, *[await page.context.new_page() for _ in range(7)]]
        for each in pages:
            await each.goto(address)
            await expect(state(each)).to_have_text(re.compile(r"^Live$|^Read every 5 seconds"))
        assert [await state(each).inner_text() for each in pages].count("Live") == 4
        await store_elsewhere(office, ref, "LIVE-8")
        for each in pages:
            await expect(each.get_by_role("link", name="LIVE-8", exact=True)).to_be_visible()
        last = pages.pop()
        for each in pages[:4]:
            await each.close()
        await expect(state(last)).to_have_text("Live")


async def test_a_page_is_live_after_the_way_back_to_an_earlier_filter(console: Console, office: Office) -> None:
    ref = named(office, "live-9")
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}/documents?search=LIVE-9")
        await expect(state(page)).to_have_text("Live")
        await page.get_by_label("Kind").select_option("credit_note")
        await expect(page).to_have_url(re.compile("kind=credit_note"))
        await page.go_back()
        await expect(page.get_by_label("Kind")).to_have_value("")
        await expect(state(page)).to_have_text("Live")
        await store_elsewhere(office, ref, "LIVE-9")
        await expect(page.get_by_role("link", name="LIVE-9", exact=True)).to_be_visible()


async def test_the_focus_stays_where_it_was_when_the_list_changes(console: Console, office: Office) -> None:
    refs = [named(office, f"focus-{number}") for number in range(3)]
    for number, ref in enumerate(refs):
        await store_elsewhere(office, ref, f"FOCUS-{number}", HoldReason.REJECTED if number else None)
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{refs[0].account_id}/documents")
        await expect(state(page)).to_have_text("Live")
        search = page.get_by_label("Number or customer")
        await search.focus()
        await page.keyboard.type("FOCUS")
        found = page.get_by_role("row", name="FOCUS-")
        await expect(found).to_have_count(3)
        await expect(search).to_be_focused()
        await page.keyboard.type("-2")
        kept = page.get_by_role("link", name="FOCUS-2", exact=True)
        # Whoever types on goes to the list before it has changed.
        await kept.focus()
        await expect(found).to_have_count(1)
        await expect(kept).to_be_focused()
        # What leaves the list leaves the focus to the list.
        await page.evaluate("() => { document.querySelector('#hold').value = 'tax_rejected'; }")
        await page.evaluate("() => document.querySelector('#hold').dispatchEvent(new Event('change', {bubbles: true}))")
        await expect(page.get_by_text("No document has all of that.")).to_be_visible()
        await expect(page.locator("#documents")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Show all documents")).to_be_focused()
