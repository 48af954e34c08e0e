"""A document's timeline in words, one line an entry. Pure."""

from collections.abc import Callable, Mapping

from xerosync.core.money import amounts_grouped
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.timeline import ChangeCause, EntryKind, RecordedEntry, TimelineEntry

_ACTIVITIES = {
    "push_document": "bringing it to Xero",
    "apply_sent": "writing its dates in Xero",
    "report_sent": "marking it as sent in Sequence",
    "report_payment": "reporting its payment to Sequence",
    "allocate_credit": "setting it against its invoice",
    "void_document": "voiding it in Xero",
    "confirm_claim": "reading Sequence",
    "sweep_xero": "sweep of Xero",
    "sweep_sequence": "sweep of Sequence",
}

_PAYMENTS = {"nothing": "not paid", "part": "paid in part", "full": "paid in full"}

_SIGNALS = {
    "finalized": "it was finalized",
    "sent": "it was sent",
    "voided": "it was voided",
    "amended": "a change in Sequence",
    "changed_in_xero": "a change in Xero",
    "release": "a release",
}


def line(entry: RecordedEntry) -> str:
    """Return what happened, how often if more than once, and the state that it led to."""
    words = _SENTENCES[entry.happened](entry)
    if entry.times > 1:
        words += f" ({entry.times} times, last {entry.last_at:%Y-%m-%d %H:%M:%S})"
    state = entry.facts.get("state")
    return f"{words} → {state}" if state else words


def cause_words(cause: ChangeCause) -> str:
    """Return who or what caused it: a person's name, or the step and the signal that made it act."""
    by = _ACTIVITIES.get(cause.by, cause.by.replace("_", " "))
    signal = _SIGNALS.get(cause.signal, cause.signal)
    return ", ".join(filter(None, (cause.who, by, f"after {signal}" if signal else "")))


def _read(entry: TimelineEntry) -> str:
    facts = entry.facts
    if facts["status"] == "DELETED":
        return "Sequence does not have it (any more)."
    if "before" not in facts:
        read = ", ".join(filter(None, (facts["status"], facts.get("number"), amounts_grouped(facts.get("total", "")))))
        return f"First read in Sequence: {read}."
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
    shown = {**facts, "total": amounts_grouped(facts.get("total", ""))}
    changed = [f"{words} {shown[name]}" for name, words in names.items() if name in facts]
    return ", ".join([*changed, *(["another reference"] if "reference" in facts else [])])


def _in_xero(facts: Mapping[str, str]) -> str:
    dates = ("issue_date", "dated"), ("due_date", "due")
    parts = [facts.get("status"), {"True": "sent", "False": "not sent"}.get(facts.get("sent", ""))]
    if facts.get("issue_date") == facts.get("due_date") == str(PLACEHOLDER):
        dates = (("issue_date", "dated and due"),)
    parts += [f"{words} {facts[name]}" for name, words in dates if name in facts]
    parts += [_PAYMENTS[facts["payment"]]] if "payment" in facts and facts.get("total") is None else []
    parts += [f"total {amounts_grouped(facts['total'])}"] if "total" in facts else []
    return ", ".join(part for part in parts if part)


def _applied(entry: TimelineEntry) -> str:
    shown = _in_xero(entry.facts)
    return f"What Sequence has was brought to Xero{f': {shown}' if shown else ''}."


def _held(entry: TimelineEntry) -> str:
    words = f": {entry.words}" if entry.words else "."
    return f"On hold, {_hold(entry)}{words}"


def _hold(entry: TimelineEntry) -> str:
    return entry.facts["hold"].replace("_", " ")


_SENTENCES: Mapping[EntryKind, Callable[[RecordedEntry], str]] = {
    EntryKind.READ: _read,
    EntryKind.AMENDED: _amended,
    EntryKind.INTENDED: lambda entry: f"About to be created in Xero as {entry.facts['number']}.",
    EntryKind.WITHDRAWN: lambda entry: f"The create of {entry.facts['number']} did not happen.",
    EntryKind.CREATED: lambda entry: f"Created in Xero: {_in_xero(entry.facts)}.",
    EntryKind.ADOPTED: lambda entry: f"Was in Xero already, taken over as it is: {_in_xero(entry.facts)}.",
    EntryKind.SEEN: lambda entry: f"Xero shows it differently: {_in_xero(entry.facts)}.",
    EntryKind.APPLIED: _applied,
    EntryKind.REPORTED: lambda entry: f"Reported to Sequence: it is {_PAYMENTS[entry.facts['payment']]}.",
    EntryKind.ALLOCATED: lambda _: "Set in Xero against the invoice that it credits.",
    EntryKind.HELD: _held,
    EntryKind.HELD_AGAIN: lambda entry: f"Tried again, and held as before ({_hold(entry)}).",
    EntryKind.RELEASED: lambda entry: f"No longer on hold ({_hold(entry)}).",
    EntryKind.IGNORED: lambda entry: f"Ignored from now on: {entry.words}",
    EntryKind.TAKEN_UP: lambda _: "Not ignored any more.",
    EntryKind.AFRESH: lambda entry: (
        f"A person declared the books of organisation {entry.facts['tenant_id']} gone, where it was "
        f"{entry.facts['xero_id']}: it goes to Xero anew."
    ),
    EntryKind.FAILED: lambda entry: f"Failed, and will be tried again: {entry.words}",
    EntryKind.ASKED: lambda entry: (
        f"By hand: {entry.facts['command']}{f', although {entry.words}' if entry.words else ''}."
    ),
}
