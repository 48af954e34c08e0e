"""The settings of an account in a browser."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Console, a_waiting_document, assert_well_made
from tests.integration.office import Office
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.operations.sequence_hook import register

pytestmark = pytest.mark.usefixtures("called_for_now")


async def test_a_default_ledger_account_says_first_how_many_documents_wait_for_it(page: Page, office: Office) -> None:
    async with a_waiting_document(office, "unbooked", HoldReason.LEDGER_ACCOUNT_MISSING):
        await page.goto(f"/accounts/{office.account_id}/settings")
        await assert_well_made(page, "settings")
        await expect(page.get_by_text("1 document waits for it, and is tried again when you set it.")).to_be_visible()
        await page.get_by_label("Default ledger account").select_option("260")
        await page.get_by_label("Minutes between sweeps").fill("20")
        await page.get_by_label("Set credit notes against").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status").first).to_have_text("Saved. 1 document that waited goes on.")
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert (connection.default_ledger_account, connection.allocate_credit_notes) == ("260", True)
    assert connection.sweep_interval
    assert connection.sweep_interval.total_seconds() == 1200
    await office.services.store.set_defaults(
        office.account_id, default_ledger_account="200", allocate_credit_notes=False
    )


async def test_what_is_left_empty_is_as_if_nobody_had_set_it(page: Page, office: Office) -> None:
    await page.goto(f"/accounts/{office.account_id}/settings")
    await page.get_by_label("Minutes between sweeps").fill("20")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Minutes between sweeps")).to_have_value("20")
    await page.get_by_label("Minutes between sweeps").fill("")
    await page.get_by_label("Default ledger account").select_option("")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_have_text("Saved.")
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert (connection.default_ledger_account, connection.sweep_interval) == (None, None)
    await page.get_by_label("Default ledger account").select_option("200")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_have_text("Nothing was changed.")


async def test_a_value_that_does_not_fit_is_told_in_place(page: Page, office: Office) -> None:
    await page.goto(f"/accounts/{office.account_id}/settings")
    await page.get_by_label("Minutes between sweeps").fill("9999")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("The sweep interval must be")


async def test_the_webhook_is_made_and_tried_from_the_page(page: Page, office: Office) -> None:
    await page.goto(f"/accounts/{office.account_id}/settings")
    await page.get_by_role("button", name="Sequence").click()
    await expect(page.get_by_role("status").first).to_contain_text(
        "Sequence calls us with a new secret. A sweep looks now"
    )
    await page.get_by_role("button", name="Send a test delivery").click()
    await expect(page.get_by_role("status").first).to_have_text("The test delivery arrived.")


async def test_a_key_is_made_and_revoked(page: Page, office: Office) -> None:
    await page.goto(f"/accounts/{office.account_id}/settings")
    await page.get_by_role("link", name="API keys").click()
    await page.get_by_label("What it is for").fill("browser")
    await page.get_by_label("signal: report").check()
    await page.keyboard.press("Enter")
    secret = await page.get_by_label("Key").input_value()
    await assert_well_made(page, "api-key-made")
    key = await office.services.api_keys.opened_by(secret)
    assert key
    assert key.scopes == ("read", "signal")
    await page.get_by_role("link", name="I have copied it").click()
    await assert_well_made(page, "api-keys")
    await page.get_by_role("button", name="Revoke browser").click()
    await expect(page.get_by_role("status")).to_contain_text("The key browser (xerosync_")
    assert await office.services.api_keys.opened_by(secret) is None


async def test_a_viewer_sees_settings_and_changes_none(console: Console, office: Office) -> None:
    async with console.signed_in(Role.VIEWER) as page:
        await page.goto(f"/accounts/{office.account_id}/settings")
        await expect(page.get_by_label("Default ledger account")).to_be_disabled()
        await expect(page.get_by_role("button", name="Save")).to_have_count(0)
        answer = await page.request.post(
            f"/accounts/{office.account_id}/settings/disconnect", headers={"Origin": console.url}
        )
        assert answer.status == 403


async def test_disconnecting_is_confirmed_and_connecting_again_brings_it_back(
    page: Page, office: Office, console: Console
) -> None:
    await register(office.services, office.account_id, console.url)
    await page.goto(f"/accounts/{office.account_id}/settings")
    await page.get_by_role("link", name="Disconnect").click()
    await assert_well_made(page, "disconnect")
    await page.get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_role("status").first).to_contain_text("Disconnected, here and at Xero.")
    assert not await office.services.notifications.webhooks(office.account_id)
    await assert_well_made(page, "settings-disconnected")
    await page.get_by_role("link", name="Connect again").click()
    await page.get_by_role("button", name="Go to Xero").click()
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Allow").click()
    await page.get_by_role("button", name="Connect").click()
    await page.get_by_role("button", name="Save and finish").click()
    await expect(page.get_by_role("heading", name="Account connected")).to_be_visible()
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert connection.status is ConnectionStatus.CONNECTED
    assert len(await office.services.notifications.webhooks(office.account_id)) == 1
