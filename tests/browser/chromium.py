"""Debian's Chromium, as the tests and the pictures open it."""

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from playwright.async_api import Browser, async_playwright

_PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))

PROGRAM = next((program for program in _PROGRAMS if program.exists()), None)
"""The one that leaves out what only a window needs, where it is installed: it takes half as much of the processor."""

MISSING = "there is no Chromium: `apt-get install chromium-headless-shell` brings it, and so does `chromium`"


@contextlib.asynccontextmanager
async def open_browser(*arguments: str) -> AsyncGenerator[Browser]:
    """Open a browser without a window, with arguments of its command line. Raises FileNotFoundError without one."""
    if PROGRAM is None:
        raise FileNotFoundError(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", *arguments])
        yield browser
        await browser.close()
