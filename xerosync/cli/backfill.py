"""`backfill`: start a sync for every document that exists already, watch what becomes of each, and report it."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from xerosync.backfill.client import backfill_id, start_backfill
from xerosync.backfill.messages import BackfillInput, BackfillProgress
from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.backfill.report import COLUMNS, BackfillResult, BackfillRow, became, cells, unreadable
from xerosync.cli.app import Account, Flag, Json, WithServices
from xerosync.cli.backfill_report import show
from xerosync.cli.following import follow, showing_progress
from xerosync.cli.naming import has_several_accounts
from xerosync.cli.terminal import print_json, progress
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, Kind
from xerosync.core.temporal import RunState, run_state
from xerosync.operations.backfill_preview import BackfillLookAhead
from xerosync.operations.defaults import connected, the_connection
from xerosync.operations.spreadsheet import check_folder, write_csv
from xerosync.services import Services

_POLL_SECONDS = 0.5
_ROUND = 500
"""Documents read in one round of watching."""

_AT_ONCE = 8
_ANSWER = timedelta(seconds=5)


async def backfill(
    *,
    since: date | None = None,
    preview: Flag = False,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Bring every document that is FINAL or SENT already into Xero, and report what became of each.

    It ends when every document is in Xero, on hold, or waits to be sent. Interrupted, the backfill goes on without it,
    and the same command finds it again.

    Args:
        since: only documents issued on this day or later, such as 2026-01-31
        preview: only show what would happen: nothing is started, and Xero is not asked
        report: a CSV file to write, one row a document

    Raises:
        MisconfiguredError: the account is not connected, or the report can't be written.
        RetryLaterError: Temporal, the database or Sequence does not answer.
    """
    check_folder(report)
    of = the_connection if preview else connected
    account_id = (await of(services, account)).account_id
    documents, others = await _read(services, account_id)
    if preview:
        entries = await _look_ahead(services, documents, since)
    else:
        await _run(services, BackfillInput(account_id=account_id, since=since))
        entries = await _watch(services, documents, since)
    entries = sorted([*entries, *others], key=lambda entry: not entry.alarm)
    if report:
        write_csv(report, COLUMNS, (cells(entry) for entry in entries))
    if json:
        print_json([entry.model_dump() for entry in entries])
    else:
        show(entries, report, account_id, several_accounts=await has_several_accounts(services))


async def _read(services: Services, account_id: str) -> tuple[list[Document], list[BackfillRow]]:
    """Read Sequence's lists. What comes later is announced by signals."""
    documents: list[Document] = []
    others: list[BackfillRow] = []
    with showing_progress("Reading Sequence") as step:
        for kind in Kind:
            after: str | None = None
            while True:
                page = await services.bulk_billing.page(kind, account_id, after)
                documents.extend(page.documents)
                others.extend(unreadable(kind, each) for each in page.unreadable)
                step(len(documents), None)
                after = page.after
                if after is None:
                    break
    return documents, others


async def _run(services: Services, start: BackfillInput) -> None:
    """Run the backfill to its end, after one that may run already: its documents may be others."""
    if await run_state(services.temporal, backfill_id(start.account_id)) is RunState.RUNNING:
        progress.print("A backfill of this account is running: this one comes after it.")
        await _follow(services, start)
    await _follow(services, start)


async def _follow(services: Services, start: BackfillInput) -> None:
    """Start the backfill, or join the one that runs; return when every document has a workflow."""
    handle = await start_backfill(services.temporal, start)
    with showing_progress("Starting syncs") as step:

        async def check() -> None:
            seen = await handle.query("progress", result_type=BackfillProgress, rpc_timeout=_ANSWER)
            step(seen.counts.total, seen.total)

        await follow(handle, "the backfill", check)


async def _watch(services: Services, documents: Sequence[Document], since: date | None) -> list[BackfillRow]:
    """Wait until no document is on its way any more; return what became of each."""
    entries: dict[int, BackfillRow] = {}
    open_places = list(range(len(documents)))
    with showing_progress("Into Xero, on hold or waiting") as step:
        while open_places:
            checked, rest = open_places[:_ROUND], open_places[_ROUND:]
            for place in checked:
                entry = became(documents[place], await services.store.document(documents[place].ref), since, utc_now())
                if entry.became is not BackfillResult.ON_ITS_WAY:
                    entries[place] = entry
            # Those that are still on their way go to the end, so that each document is read in its turn.
            open_places = rest + [place for place in checked if place not in entries]
            step(len(entries), len(documents))
            if open_places and not rest:
                await asyncio.sleep(_POLL_SECONDS)
    return [entries[place] for place in range(len(documents))]


async def _look_ahead(services: Services, documents: Sequence[Document], since: date | None) -> list[BackfillRow]:
    """Return what would become of each document; those that would go are read with their lines."""
    turn, done, look_ahead = asyncio.Semaphore(_AT_ONCE), 0, BackfillLookAhead(services)

    async def one(document: Document) -> BackfillRow:
        nonlocal done
        async with turn:
            link = await services.store.document(document.ref)
            if action_for(document, link, since) is BackfillAction.STARTED:
                entry = await look_ahead(document)
            else:
                entry = became(document, link, since, utc_now())
        done += 1
        step(done, len(documents))
        return entry

    with showing_progress("Looking ahead") as step:
        return list(await asyncio.gather(*(one(document) for document in documents)))
