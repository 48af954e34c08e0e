"""Every pair of the table for credit notes."""

import pytest

from tests.pairs.check import tried
from tests.pairs.table import Pair, pairs
from xerosync.core.documents import Kind

CREDIT_NOTES = [pair for pair in pairs() if pair.kind is Kind.CREDIT_NOTE]


@pytest.mark.parametrize(("place", "pair"), list(enumerate(CREDIT_NOTES)), ids=[str(pair) for pair in CREDIT_NOTES])
async def test_whichever_event_comes_first_the_end_is_as_the_table_says(pair: Pair, place: int):
    await tried(pair, place)
