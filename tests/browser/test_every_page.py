"""Every page that the router has, in Chromium: for everybody's eyes, for a keyboard, for its own account alone."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.routing import Route

from standins.embedded import EmbeddedServers
from tests.browser.conftest import Console, assert_well_made, open_console_of
from tests.browser.every_page import NO_PAGES, OPENED_BY_TOKEN, pages_of
from tests.browser.stock import NAMES, Stock, fill
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.branch import open_branch
from tests.integration.office import open_office
from tests.web.console import open_console

EVIL = '"><img data-evil src=x onerror="document.title=1">'
"""What a name, a memo, a line, a reason or Xero's words may hold; an element of it must never be."""


@pytest.fixture(scope="module")
async def stock(embedded: EmbeddedServers, migrated_template: str) -> AsyncIterator[Stock]:
    namespace = await a_namespace(embedded)
    async with (
        a_database(embedded, migrated_template) as url,
        open_office(embedded, url, namespace=namespace) as office,
    ):
        yield await fill(office, [f"{EVIL}{place} {name}" for place, name in enumerate(NAMES)], prefix=EVIL)


@pytest.fixture(scope="module")
async def filled(stock: Stock, browser: Browser) -> AsyncIterator[Console]:
    async with open_console_of(stock.office, browser) as console:
        yield console


async def test_no_page_of_the_router_is_left_out(database_url: str, stock: Stock) -> None:
    shown = {page.route for page in pages_of(stock)}
    async with open_console(
        database_url, XEROSYNC_OIDC_ISSUER="http://127.0.0.1:9", XEROSYNC_OIDC_CLIENT_ID="console"
    ) as console:
        routes = {
            route.path
            for route in console.app.routes
            if isinstance(route, Route)
            and "GET" in (route.methods or ())
            and not hasattr(route.endpoint, "needs_scope")
        }
    of_programs = {path for path in routes if path.startswith(("/api/", "/healthz", "/readyz"))}
    assert routes - of_programs - NO_PAGES - OPENED_BY_TOKEN == shown - {"/{anything}"}


@pytest.mark.parametrize("dark", [False, True])
async def test_every_page_is_well_made_and_shows_words_as_text(filled: Console, stock: Stock, dark: bool) -> None:
    async with filled.signed_in(dark=dark) as page:
        for shown in pages_of(stock):
            await shown.open(page)
            await assert_well_made(page, f"{shown.name}-dark" if dark else shown.name)
            assert await page.locator("[data-evil]").count() == 0, shown.name
            assert await page.title() != "1", shown.name


async def test_what_people_and_xero_write_is_shown_as_they_wrote_it(filled: Console, stock: Stock) -> None:
    async with filled.signed_in() as page:
        for ref, path, words in (
            (stock.ignored, "", f"{EVIL}Billed by hand"),
            (stock.ignored, "", f"{EVIL}No."),
            (stock.held, "/preview", f"{EVIL}Platform"),
        ):
            await page.goto(f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}{path}")
            await expect(page.locator("main")).to_contain_text(words)


async def test_every_page_is_left_by_tab_and_shows_where_the_focus_is(filled: Console, stock: Stock) -> None:
    async with filled.signed_in() as page:
        for shown in pages_of(stock):
            await shown.open(page)
            first = await focus_next(page)
            if not shown.is_open:
                assert first.startswith("Skip to the content"), shown.name
            reached = {first}
            while (name := await focus_next(page)) != "":
                assert len(reached) < 500, f"{shown.name} holds the focus at {name}"
                reached.add(f"{len(reached)} {name}")
            assert len(reached) >= await page.locator("main :is(a[href], button:enabled)").count(), shown.name


async def focus_next(page: Page) -> str:
    """Press Tab; return what has the focus then, in words, and nothing where it left the page."""
    await page.keyboard.press("Tab")
    found = await page.evaluate(
        """() => {
        const it = document.activeElement;
        if (it === document.body || it === null) return ["", true];
        const style = getComputedStyle(it), box = it.getBoundingClientRect();
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return [`${it.tagName} ${it.id}`.trim() && (it.innerText || it.getAttribute("aria-label") || it.outerHTML),
            ring && box.width > 0 && box.right > 0];
        }"""
    )
    name, is_seen = found
    assert is_seen, f"the focus at {name} is not seen"
    return name


async def test_no_page_shows_anything_of_another_account(filled: Console, stock: Stock) -> None:
    async with open_branch(stock.office) as branch:
        customer_id = await branch.customer("Secret Customer Ltd")
        ref = await branch.final(customer_id)
        document = await branch.services.billing.document(ref)
        await branch.services.store.change(ref, lambda link: link.read(document))
        hidden = {
            branch.account_id,
            branch.people.tenant_id,
            customer_id,
            ref.document_id,
            branch.linked[customer_id],
            "Secret Customer",
        }
        async with filled.signed_in() as page:
            await page.goto("/")
            assert branch.account_id in await page.content(), "who sees all accounts finds it"
        async with filled.signed_in(accounts=(stock.account_id,)) as page:
            for shown in pages_of(stock):
                await shown.open(page)
                content = await page.content()
                assert not [each for each in hidden if each in content], shown.name
