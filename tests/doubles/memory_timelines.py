"""Timelines of documents in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime

from xerosync.core.documents import DocumentRef
from xerosync.documents.timeline import EntryKind, RecordedEntry, Timeline, TimelineEntry
from xerosync.postgres.timeline import present_cause, storable_entry


class MemoryTimelines:
    """The stories of a store in memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._entries: dict[DocumentRef, list[RecordedEntry]] = {}
        self._alike: dict[DocumentRef, dict[str, int]] = {}
        """Where the entries stand that may be counted once more, by what is the same of those that count as one."""

    def add(self, ref: DocumentRef, entries: Sequence[TimelineEntry]) -> None:
        """Add entries with the present cause; what was added since the last lasting one is counted once more."""
        if not entries:
            return
        timeline, by = self._entries.setdefault(ref, []), present_cause()
        alike_at, lasting = self._alike.setdefault(ref, {}), -1
        for entry in map(storable_entry, entries):
            now, alike = self._now(), entry.alike(by)
            if alike in alike_at:
                place = alike_at[alike]
                update = {"times": timeline[place].times + 1, "last_at": now, "cause": by, "words": entry.words}
                timeline[place] = timeline[place].model_copy(update=update)
                continue
            if alike is None:
                lasting = len(timeline)
            else:
                alike_at[alike] = len(timeline)
            timeline.append(RecordedEntry(**dict(entry), cause=by, first_at=now, last_at=now))
        if lasting >= 0:
            self._alike[ref] = {alike: place for alike, place in alike_at.items() if place > lasting}

    def timeline(self, ref: DocumentRef, limit: int) -> Timeline:
        """Return the last entries of a document."""
        timeline = self._entries.get(ref, [])
        return Timeline(entries=tuple(timeline[-limit:]), in_all=len(timeline))

    def written(self, ref: DocumentRef, since: datetime, until: datetime) -> datetime | None:
        """Return when a document was last written in Xero within a time (UTC)."""
        for each in reversed(self._entries.get(ref, [])):
            is_write = each.happened is EntryKind.CREATED or (each.happened is EntryKind.APPLIED and each.facts)
            if is_write and since <= each.first_at < until:
                return each.first_at
        return None
