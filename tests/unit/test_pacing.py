"""Sweeps rest as the calls of the day run out."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.sweep import SweepActivities
from tests.doubles.allowance import MemoryBudget
from tests.doubles.memory import MemoryStore
from tests.store.samples import connection, document, ref, xero_view
from tests.workflows.world import MemoryBooks
from xerosync.cli.sweep import words
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.rate_limits import Lane, Observed, Remaining, Reservation
from xerosync.documents.messages import SweepInput, SweepResult
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

    async def signal(self, ref: DocumentRef, name: str, payload: XeroView | None = None) -> None:
        raise AssertionError(f"{ref} {name} {payload}")


async def test_a_sweep_that_is_skipped_costs_no_call_and_says_so():
    store, budget, now = MemoryStore(), MemoryBudget(), NOON + timedelta(minutes=15)
    await store.save_connection(connection())
    await store.change(ref(), lambda link: link.read(document()).seen(xero_view()))
    await store.move_sweep_cursor("acme", Kind.INVOICE, NOON)
    reservation = await budget.reserve("tenant-1", Lane.SWEEP)
    assert isinstance(reservation, Reservation)
    await budget.release(reservation, Observed(Remaining(day=450)))
    sweep = SweepActivities(MemoryBooks(), store, Silent(), budget=budget, now=lambda: now)
    result = await ActivityEnvironment().run(sweep.sweep_documents, SweepInput(account_id="acme"))
    assert result == SweepResult(rests_until=NOON + timedelta(minutes=27), day_left=450)
    assert await store.sweep_cursor("acme", Kind.INVOICE) == NOON
    now = NOON + timedelta(minutes=30)
    result = await ActivityEnvironment().run(sweep.sweep_documents, SweepInput(account_id="acme"))
    assert (result.rests_until, result.calls) == (None, 1)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (SweepResult(), "No document waits for anything in Xero, so nothing was asked."),
        (
            SweepResult(read=1_200, signalled=1, calls=2),
            "Read 1,200 documents in Xero with 2 pages of lists; 1 document changed.",
        ),
        (
            SweepResult(read=2, calls=1, passed_over=("A'B", "C")),
            (
                "Read 2 documents in Xero with 1 page of lists; 0 documents changed. "
                "Xero refused to look up A'B, C: `resync` reads each by its id instead."
            ),
        ),
        (
            SweepResult(rests_until=NOON, day_left=90),
            "Nothing was asked: 90 calls to Xero are left of the day, so sweeps rest until 12:00 UTC.",
        ),
    ],
)
def test_what_a_sweep_did_is_told_in_a_sentence(result: SweepResult, told: str):
    assert words(result) == told
