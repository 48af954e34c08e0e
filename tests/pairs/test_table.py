"""The table itself: nothing is left out, nothing said twice, and what it calls impossible is."""

import itertools
from collections import Counter

import pytest

from tests.pairs.companies import companies
from tests.pairs.states import IN_SEQUENCE, IN_XERO, bring_about
from tests.pairs.sync import sync
from tests.pairs.table import impossible, pairs
from xerosync.core.documents import Kind

ALL = list(itertools.product(Kind, IN_SEQUENCE, itertools.chain(*IN_XERO.values())))


def test_every_pair_has_one_row_or_a_reason_why_it_cannot_be():
    rows = Counter((pair.kind, pair.in_sequence, pair.in_xero) for pair in pairs())
    reasons = impossible()
    times = {pair: rows[pair] + any(each.covers(*pair) for each in reasons) for pair in ALL}
    assert {pair: count for pair, count in times.items() if count != 1} == {}
    assert set(rows) <= set(ALL)


@pytest.mark.parametrize("kind", Kind)
async def test_what_is_called_impossible_can_not_be_brought_about(kind: Kind):
    reasons = impossible()
    came_about: list[str] = []
    for _, in_sequence, in_xero in (pair for pair in ALL if pair[0] is kind):
        if not any(each.covers(kind, in_sequence, in_xero) for each in reasons):
            continue
        async with companies(kind) as both, sync(both) as running:
            try:
                await bring_about(both, running, in_sequence, in_xero)
            except AssertionError:
                continue
            came_about.append(f"{in_sequence} / {in_xero}")
    assert came_about == []
