"""`status`: where documents stand; of one, why it is not in Xero and what happened to it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from cyclopts import Parameter
from cyclopts.validators import Number
from temporalio.service import RPCError, RPCStatusCode

from xerosync.cli.app import Account, AsWritten, Document, Flag, Json, WithoutTemporal
from xerosync.cli.naming import named
from xerosync.cli.next_steps import commands_for
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.documents.client import document_workflow_id
from xerosync.documents.describe import sentence
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.timeline import Timeline
from xerosync.documents.timeline_text import cause_words, line
from xerosync.operations.document_data import DocumentData, xero_url
from xerosync.postgres import Count
from xerosync.services import Services

MOST = 10_000
"""Documents that one listing shows at most."""

_PATIENCE_SECONDS = 5.0
"""How long Temporal may take to say whether a workflow is open; the rest is in the store."""


class _Workflow(NamedTuple):
    """Whether a document's workflow is open, None where Temporal does not say; and that in words."""

    is_open: bool | None
    words: str


async def status(
    *document: Document,
    state: SyncState | None = None,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    customer: str | None = None,
    ignored: Flag = False,
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST))] = 50,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
) -> None:
    """Show where documents stand, or one of them: why it is not in Xero, and all that happened to it.

    Args:
        state: only documents in this state
        hold: only documents held for this reason
        customer: only documents of this customer, by Sequence's id
        ignored: only documents that a person wants left alone
        limit: at most so many, alarms first, then the last changed
    """
    if document:
        await _show_one(services, await named(services, document, account), as_json=json)
        return
    links = await services.store.documents(
        account, state=state, hold=hold, customer_id=customer, ignored=ignored or None, limit=limit
    )
    counts = await services.store.counts(account)
    if json:
        print_json({"documents": [_as_data(link) for link in links], "counts": _counts(counts)})
        return
    print_table(
        f"{len(links)} document{'' if len(links) == 1 else 's'}",
        ("number", "kind", "customer", "amount", "dates in Xero", "state", "hold"),
        [
            (
                link.number or link.ref.document_id,
                link.ref.kind.words,
                link.customer_name or link.customer_id,
                _amount(link),
                _dates(link),
                "ALARM: sent, but dated 3000" if link.is_alarm else "ignored" if link.ignored else link.state,
                link.current_hold.reason if link.current_hold else None,
            )
            for link in links
        ],
    )
    console.print(_footer(_counts(counts)))


def _counts(counts: Sequence[Count]) -> dict[str, dict[str, int] | int]:
    """Return how many documents are alarms, in each state, under each hold, and ignored; these are in no state."""
    by_state: Counter[str] = Counter()
    by_hold: Counter[str] = Counter()
    ignored = 0
    for count in counts:
        if count.ignored:
            ignored += count.documents
            continue
        by_state[count.state.value] += count.documents
        if count.hold:
            by_hold[count.hold.value] += count.documents
    alarms = sum(count.alarms for count in counts)
    return {"alarms": alarms, "by_state": dict(by_state), "by_hold": dict(by_hold), "ignored": ignored}


def _footer(counts: dict[str, dict[str, int] | int]) -> str:
    alarms, by_state, by_hold, ignored = counts.values()
    assert isinstance(by_state, dict)
    assert isinstance(by_hold, dict)
    held = ", ".join(f"{number} {hold}" for hold, number in by_hold.items())
    parts = [f"ALARM: {alarms} sent, but dated 3000"] if alarms else []
    parts += [
        f"{number} {state}{f' ({held})' if state == SyncState.HELD else ''}" for state, number in by_state.items()
    ]
    parts += [f"{ignored} ignored"] if ignored else []
    return f"All documents: {', '.join(parts)}" if parts else "No documents yet."


async def _show_one(services: Services, ref: DocumentRef, *, as_json: bool) -> None:
    """Show one document: both sides, the hold with Xero's words and the next steps, where to look, its timeline."""
    link = await services.store.document(ref)
    timeline = await services.store.timeline(ref)
    workflow = await _workflow(services, ref)
    if as_json:
        told = [{**told.model_dump(mode="json"), "line": line(told)} for told in timeline.told]
        about = {"workflow_is_open": workflow.is_open, "workflow": workflow.words}
        print_json({**_as_data(link), **about, "story": {"in_all": timeline.in_all, "told": told}})
        return
    console.print(sentence(ref, link.known), markup=False)
    header = link.sequence.header if link.sequence else None
    xero = link.xero
    print_table(
        f"{ref.kind.words} {link.number or ref.document_id}",
        ("", "Sequence", "Xero"),
        [
            ("status", link.sequence.status if link.sequence else None, xero.status if xero else "not there"),
            ("issue date", header.issue_date if header else None, xero.issue_date if xero else None),
            ("due date", header.due_date if header else None, xero.due_date if xero else None),
            ("total", link.gross_total, link.xero_total if xero else None),
            ("sent", _yes(link.sequence and link.sequence.status == "SENT"), _yes(xero and xero.sent)),
            ("paid", None, xero.payment if xero else None),
            ("id", ref.document_id, xero.xero_id if xero else None),
        ],
    )
    if link.ignored:
        decided = link.ignored
        console.print(f"Ignored since {decided.since:%Y-%m-%d} by {decided.who}: {decided.because}", markup=False)
    if link.drift:
        console.print(link.drift.sentence())
    if link.own_dates:
        console.print(link.own_dates)
    if url := xero_url(link):
        console.print(f"In Xero:  {url}", markup=False)
    console.print(f"Workflow: {document_workflow_id(ref)} ({workflow.words})", markup=False)
    if commands := commands_for(link):
        console.print("\nWhat can be done now:")
        for command in commands:
            console.print(f"  {command}", markup=False)
    _print_timeline(timeline)


def _print_timeline(timeline: Timeline) -> None:
    """Print a line an entry, the oldest first."""
    if not timeline.told:
        return
    shown = len(timeline.told)
    last = "" if shown == timeline.in_all else f", the last {shown} of {timeline.in_all} entries"
    console.print(f"\nWhat happened (UTC{last}):")
    for told in timeline.told:
        console.print(f"{told.first_at:%Y-%m-%d %H:%M:%S}  {line(told)}  ({cause_words(told.cause)})", markup=False)


def _yes(fact: object) -> str | None:
    return None if fact is None else "yes" if fact else "no"


def _amount(link: DocumentLink) -> str | None:
    if link.gross_total is None:
        return None
    in_xero = f" (Xero {link.xero_total})" if link.drift else ""
    return f"{link.gross_total} {link.currency}{in_xero}"


def _dates(link: DocumentLink) -> str | None:
    if link.xero is None:
        return None
    return " / ".join(str(date) for date in (link.xero.issue_date, link.xero.due_date) if date)


def _as_data(link: DocumentLink) -> dict[str, object]:
    return {**DocumentData.of(link).model_dump(mode="json"), "next_steps": commands_for(link)}


async def _workflow(services: Services, ref: DocumentRef) -> _Workflow:
    """Ask Temporal whether a document's workflow is open, and return also without an answer."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            description = await services.workflows.handle(ref).describe()
    except (RuntimeError, TimeoutError):
        return _Workflow(None, "open or not: Temporal does not answer, and this is what the store knows")
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND and "workflow" in error.message.lower():
            return _Workflow(is_open=False, words="ended")
        return _Workflow(None, f"open or not: Temporal answers {error.status.name}, {error.message}")
    is_open = description.close_time is None
    return _Workflow(is_open, "open" if is_open else "ended")
