"""How long a step waits before its next attempt, and what comes of a fault of our own: on a real Temporal server."""

from datetime import timedelta

import pytest

from activities.interceptor import to_application_error
from tests.histories import kept_of
from tests.workflows.house import House
from tests.workflows.world import invoice
from xerosync.core.documents import DocumentStatus
from xerosync.core.errors import RetryLaterError, XerosyncError
from xerosync.documents.messages import SyncState


@pytest.mark.parametrize(("failures", "seconds"), [(0, 2), (1, 4), (5, 64), (9, 600), (10_000, 600)])
def test_each_failure_doubles_the_wait_up_to_ten_minutes(failures: int, seconds: int):
    assert to_application_error(RetryLaterError(), failures).next_retry_delay == timedelta(seconds=seconds)
    assert to_application_error(XerosyncError(), failures).next_retry_delay == timedelta(seconds=seconds)


def test_a_wait_that_an_error_tells_is_kept():
    error = RetryLaterError(retry_after=timedelta(hours=9))
    assert to_application_error(error, failures=3).next_retry_delay == timedelta(hours=9)


async def test_waiting_for_ones_turn_makes_no_later_failure_wait_longer(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    turns = [RetryLaterError(retry_after=timedelta(milliseconds=10))] * 12
    house.billing.failures = [*turns, RetryLaterError()]
    began = await house.environment.get_current_time()
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.billing.failures == []
    # By its attempts the one failure would have waited for ten minutes.
    assert await house.environment.get_current_time() - began < timedelta(seconds=30)


async def test_a_fault_of_our_own_is_tried_again_and_told_in_words(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    house.billing.failures = [ValueError("Ada Lovelace"), ExceptionGroup("both", [RetryLaterError("away")])]
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    kept = await house.store.timeline(ref)
    [fault, away] = [entry.words for entry in kept.entries if entry.happened == "failed"]
    assert fault.startswith("A fault of xerosync itself, to be reported: ValueError at tests/workflows/world.py:")
    assert fault.endswith("Ada Lovelace")
    assert away == "away"
    assert "Ada" not in await kept_of(house.handle(ref))
