"""Sweeps rest as the calls of the day run out."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.allowance import MemoryBudget
from tests.doubles.memory import MemoryStore
from tests.doubles.sweeps import xero_sweep
from tests.store.samples import connection, document, ref, xero_view
from tests.workflows.world import MemoryBooks
from xerosync.cli.sweep import words
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.rate_limits import Lane, Observed, Remaining, Reservation
from xerosync.documents.messages import SequenceSweepResult, SweepResult, XeroSweepResult
from xerosync.documents.sweep_pacing import rests_until
from xerosync.documents.views import XeroView

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "minutes"), [(5_000, 0), (500, 0), (499, 27), (299, 54), (199, 108), (99, 216), (0, 216), (-3, 216)]
)
def test_the_fewer_calls_are_left_the_longer_sweeps_rest(left: int, minutes: int):
    assert rests_until(left, NOON) == (NOON + timedelta(minutes=minutes) if minutes else None)


def test_nothing_rests_before_the_first_sweep_or_while_nobody_knows_what_is_left():
    assert rests_until(0, None) is None
    assert rests_until(None, NOON) is None


class Silent:
    """No workflow hears anything."""

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        raise AssertionError(f"{ref} {name} {payload}")


async def test_a_sweep_that_is_skipped_costs_no_call_and_says_so():
    store, budget, now = MemoryStore(), MemoryBudget(), NOON + timedelta(minutes=15)
    await store.save_connection(connection())
    await store.change(ref(), lambda link: link.read(document()).seen(xero_view()))
    await store.move_sweep_cursor("acme", Kind.INVOICE, NOON)
    reservation = await budget.reserve("tenant-1", Lane.SWEEP)
    assert isinstance(reservation, Reservation)
    await budget.release(reservation, Observed(Remaining(day=450)))
    sweep = xero_sweep(MemoryBooks(), store, Silent(), budget=budget, now=lambda: now)
    result = await sweep.run("acme")
    assert result == XeroSweepResult(rests_until=NOON + timedelta(minutes=27), day_left=450)
    assert await store.sweep_cursor("acme", Kind.INVOICE) == NOON
    now = NOON + timedelta(minutes=30)
    result = await sweep.run("acme")
    assert (result.rests_until, result.calls) == (None, 1)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (XeroSweepResult(), "No document waits for anything in Xero, so it was not asked."),
        (
            XeroSweepResult(read=1_200, signalled=1, calls=2),
            "Read 1,200 documents in Xero with 2 pages of lists; 1 document changed.",
        ),
        (
            XeroSweepResult(read=2, calls=1, passed_over=("A'B", "C")),
            (
                "Read 2 documents in Xero with 1 page of lists; 0 documents changed. "
                "Xero refused to look up A'B, C: `starter.py resync 'A'\"'\"'B'` reads the first by its id instead."
            ),
        ),
        (
            XeroSweepResult(rests_until=NOON, day_left=90),
            "Xero was not asked: 90 calls to it are left of the day, so sweeps rest until 12:00 UTC.",
        ),
    ],
)
def test_what_a_sweep_did_in_xero_is_said_in_a_sentence(result: XeroSweepResult, said: str):
    assert words(SweepResult(xero=result, sequence=SequenceSweepResult())) == said


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (SequenceSweepResult(compared=0), "Compared 0 documents with Sequence; none differed."),
        (
            SequenceSweepResult(compared=1_000, differing=1, new=2, retried=1),
            (
                "1 hold tried again. Compared 1,000 documents with Sequence; 1 document differed. "
                "2 documents had never been signalled."
            ),
        ),
    ],
)
def test_what_a_sweep_did_about_sequence_is_said_in_a_sentence(result: SequenceSweepResult, said: str):
    swept = SweepResult(xero=XeroSweepResult(read=1, calls=1), sequence=result)
    assert words(swept) == f"Read 1 document in Xero with 1 page of lists; 0 documents changed. {said}"
