"""What Xero's answers prove: its words wherever they stand, and "could not look" is not "nothing there"."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from tests.xero_support import Bench, bench, customer, document, soon
from xerosync.core.documents import DocumentWithLines, Kind
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.documents.header_change import HeaderChange
from xerosync.xero import XeroBooks
from xerosync.xero.errors import XeroMissingError, XeroRefusedError, XeroUnavailableError

KINDS = pytest.mark.parametrize("kind", list(Kind))


@pytest.fixture
async def at() -> AsyncGenerator[Bench]:
    async with bench() as opened:
        yield opened


@pytest.fixture
def books(at: Bench) -> XeroBooks:
    return at.gateway.books()


async def create(at: Bench, whole: DocumentWithLines) -> str:
    created = await at.gateway.books().create(at.connection, whole, at.contact_id, send_before=soon())
    return created.xero_id


@pytest.mark.parametrize("place", ["Contact", "LineItems", "Tracking", "Warnings"])
@KINDS
async def test_a_refusal_is_told_in_xeros_words_wherever_they_stand(at: Bench, kind: Kind, place: str):
    at.faults.add("refused", method="PUT", times=1, place=place, message="Organisation is not subscribed to currency X")
    with pytest.raises(XeroRefusedError) as refused:
        await create(at, document("N-1", kind=kind))
    assert refused.value.words == "Organisation is not subscribed to currency X"
    assert refused.value.reason is HoldReason.CURRENCY_NOT_ENABLED


@KINDS
async def test_what_xero_gave_no_id_and_no_reason_was_not_taken(at: Bench, kind: Kind):
    at.faults.add("refused", method="PUT", times=1, place="nowhere", message="anything")
    with pytest.raises(XeroRefusedError) as refused:
        await create(at, document("N-1", kind=kind))
    assert refused.value.words == "Xero did not take it and gave no reason."
    assert await create(at, document("N-1", kind=kind))


async def test_a_refusal_in_plain_text_is_told(at: Bench):
    at.faults.add("bad_request", method="PUT", times=1)
    with pytest.raises(XeroRefusedError) as refused:
        await create(at, document("N-1"))
    assert refused.value.words == "The request could not be processed."


@pytest.mark.parametrize("fault", ["not_found", "truncated"])
@KINDS
async def test_a_list_that_is_not_whole_does_not_prove_that_a_lost_create_never_was(
    at: Bench, books: XeroBooks, kind: Kind, fault: str
):
    at.faults.add("drop_after", method="PUT", times=1)
    with pytest.raises(XeroUnavailableError):
        await create(at, document("N-1", kind=kind))
    at.faults.add(fault, method="GET", times=1)
    with pytest.raises(RetryLaterError):
        await books.find(at.connection, kind, "N-1")
    assert await books.find(at.connection, kind, "N-1")


@pytest.mark.parametrize("by", ["number", "name"])
async def test_a_list_that_is_not_whole_does_not_prove_that_a_contact_is_not_there(at: Bench, by: str):
    contacts = at.gateway.contacts()
    looks: dict[str, Callable[[], Awaitable[Any]]] = {
        "number": lambda: contacts.find_by_number(at.connection, "customer-1"),
        "name": lambda: contacts.find_by_name(at.connection, "Acme Ltd"),
    }
    at.faults.add("not_found", method="GET", times=1)
    with pytest.raises(RetryLaterError):
        await looks[by]()
    assert await looks[by]()


async def test_an_id_that_is_none_of_xeros_spoils_no_look_up_of_others(at: Bench):
    contacts = at.gateway.contacts()
    asked = [contacts.get(at.connection, contact_id) for contact_id in (at.contact_id, "old system/7", '"', "")]
    found, *others = await asyncio.gather(*asked, return_exceptions=True)
    assert getattr(found, "contact_id", found) == at.contact_id
    assert [type(other) for other in others] == [XeroMissingError] * 3
    assert at.calls() == 1


@KINDS
async def test_a_change_that_finds_no_list_does_not_take_the_document_for_removed(
    at: Bench, books: XeroBooks, kind: Kind
):
    xero_id = await create(at, document("N-1", kind=kind, status="SENT"))
    change = HeaderChange(kind=kind, xero_id=xero_id, reference="PO 8")
    at.faults.add("not_found", method="POST", times=2)
    with pytest.raises(RetryLaterError):
        await books.change_header(at.connection, change)
    with pytest.raises(RetryLaterError):
        await books.void(at.connection, kind, xero_id)
    assert (await books.change_header(at.connection, change)).reference == "PO 8"


async def test_a_sweep_does_not_end_early_where_a_list_finds_nothing(at: Bench, books: XeroBooks):
    await create(at, document("N-1"))
    at.faults.add("not_found", method="GET", times=1)
    with pytest.raises(RetryLaterError):
        [page async for page in books.changed_since(at.connection, Kind.INVOICE, None)]


ODD = ['A,"B"-1', "A\\B", '"', "\\\\", 'end"', "A,B", "票" * 250, "票" * 100 + '"' + "据" * 100, "x" * 255, "🎉" * 127]


@KINDS
async def test_every_number_that_xero_can_keep_is_found_and_spoils_no_look_up_of_others(
    at: Bench, books: XeroBooks, kind: Kind
):
    numbers = [*ODD, *(f"plain-{n}" for n in range(20))]
    for number in ODD:
        await create(at, document(number, kind=kind))
    at.journal.clear()
    found = await asyncio.gather(*(books.find(at.connection, kind, number) for number in numbers))
    assert [it and it.number for it in found] == [*ODD, *[None] * 20]
    assert {entry.status for entry in at.journal.entries("GET")} == {200}
    assert all(len(at.url + entry.path + "?" + entry.query) < 2048 for entry in at.journal.entries("GET"))
    assert at.calls() <= len(ODD) + 2
    like = [number + "~" for number in ODD]
    assert await asyncio.gather(*(books.find(at.connection, kind, number) for number in like)) == [None] * len(ODD)


async def test_every_name_that_xero_can_keep_is_found_and_spoils_no_look_up_of_others(at: Bench):
    contacts = at.gateway.contacts()
    odd = [name for name in ODD if name != "\\\\"]
    for place, name in enumerate(odd):
        await contacts.create(at.connection, customer(f"k-{place}", name), send_before=soon())
    at.journal.clear()
    names = [*odd, *(f"Plain {n}" for n in range(20))]
    found = await asyncio.gather(*(contacts.find_by_name(at.connection, name) for name in names))
    assert [it and it.name for it in found] == [*odd, *[None] * 20]
    assert {entry.status for entry in at.journal.entries("GET")} == {200}
    assert all(len(at.url + entry.path + "?" + entry.query) < 2048 for entry in at.journal.entries("GET"))


async def test_a_number_that_xero_could_not_keep_is_nowhere(at: Bench, books: XeroBooks):
    assert await books.find(at.connection, Kind.CREDIT_NOTE, "N\x02") is None
    assert at.calls() == 0


async def test_a_refused_look_up_is_told_as_what_it_is(at: Bench, books: XeroBooks):
    at.faults.add("bad_request", method="GET", times=1)
    with pytest.raises(HoldError) as refused:
        await books.find(at.connection, Kind.INVOICE, "N-1")
    assert refused.value.words == "The request could not be processed."
