"""Every kind of difference between two pictures of a document, with its cause and what fixes it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.reconcile_cases import CASES
from tests.unit.reconcile_pictures import (
    DIFFERENCE,
    FINAL,
    GONE,
    HOLD,
    INVOICE,
    ISSUED,
    NOON,
    NOTE,
    OPEN,
    OWN,
    TENANT,
    Case,
    document,
    edited,
    linked,
    never_signalled,
    shown,
    unclaimed,
)
from xerosync.cli.next_steps import commands_after
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.operations.next_steps import is_fixable
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.compare import compare, unlinked, unreadable
from xerosync.reconcile.findings import Finding, Severity, by_severity
from xerosync.reconcile.pairs import BothSides, XeroSummary


def compared(of: Document, in_xero: Sequence[XeroSummary], link: DocumentLink, contact_id: str | None = "contact"):
    return compare(BothSides(of, in_xero, link, contact_id, TENANT))


IN_STEP = [
    ("a sent invoice", INVOICE, edited(INVOICE), linked(INVOICE)),
    ("a sent credit note", NOTE, edited(NOTE), linked(NOTE)),
    ("a final invoice", OPEN, edited(OPEN), linked(OPEN)),
    ("a paid invoice", INVOICE, edited(INVOICE, status=XeroStatus.PAID), linked(INVOICE)),
    ("an invoice paid before it was sent", OPEN, edited(OPEN, status=XeroStatus.PAID), linked(OPEN)),
    ("voided on both sides", GONE, edited(GONE), linked(GONE)),
    ("voided before it went", GONE, [], never_signalled(GONE)),
    ("voided, and its number taken by another", GONE, [unclaimed(OPEN, origin=None)], never_signalled(GONE)),
    ("a draft", document(DocumentStatus.DRAFT), [], never_signalled(INVOICE)),
    ("a total of zero before it is sent", document(FINAL, gross_total=Decimal(0)), [], never_signalled(OPEN)),
    (
        "an amount written otherwise",
        document(gross_total=Decimal("120.0")),
        edited(INVOICE),
        linked(INVOICE),
    ),
    (
        "an invoice without due date is due when issued",
        document(due_date=None),
        edited(document(due_date=None), due_date=ISSUED),
        linked(document(due_date=None)),
    ),
    (
        "one that was doubled, and the one too many voided",
        INVOICE,
        [shown(INVOICE), unclaimed(INVOICE, xero_id="x-2", status=XeroStatus.VOIDED)],
        linked(INVOICE),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_a_difference_is_found_with_its_cause_and_what_fixes_it(case: Case):
    finding = compared(case.of, case.in_xero, case.link)
    assert finding
    assert [(each.aspect, each.verdict, each.cause) for each in finding.differences] == case.found
    assert case.step in (None, commands_after(finding, finding.differences[-1])[0])
    assert is_fixable(finding) is bool(case.signal or case.view)
    assert finding.is_alarm is case.alarm
    assert (finding.fix.signal if finding.fix else None) == case.signal
    assert bool(finding.fix and finding.fix.view) is case.view
    assert finding.since == case.since
    assert all(finding.why(each) for each in finding.differences)
    assert "Ada" not in finding.model_dump_json()


@pytest.mark.parametrize(("name", "of", "in_xero", "link"), IN_STEP, ids=[name for name, *_ in IN_STEP])
def test_what_is_in_step_is_not_found(name: str, of: Document, in_xero: Sequence[XeroSummary], link: DocumentLink):
    assert compared(of, in_xero, link) is None, name


def test_without_a_linked_customer_the_contact_is_not_compared():
    assert compared(INVOICE, edited(INVOICE, contact_id="another"), linked(INVOICE), contact_id=None) is None


def test_what_is_ignored_is_named_as_such_and_is_no_alarm():
    ignored = linked(INVOICE, ignored=Ignored(because="billed by hand", who="ada", since=NOON))
    assert compared(INVOICE, edited(INVOICE), ignored) is None
    for in_xero in ([], edited(INVOICE, issue_date=PLACEHOLDER), edited(INVOICE, status=XeroStatus.VOIDED)):
        found = compared(INVOICE, in_xero, ignored)
        assert found
        assert {each.cause for each in found.differences} <= {FindingCause.IGNORED}
        assert (found.verdict, found.is_alarm, found.fix) == (Severity.IGNORED, False, None)


def test_what_a_person_adopted_although_it_differs_is_a_manual_edit():
    theirs = edited(INVOICE, total=Decimal(48), total_tax=Decimal(8))
    adopted = linked(INVOICE, adopted_by_hand=True, xero_total=Decimal(48))
    found = compared(INVOICE, theirs, adopted)
    assert found
    assert {each.cause for each in found.differences} == {FindingCause.ADOPTED}
    assert found.verdict is OWN
    assert adopted.drift
    assert adopted.drift.sentence().endswith("A person took it over all the same.")


def test_a_document_created_in_xero_is_a_manual_edit():
    finding = unlinked(unclaimed(INVOICE, origin=None, number="X-1"), "acme")
    assert finding
    assert (finding.verdict, finding.document_id) == (OWN, None)
    assert finding.is_created_in_xero


@pytest.mark.parametrize("claim", [{"origin": "doc-9"}, {"account_id": "acme", "document_id": "doc-9"}])
def test_a_document_of_ours_that_sequence_lacks_is_a_difference(claim: dict[str, str]):
    finding = unlinked(unclaimed(INVOICE, **{"origin": None, **claim}), "acme")
    assert finding
    assert (finding.verdict, finding.document_id) == (DIFFERENCE, "doc-9")
    assert finding.differences[0].cause is FindingCause.NOT_IN_SEQUENCE


@pytest.mark.parametrize(
    "update", [{"status": XeroStatus.VOIDED}, {"status": XeroStatus.DRAFT}, {"account_id": "beta", "document_id": "d"}]
)
def test_what_is_not_in_force_or_another_accounts_is_not_found(update: dict[str, Any]):
    assert unlinked(unclaimed(INVOICE, **update), "acme") is None


def test_findings_are_sorted_alarms_first_then_by_verdict_and_number():
    def finding(name: str) -> Finding:
        case = next(each for each in CASES if each.name == name)
        found = compared(case.of, case.in_xero, case.link)
        assert found
        return found

    names = ["dated by a person before it was sent", "held before it could go", "never signalled"]
    frozen = finding("a sent document that a payment keeps at 3000")
    found = [*(finding(name) for name in names), frozen, unreadable("acme", Kind.INVOICE, "doc-3")]
    assert [each.verdict for each in sorted(found, key=by_severity)] == [HOLD, DIFFERENCE, DIFFERENCE, HOLD, OWN]
    assert min(found, key=by_severity) is frozen


def test_what_was_fixed_is_no_alarm_any_more():
    found = compared(INVOICE, edited(INVOICE, issue_date=PLACEHOLDER), linked(INVOICE))
    assert found
    fixed = found.model_copy(update={"is_fixed": True})
    assert (fixed.verdict, fixed.is_alarm) == (Severity.FIXED, False)
    assert commands_after(fixed, fixed.differences[0]) == []
