"""What a reconcile found: a row a difference, as a table, as data, and as CSV for a spreadsheet."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from xerosync.cli.next_steps import commands_after
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console
from xerosync.core.base import Message
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.operations import spreadsheet
from xerosync.operations.next_steps import is_fixable
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Aspect, Difference, Finding, Severity, shown_sides
from xerosync.reconcile.messages import ReconcileResult

SHOWN = 100
"""Rows of the table; the file has all."""

_LONGEST = 24


class Row(Message):
    """One difference of one document. `verdict` is the difference's own; `since` (UTC) the document's.

    `left_in` names the organisation that the document was left in when the account moved to another one.
    """

    alarm: bool
    verdict: Severity
    kind: Kind
    number: str | None
    document_id: str | None
    xero_ids: tuple[str, ...]
    customer: str | None
    what: Aspect
    in_sequence: str | None
    in_xero: str | None
    cause: FindingCause
    why: str
    since: datetime | None
    hold: HoldReason | None
    next_steps: tuple[str, ...]
    fixable: bool
    signalled: bool
    left_in: str | None = None


class ReconcileData(Message):
    """What a reconcile found: documents of Sequence, of Xero, and findings by verdict."""

    in_step: bool
    documents: int
    in_xero: int
    differences: int
    alarms: int
    holds: int
    manual_edits: int
    left_behind: int
    ignored: int
    fixed: int
    created_in_xero: int
    without_way_back: int
    xero_calls: int
    signalled: int
    ended_at: datetime | None
    findings: tuple[Row, ...]


def rows_of(finding: Finding, customer: str | None, *, several_accounts: bool, left_in: str | None = None) -> list[Row]:
    """Return the rows of a finding; `left_in` names the organisation that its document was left in."""
    return [
        Row(
            alarm=finding.is_alarm and difference.aspect is Aspect.PLACEHOLDER,
            verdict=Severity.FIXED if finding.is_fixed else difference.verdict,
            kind=finding.kind,
            number=finding.number,
            document_id=finding.document_id,
            xero_ids=tuple(each.xero_id for each in finding.seen),
            customer=customer,
            what=difference.aspect,
            in_sequence=difference.in_sequence,
            in_xero=difference.in_xero,
            cause=difference.cause,
            why=_why(finding, difference, left_in),
            since=finding.since,
            hold=finding.hold,
            next_steps=tuple(commands_after(finding, difference, several_accounts=several_accounts)),
            fixable=is_fixable(finding),
            signalled=finding.signalled,
            left_in=left_in,
        )
        for difference in finding.differences
    ]


def _why(finding: Finding, difference: Difference, left_in: str | None) -> str:
    why = finding.why(difference)
    return f"Left in {left_in}. {why}" if left_in and difference.verdict is Severity.LEFT_BEHIND else why


def as_data(result: ReconcileResult, rows: Sequence[Row]) -> ReconcileData:
    """Return all of it as `--json` shows it."""
    compared = result.compared
    return ReconcileData(
        in_step=result.in_step,
        documents=compared.in_sequence,
        in_xero=compared.in_xero,
        **result.tally.model_dump(),
        created_in_xero=compared.created_in_xero,
        without_way_back=compared.origins_owed,
        xero_calls=compared.calls,
        signalled=result.signalled,
        ended_at=result.ended_at,
        findings=tuple(rows),
    )


def show(result: ReconcileResult, rows: Sequence[Row], file: Path | None, account_option: str = "") -> None:
    """Print what was found, alarms first, and the counts; `account_option` is what commands say of the account."""
    if rows:
        more = f"the first {SHOWN} of {len(rows)} " if len(rows) > SHOWN else ""
        print_table(
            f"{more}difference{'' if len(rows) == 1 else 's'} between Sequence and Xero",
            ("number", "what", "Sequence", "Xero", "since", "problem", "next step"),
            [
                (
                    row.number or row.document_id,
                    f"ALARM: {row.what}" if row.alarm else _what(row),
                    *(_short(side) for side in shown_sides(row.what, row.in_sequence, row.in_xero)),
                    f"{row.since:%Y-%m-%d %H:%M}" if row.since else None,
                    row.why,
                    next(iter(row.next_steps), None),
                )
                for row in rows[:SHOWN]
            ],
        )
    console.print(f"reconcile: {result.sentence()}", markup=False)
    if result.ended_at:
        console.print(f"As of {result.ended_at:%Y-%m-%d %H:%M} UTC.")
    if any(row.fixable for row in rows):
        fix = f"starter.py reconcile --fix{account_option}"
        console.print(f"`{fix}` sends the documents' workflows what they missed.", markup=False)
    if file:
        console.print(f"All rows are in {file}.", markup=False)


def write_csv(file: Path, rows: Sequence[Row]) -> None:
    """Write all rows as CSV."""
    columns = list(Row.model_fields)
    spreadsheet.write_csv(file, columns, ([getattr(row, column) for column in columns] for row in rows))


def _what(row: Row) -> str:
    match row.verdict:
        case Severity.MANUAL_EDIT:
            return f"{row.what} (changed by a person)"
        case Severity.LEFT_BEHIND:
            return f"{row.what} (left in the organisation before)"
        case Severity.IGNORED:
            return f"{row.what} (ignored)"
        case Severity.FIXED:
            return f"{row.what} (fixed)"
        case Severity.HOLD if row.what is not Aspect.HELD:
            return f"{row.what} (on hold)"
        case _:
            return row.what.value


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
