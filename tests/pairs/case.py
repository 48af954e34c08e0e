"""One pair of states and one event: where the document stands then, what both companies show, and the calls it took."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from standins.journal import Entry
from tests.pairs.companies import DUE, ISSUED, MOVED_DUE, PLACEHOLDER, Companies, companies
from tests.pairs.states import bring_about
from tests.pairs.sync import CLAIMS, Sync, sync
from xerosync.core.documents import Kind
from xerosync.documents import lifecycle
from xerosync.documents.link import DocumentLink

NATURAL = {"draft": "finalized", "final": "finalized", "sent": "sent", "voided": "voided"}
"""What the billing system signals last, by where the document has come."""

SIGNALS = tuple(CLAIMS)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Came:
    """What came of an event: the state with its hold, and the calls of the sync on both sides."""

    state: str
    calls: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.state}: {', '.join(self.calls)}" if self.calls else self.state

    @property
    def writes(self) -> "Came":
        """The same without calls that only read."""
        return Came(self.state, tuple(call for call in self.calls if call.split()[-1] not in _READING))


@dataclass(frozen=True)
class End:
    """Where a document stands once every event has come, and what both companies show."""

    state: str
    in_sequence: str
    in_xero: str


_READING = ("read", "list", "look-up")


async def play(kind: Kind, in_sequence: str, in_xero: str, event: str) -> tuple[Came, End]:
    """Bring a pair about, let one event happen, and after it all others; return what came of both.

    AssertionError where a person's retry, with nothing mended, changes anything more.
    """
    async with companies(kind) as both, sync(both) as running:
        await bring_about(both, running, in_sequence, in_xero)
        both.calls()
        await _happen(both, running, event)
        at_once = Came(await _state(running), tuple(_named(both)))
        for other in ("sweep", "amended", "daily sweep"):
            await _happen(both, running, other)
        end = await _end(both, running)
        await _happen(both, running, "retry")
        assert await _end(both, running) == end, "a retry with nothing mended changed the end"
        return at_once, end


def natural_signal(in_sequence: str) -> str:
    """Return what the billing system signals of a document in a state of the table."""
    return NATURAL[in_sequence.rsplit("then ", maxsplit=1)[-1].partition(",")[0]]


async def _happen(both: Companies, running: Sync, event: str) -> None:
    both.pass_by(_DAY if event.startswith("daily") else _MINUTE)
    match event:
        case "sweep":
            await running.sweep()
        case "daily sweep":
            await running.sweep()
            await running.compare()
        case "retry":
            await running.release()
        case _:
            await running.hint(event)


async def shown(both: Companies, link: DocumentLink) -> End:
    """Return where a document stands by its link, and what both companies show."""
    found = [_in_xero(each) for each in await both.in_xero()]
    return End(_state_of(link), _in_sequence(await both.in_sequence()), "; ".join(found) or "nothing")


async def _end(both: Companies, running: Sync) -> End:
    await _state(running)
    return await shown(both, await running.link())


async def _state(running: Sync) -> str:
    """Return where the document stands; AssertionError where an open run has it otherwise than the store."""
    link = await running.link()
    if running.known:
        hold = lifecycle.shown_hold(running.known)
        known = (lifecycle.sync_state(running.known), hold.reason if hold else None)
        stored = (link.state, link.current_hold.reason if link.current_hold else None)
        assert known == stored, f"the workflow has it as {known}, the store as {stored}"
    return _state_of(link)


def _state_of(link: DocumentLink) -> str:
    if link.sequence is None:
        return "never signalled"
    return f"held {link.current_hold.reason}" if link.current_hold else link.state.value


def _in_sequence(document: Mapping[str, Any] | None) -> str:
    if document is None:
        return "nothing"
    paid = document.get("paymentStatus", "UNPAID")
    return f"{document['status']}" if paid == "UNPAID" else f"{document['status']}, {paid}"


def _in_xero(document: Mapping[str, Any]) -> str:
    if document["Status"] == "VOIDED":
        return "VOIDED"
    names = ("DateString", "DueDateString") if "InvoiceID" in document else ("DateString",)
    dates = {str(document[name])[:10] for name in names}
    known = {"3000": {PLACEHOLDER}, "its dates": {ISSUED, DUE}, "moved due date": {ISSUED, MOVED_DUE}}
    dated = next((words for words, days in known.items() if dates <= days), "own dates")
    return f"{document['Status']}, {'sent' if document.get('SentToContact') else 'not sent'}, {dated}"


def _named(both: Companies) -> Iterable[str]:
    """Return the calls since the last time by what they are for, those to Sequence first."""
    in_sequence, in_xero = both.calls()
    counted = Counter([*map(_call_to_sequence, in_sequence), *map(_call_to_xero, in_xero)])
    return [name if times == 1 else f"{times} {name}" for name, times in counted.items()]


def _call_to_sequence(entry: Entry) -> str:
    if entry.method == "GET":
        return "read"
    return "mark" if entry.path.endswith("mark-as-sent") else "report" if "payment-status" in entry.path else "other"


def _call_to_xero(entry: Entry) -> str:
    if entry.method == "GET":
        by_number = "InvoiceNumbers" in entry.query or "Number" in entry.query
        return "list" if "pageSize=1000" in entry.query and not by_number else "look-up"
    if entry.method == "PUT":
        return "note" if entry.path.endswith("History") else "allocate" if "Allocations" in entry.path else "create"
    body = str(entry.body)
    return "void" if "VOIDED" in body else "delete" if "DELETED" in body else "write"
