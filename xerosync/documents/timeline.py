"""The timeline of a document: every change of it and every attempt at one, as the store keeps them.

What changed follows from two links alone, so it is written in the statement that changes the link and can't be
forgotten. Facts are ids, numbers, statuses, dates and amounts; `words` are those of whoever refused, failed or decided.

Who or what causes the changes that are made just now: a step of a workflow, a sweep, a person at the command line.

Set where the work comes in (the boundary of activities, a command) and read where it is written down (the store), so
that what lies between need not hand it on.
"""

import hashlib
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from pydantic import AwareDatetime

from xerosync.core.base import Message
from xerosync.core.errors import XerosyncError
from xerosync.core.holds import Hold
from xerosync.core.xero_records import Allocation
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import SequenceView, XeroView


class EntryKind(StrEnum):
    """What an entry is about."""

    READ = "read"
    AMENDED = "amended"
    INTENDED = "intended"
    WITHDRAWN = "withdrawn"
    CREATED = "created"
    ADOPTED = "adopted"
    SEEN = "seen"
    APPLIED = "applied"
    REPORTED = "reported"
    ALLOCATED = "allocated"
    HELD = "held"
    HELD_AGAIN = "held_again"
    RELEASED = "released"
    IGNORED = "ignored"
    TAKEN_UP = "taken_up"
    AFRESH = "afresh"
    FAILED = "failed"
    ASKED = "asked"


_PASSING = frozenset(
    {
        EntryKind.INTENDED,
        EntryKind.WITHDRAWN,
        EntryKind.HELD_AGAIN,
        EntryKind.FAILED,
        EntryKind.ASKED,
    }
)
"""What may come again and again without anything having changed: added once, and counted."""


_SHOWN_IN_XERO = ("status", "sent", "issue_date", "due_date", "payment")


_NUMBERS = re.compile(r"\d[\d.:,-]*")


class ChangeCause(Message):
    """Who or what caused a change: an activity and the signal that made it act, or the person `who` ran a command."""

    by: str = ""
    signal: str = ""
    who: str = ""


_CAUSE: ContextVar[ChangeCause | None] = ContextVar("cause", default=None)


def cause() -> ChangeCause:
    """Return what causes the present changes; an empty cause where nobody said."""
    return _CAUSE.get() or ChangeCause()


@contextmanager
def caused_by(by: ChangeCause) -> Generator[None]:
    """Name the cause of all that is changed in this block."""
    token = _CAUSE.set(by)
    try:
        yield
    finally:
        _CAUSE.reset(token)


class TimelineEntry(Message):
    """One thing that happened to a document."""

    happened: EntryKind
    facts: Mapping[str, str] = {}
    words: str = ""

    def alike(self, cause: ChangeCause) -> str | None:
        """Return what is the same of entries that count as one; None: this one stands for itself.

        Figures within words differ from attempt to attempt (waits, ids of requests), so they don't count.
        """
        if self.happened not in _PASSING:
            return None
        same = (self.happened, cause.by, cause.who, *sorted(self.facts.items()), _NUMBERS.sub("#", self.words))
        return hashlib.sha256(repr(same).encode()).hexdigest()[:32]


class RecordedEntry(TimelineEntry):
    """An entry as it was kept: its cause, when it happened first and last (UTC), and how often until then."""

    cause: ChangeCause
    first_at: AwareDatetime
    last_at: AwareDatetime
    times: int = 1


class Timeline(Message):
    """The last entries of a document, the oldest first, and how many there are in all.

    `purged_at` (UTC) is when what was there before was purged for its age; None where nothing was.
    """

    entries: tuple[RecordedEntry, ...] = ()
    in_all: int = 0
    purged_at: AwareDatetime | None = None


def entries(before: DocumentLink, after: DocumentLink) -> list[TimelineEntry]:
    """Return the entries for a change of a link, in order; the last one has the state that it led to, if to another."""
    added = [
        *_of_sequence(before, after),
        *_of_intent(before, after),
        *_of_xero(before, after),
        *_of_allocation(before, after),
        *_of_decision(before, after),
    ]
    if added and after.state is not before.state:
        hold = after.current_hold
        led_to = {"state": after.state.value, **({"hold": hold.reason.value} if hold else {})}
        added[-1] = added[-1].model_copy(update={"facts": {**added[-1].facts, **led_to}})
    return added


def held_again(hold: Hold) -> TimelineEntry:
    """Return the entry of an attempt that met the hold which stands already."""
    return TimelineEntry(happened=EntryKind.HELD_AGAIN, facts={"hold": hold.reason.value})


