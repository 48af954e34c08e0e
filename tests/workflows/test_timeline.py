"""The timeline that a document leaves behind, and who or what each of its entries is put down to."""

from datetime import timedelta

from tests.workflows.house import House
from tests.workflows.world import invoice
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import Release, SyncState
from xerosync.documents.timeline_text import cause_words, line


async def timeline(house: House, ref: DocumentRef) -> list[tuple[str, str]]:
    """Return what happened, in words, and by what."""
    return [(line(entry), cause_words(entry.cause)) for entry in (await house.store.timeline(ref)).entries]


async def test_a_life_is_told_from_the_first_reading_to_the_end(house: House):
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    assert await timeline(house, ref) == [
        ("First read in Sequence: FINAL, INV-1, 120.00 GBP.", "bringing it to Xero, after it was finalized"),
        ("About to be created in Xero as INV-1.", "bringing it to Xero, after it was finalized"),
        (
            "Created in Xero: AUTHORISED, not sent, dated and due 3000-01-01, total 120.00 GBP. → pushed",
            "bringing it to Xero, after it was finalized",
        ),
        ("In Sequence it is SENT, no more FINAL.", "writing its dates in Xero, after it was sent"),
        (
            "What Sequence has was brought to Xero: sent, dated 2026-01-02, due 2026-02-01. → settled",
            "writing its dates in Xero, after it was sent",
        ),
    ]


async def test_attempts_in_vain_are_counted_in_one_entry(house: House):
    soon = timedelta(milliseconds=10)
    house.billing.failures = [RetryLaterError(f"Sequence said {code}.", retry_after=soon) for code in (503, 502, 504)]
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    vain, read, *_ = (await house.store.timeline(ref)).entries
    assert (vain.words, vain.times, vain.facts) == ("Sequence said 504.", 3, {"error": "RetryLaterError"})
    assert cause_words(vain.cause) == "bringing it to Xero, after it was finalized"
    assert read.happened == "read"


async def test_a_retry_that_meets_the_same_hold_is_told(house: House):
    house.books.refuse = HoldError(HoldReason.REJECTED, "The moon is in the wrong house.")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    calls = len(house.books.writes)
    for _ in range(2):
        await house.workflows.signal(ref, "release", Release())
        await house.until(ref, SyncState.HELD)
    house.books.refuse = None
    await house.workflows.signal(ref, "release", Release())
    await house.until(ref, SyncState.PUSHED)
    assert len(house.books.writes) > calls
    lines = await timeline(house, ref)
    assert (
        "On hold, rejected: The moon is in the wrong house. → held",
        "bringing it to Xero, after it was finalized",
    ) in lines
    assert any(words.startswith("Tried again, and held as before (rejected).") for words, _ in lines)
    assert lines[-1] == ("No longer on hold (rejected). → pushed", "bringing it to Xero, after a release")
