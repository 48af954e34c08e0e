"""A document's story in words, one line an entry. Pure."""

from collections.abc import Callable, Mapping

from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.timeline import ChangeCause, EntryKind, RecordedEntry, TimelineEntry

_ACTIVITIES = {
    "push_document": "push",
    "apply_sent": "apply sent",
    "report_sent": "report sent",
    "report_payment": "report payment",
    "allocate_credit": "allocate credit",
    "void_document": "void",
    "check_document": "daily look",
    "sweep_documents": "sweep",
}

_PAYMENTS = {"nothing": "not paid", "part": "paid in part", "full": "paid in full"}

_SIGNALS = {"changed_in_xero": "a change in Xero", "release": "a release", "look": "the daily look"}


def line(told: RecordedEntry) -> str:
    """Return what happened, how often if more than once, and the state that it led to."""
    words = _SENTENCES[told.happened](told)
    if told.times > 1:
        words += f" ({told.times} times, last {told.last_at:%Y-%m-%d %H:%M:%S})"
    state = told.facts.get("state")
    return f"{words} → {state}" if state else words


def cause_words(cause: ChangeCause) -> str:
    """Return who or what caused it: a person's name, or the step and the signal that made it act."""
    by = _ACTIVITIES.get(cause.by, cause.by.replace("_", " "))
    heard = _SIGNALS.get(cause.heard, cause.heard)
    return ", ".join(filter(None, (cause.who, by, f"after {heard}" if heard else "")))


def _read(entry: TimelineEntry) -> str:
    facts = entry.facts
    if facts["status"] == "DELETED":
        return "Sequence does not have it (any more)."
    if "before" not in facts:
        told = ", ".join(filter(None, (facts["status"], facts.get("number"), facts.get("total"))))
        return f"First read in Sequence: {told}."
    also = _header(facts)
    return f"In Sequence it is {facts['status']}, no more {facts['before']}{f'; {also}' if also else ''}."


def _amended(entry: TimelineEntry) -> str:
    return f"Changed in Sequence: {_header(entry.facts)}."


def _header(facts: Mapping[str, str]) -> str:
    """Return the facts of a document's header in Sequence. A reference is free text, and only known to have changed."""
    names = {
        "number": "number",
        "customer_id": "customer",
        "total": "total",
        "issue_date": "issue date",
        "due_date": "due date",
    }
    changed = [f"{words} {facts[name]}" for name, words in names.items() if name in facts]
    return ", ".join([*changed, *(["another reference"] if "reference" in facts else [])])


def _in_xero(facts: Mapping[str, str]) -> str:
    dates = ("issue_date", "dated"), ("due_date", "due")
    parts = [facts.get("status"), {"True": "sent", "False": "not sent"}.get(facts.get("sent", ""))]
    if facts.get("issue_date") == facts.get("due_date") == str(PLACEHOLDER):
        dates = (("issue_date", "dated and due"),)
    parts += [f"{words} {facts[name]}" for name, words in dates if name in facts]
    parts += [_PAYMENTS[facts["payment"]]] if "payment" in facts and facts.get("total") is None else []
    parts += [f"total {facts['total']}"] if "total" in facts else []
    return ", ".join(part for part in parts if part)


def _applied(entry: TimelineEntry) -> str:
    shown = _in_xero(entry.facts)
    return f"What Sequence has was brought to Xero{f': {shown}' if shown else ''}."


def _held(entry: TimelineEntry) -> str:
    words = f": {entry.words}" if entry.words else "."
    return f"On hold, {entry.facts['hold']}{words}"


_SENTENCES: Mapping[EntryKind, Callable[[RecordedEntry], str]] = {
    EntryKind.READ: _read,
    EntryKind.AMENDED: _amended,
    EntryKind.INTENDED: lambda told: f"About to be created in Xero as {told.facts['number']}.",
    EntryKind.WITHDRAWN: lambda told: f"The create of {told.facts['number']} did not happen.",
    EntryKind.CREATED: lambda told: f"Created in Xero: {_in_xero(told.facts)}.",
    EntryKind.ADOPTED: lambda told: f"Was in Xero already, taken over as it is: {_in_xero(told.facts)}.",
    EntryKind.SEEN: lambda told: f"Xero shows it differently: {_in_xero(told.facts)}.",
    EntryKind.APPLIED: _applied,
    EntryKind.REPORTED: lambda told: f"Sequence was told that it is {_PAYMENTS[told.facts['payment']]}.",
    EntryKind.ALLOCATED: lambda _: "Set in Xero against the invoice that it credits.",
    EntryKind.HELD: _held,
    EntryKind.HELD_AGAIN: lambda told: f"Tried again, and held as before ({told.facts['hold']}).",
    EntryKind.RELEASED: lambda told: f"No longer on hold ({told.facts['hold']}).",
    EntryKind.IGNORED: lambda told: f"Ignored from now on: {told.words}",
    EntryKind.TAKEN_UP: lambda _: "Not ignored any more.",
    EntryKind.AFRESH: lambda told: (
        f"A person declared the books of organisation {told.facts['tenant_id']} gone, where it was "
        f"{told.facts['xero_id']}: it goes to Xero anew."
    ),
    EntryKind.FAILED: lambda told: f"Tried in vain, to be tried again: {told.words}",
    EntryKind.ASKED: lambda told: (
        f"By hand: {told.facts['command']}{f', although {told.words}' if told.words else ''}."
    ),
}
