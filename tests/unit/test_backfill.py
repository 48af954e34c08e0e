"""What a backfill decides on each document, and what its report says of it."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.samples import NOON, document, hold, ref, xero_view
from xerosync.backfill.messages import BackfillCounts
from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.backfill.report import COLUMNS, BackfillResult, BackfillRow, became, cells, unreadable
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.operations.spreadsheet import write_csv

MARCH = date(2026, 3, 1)


def link_of(of: Document) -> DocumentLink:
    return DocumentLink(ref=of.ref).read(of)


def settled(of: Document) -> DocumentLink:
    return link_of(of).pushed(xero_view(sent=True, applied=of.header), of.gross_total)


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (DocumentStatus.IN_PROGRESS, BackfillAction.DRAFT),
        (DocumentStatus.DRAFT, BackfillAction.DRAFT),
        (DocumentStatus.FINAL, BackfillAction.STARTED),
        (DocumentStatus.SENT, BackfillAction.STARTED),
        (DocumentStatus.VOIDED, BackfillAction.VOIDED),
    ],
)
def test_only_final_and_sent_documents_are_started(status: DocumentStatus, action: BackfillAction):
    assert action_for(document(status=status), DocumentLink(ref=ref()), None) is action


def test_a_document_that_was_read_before_is_under_way_until_it_is_settled():
    sent = document(status=DocumentStatus.SENT)
    assert action_for(sent, link_of(sent), None) is BackfillAction.UNDER_WAY
    assert action_for(sent, link_of(sent).held(hold()), None) is BackfillAction.UNDER_WAY
    assert action_for(sent, settled(sent), None) is BackfillAction.SETTLED


def test_what_is_ignored_is_skipped_whatever_sequence_has():
    ignored = Ignored(because="billed by hand", who="ada", since=NOON)
    for of in (document(), document(status=DocumentStatus.SENT)):
        for link in (DocumentLink(ref=ref()), link_of(document()), link_of(document()).held(hold())):
            assert action_for(of, link.let_be(ignored), None) is BackfillAction.SETTLED
            assert became(of, link.let_be(ignored), None, NOON).became is BackfillResult.IGNORED


def test_a_settled_document_that_changed_since_is_started_again():
    sent = document(status=DocumentStatus.SENT)
    later = sent.model_copy(update={"due_date": date(2026, 5, 5)})
    assert action_for(later, settled(sent), None) is BackfillAction.UNDER_WAY


@pytest.mark.parametrize(
    ("since", "action"),
    [(MARCH, BackfillAction.STARTED), (date(2026, 3, 2), BackfillAction.EARLIER), (None, BackfillAction.STARTED)],
)
def test_the_day_itself_counts_among_those_since(since: date | None, action: BackfillAction):
    assert action_for(document(), DocumentLink(ref=ref()), since) is action


def test_a_document_without_issue_date_is_never_too_early():
    undated = document().model_copy(update={"issue_date": None})
    assert action_for(undated, DocumentLink(ref=ref()), MARCH) is BackfillAction.STARTED


def test_counts_add_up():
    both = BackfillCounts.of(
        [BackfillAction.STARTED, BackfillAction.DRAFT, BackfillAction.STARTED]
    ) + BackfillCounts.of([BackfillAction.STARTED, BackfillAction.UNREADABLE])
    assert both == BackfillCounts(started=3, draft=1, unreadable=1)
    assert both.total == 5


def test_the_report_tells_each_document_by_what_is_known_of_it():
    final, nothing = document(), document(gross_total="0")
    pushed = link_of(final).pushed(xero_view(), Decimal("120.00"))
    assert became(final, DocumentLink(ref=ref()), None, NOON).became is BackfillResult.ON_ITS_WAY
    assert became(final, link_of(final), None, NOON).became is BackfillResult.ON_ITS_WAY
    assert became(nothing, link_of(nothing), None, NOON).became is BackfillResult.WAITS
    assert became(final, pushed, None, NOON).became is BackfillResult.IN_XERO
    assert became(final, pushed.held(hold(HoldReason.LOCKED_PERIOD)), None, NOON).became is BackfillResult.ON_HOLD
    draft = document(status=DocumentStatus.DRAFT)
    assert became(draft, DocumentLink(ref=ref()), None, NOON).became is BackfillResult.DRAFT
    assert became(final, DocumentLink(ref=ref()), date(2027, 1, 1), NOON).became is BackfillResult.EARLIER


def test_the_report_tells_by_how_much_totals_differ():
    final = document()
    entry = became(final, link_of(final).pushed(xero_view(), Decimal("121.50")), None, NOON)
    assert (entry.total, entry.xero_total, entry.difference) == (Decimal("120.00"), Decimal("121.50"), Decimal("1.50"))


def test_no_text_of_the_file_becomes_a_formula(tmp_path: Path):
    file = tmp_path / "report.csv"
    evil = BackfillRow(
        kind=Kind.CREDIT_NOTE,
        number="+1",
        document_id="id",
        customer='=HYPERLINK("x")',
        total=Decimal("-5.00"),
        became=BackfillResult.ON_HOLD,
        holds=(HoldReason.REJECTED, HoldReason.NEGATIVE_TOTAL),
        words="Ü, und\nmehr",
    )
    write_csv(file, COLUMNS, [cells(evil), cells(unreadable(Kind.INVOICE, "x"))])
    with file.open(encoding="utf-8-sig", newline="") as opened:
        first, second = csv.DictReader(opened)
    assert (first["number"], first["customer"], first["total"]) == ("'+1", '\'=HYPERLINK("x")', "-5.00")
    assert (first["holds"], first["words"]) == ("rejected negative_total", "Ü, und\nmehr")
    assert second["became"] == "not readable"