def failed(error: XerosyncError) -> TimelineEntry:
    """Return the entry of an attempt that ended in an error and will be made again."""
    return TimelineEntry(happened=EntryKind.FAILED, facts={"error": type(error).__name__}, words=error.in_full)


def asked(command: str, although: str = "") -> TimelineEntry:
    """Return the entry of a command that a person gives, and what the command said against it."""
    return TimelineEntry(happened=EntryKind.ASKED, facts={"command": command}, words=although)


def _of_sequence(before: DocumentLink, after: DocumentLink) -> Iterator[TimelineEntry]:
    seen, known = after.sequence, before.sequence
    if seen is None:
        return
    had, has = _in_sequence(before, known), _in_sequence(after, seen)
    changed = {name: value for name, value in has.items() if had.get(name) != value}
    if not changed:
        return
    if known and seen.status is not known.status:
        changed["before"] = known.status.value
    yield TimelineEntry(happened=EntryKind.READ if "status" in changed else EntryKind.AMENDED, facts=changed)


def _in_sequence(link: DocumentLink, view: SequenceView | None) -> dict[str, str]:
    header = view.header if view else None
    facts = {
        "status": view.status if view else None,
        "number": link.number,
        "customer_id": link.customer_id,
        "total": f"{link.gross_total} {link.currency}" if link.gross_total is not None else None,
        "issue_date": header.issue_date if header else None,
        "due_date": header.due_date if header else None,
        "reference": header.reference_digest if header else None,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def _of_intent(before: DocumentLink, after: DocumentLink) -> Iterator[TimelineEntry]:
    if after.intent and after.intent != before.intent:
        yield TimelineEntry(happened=EntryKind.INTENDED, facts={"number": after.intent.number})
    elif before.intent and after.intent is None and after.xero is None and not _is_afresh(before, after):
        yield TimelineEntry(happened=EntryKind.WITHDRAWN, facts={"number": before.intent.number})


def _of_xero(before: DocumentLink, after: DocumentLink) -> Iterator[TimelineEntry]:
    seen, known = after.xero, before.xero
    if seen is None:
        if _is_afresh(before, after):
            tenant_id, xero_id, _ = before.place
            yield TimelineEntry(
                happened=EntryKind.AFRESH, facts={"xero_id": xero_id or "perhaps", "tenant_id": tenant_id or "unknown"}
            )
        return
    shown = _in_xero(seen)
    if known is None:
        total = {"total": f"{after.xero_total} {after.currency}"} if after.xero_total is not None else {}
        # Without an intent there was no create of ours: somebody else had brought it there.
        happened = EntryKind.CREATED if before.intent else EntryKind.ADOPTED
        yield TimelineEntry(happened=happened, facts={"xero_id": seen.xero_id, **shown, **total})
        return
    had = _in_xero(known)
    changed = {name: value for name, value in shown.items() if had.get(name) != value}
    if seen.applied != known.applied:
        yield TimelineEntry(happened=EntryKind.APPLIED, facts=changed)
    elif changed:
        yield TimelineEntry(happened=EntryKind.SEEN, facts=changed)
    if seen.reported is not None and seen.reported is not known.reported:
        yield TimelineEntry(happened=EntryKind.REPORTED, facts={"payment": seen.reported.value})


def _is_afresh(before: DocumentLink, after: DocumentLink) -> bool:
    """Whether it is forgotten in which books the document is, or may be."""
    return before.place[:2] != (None, None) and after.place == (None, None, None)


def _in_xero(view: XeroView) -> dict[str, str]:
    facts = {name: getattr(view, name) for name in _SHOWN_IN_XERO}
    return {name: str(value) for name, value in facts.items() if value is not None}


def _of_allocation(before: DocumentLink, after: DocumentLink) -> Iterator[TimelineEntry]:
    if after.allocation is Allocation.DONE and before.allocation is not Allocation.DONE:
        yield TimelineEntry(happened=EntryKind.ALLOCATED)


def _of_decision(before: DocumentLink, after: DocumentLink) -> Iterator[TimelineEntry]:
    if after.ignored and after.ignored != before.ignored:
        yield TimelineEntry(happened=EntryKind.IGNORED, words=after.ignored.because)
        return
    if before.ignored and after.ignored is None:
        yield TimelineEntry(happened=EntryKind.TAKEN_UP)
    yield from _of_hold(before.hold, after.hold)


def _of_hold(before: Hold | None, after: Hold | None) -> Iterator[TimelineEntry]:
    if after and (before is None or (before.reason, before.words) != (after.reason, after.words)):
        yield TimelineEntry(happened=EntryKind.HELD, facts={"hold": after.reason.value}, words=after.words)
    elif before and after is None:
        yield TimelineEntry(happened=EntryKind.RELEASED, facts={"hold": before.reason.value})
