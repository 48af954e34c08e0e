"""An embedded page in a frame of another site, in Chromium: for a site that is named, and for one that is not."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from standins.serving import serve
from tests.store.samples import document, hold, ref
from tests.web.console import Console, open_console
from tests.web.test_embed import DOCUMENT, address, key_of
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink


async def _billing_page(request: Request) -> Response:
    return HTMLResponse(f'<title>Billing</title><iframe title="Xero" src="{request.query_params["shown"]}"></iframe>')


@pytest.fixture
async def sites() -> AsyncIterator[tuple[str, str]]:
    """Two other sites."""
    app = Starlette(routes=[Route("/", _billing_page)])
    async with serve(app) as one, serve(app) as other:
        yield one.url, other.url


@pytest.fixture
async def console(database_url: str, sites: tuple[str, str]) -> AsyncIterator[Console]:
    async with open_console(database_url, XEROSYNC_EMBED_ANCESTORS=sites[0]) as console:
        of = ref("inv-1")
        held = DocumentLink(ref=of).read(document(of, number="INV-1")).held(hold(HoldReason.LOCKED_PERIOD))
        await console.services.store.change(of, lambda _: held)
        yield console


async def test_the_site_that_is_named_shows_the_page_and_no_other(
    browser: Browser, console: Console, sites: tuple[str, str]
) -> None:
    _, header = await key_of(console)
    async with serve(console.app) as edge:
        url = edge.url + await address(console, header, DOCUMENT)
        for site, is_shown in zip(sites, (True, False), strict=True):
            page = await browser.new_page()
            await page.goto(f"{site}/?shown={url.replace('?', '%3F')}")
            frame = page.frames[1]
            await frame.wait_for_load_state()
            assert ("locked in Xero" in await frame.content()) is is_shown, frame.url
            await page.close()


@pytest.mark.parametrize("dark", [False, True])
async def test_the_page_can_be_read_by_everybody(browser: Browser, console: Console, dark: bool) -> None:
    _, header = await key_of(console)
    async with serve(console.app) as edge:
        page = await browser.new_page(color_scheme="dark" if dark else "light", viewport={"width": 300, "height": 500})
        await page.goto(edge.url + await address(console, header, DOCUMENT))
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await page.close()
