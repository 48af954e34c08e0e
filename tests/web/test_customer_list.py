"""The list of customers: those without a link are looked for in Sequence's pages, not in all of them at once."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape

import httpx
import pytest

from tests.store.samples import connection, document, hold, ref
from tests.web.console import URL, Console, open_console
from tests.web.customer_pages import CustomerPages
from xerosync.documents.link import DocumentLink
from xerosync.web.app import web_app


@pytest.fixture
def pages() -> CustomerPages:
    return CustomerPages("acme", customers=250)


@pytest.fixture
async def console(database_url: str, pages: CustomerPages) -> AsyncIterator[Console]:
    """The console beside a Sequence with 250 customers, of which numbers 3 and 222 are not linked."""
    async with open_console(database_url) as console:
        await console.services.store.save_connection(connection())
        for number in range(250):
            if number not in (3, 222):
                await console.services.store.link_customer("acme", f"customer-{number}", f"contact-{number}")
        app = web_app(pages.beside(console.services), console.settings)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=URL, cookies=console.client.cookies
        ) as client:
            yield replace(console, client=client)


def looked(page: str) -> str:
    """Return what a page says it has found so far."""
    found = re.search(r'<p id="looked"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def more(page: str) -> str | None:
    """Return the address by which a page looks on by itself."""
    found = re.search(r'<tbody id="more" hx-get="([^"]*)"', page)
    return unescape(found[1]) if found else None


async def test_each_request_reads_one_page_of_sequence_and_the_page_looks_on_by_itself(
    console: Console, pages: CustomerPages
) -> None:
    page = await console.page("/accounts/acme/customers?unlinked=yes")
    assert len(pages.asked) == 1
    assert "Customer 3<" in page
    assert looked(page) == "1 not linked of 10 customers looked through."
    requests, found = 1, list[str]()
    while address := more(page):
        page = await console.page(address)
        requests += 1
        found += re.findall(r"Customer \d+<", page)
        assert len(pages.asked) == requests
    assert (requests, found) == (25, ["Customer 222<"])
    assert looked(page) == "2 not linked of 250 customers looked through."
    assert "Next page" not in page
    assert "First page" not in page


async def test_a_page_that_looked_through_a_thousand_customers_stops_and_the_next_one_looks_on(
    console: Console, pages: CustomerPages
) -> None:
    page = await console.page("/accounts/acme/customers?unlinked=yes&after=20&shown=1&looked=990&from_first=yes")
    assert more(page) is None
    assert looked(page) == "1 not linked of 1,000 customers looked through; the next page looks on."
    assert 'href="/accounts/acme/customers?unlinked=yes&amp;after=21" rel="next"' in page
    page = await console.page("/accounts/acme/customers?unlinked=yes&after=24")
    assert "No customer has all of that." in page
    assert "First page" in page
    page = await console.page("/accounts/acme/customers")
    assert (more(page), pages.asked[-1]) == (None, (None, ""))


async def test_a_page_stops_once_it_has_enough_customers_without_a_link(console: Console, pages: CustomerPages) -> None:
    page = await console.page("/accounts/acme/customers?search=cust&unlinked=yes&after=22&shown=49&looked=220")
    assert looked(page) == "50 not linked of 230 customers looked through; the next page looks on."
    assert (more(page), pages.asked) == (None, [("22", "cust")])


async def test_a_page_says_that_all_are_linked_once_it_has_looked_at_all(console: Console) -> None:
    for number in (3, 222):
        await console.services.store.link_customer("acme", f"customer-{number}", f"contact-{number}")
    page = await console.page("/accounts/acme/customers?unlinked=yes&after=24&shown=0&looked=240&from_first=yes")
    assert "All customers are linked." in page
    page = await console.page("/accounts/acme/customers?unlinked=yes")
    assert "All customers are linked." not in page


async def test_documents_name_the_customers_that_they_wait_for_without_a_word_from_sequence(console: Console) -> None:
    for document_id, customer_id in [("a", "few"), ("b", "many"), ("c", "many")]:
        of = ref(document_id)
        read = document(of, customer_id=customer_id)
        await console.services.store.change(
            of, lambda _, of=of, read=read: DocumentLink(ref=of).read(read).held(hold())
        )
    awaited = await console.services.document_lists.awaited_customers("acme", 10)
    assert [(each.customer_id, each.documents) for each in awaited] == [("many", 2), ("few", 1)]
    assert awaited[0].name == "Ada & Söhne"
    assert await console.services.document_lists.awaited_customers("other", 10) == []
