"""Entries of documents' stories as rows of table `document_entries`, and the same in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic_core import from_json, to_json

from xerosync.core.documents import DocumentRef
from xerosync.documents.timeline import ChangeCause, EntryKind, RecordedEntry, Timeline, TimelineEntry, cause
from xerosync.postgres.database import Row


def rows_of(entries: Sequence[TimelineEntry]) -> str:
    """Return entries with the present cause, as the JSON that the queries take."""
    by = _present_cause()
    rows = [
        {
            "happened": entry.happened,
            "facts": entry.facts,
            "words": entry.words,
            "caused_by": by.by,
            "heard": by.heard,
            "who": by.who,
            "alike": entry.alike(by),
        }
        for entry in map(_storable, entries)
    ]
    return to_json(rows).decode()


def story_of(rows: Sequence[Row]) -> Timeline:
    """Return the story that rows hold, the newest of them first."""
    return Timeline(told=tuple(_told(row) for row in reversed(rows)), in_all=rows[0]["in_all"] if rows else 0)


def _told(row: Row) -> RecordedEntry:
    return RecordedEntry(
        happened=EntryKind(row["happened"]),
        facts=from_json(row["facts"]),
        words=row["words"],
        cause=ChangeCause(by=row["caused_by"], heard=row["heard"], who=row["who"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        times=row["times"],
    )


class MemoryTimelines:
    """The stories of a store in memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._told: dict[DocumentRef, list[RecordedEntry]] = {}

    def tell(self, ref: DocumentRef, entries: Sequence[TimelineEntry]) -> None:
        """Add entries with the present cause; what was told since the last lasting one is counted once more."""
        story, by = self._told.setdefault(ref, []), _present_cause()
        lasting = next((place for place in reversed(range(len(story))) if _alike(story[place]) is None), -1)
        for entry in map(_storable, entries):
            now, alike = self._now(), entry.alike(by)
            again = [place for place in range(lasting + 1, len(story)) if alike and _alike(story[place]) == alike]
            if again:
                update = {"times": story[again[0]].times + 1, "last_at": now, "cause": by, "words": entry.words}
                story[again[0]] = story[again[0]].model_copy(update=update)
            else:
                story.append(RecordedEntry(**dict(entry), cause=by, first_at=now, last_at=now))

    def story(self, ref: DocumentRef, limit: int) -> Timeline:
        """Return the last entries of a document."""
        story = self._told.get(ref, [])
        return Timeline(told=tuple(story[-limit:]), in_all=len(story))


def _alike(told: RecordedEntry) -> str | None:
    return told.alike(told.cause)


def _storable(entry: TimelineEntry) -> TimelineEntry:
    """Return an entry with every NUL, which PostgreSQL can't hold, replaced as in links."""
    facts = {name: _without_nul(fact) for name, fact in entry.facts.items()}
    return entry.model_copy(update={"facts": facts, "words": _without_nul(entry.words)})


def _present_cause() -> ChangeCause:
    by = cause()
    return by.model_copy(update={"who": _without_nul(by.who)})


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")
