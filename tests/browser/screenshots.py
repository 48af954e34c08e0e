"""`make screenshots`: the upper part of every page of the console, as a small picture in docs/images/console.

    python -m tests.browser.screenshots --folder out --widths 1440 360     # whole pages in light and dark, to look at

The pages are those of `every_page.py`, on an office that is filled for them; nothing else is asked.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Page

from standins.embedded import EmbeddedServers
from tests.browser.chromium import MISSING, PROGRAM, open_browser
from tests.browser.conftest import Console, open_console_of
from tests.browser.every_page import Shown, pages_of
from tests.browser.stock import fill
from tests.integration.office import open_office
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.operations.sequence_hook import register

DOCS = Path(__file__).parents[2] / "docs" / "images" / "console"
_WIDTH, _HEIGHT, _SCALE = 1000, 640, 0.6


async def picture_all(folder: Path, widths: Sequence[int]) -> None:
    """Fill an office and take a picture of each page: small ones, or those of each width in light and dark."""
    async with (
        EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers,
        open_office(servers, servers.database_url) as office,
        open_browser() as browser,
    ):
        stock = await fill(office)
        async with open_console_of(office, browser) as console:
            await register(office.services, office.account_id, console.url)
            for dark in (False, True) if widths else ():
                async with console.signed_in(dark=dark) as page:
                    await _whole(page, pages_of(stock), folder, widths, "-dark" if dark else "")
            if not widths:
                await _small(console, pages_of(stock), folder)


async def _whole(page: Page, pages: Sequence[Shown], folder: Path, widths: Sequence[int], mark: str) -> None:
    for shown in pages:
        await shown.open(page)
        for width in widths:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.screenshot(path=folder / f"{shown.name}-{width}{mark}.png", full_page=True)


async def _small(console: Console, pages: Sequence[Shown], folder: Path) -> None:
    async with console.signed_in() as page:
        signed_in = await page.context.storage_state()
        context = await console.browser.new_context(
            base_url=console.url,
            storage_state=signed_in,
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_SCALE,
        )
        small = await context.new_page()
        for shown in pages:
            await shown.open(small)
            if shown.reach is None and small.url != console.url + shown.address:
                continue  # with one account the first page leads on to it
            await small.screenshot(path=folder / f"{shown.name}.png")
        await context.close()


def main() -> None:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=DOCS)
    parser.add_argument("--widths", type=int, nargs="*", default=[], help="pixels; without it: the small pictures")
    asked = parser.parse_args()
    if PROGRAM is None:
        parser.exit(1, f"{MISSING}\n")
    asked.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(picture_all(asked.folder, asked.widths))


if __name__ == "__main__":
    main()
