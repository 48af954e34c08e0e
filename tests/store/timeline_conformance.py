"""What every store does with documents' stories."""

from datetime import timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.store.samples import NOON, document, hold, intent, ref, xero_view
from xerosync.core.documents import DocumentStatus
from xerosync.core.errors import RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.documents.timeline import ChangeCause, EntryKind, TimelineEntry, asked, caused_by, failed, held_again
from xerosync.postgres import PostgresStore
from xerosync.postgres.errors import XeroDocumentTakenError

PUSH = ChangeCause(by="push_document", heard="finalized")


class TimelineConformance:
    async def test_a_document_nobody_heard_of_has_no_story(self, store: MemoryStore | PostgresStore) -> None:
        timeline = await store.timeline(ref())
        assert (timeline.told, timeline.in_all) == ((), 0)

    async def test_what_changes_a_link_is_told_in_order_with_its_cause(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        with caused_by(PUSH):
            await store.change(ref(), lambda link: link.read(document()))
            await store.change(ref(), lambda link: link.intended(intent(), "tenant-1"))
            await store.change(ref(), lambda link: link.seen(xero_view()))
        with caused_by(ChangeCause(by="sweep_documents")):
            seen = xero_view(sent=True, seen_at=NOON + timedelta(days=1))
            await store.change(ref(), lambda link: link.seen(seen))
        told = (await store.timeline(ref())).told
        assert [each.happened for each in told] == ["read", "intended", "created", "seen"]
        assert [each.cause for each in told] == [PUSH, PUSH, PUSH, ChangeCause(by="sweep_documents")]
        assert told[0].facts["status"] == "FINAL"
        assert told[0].first_at <= told[1].first_at <= told[2].first_at
        assert told[3].facts == {"sent": "True"}

    async def test_a_change_that_changes_nothing_tells_only_of_the_attempt(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        met = hold(HoldReason.REJECTED, "No.")
        for _ in range(3):
            await store.change(ref(), lambda link: link.read(document()).held(met), if_unchanged=held_again(met))
        told = (await store.timeline(ref())).told
        assert [(each.happened, each.times) for each in told] == [("read", 1), ("held", 1), ("held_again", 2)]

    async def test_a_failure_that_comes_again_is_counted_until_something_changes(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        for status in (503, 502, 503):
            await store.tell(ref(), failed(RetryLaterError(f"Xero answered {status}.")))
        await store.tell(ref(), failed(RetryLaterError("Xero is away.")))
        await store.change(ref(), lambda link: link.read(document()))
        await store.tell(ref(), failed(RetryLaterError("Xero answered 500.")))
        told = (await store.timeline(ref())).told
        assert [(each.words, each.times) for each in told if each.words] == [
            ("Xero answered 503.", 3),
            ("Xero is away.", 1),
            ("Xero answered 500.", 1),
        ]
        assert told[0].last_at > told[0].first_at

    async def test_what_comes_again_by_another_is_another_entry(self, store: MemoryStore | PostgresStore) -> None:
        for who in ("ada", "bob", "ada"):
            with caused_by(ChangeCause(who=who)):
                await store.tell(ref(), asked("retry"))
        told = (await store.timeline(ref())).told
        assert [(each.cause.who, each.times) for each in told] == [("ada", 2), ("bob", 1)]

    async def test_a_long_story_shows_its_end_and_how_long_it_is(self, store: MemoryStore | PostgresStore) -> None:
        for turn in range(4):
            status = (DocumentStatus.FINAL, DocumentStatus.SENT)[turn % 2]
            await store.change(ref(), lambda link, status=status: link.read(document(status=status)))
        timeline = await store.timeline(ref(), limit=2)
        assert (len(timeline.told), timeline.in_all) == (2, 4)
        assert [each.facts["status"] for each in timeline.told] == ["FINAL", "SENT"]

    async def test_each_document_has_a_story_of_its_own(self, store: MemoryStore | PostgresStore) -> None:
        await store.change(ref("a"), lambda link: link.read(document(ref("a"))))
        assert (await store.timeline(ref("b"))).in_all == 0

    async def test_what_a_database_cannot_hold_is_replaced_in_stories(self, store: MemoryStore | PostgresStore) -> None:
        await store.tell(ref(), TimelineEntry(happened=EntryKind.FAILED, facts={"number": "A\x00B"}, words="\x00!"))
        told = (await store.timeline(ref())).told[0]
        assert (told.facts["number"], told.words) == ("A\ufffdB", "\ufffd!")

    async def test_a_change_that_fails_tells_nothing(self, store: MemoryStore | PostgresStore) -> None:
        await store.change(ref("a"), lambda link: link.read(document(ref("a"))).seen(xero_view("x-1")))

        with pytest.raises(XeroDocumentTakenError):
            await store.change(ref("b"), lambda link: link.seen(xero_view("x-1")))
        assert (await store.timeline(ref("b"))).in_all == 0
