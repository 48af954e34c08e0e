"""People who press a button again since they do not know whether it was done."""

from collections.abc import Iterator

import httpx
import pytest

from tests.chaos import people
from tests.chaos.people import Billed, Branch, Customer
from xerosync.core.documents import DocumentRef, Kind

INVOICE = Billed(
    DocumentRef(account_id="acme", kind=Kind.INVOICE, document_id="i"), "INV-1", Customer("customer", "contact")
)
CUT_SHORT = -1


def branch(statuses: Iterator[int]) -> Branch:
    """Two companies that answer so, one after the other."""

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(statuses)
        if status == CUT_SHORT:
            raise httpx.ReadError("cut short", request=request)
        return httpx.Response(status, json={})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://company")
    return Branch("acme", "tenant", (), (), client, client)


@pytest.mark.parametrize(
    ("statuses", "is_done"),
    [
        ([200], True),
        ([400], False),
        ([429, 401, 403, 400], False),
        ([CUT_SHORT, 400], True),
        ([500, 400], True),
        ([429, 500, 429, 409], True),
    ],
)
async def test_what_may_have_been_done_before_it_was_refused_counts_as_done(
    monkeypatch: pytest.MonkeyPatch, statuses: list[int], is_done: bool
):
    monkeypatch.setattr(people, "_PAUSE_SECONDS", 0)
    assert await branch(iter(statuses)).do(INVOICE, "pay") is is_done
