"""Seventy documents of a shop's real sales that exist already: all of them where they belong, to the penny.

All 2,338 take some minutes: `python -m tests.integration.retail REPORT.csv`.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.integration.office import Office
from tests.integration.retail import SALES, Paper, misfits, papers, stock
from xerosync.cli.backfill import backfill
from xerosync.core.documents import Kind

DOCUMENTS = 70
LONGEST = 3
SHORT = 30
"""Lines that the documents have at most, except the longest ones."""

pytestmark = [
    pytest.mark.skipif(not SALES.is_file(), reason=f"there is no {SALES.name} beside this checkout"),
]


def chosen() -> list[Paper]:
    """Return the longest documents, and a share of each sort in the order of the file."""
    all_papers = papers(prefix="BF-", years=100)
    short = [paper for paper in all_papers if len(paper.lines) <= SHORT]
    zero = [paper for paper in short if paper.total == 0][:10]
    notes = [paper for paper in short if paper.kind is Kind.CREDIT_NOTE][:15]
    unlinked = [paper for paper in short if not paper.is_linked and paper.total][:10]
    linked = [paper for paper in all_papers if paper.is_linked]
    longest = sorted(linked, key=lambda paper: len(paper.lines))[-LONGEST:]
    picked = {paper.number: paper for paper in [*longest, *zero, *notes, *unlinked, *short]}
    return list(picked.values())[:DOCUMENTS]


async def test_real_sales_that_exist_already_are_in_xero_or_wait_for_their_true_reason(
    office: Office, tmp_path: Path
) -> None:
    billed = chosen()
    assert len(billed) == DOCUMENTS
    assert set(Counter(paper.expected for paper in billed)) == {
        ("in Xero", ""),
        ("on hold", "customer_unlinked"),
        ("waits until it is sent", ""),
    }
    await stock(office.people, office.services, billed, tag="Retail ")
    report = tmp_path / "report.csv"
    since = date(2110, 1, 1)
    await backfill(account=office.account_id, since=since, report=report, services=office.services)
    assert await misfits(office.people, billed, report) == []
