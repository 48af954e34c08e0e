"""Timelines of documents in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime

from xerosync.core.documents import DocumentRef
from xerosync.documents.timeline import RecordedEntry, Timeline, TimelineEntry
from xerosync.postgres.timeline import present_cause, storable_entry


class MemoryTimelines:
    """The stories of a store in memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._entries: dict[DocumentRef, list[RecordedEntry]] = {}

    def add(self, ref: DocumentRef, entries: Sequence[TimelineEntry]) -> None:
        """Add entries with the present cause; what was added since the last lasting one is counted once more."""
        timeline, by = self._entries.setdefault(ref, []), present_cause()
        lasting = next((place for place in reversed(range(len(timeline))) if _alike(timeline[place]) is None), -1)
        for entry in map(storable_entry, entries):
            now, alike = self._now(), entry.alike(by)
            again = [place for place in range(lasting + 1, len(timeline)) if alike and _alike(timeline[place]) == alike]
            if again:
                update = {"times": timeline[again[0]].times + 1, "last_at": now, "cause": by, "words": entry.words}
                timeline[again[0]] = timeline[again[0]].model_copy(update=update)
            else:
                timeline.append(RecordedEntry(**dict(entry), cause=by, first_at=now, last_at=now))

    def timeline(self, ref: DocumentRef, limit: int) -> Timeline:
        """Return the last entries of a document."""
        timeline = self._entries.get(ref, [])
        return Timeline(entries=tuple(timeline[-limit:]), in_all=len(timeline))


def _alike(entry: RecordedEntry) -> str | None:
    return entry.alike(entry.cause)
