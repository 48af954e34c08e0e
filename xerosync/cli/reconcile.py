"""`reconcile`: are the two systems in step? Every document of Sequence against every one of Xero."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from xerosync.cli.app import Account, Flag, Json, WithoutTemporal
from xerosync.cli.following import follow, showing_progress
from xerosync.cli.naming import account_option, has_several_accounts
from xerosync.cli.reconcile_report import Row, as_data, rows_of, show, write_csv
from xerosync.cli.terminal import print_json
from xerosync.connection.connection import disconnected
from xerosync.core.documents import Kind
from xerosync.core.errors import MisconfiguredError
from xerosync.core.temporal import check_answers
from xerosync.operations.defaults import connected, the_connection
from xerosync.operations.document_data import left_in
from xerosync.operations.spreadsheet import check_folder
from xerosync.reconcile.client import start_reconcile
from xerosync.reconcile.findings import by_severity
from xerosync.reconcile.messages import ReconcileInput, ReconcileResult
from xerosync.services import Services

_ANSWER = timedelta(seconds=5)


class NeverReconciledError(MisconfiguredError):
    """No reconcile of the account has ended yet."""


async def reconcile(
    *,
    fix: Flag = False,
    since: date | None = None,
    last: Flag = False,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
) -> int:
    """Compare every document of Sequence with every one of Xero; the exit code is 1 where something must be fixed.

    Args:
        fix: fix what is safe: signal to the workflows of documents what they missed, and check what came of it
        since: leave out what was never brought to Xero and was issued before this day, such as 2026-01-31
        last: compare nothing: show what the last comparison found, such as the weekly one
        report: a CSV file to write, one row a difference

    Raises:
        MisconfiguredError: the account is not connected, or the report can't be written.
        NoWorkerError: nobody works.
    """
    if last and (fix or since):
        raise MisconfiguredError("--last compares nothing, so it goes without --fix and --since.")
    check_folder(report)
    of = the_connection if last else connected
    account_id = (await of(services, account)).account_id
    if not last:
        await check_answers(services.temporal)
        await run_reconcile(services, ReconcileInput(account_id=account_id, fix=fix, since=since))
    result, rows = await last_findings(services, account_id)
    if report:
        write_csv(report, rows)
    if json:
        print_json(as_data(result, rows))
    else:
        show(result, rows, report, await account_option(services, account_id))
    return 0 if result.in_step else 1


async def run_reconcile(services: Services, start: ReconcileInput) -> ReconcileResult:
    """Run a reconcile to its end. If one runs already that does not fix what this one shall fix, run this one after it.

    Raises:
        NoWorkerError: nobody works.
        NotConnectedError: Xero does not let the account in.
    """
    result = await _follow(services, start)
    if start.fix and not result.fix:
        result = await _follow(services, start)
    if not result.compared.is_connected:
        raise disconnected(start.account_id)
    return result


async def last_findings(services: Services, account_id: str) -> tuple[ReconcileResult, Sequence[Row]]:
    """Return what the reconcile that ended last found, alarms first. Raises NeverReconciledError."""
    last = await services.reconciles.last(account_id)
    if last is None:
        option = await account_option(services, account_id)
        raise NeverReconciledError(f"No reconcile of this account has ended yet: run `starter.py reconcile{option}`.")
    run_id, result = last
    found = sorted(await services.reconciles.findings(account_id, run_id), key=by_severity)
    now, organisations = await services.store.connection(account_id), await services.store.organisation_names()
    names: dict[tuple[Kind, str], str | None] = {}
    places: dict[tuple[Kind, str], str] = {}
    for kind in Kind:
        ids = [each.document_id for each in found if each.kind is kind and each.document_id]
        links = await services.store.document_links(account_id, kind, ids)
        places |= {
            (kind, document_id): left
            for document_id, link in links.items()
            if now and (left := left_in(link, now.tenant_id, organisations))
        }
        names |= {(kind, document_id): link.customer_name for document_id, link in links.items()}
    several = await has_several_accounts(services)
    rows = [
        row
        for each in found
        for row in rows_of(
            each,
            names.get((each.kind, each.document_id or "")),
            several_accounts=several,
            left_in=places.get((each.kind, each.document_id or "")),
        )
    ]
    return result, sorted(rows, key=lambda row: not row.alarm)


async def _follow(services: Services, start: ReconcileInput) -> ReconcileResult:
    """Start a reconcile, or join the one that runs; return its result."""
    handle = await start_reconcile(services.temporal, start)
    with showing_progress("Comparing documents of Sequence and Xero") as step:

        async def check() -> None:
            seen = await handle.query("progress", result_type=ReconcileResult, rpc_timeout=_ANSWER)
            step(seen.compared.in_sequence)

        return await follow(handle, "the reconcile", check)
