"""The console as people use it: in Chromium, on an office of its own."""

import contextlib
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from standins.embedded import EmbeddedServers
from tests.browser.chromium import MISSING, PROGRAM, open_browser
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import Office, open_office
from tests.patience import PATIENCE
from tests.store.samples import document, hold, ref
from tests.web.signing import XERO_KEY
from xerosync.core.holds import HoldReason
from xerosync.core.people import Person, Role
from xerosync.operations.sequence_hook import unregister
from xerosync.settings import Settings
from xerosync.web.app import web_app
from xerosync.web.serve import serving

SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder: `SCREENSHOTS=out pytest tests/browser` leaves a picture there of each page that is checked."""

WIDTHS = (1440, 360)
BETWEEN = (1000, 768)
"""Of the windows of small computers and tablets."""

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count all that is done in Chromium among the slow tests."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if PROGRAM is None:
        pytest.skip(MISSING)
    async with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
async def whole_office(embedded: EmbeddedServers, migrated_template: str) -> AsyncIterator[Office]:
    namespace = await a_namespace(embedded)
    async with (
        a_database(embedded, migrated_template) as url,
        open_office(embedded, url, namespace=namespace) as office,
    ):
        yield office


@pytest.fixture
def office(whole_office: Office) -> Office:
    return whole_office


@dataclass(frozen=True)
class Console:
    """The edge at the address that a person types."""

    url: str
    office: Office
    browser: Browser

    @contextlib.asynccontextmanager
    async def signed_in(
        self, role: Role = Role.ADMIN, *, dark: bool = False, accounts: tuple[str, ...] | None = None
    ) -> AsyncGenerator[Page]:
        """Open a window of a browser of its own, in which Ada is signed in, for some accounts or for all."""
        context = await self.browser.new_context(
            base_url=self.url, viewport={"width": 1440, "height": 900}, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        token = await self.office.services.sessions.make_link(Person(name="Ada", role=role, accounts=accounts))
        await page.goto(f"/sign-in?token={token}")
        await page.get_by_role("button", name="Sign in").click()
        try:
            yield page
        finally:
            await context.close()


@contextlib.asynccontextmanager
async def open_console_of(office: Office, browser: Browser, **environment: str) -> AsyncGenerator[Console]:
    """Open the console of an office, as people reach it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in office.environment.items():
            patch.setenv(name, value)
        patch.setenv("XEROSYNC_SERVE_PORT", str(port))
        # Xero sends people back to http on `localhost` by that name alone.
        patch.setenv("XEROSYNC_PUBLIC_URL", f"http://localhost:{port}")
        patch.setenv("XEROSYNC_XERO_WEBHOOK_KEYS", XERO_KEY)
        patch.setenv("XEROSYNC_TEMPORAL_UI_URL", "http://localhost:8233")
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = Settings.load(env_file=None)
    async with serving(web_app(office.services, settings), settings):
        yield Console(f"http://localhost:{port}", office, browser)


@pytest.fixture(scope="session")
async def console(browser: Browser, whole_office: Office) -> AsyncIterator[Console]:
    async with open_console_of(whole_office, browser) as console:
        yield console


@pytest.fixture
async def page(console: Console) -> AsyncIterator[Page]:
    """A window in which an admin is signed in."""
    async with console.signed_in() as page:
        yield page


@pytest.fixture
async def called_for_now(console: Console, office: Office) -> AsyncIterator[None]:
    """Whatever a test does to have Sequence call us ends with it: others store what nobody announced."""
    yield
    await office.companies.sequence.webhooks.flush()
    await unregister(office.services, office.account_id, console.url)


@contextlib.asynccontextmanager
async def a_waiting_document(office: Office, name: str, reason: HoldReason) -> AsyncGenerator[None]:
    """Keep a document on hold, of which the store alone knows, while the block runs."""
    waits = ref(name, account_id=office.account_id)
    read = document(waits, number=name.upper())
    await office.services.store.change(waits, lambda link: link.read(read).held(hold(reason)))
    yield
    # Whoever comes next counts what waits.
    await office.services.store.change(waits, lambda link: link.freed())


def workflow_link(page: Page, workflow_id: str) -> Locator:
    """Where a page leads to a workflow in the Temporal Web UI."""
    name = page.get_by_role("link", name="Open its workflow in Temporal")
    return name.and_(page.locator(f'a[href$="/workflows/{quote(workflow_id, safe="")}"]'))


async def assert_well_made(page: Page, name: str) -> None:
    """Check a page at both widths: nothing for axe to find, nothing wider than the window; nor between them."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        if SCREENSHOTS:
            await page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{width}.png", full_page=True)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{name} at {width} px: {found.generate_report()}"
        await _assert_fits(page, name, width)
    for width in BETWEEN:
        await page.set_viewport_size({"width": width, "height": 900})
        await _assert_fits(page, name, width)
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})


async def _assert_fits(page: Page, name: str, width: int) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide for {width} px"
