"""What became of each document of a backfill: as data, as a table, and as CSV for a spreadsheet."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted
from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import SequenceView
from xerosync.operations.preview import Preview

SHOWN = 20
"""Documents on hold that the table lists; the file has all."""


class BackfillResult(StrEnum):
    """What became of a document, or would."""

    IN_XERO = "in Xero"
    ON_HOLD = "on hold"
    WAITS = "waits until it is sent"
    ON_ITS_WAY = "on its way"
    WOULD_GO = "would go"
    WOULD_HOLD = "would be on hold"
    DRAFT = "skipped: a draft"
    VOIDED = "skipped: voided"
    EARLIER = "skipped: issued earlier"
    IGNORED = "skipped: ignored"
    UNREADABLE = "not readable"


_SKIPPED = {
    BackfillAction.DRAFT: BackfillResult.DRAFT,
    BackfillAction.VOIDED: BackfillResult.VOIDED,
    BackfillAction.EARLIER: BackfillResult.EARLIER,
}


class BackfillRow(Message):
    """A row of the report. Amounts are in `currency`; `difference` is Xero's total less Sequence's, where not zero."""

    kind: Kind
    number: str | None = None
    document_id: str
    customer_id: str | None = None
    customer: str | None = None
    status: DocumentStatus | None = None
    currency: str | None = None
    total: Decimal | None = None
    became: BackfillResult
    alarm: bool = False
    holds: tuple[HoldReason, ...] = ()
    words: str = ""
    xero_id: str | None = None
    xero_total: Decimal | None = None
    difference: Decimal | None = None


COLUMNS = tuple(BackfillRow.model_fields)
"""Of the report as a file."""


def became(document: Document, link: DocumentLink, since: date | None) -> BackfillRow:
    """Return what became of a document so far, by what the store knows."""
    skipped = BackfillResult.IGNORED if link.ignored else _SKIPPED.get(action_for(document, link, since))
    if skipped and not link.xero:
        return _entry(document, skipped)
    hold, drift = link.current_hold, link.drift
    if hold:
        what = BackfillResult.ON_HOLD
    elif link.xero:
        what = BackfillResult.IN_XERO
    elif link.sequence and not may_be_pushed(SequenceView.of(document)):
        what = BackfillResult.WAITS
    else:
        what = BackfillResult.ON_ITS_WAY
    return _entry(document, what).model_copy(
        update={
            "alarm": link.is_alarm,
            "holds": (hold.reason,) if hold else (),
            "words": hold.sentence() if hold else "",
            "xero_id": link.xero.xero_id if link.xero else None,
            "xero_total": link.xero_total,
            "difference": drift.in_xero - drift.in_sequence if drift else None,
        }
    )


def became_ahead(document: Document, ahead: Preview) -> BackfillRow:
    """Return what would become of a document."""
    if ahead.refusals:
        holds = tuple(dict.fromkeys(refusal.reason for refusal in ahead.refusals))
        words = " ".join(refusal.words or refusal.matter for refusal in ahead.refusals)
        return _entry(document, BackfillResult.WOULD_HOLD).model_copy(update={"holds": holds, "words": words})
    goes = may_be_pushed(SequenceView.of(document))
    return _entry(document, BackfillResult.WOULD_GO if goes else BackfillResult.WAITS)


def unreadable(kind: Kind, document_id: str) -> BackfillRow:
    """Return the row of a document that Sequence gave in a form nobody can read."""
    words = "Sequence's answer about it can't be read; the log says why."
    return BackfillRow(kind=kind, document_id=document_id, became=BackfillResult.UNREADABLE, words=words)


def show(entries: Sequence[BackfillRow], file: Path | None) -> None:
    """Print the counts, and the first of those on hold."""
    if not entries:
        console.print("There is nothing to bring to Xero: no document is FINAL or SENT in Sequence.")
        return
    counts = Counter((entry.became, ", ".join(entry.holds)) for entry in entries)
    print_table(
        counted(len(entries), "document"),
        ("documents", "became", "hold"),
        [(count, *what) for what, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))],
    )
    held = [entry for entry in entries if entry.holds or entry.became is BackfillResult.UNREADABLE]
    if held:
        print_table(
            f"the first {SHOWN} of {len(held)} on hold" if len(held) > SHOWN else "on hold",
            ("number", "kind", "customer", "amount", "problem"),
            [
                (entry.number or entry.document_id, entry.kind.words, entry.customer, _amount(entry), entry.words)
                for entry in held[:SHOWN]
            ],
        )
    drifting = sum(entry.difference is not None for entry in entries)
    if drifting:
        console.print(f"{drifting} have another total in Xero than in Sequence: `status NUMBER` shows both.")
    if file:
        console.print(f"All {len(entries)} are in {file}.", markup=False)


def cells(entry: BackfillRow) -> list[object]:
    """Return the row of a document, in the order of `COLUMNS`."""
    return list(entry.model_dump().values())


def _amount(entry: BackfillRow) -> str | None:
    return None if entry.total is None else f"{entry.total} {entry.currency}"


def _entry(document: Document, what: BackfillResult) -> BackfillRow:
    return BackfillRow(
        kind=document.kind,
        number=document.number,
        document_id=document.id,
        customer_id=document.customer_id,
        customer=document.customer_name,
        status=document.status,
        currency=document.currency,
        total=document.gross_total,
        became=what,
    )
