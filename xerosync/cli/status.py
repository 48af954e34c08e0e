"""`status`: where documents stand; of one, why it is not in Xero and what happened to it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter
from cyclopts.validators import Number
from temporalio.service import RPCError, RPCStatusCode

from xerosync.cli.app import Account, AsWritten, Document, Flag, Json, WithoutTemporal, WithSettings
from xerosync.cli.json_forms import Counts, Listed, StatusList, StatusOne
from xerosync.cli.naming import has_several_accounts, known_accounts, named, typed_name
from xerosync.cli.never_reported import never_reported
from xerosync.cli.next_steps import commands_for, spelled_out
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted, print_json
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.core.money import money_words
from xerosync.documents.client import document_workflow_id
from xerosync.documents.describe import sentence
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.side_by_side import paid_in_xero
from xerosync.documents.timeline import Timeline
from xerosync.documents.timeline_text import cause_words, line
from xerosync.documents.waiting_step import waiting_step
from xerosync.operations.document_data import DocumentData, TimelineData, left_in, sequence_url, xero_url
from xerosync.postgres import Count
from xerosync.services import Services
from xerosync.settings import Settings

MOST = 10_000
"""Documents that one listing shows at most."""

_PATIENCE_SECONDS = 5.0
"""How long Temporal may take to say whether a workflow is open; the rest is in the store."""


class _Standing(NamedTuple):
    """A document, where it stands in a sentence, the commands that can be given, and its workflow."""

    link: DocumentLink
    sentence: str
    commands: Sequence[str]
    workflow: "_Workflow"


class _Workflow(NamedTuple):
    """Whether a document's workflow is open, None where Temporal does not say; and that in words."""

    is_open: bool | None
    words: str
    waits_for: str | None = None
    """What a step waits for that is tried again, in a sentence."""


async def status(
    *document: Document,
    state: SyncState | None = None,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    customer: str | None = None,
    ignored: Flag = False,
    drifting: Flag = False,
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST))] = 50,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
    settings: WithSettings,
) -> None:
    """Show where documents stand, or one of them: why it is not in Xero, and all that happened to it.

    Args:
        state: only documents in this state
        hold: only documents held for this reason
        customer: only documents of this customer, by Sequence's id
        ignored: only documents that a person wants left alone
        drifting: only documents whose total in Xero is not that in Sequence
        limit: at most so many, alarms first, then the last changed
    """
    if document:
        if state or hold or customer or ignored or drifting:
            raise MisconfiguredError(
                "Name a document, or choose from all by --state, --hold, --customer, --ignored or --drifting: not both."
            )
        await _show_one(services, settings, await named(services, document, account), as_json=json)
        return
    links = await services.store.documents(
        account, state, hold, customer, ignored=ignored or None, drifting=drifting, limit=limit
    )
    counts = await services.store.counts(account)
    if account and not counts and account not in await known_accounts(services):
        raise MisconfiguredError(f"No account {account} is known here: `starter.py settings` lists those that are.")
    several = await has_several_accounts(services)
    connections = await services.store.connections()
    organisations = await services.store.organisation_names()
    if json:
        shown = tuple(
            Listed(**_as_data(link, several_accounts=several), left_in=_left_in(link, connections, organisations))
            for link in links
        )
        print_json(StatusList(documents=shown, counts=_counts(counts)))
        return
    matching = None if customer else sum(_matching(each, state, hold, ignored, drifting) for each in counts)
    print_table(
        _title(len(links), matching, limit),
        ("number", "kind", "account", "customer", "amount", "paid in Xero", "dates in Xero", "state", "hold"),
        [
            (
                link.number or link.ref.document_id,
                link.ref.kind.words,
                link.ref.account_id if several else None,
                link.customer_name or link.customer_id,
                _amount(link),
                paid_in_xero(link) if link.amounts else None,
                _dates(link),
                _state(link, connections, organisations),
                link.current_hold.reason if link.current_hold else None,
            )
            for link in links
        ],
    )
    console.print(_footer(_counts(counts)))


def _matching(count: Count, state: SyncState | None, hold: HoldReason | None, ignored: bool, drifting: bool) -> int:
    """Return how many documents of a count a listing shows."""
    if state not in (None, count.state) or hold not in (None, count.hold) or (ignored and not count.ignored):
        return 0
    return count.drifting if drifting else count.documents


def _title(shown: int, matching: int | None, limit: int) -> str:
    if matching is not None and matching > shown:
        return f"{shown:,} of {counted(matching, 'document')}"
    return (
        f"the first {counted(shown, 'document')}" if shown == limit and matching is None else counted(shown, "document")
    )


def _state(link: DocumentLink, connections: Sequence[Connection], organisations: Mapping[str, str]) -> str:
    """Return the state in words; of a document that a move left in another organisation, also in which."""
    if link.is_alarm(utc_now()):
        return "ALARM: sent, but dated 3000"
    state = "ignored" if link.ignored else link.state.value
    left = _left_in(link, connections, organisations)
    return f"{state}, left in {left}" if left else state


def _left_in(link: DocumentLink, connections: Sequence[Connection], organisations: Mapping[str, str]) -> str | None:
    now = next((each.tenant_id for each in connections if each.account_id == link.ref.account_id), None)
    return left_in(link, now, organisations) if now else None


def _counts(counts: Sequence[Count]) -> Counts:
    """Return how many documents are alarms, in each state, under each hold, ignored, and of different totals.

    Those that are ignored are in no state.
    """
    by_state: Counter[str] = Counter()
    by_hold: Counter[str] = Counter()
    for count in counts:
        if count.ignored:
            continue
        by_state[count.state.value] += count.documents
        if count.hold:
            by_hold[count.hold.value] += count.documents
    return Counts(
        alarms=sum(count.alarms for count in counts),
        by_state=dict(by_state),
        by_hold=dict(by_hold),
        ignored=sum(count.documents for count in counts if count.ignored),
        drifting=sum(count.drifting for count in counts),
    )


