"""Entries of documents' stories as rows of table `timeline_entries`, and the same in memory."""

from collections.abc import Sequence
from datetime import datetime

from pydantic_core import from_json, to_json

from xerosync.documents.timeline import ChangeCause, EntryKind, RecordedEntry, Timeline, TimelineEntry, cause
from xerosync.postgres.database import Row


def rows_of(entries: Sequence[TimelineEntry]) -> str:
    """Return entries with the present cause, as the JSON that the queries take."""
    by = present_cause()
    rows = [
        {
            "happened": entry.happened,
            "facts": entry.facts,
            "words": entry.words,
            "caused_by": by.by,
            "signal": by.signal,
            "who": by.who,
            "repeat_key": entry.alike(by),
        }
        for entry in map(storable_entry, entries)
    ]
    return to_json(rows).decode()


def timeline_of(rows: Sequence[Row], purged_at: datetime | None) -> Timeline:
    """Return the timeline that rows hold, the newest of them first."""
    in_all = rows[0]["in_all"] if rows else 0
    return Timeline(entries=tuple(_entry(row) for row in reversed(rows)), in_all=in_all, purged_at=purged_at)


def _entry(row: Row) -> RecordedEntry:
    return RecordedEntry(
        happened=EntryKind(row["happened"]),
        facts=from_json(row["facts"]),
        words=row["words"],
        cause=ChangeCause(by=row["caused_by"], signal=row["signal"], who=row["who"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        times=row["times"],
    )


def storable_entry(entry: TimelineEntry) -> TimelineEntry:
    """Return an entry with every NUL, which PostgreSQL can't hold, replaced as in links."""
    facts = {name: _without_nul(fact) for name, fact in entry.facts.items()}
    return entry.model_copy(update={"facts": facts, "words": _without_nul(entry.words)})


def present_cause() -> ChangeCause:
    """Return the cause of what is done now, fit to be stored."""
    by = cause()
    return by.model_copy(update={"who": _without_nul(by.who)})


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")
