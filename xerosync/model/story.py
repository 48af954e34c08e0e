"""The story of a document: every change of it and every attempt at one, as the store keeps them.

What changed follows from two links alone, so it is written in the statement that changes the link and can't be
forgotten. Facts are ids, numbers, statuses, dates and amounts; `words` are those of whoever refused, failed or decided.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import AwareDatetime

from xerosync.model.base import Message
from xerosync.model.books import Allocation
from xerosync.model.errors import XerosyncError
from xerosync.model.holds import Hold
from xerosync.model.links import DocumentLink
from xerosync.model.messages import SequenceView, XeroView


class Happening(StrEnum):
    """What an entry tells of."""

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
        Happening.INTENDED,
        Happening.WITHDRAWN,
        Happening.HELD_AGAIN,
        Happening.FAILED,
        Happening.ASKED,
    }
)
"""What may come again and again without anything having changed: told once, and counted."""

_SHOWN_IN_XERO = ("status", "sent", "issue_date", "due_date", "payment")

_NUMBERS = re.compile(r"\d[\d.:,-]*")


class Cause(Message):
    """Who or what caused a change: an activity and the signal that made it act, or the person `who` ran a command."""

    by: str = ""
    heard: str = ""
    who: str = ""


class Entry(Message):
    """One thing that happened to a document."""

    happened: Happening
    facts: Mapping[str, str] = {}
    words: str = ""

    def alike(self, cause: Cause) -> str | None:
        """Return what is the same of entries that count as one; None: this one stands for itself.

        Figures within words differ from attempt to attempt (waits, ids of requests), so they don't count.
        """
        if self.happened not in _PASSING:
            return None
        told = (self.happened, cause.by, cause.who, *sorted(self.facts.items()), _NUMBERS.sub("#", self.words))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


class Told(Entry):
    """An entry as it was kept: its cause, when it happened first and last (UTC), and how often until then."""

    cause: Cause
    first_at: AwareDatetime
    last_at: AwareDatetime
    times: int = 1


class Story(Message):
    """The last entries of a document, the oldest first, and how many there are in all."""

    told: tuple[Told, ...] = ()
    in_all: int = 0


def entries(before: DocumentLink, after: DocumentLink) -> list[Entry]:
    """Return what a change of a link tells, in order; the last entry tells the state that it led to, if to another."""
    told = [
        *_of_sequence(before, after),
        *_of_intent(before, after),
        *_of_xero(before, after),
        *_of_allocation(before, after),
        *_of_decision(before, after),
    ]
    if told and after.state is not before.state:
        hold = after.current_hold
        led_to = {"state": after.state.value, **({"hold": hold.reason.value} if hold else {})}
        told[-1] = told[-1].model_copy(update={"facts": {**told[-1].facts, **led_to}})
    return told


def held_again(hold: Hold) -> Entry:
    """Return the entry of an attempt that met the hold which stands already."""
    return Entry(happened=Happening.HELD_AGAIN, facts={"hold": hold.reason.value})


def failed(error: XerosyncError) -> Entry:
    """Return the entry of an attempt that ended in an error and will be made again."""
    return Entry(happened=Happening.FAILED, facts={"error": type(error).__name__}, words=error.in_full)


def asked(command: str, although: str = "") -> Entry:
    """Return the entry of a command that a person gives, and what they were told that speaks against it."""
    return Entry(happened=Happening.ASKED, facts={"command": command}, words=although)


def _of_sequence(before: DocumentLink, after: DocumentLink) -> Iterator[Entry]:
    seen, known = after.sequence, before.sequence
    if seen is None:
        return
    had, has = _in_sequence(before, known), _in_sequence(after, seen)
    changed = {name: value for name, value in has.items() if had.get(name) != value}
    if not changed:
        return
    if known and seen.status is not known.status:
        changed["before"] = known.status.value
    yield Entry(happened=Happening.READ if "status" in changed else Happening.AMENDED, facts=changed)


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


def _of_intent(before: DocumentLink, after: DocumentLink) -> Iterator[Entry]:
    if after.intent and after.intent != before.intent:
        yield Entry(happened=Happening.INTENDED, facts={"number": after.intent.number})
    elif before.intent and after.intent is None and after.xero is None and not _is_afresh(before, after):
        yield Entry(happened=Happening.WITHDRAWN, facts={"number": before.intent.number})


def _of_xero(before: DocumentLink, after: DocumentLink) -> Iterator[Entry]:
    seen, known = after.xero, before.xero
    if seen is None:
        if _is_afresh(before, after):
            tenant_id, xero_id, _ = before.place
            yield Entry(
                happened=Happening.AFRESH, facts={"xero_id": xero_id or "perhaps", "tenant_id": tenant_id or "unknown"}
            )
        return
    shown = _in_xero(seen)
    if known is None:
        total = {"total": f"{after.xero_total} {after.currency}"} if after.xero_total is not None else {}
        # Without an intent there was no create of ours: somebody else had brought it there.
        happened = Happening.CREATED if before.intent else Happening.ADOPTED
        yield Entry(happened=happened, facts={"xero_id": seen.xero_id, **shown, **total})
        return
    had = _in_xero(known)
    changed = {name: value for name, value in shown.items() if had.get(name) != value}
    if seen.applied != known.applied:
        yield Entry(happened=Happening.APPLIED, facts=changed)
    elif changed:
        yield Entry(happened=Happening.SEEN, facts=changed)
    if seen.reported is not None and seen.reported is not known.reported:
        yield Entry(happened=Happening.REPORTED, facts={"payment": seen.reported.value})


def _is_afresh(before: DocumentLink, after: DocumentLink) -> bool:
    """Whether it is forgotten in which books the document is, or may be."""
    return before.place[:2] != (None, None) and after.place == (None, None, None)


def _in_xero(view: XeroView) -> dict[str, str]:
    facts = {name: getattr(view, name) for name in _SHOWN_IN_XERO}
    return {name: str(value) for name, value in facts.items() if value is not None}


def _of_allocation(before: DocumentLink, after: DocumentLink) -> Iterator[Entry]:
    if after.allocation is Allocation.DONE and before.allocation is not Allocation.DONE:
        yield Entry(happened=Happening.ALLOCATED)


def _of_decision(before: DocumentLink, after: DocumentLink) -> Iterator[Entry]:
    if after.ignored and after.ignored != before.ignored:
        yield Entry(happened=Happening.IGNORED, words=after.ignored.because)
        return
    if before.ignored and after.ignored is None:
        yield Entry(happened=Happening.TAKEN_UP)
    yield from _of_hold(before.hold, after.hold)


def _of_hold(before: Hold | None, after: Hold | None) -> Iterator[Entry]:
    if after and (before is None or (before.reason, before.words) != (after.reason, after.words)):
        yield Entry(happened=Happening.HELD, facts={"hold": after.reason.value}, words=after.words)
    elif before and after is None:
        yield Entry(happened=Happening.RELEASED, facts={"hold": before.reason.value})