def _footer(counts: Counts) -> str:
    alarms, by_state, by_hold = counts.alarms, counts.by_state, counts.by_hold
    ignored, drifting = counts.ignored, counts.drifting
    held = ", ".join(f"{number} {hold}" for hold, number in by_hold.items())
    parts = [f"ALARM: {alarms} sent, but dated 3000"] if alarms else []
    parts += [
        f"{number} {state}{f' ({held})' if state == SyncState.HELD else ''}" for state, number in by_state.items()
    ]
    parts += [f"{ignored} ignored"] if ignored else []
    parts += [f"{drifting} with another total in Xero (--drifting lists them)"] if drifting else []
    return f"All documents: {', '.join(parts)}" if parts else "No documents yet."


async def _show_one(services: Services, settings: Settings, ref: DocumentRef, *, as_json: bool) -> None:
    """Show one document: both sides, the hold with Xero's words and the next steps, where to look, its timeline."""
    timeline = await services.store.timeline(ref)
    several = await has_several_accounts(services)
    link, said, commands, workflow = await _standing(services, ref, timeline, several_accounts=several)
    left = _left_in(link, await services.store.connections(), await services.store.organisation_names())
    if as_json:
        data: dict[str, Any] = {**dict(DocumentData.of(link)), "sentence": said, "next_steps": tuple(commands)}
        print_json(
            StatusOne(
                **data,
                left_in=left,
                sequence_url=sequence_url(ref, settings.sequence_app_url),
                workflow_is_open=workflow.is_open,
                workflow=workflow.words,
                waits_for=workflow.waits_for,
                timeline=TimelineData.of(timeline),
            )
        )
        return
    if link.ignored:
        said = f"{link.number or ref} is ignored: a person wants it left alone."
    console.print(spelled_out(said, ref, link.number, link.customer_id, several_accounts=several), markup=False)
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
            ("paid", xero.reported if xero else None, paid_in_xero(link)),
        ],
    )
    console.print(f"In Sequence: {ref.kind} {ref.document_id} of account {ref.account_id}", markup=False)
    console.print(f"             {sequence_url(ref, settings.sequence_app_url)}", markup=False)
    if xero:
        there = f"  {url}" if (url := xero_url(link)) else ""
        console.print(f"In Xero:     {xero.xero_id}{there}", markup=False)
    if left:
        console.print(f"Left in {left}: the account was connected to that organisation before.", markup=False)
    if link.ignored:
        decided = link.ignored
        console.print(f"Ignored since {decided.since:%Y-%m-%d} by {decided.who}: {decided.because}", markup=False)
    if link.drift:
        console.print(link.drift.sentence())
    if link.own_dates:
        console.print(link.own_dates)
    console.print(f"Workflow:    {document_workflow_id(ref)} ({workflow.words})", markup=False)
    if workflow.waits_for:
        typed = await typed_name(services, ref, link.number)
        console.print(f"{workflow.waits_for} `starter.py retry {typed}` tries it now.", markup=False)
    _print_commands(commands)
    _print_timeline(timeline)


async def _standing(services: Services, ref: DocumentRef, timeline: Timeline, *, several_accounts: bool) -> _Standing:
    """Return where a document stands by the store, or by Sequence where the store never heard of it."""
    link, workflow = await services.store.document(ref), await _workflow(services, ref)
    is_unheard_of = link.is_unheard_of and not (link.current_hold or timeline.entries)
    if is_unheard_of and workflow.is_open is False:
        workflow = workflow._replace(words="never started")
        if found := await never_reported(services, link, several_accounts=several_accounts):
            return _Standing(*found, workflow)
    return _Standing(link, sentence(ref, link.known), commands_for(link, several_accounts=several_accounts), workflow)


def _print_commands(commands: Sequence[str]) -> None:
    if commands:
        console.print("\nWhat can be done now:")
    for command in commands:
        console.print(f"  {command}", markup=False)


def _print_timeline(timeline: Timeline) -> None:
    """Print a line an entry, the oldest first."""
    if timeline.purged_at:
        console.print(f"\nWhat happened earlier was purged on {timeline.purged_at:%Y-%m-%d} for its age.", markup=False)
    if not timeline.entries:
        return
    shown = len(timeline.entries)
    last = "" if shown == timeline.in_all else f", the last {shown} of {timeline.in_all} entries"
    console.print(f"\nWhat happened (UTC{last}):")
    for each in timeline.entries:
        console.print(f"{each.first_at:%Y-%m-%d %H:%M:%S}  {line(each)}  ({cause_words(each.cause)})", markup=False)


def _yes(fact: object) -> str | None:
    return None if fact is None else "yes" if fact else "no"


def _amount(link: DocumentLink) -> str | None:
    if link.gross_total is None:
        return None
    in_xero = f" (Xero {money_words(link.drift.in_xero, link.currency)})" if link.drift else ""
    return f"{money_words(link.gross_total, link.currency)}{in_xero}"


def _dates(link: DocumentLink) -> str | None:
    if link.xero is None:
        return None
    return " / ".join(str(date) for date in (link.xero.issue_date, link.xero.due_date) if date)


def _as_data(link: DocumentLink, *, several_accounts: bool) -> dict[str, Any]:
    steps = commands_for(link, several_accounts=several_accounts)
    return {**dict(DocumentData.of(link)), "next_steps": tuple(steps)}


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
    step = waiting_step(description)
    return _Workflow(is_open, "open" if is_open else "ended", step.sentence() if step else None)
