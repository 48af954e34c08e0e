"""The real Xero's hosts: a browser goes there from our form, and back. Browsers check each redirect of a form."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import MISSING, PROGRAM
from tests.browser.conftest import Console, open_console_of
from tests.browser.xero_hosts import XeroHosts, open_xero_hosts
from tests.integration.office import Office

LOGIN = "login.xero.com"


@pytest.fixture(scope="module")
async def opened(
    whole_office: Office, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[XeroHosts, Console]]:
    """Xero's hosts, and the console of whoever uses the real Xero."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    async with (
        open_xero_hosts(tmp_path_factory.mktemp("xero")) as (hosts, browser),
        open_console_of(whole_office, browser, XEROSYNC_XERO_LOGIN_URL=f"https://{LOGIN}") as console,
    ):
        yield hosts, console


@pytest.fixture
def xero(opened: tuple[XeroHosts, Console]) -> XeroHosts:
    opened[0].redirects.clear()
    return opened[0]


@pytest.fixture
async def page(opened: tuple[XeroHosts, Console], office: Office) -> AsyncIterator[Page]:
    """The page whose button leads to Xero."""
    async with opened[1].signed_in() as page:
        await page.goto(f"/connect/{office.account_id}")
        yield page


@pytest.mark.parametrize("on_the_way", [(), ("identity.xero.com",), ("identity.xero.com", "go.au.xero.com")])
async def test_the_button_leads_to_xero_whichever_of_its_hosts_asks_to_sign_in(
    xero: XeroHosts, page: Page, on_the_way: tuple[str, ...]
) -> None:
    for here, there in zip((LOGIN, *on_the_way), on_the_way, strict=False):
        xero.redirects[here] = f"https://{there}/"
    await page.get_by_role("button", name="Go to Xero").click()
    await expect(page.get_by_role("heading")).to_have_text((LOGIN, *on_the_way)[-1])


async def test_whom_xero_asks_nothing_more_is_back_at_once(xero: XeroHosts, page: Page) -> None:
    xero.redirects[LOGIN] = "{redirect_uri}?error=access_denied&state={state}"
    await page.get_by_role("button", name="Go to Xero").click()
    await expect(page.get_by_role("alert")).to_have_text("Access was denied on Xero's page; nothing was changed.")


async def test_a_redirect_of_the_form_to_somebody_else_is_not_followed(xero: XeroHosts, page: Page) -> None:
    xero.redirects[LOGIN] = "https://xero.com.evil.example/"
    async with page.expect_console_message(lambda said: "form-action" in said.text):
        await page.get_by_role("button", name="Go to Xero").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect again")
