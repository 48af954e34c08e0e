"""Every pair of the table for invoices."""

import pytest

from tests.pairs.check import tried
from tests.pairs.table import Pair, pairs
from xerosync.core.documents import Kind

INVOICES = [pair for pair in pairs() if pair.kind is Kind.INVOICE]


@pytest.mark.parametrize(("place", "pair"), list(enumerate(INVOICES)), ids=[str(pair) for pair in INVOICES])
async def test_whichever_event_comes_first_the_end_is_as_the_table_says(pair: Pair, place: int):
    await tried(pair, place)
