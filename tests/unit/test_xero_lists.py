"""Which list of Xero is whole, and how texts are looked for that an address or `where` can't hold."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from xerosync.core.documents import Kind
from xerosync.core.errors import HoldError
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.document_lookup import FindDocuments
from xerosync.xero.calls.lists import beginning, containing, is_sayable, literal, read_list, read_page
from xerosync.xero.errors import ListNotWholeError, XeroUnavailableError

NOW = datetime(2026, 1, 5, tzinfo=UTC)
WORST_REST = (
    "https://api.xero.com/api.xro/2.0/CreditNotes?order=UpdatedDateUTC+ASC&page=1&pageSize=1000&includeArchived=true&"
)


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, {}, body if isinstance(body, bytes) else simplejson.dumps(body).encode(), NOW, NOW)


def page(count: int, **pagination: Any) -> Answer:
    body: dict[str, Any] = {"Contacts": [{"ContactID": str(n)} for n in range(count)]}
    return answer({**body, "pagination": pagination} if pagination else body)


def pagination(number: int, size: int, items: int) -> dict[str, int]:
    return {"page": number, "pageSize": size, "pageCount": -(-items // size), "itemCount": items}


@pytest.mark.parametrize(
    ("read", "number", "size", "is_last"),
    [
        (page(3), 1, 10, True),
        (page(10), 1, 10, False),
        (page(3, **pagination(1, 10, 3)), 1, 10, True),
        (page(10, **pagination(1, 10, 30)), 1, 10, False),
        (page(10, **pagination(1, 10, 10)), 1, 10, False),
        (page(0, **pagination(2, 10, 10)), 2, 10, True),
        (page(5, **pagination(1, 5, 12)), 1, 10, False),
    ],
)
def test_a_page_is_the_last_where_it_is_not_full(read: Answer, number: int, size: int, is_last: bool):
    assert read_page(read, "Contacts", number, size).is_last is is_last


@pytest.mark.parametrize(
    "cut",
    [
        page(2, **pagination(1, 10, 3)),
        page(9, **pagination(1, 10, 30)),
        page(0, **pagination(1, 10, 1)),
        page(3, **pagination(2, 10, 3)),
        page(3, page=1),
        answer({"Contacts": [], "pagination": []}),
        answer({"Contacts": [], "pagination": {"page": "1", "pageSize": 10, "itemCount": 0}}),
        answer({"Contacts": None}),
        answer(b'{"Contacts":['),
        answer(b"", 404),
        answer(b"The resource you're looking for cannot be found", 404),
    ],
)
def test_what_is_cut_short_or_was_not_looked_for_proves_nothing(cut: Answer):
    with pytest.raises(XeroUnavailableError):
        read_page(cut, "Contacts", 1, 10)


def test_a_list_without_pages_that_answers_404_was_not_looked_for():
    with pytest.raises(XeroUnavailableError):
        read_list(answer(b"", 404), "Accounts")


def test_a_list_that_is_refused_is_a_hold_in_xeros_words():
    with pytest.raises(HoldError) as refused:
        read_page(answer(b"not this", 400), "Contacts")
    assert refused.value.words == "not this"


def test_what_is_not_on_a_first_page_may_be_on_another():
    found = FindDocuments(Kind.INVOICE)
    elements = [{"Type": "ACCPAY"}] * 1000
    results = found.results([found.item("N-1")], answer({"Invoices": elements}))
    assert isinstance(results["N-1"], ListNotWholeError)


def test_a_document_without_a_type_may_be_the_one():
    found = FindDocuments(Kind.INVOICE)
    with pytest.raises(XeroUnavailableError):
        found.results([found.item("N-1")], answer({"Invoices": [{"InvoiceNumber": "N-1"}]}))


@given(st.text(max_size=300), st.sampled_from(["CreditNoteNumber", "InvoiceNumber"]))
def test_whatever_is_looked_for_the_address_is_short_enough_and_its_quotes_are_whole(text: str, field: str):
    where = f"{field}=={literal(text)}" if is_sayable(text) else containing(field, text)
    assert "\\" not in where
    assert '""' not in where.replace('==""', "")
    assert where.count('"') % 2 == 0
    assert len(WORST_REST + urlencode({"where": where})) < 2048
    assert len(WORST_REST + urlencode({"searchTerm": beginning(text)})) < 2048


@given(st.lists(st.text(min_size=1, max_size=60).filter(is_sayable), min_size=1, max_size=50), st.sampled_from(Kind))
def test_a_full_batch_of_look_ups_has_a_short_enough_address(numbers: list[str], kind: Kind):
    found = FindDocuments(kind)
    batch, size = [], 0
    for number in filter(found.can_find, numbers):
        item = found.item(number)
        if batch and size + len(item.content) > found.max_bytes:
            break
        batch.append(item)
        size += len(item.content)
    if batch:
        assert len(WORST_REST + urlencode(found.request(batch).params)) < 2048
