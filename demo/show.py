"""`demo`: runs the stack, plays the month, shows the ending; exit code 0 only if every document is as it should be."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.audit import AuditedDocument
from demo.people import BillingClerk, Bookkeeper
from demo.play import Demo, Ending
from demo.stack import RunningStack, running_stack
from demo.up import show_addresses
from xerosync.cli.reconcile_report import as_data
from xerosync.cli.reconcile_report import show as show_differences
from xerosync.cli.sign_in import sign_in_link
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json, progress
from xerosync.core.people import Person, Role
from xerosync.process import until_stopped
from xerosync.settings import Settings

_MONTH = timedelta(days=28)

_XERO_ANSWERS_AFTER = 0.2
"""Seconds, as the real one does. Meanwhile documents gather for the next call; without that the demo would need so
many that it had to wait for the next minute's."""


async def demo(folder: Path, *, as_json: bool, stay: bool) -> int:
    """Play the demo on fresh data in `folder`; with `stay` leave it open until Ctrl-C. Return the exit code."""
    progress.print("Starting Temporal, PostgreSQL, both stand-ins and a worker")
    async with running_stack(folder, fresh=True, with_edge=stay) as running:
        running.stack.xero.faults.add("slow", path="/api.xro", seconds=_XERO_ANSWERS_AFTER)
        people = running.people
        clerk, bookkeeper = BillingClerk(people.sequence), Bookkeeper(people.xero)
        first_day = datetime.now(UTC).date() - _MONTH
        month = Demo(running.services, clerk, bookkeeper, account_id=people.account_id, first_day=first_day)
        try:
            ending = await running.unless_it_fails(month.play())
        except TimeoutError as error:
            progress.print(f"The demo did not end as it should: {error}")
            return 1
        _show(ending, running, as_json=as_json, stay=stay)
        if stay:
            settings = Settings.load(env_file=None)
            link = await sign_in_link(running.services, settings, Person(name="you", role=Role.ADMIN))
            if as_json:
                progress.print("It stays open until Ctrl-C.")
            else:
                console.print("\nIt stays open until Ctrl-C, however long that takes. Look around at:")
                show_addresses(running, link, as_json=False)
            async with until_stopped() as stopped:
                await running.unless_it_fails(stopped.wait())
    wrong = [finding for finding in ending.findings if finding.problems]
    return 1 if wrong or not ending.reconciled.in_step else 0


def _show(ending: Ending, running: RunningStack, *, as_json: bool, stay: bool) -> None:
    findings, counts = ending.findings, _counts(ending.findings)
    if as_json:
        print_json(
            {
                "documents": findings,
                "counts": counts,
                "xero_calls": ending.calls,
                "reconcile": as_data(ending.reconciled, ending.differences),
                "temporal_ui": running.stack.temporal_ui_url,
            }
        )
        return
    print_table(
        "A month of billing, as both systems show it at its end",
        ("number", "customer", "amount", "dates in Xero", "what happened to it", "state", "problem"),
        [
            (
                finding.number,
                finding.customer,
                finding.amount,
                finding.dates_in_xero,
                finding.scenario,
                finding.state,
                "; ".join(finding.problems),
            )
            for finding in findings
        ],
    )
    console.print(", ".join(f"{count} {what}" for what, count in counts.items()))
    console.print(f"Xero calls used by the sync: {ending.calls}, for {len(findings)} documents pushed and followed")
    wrong = sum(bool(finding.problems) for finding in findings)
    console.print(
        "Every document is as it should be." if not wrong else f"{wrong} documents are not as they should be."
    )
    if ending.differences:
        show_differences(ending.reconciled, ending.differences, None)
    else:
        console.print(f"reconcile: {ending.reconciled.sentence()}", markup=False)
    if not stay:
        console.print(
            "Everything closes now: `starter.py demo --stay` leaves it open, `make up` runs a stack to play with."
        )


def _counts(findings: Sequence[AuditedDocument]) -> dict[str, int]:
    return dict(Counter(finding.state.value for finding in findings))
