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

PUSH = ChangeCause(by="push_document", signal="finalized")


class TimelineConformance:
    async def test_a_document_nobody_heard_of_has_no_story(self, store: MemoryStore | PostgresStore) -> None:
        timeline = await store.timeline(ref())
        assert (timeline.entries, timeline.in_all) == ((), 0)

    async def test_what_changes_a_link_is_added_in_order_with_its_cause(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        with caused_by(PUSH):
            await store.change(ref(), lambda link: link.read(document()))
            await store.change(ref(), lambda link: link.intended(intent(), "tenant-1"))
            await store.change(ref(), lambda link: link.seen(xero_view()))
        with caused_by(ChangeCause(by="sweep_xero")):
            seen = xero_view(sent=True, seen_at=NOON + timedelta(days=1))
            await store.change(ref(), lambda link: link.seen(seen))
        entries = (await store.timeline(ref())).entries
        assert [each.happened for each in entries] == ["read", "intended", "created", "seen"]
        assert [each.cause for each in entries] == [PUSH, PUSH, PUSH, ChangeCause(by="sweep_xero")]
        assert entries[0].facts["status"] == "FINAL"
        assert entries[0].first_at <= entries[1].first_at <= entries[2].first_at
        assert entries[3].facts == {"sent": "True"}

    async def test_a_change_that_changes_nothing_tells_only_of_the_attempt(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        met = hold(HoldReason.REJECTED, "No.")
        for _ in range(3):
            await store.change(ref(), lambda link: link.read(document()).held(met), if_unchanged=held_again(met))
        entries = (await store.timeline(ref())).entries
        assert [(each.happened, each.times) for each in entries] == [("read", 1), ("held", 1), ("held_again", 2)]

    async def test_a_failure_that_comes_again_is_counted_until_something_changes(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        for status in (503, 502, 503):
            await store.add_entry(ref(), failed(RetryLaterError(f"Xero answered {status}.")))
        await store.add_entry(ref(), failed(RetryLaterError("Xero is away.")))
        await store.change(ref(), lambda link: link.read(document()))
        await store.add_entry(ref(), failed(RetryLaterError("Xero answered 500.")))
        entries = (await store.timeline(ref())).entries
        assert [(each.words, each.times) for each in entries if each.words] == [
            ("Xero answered 503.", 3),
            ("Xero is away.", 1),
            ("Xero answered 500.", 1),
        ]
        assert entries[0].last_at > entries[0].first_at

    async def test_what_comes_again_by_another_is_another_entry(self, store: MemoryStore | PostgresStore) -> None:
        for who in ("ada", "bob", "ada"):
            with caused_by(ChangeCause(who=who)):
                await store.add_entry(ref(), asked("retry"))
        entries = (await store.timeline(ref())).entries
        assert [(each.cause.who, each.times) for each in entries] == [("ada", 2), ("bob", 1)]

    async def test_a_long_story_shows_its_end_and_how_long_it_is(self, store: MemoryStore | PostgresStore) -> None:
        for turn in range(4):
            status = (DocumentStatus.FINAL, DocumentStatus.SENT)[turn % 2]
            await store.change(ref(), lambda link, status=status: link.read(document(status=status)))
        timeline = await store.timeline(ref(), limit=2)
        assert (len(timeline.entries), timeline.in_all) == (2, 4)
        assert [each.facts["status"] for each in timeline.entries] == ["FINAL", "SENT"]

    async def test_each_document_has_a_story_of_its_own(self, store: MemoryStore | PostgresStore) -> None:
        await store.change(ref("a"), lambda link: link.read(document(ref("a"))))
        assert (await store.timeline(ref("b"))).in_all == 0

    async def test_what_a_database_cannot_hold_is_replaced_in_stories(self, store: MemoryStore | PostgresStore) -> None:
        await store.add_entry(
            ref(), TimelineEntry(happened=EntryKind.FAILED, facts={"number": "A\x00B"}, words="\x00!")
        )
        entries = (await store.timeline(ref())).entries[0]
        assert (entries.facts["number"], entries.words) == ("A\ufffdB", "\ufffd!")

    async def test_a_change_that_fails_tells_nothing(self, store: MemoryStore | PostgresStore) -> None:
        await store.change(ref("a"), lambda link: link.read(document(ref("a"))).seen(xero_view("x-1")))

        with pytest.raises(XeroDocumentTakenError):
            await store.change(ref("b"), lambda link: link.seen(xero_view("x-1")))
        assert (await store.timeline(ref("b"))).in_all == 0
