"""The list of customers: those without a link are looked for in Sequence's pages, not in all of them at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from tests.store.samples import connection, document, hold, ref
from tests.web.console import Console, open_console
from xerosync.customers.customer import Customer
from xerosync.documents.link import DocumentLink
from xerosync.sequence import SequenceCustomers
from xerosync.web.console.customers import CustomersPage


@dataclass
class Pages:
    """Sequence with so many customers, ten a page; `after` is the number of a page."""

    customers: int
    asked: list[tuple[str | None, str]] = field(default_factory=list[tuple[str | None, str]])

    async def page(self, account_id: str, after: str | None, *, name: str) -> tuple[list[Customer], str | None]:
        assert account_id == "acme"
        self.asked.append((after, name))
        first = int(after or 0) * 10
        found = [
            Customer.model_validate(
                {
                    "id": f"customer-{number}",
                    "legalName": f"Customer {number}",
                    "taxStatus": "TAXED",
                    "address": {"line1": "1 Road", "town": "London", "postcode": "E1 6AN", "country": "GB"},
                }
            )
            for number in range(first, min(first + 10, self.customers))
        ]
        return found, str(int(after or 0) + 1) if first + 10 < self.customers else None


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        await console.services.store.save_connection(connection())
        yield console


async def test_a_page_looks_through_ten_pages_of_sequence_and_the_next_one_looks_on(console: Console) -> None:
    for number in range(250):
        if number not in (3, 222):
            await console.services.store.link_customer("acme", f"customer-{number}", f"contact-{number}")
    sequence = Pages(customers=250)
    pages = CustomersPage(replace(console.services, customers=cast("SequenceCustomers", sequence)))
    found = await pages._listed("acme", None, "", True)
    assert [each.id for each in found.customers] == ["customer-3"]
    assert (found.looked, found.after) == (100, "10")
    found = await pages._listed("acme", "20", "cust", True)
    assert [each.id for each in found.customers] == ["customer-222"]
    assert (found.looked, found.after) == (50, None)
    assert sequence.asked[-1] == ("24", "cust")
    del sequence.asked[:]
    found = await pages._listed("acme", None, "", False)
    assert (len(found.customers), found.after, len(sequence.asked)) == (10, "1", 1)


async def test_a_page_ends_once_it_has_enough_customers_without_a_link(console: Console) -> None:
    sequence = Pages(customers=250)
    pages = CustomersPage(replace(console.services, customers=cast("SequenceCustomers", sequence)))
    found = await pages._listed("acme", None, "", True)
    assert (len(found.customers), found.after) == (50, "5")


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
