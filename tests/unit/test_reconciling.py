"""Every kind of difference between two pictures of a document, with its cause and what mends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.store.samples import connection
from xerosync.model.books import PLACEHOLDER, XeroStatus
from xerosync.model.documents import Document, DocumentStatus, Kind
from xerosync.model.findings import Cause, Finding, Matter, Verdict, gravest_first
from xerosync.model.holds import Hold, HoldReason
from xerosync.model.links import DocumentLink, Intent
from xerosync.model.messages import XeroView
from xerosync.model.reconciling import Shown, Sides, compare, stray, unreadable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUED, DUE, OTHER_DAY = date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 15)
TENANT = connection().tenant_id
FINAL, SENT, VOIDED = DocumentStatus.FINAL, DocumentStatus.SENT, DocumentStatus.VOIDED
DIFFERENCE, HOLD, OWN = Verdict.DIFFERENCE, Verdict.HOLD, Verdict.OWN_EDIT


def document(status: DocumentStatus = SENT, kind: Kind = Kind.INVOICE, **update: Any) -> Document:
    base = Document(
        kind=kind,
        id="doc-1",
        account_id="acme",
        status=status,
        currency="GBP",
        number="INV-1",
        issue_date=ISSUED,
        due_date=DUE if kind is Kind.INVOICE else None,
        customer_id="customer",
        net_total=Decimal("100.00"),
        total_tax=Decimal("20.00"),
        gross_total=Decimal("120.00"),
    )
    return base.model_copy(update=update)


def shown(of: Document, **update: Any) -> Shown:
    """Xero, in step with a document that the product brought there."""
    is_sent, is_invoice = of.status is SENT, of.kind is Kind.INVOICE
    fields: dict[str, Any] = {
        "xero_id": "x-1",
        "kind": of.kind,
        "number": of.number,
        "status": XeroStatus.VOIDED if of.status is VOIDED else XeroStatus.AUTHORISED,
        "sent": is_sent,
        "issue_date": of.issue_date if is_sent else PLACEHOLDER,
        "due_date": (of.due_date if is_sent else PLACEHOLDER) if is_invoice else None,
        "contact_id": "contact",
        "currency": of.currency,
        "total": of.gross_total,
        "total_tax": of.total_tax,
        "updated_at": NOON,
        "seen_at": NOON,
        "origin": of.id if is_invoice else None,
        "account_id": "acme",
        "document_id": of.id,
    }
    return Shown(**{**fields, **update})


def unclaimed(of: Document, **update: Any) -> Shown:
    return shown(of, **{"account_id": None, "document_id": None, **update})


def linked(of: Document, **update: Any) -> DocumentLink:
    """The store, in step with both."""
    seen = shown(of)
    view = XeroView(
        xero_id="x-1",
        status=seen.status,
        sent=seen.sent,
        issue_date=seen.issue_date,
        due_date=seen.due_date,
        seen_at=NOON,
        applied=of.header if of.status is SENT else None,
    )
    return DocumentLink(ref=of.ref, tenant_id=TENANT).read(of).pushed(view, of.gross_total).model_copy(update=update)


def unheard(of: Document) -> DocumentLink:
    return DocumentLink(ref=of.ref)


def only_read(of: Document, **update: Any) -> DocumentLink:
    return DocumentLink(ref=of.ref).read(of).model_copy(update=update)


def held(reason: HoldReason) -> dict[str, Any]:
    return {"hold": Hold(reason=reason, words="Ada Ltd", since=NOON)}


def looked(of: Document, in_xero: Sequence[Shown], link: DocumentLink, contact_id: str | None = "contact"):
    return compare(Sides(document=of, shown=in_xero, link=link, contact_id=contact_id, tenant_id=TENANT))


INVOICE, OPEN, GONE = document(), document(FINAL), document(VOIDED)
NOTE = document(SENT, Kind.CREDIT_NOTE)
BEFORE = document(FINAL)
"""The invoice as the store heard of it before it was sent."""


@dataclass(frozen=True)
class Case:
    """Both sides, the store, and what is said of them."""

    name: str
    of: Document
    in_xero: Sequence[Shown]
    link: DocumentLink
    found: Sequence[tuple[Matter, Verdict, Cause]]
    command: str | None = None
    hint: str | None = None
    view: bool = False
    alarm: bool = False
    contact_id: str | None = "contact"
    since: datetime | None = field(default=NOON)


def edited(of: Document, **update: Any) -> list[Shown]:
    return [shown(of, **update)]


def applied(of: Document, **changed: Any) -> DocumentLink:
    """The store knows that a header was brought to Xero that is not the document's now."""
    link = linked(of)
    assert link.xero
    header = of.header.model_copy(update=changed)
    return link.model_copy(update={"xero": link.xero.model_copy(update={"applied": header})})


CASES = [
    Case(
        "a sent document dated 3000 whose workflow was never told",
        INVOICE,
        edited(INVOICE, sent=False, issue_date=PLACEHOLDER, due_date=PLACEHOLDER),
        linked(BEFORE),
        [(Matter.PLACEHOLDER, DIFFERENCE, Cause.NOT_HEARD), (Matter.SENT, DIFFERENCE, Cause.NOT_HEARD)],
        command="starter.py sent INV-1",
        hint="sent",
        alarm=True,
    ),
    Case(
        "a sent document that somebody dated 3000 again",
        INVOICE,
        edited(INVOICE, issue_date=PLACEHOLDER, due_date=PLACEHOLDER),
        linked(INVOICE),
        [(Matter.PLACEHOLDER, DIFFERENCE, Cause.DATED_AGAIN)],
        command="starter.py reconcile --fix",
        view=True,
        alarm=True,
    ),
    Case(
        "a sent document of which only the due date is 3000",
        INVOICE,
        edited(INVOICE, due_date=PLACEHOLDER),
        linked(INVOICE),
        [(Matter.PLACEHOLDER, DIFFERENCE, Cause.DATED_AGAIN)],
        command="starter.py reconcile --fix",
        view=True,
        alarm=True,
    ),
    Case(
        "a sent document that a payment keeps at 3000",
        INVOICE,
        edited(INVOICE, sent=False, status=XeroStatus.PAID, issue_date=PLACEHOLDER, due_date=PLACEHOLDER),
        linked(BEFORE, **held(HoldReason.FROZEN_BY_PAYMENT)).read(INVOICE),
        [(Matter.PLACEHOLDER, HOLD, Cause.HELD), (Matter.SENT, HOLD, Cause.HELD)],
        command="starter.py retry INV-1",
        alarm=True,
    ),
    Case(
        "a sent credit note dated 3000",
        NOTE,
        edited(NOTE, sent=False, issue_date=PLACEHOLDER),
        linked(document(FINAL, Kind.CREDIT_NOTE)).read(NOTE),
        [(Matter.PLACEHOLDER, DIFFERENCE, Cause.UNDER_WAY), (Matter.SENT, DIFFERENCE, Cause.UNDER_WAY)],
        command="starter.py sent INV-1",
        hint="sent",
        alarm=True,
    ),
    Case(
        "never heard of",
        OPEN,
        [],
        unheard(OPEN),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.NEVER_HEARD)],
        command="starter.py finalize INV-1",
        hint="finalized",
        since=None,
    ),
    Case(
        "heard of, and not there yet",
        OPEN,
        [],
        only_read(OPEN),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.UNDER_WAY)],
        command="starter.py finalize INV-1",
        hint="finalized",
        since=None,
    ),
    Case(
        "heard of as a draft",
        OPEN,
        [],
        only_read(document(DocumentStatus.DRAFT)),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.NOT_HEARD)],
        command="starter.py finalize INV-1",
        hint="finalized",
        since=None,
    ),
    Case(
        "sent to Xero, and the answer was lost",
        OPEN,
        [],
        only_read(OPEN, intent=Intent(number="INV-1", payload_digest="ab", at=NOON)),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.ANSWER_LOST)],
        command="starter.py finalize INV-1",
        hint="finalized",
        since=None,
    ),
    Case(
        "held before it could go",
        OPEN,
        [],
        only_read(OPEN, **held(HoldReason.CUSTOMER_UNLINKED)),
        [(Matter.MISSING_IN_XERO, HOLD, Cause.HELD)],
        command="starter.py retry INV-1",
    ),
    Case(
        "held because another document has its number",
        OPEN,
        [unclaimed(OPEN, xero_id="x-9", total=Decimal(5), origin=None)],
        only_read(OPEN, **held(HoldReason.NUMBER_TAKEN)),
        [(Matter.MISSING_IN_XERO, HOLD, Cause.HELD)],
        command="starter.py retry INV-1",
    ),
    Case(
        "another document has its number, and nobody met that yet",
        OPEN,
        [unclaimed(OPEN, xero_id="x-9", total=Decimal(5), origin=None)],
        unheard(OPEN),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.NUMBER_TAKEN)],
        command="starter.py finalize INV-1",
        hint="finalized",
        since=None,
    ),
    Case(
        "in the books of another organisation",
        INVOICE,
        [],
        linked(INVOICE, tenant_id="tenant-before"),
        [(Matter.MISSING_IN_XERO, OWN, Cause.OTHER_BOOKS)],
        since=None,
    ),
    Case(
        "vanished from Xero",
        INVOICE,
        [],
        linked(INVOICE),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.VANISHED)],
        since=None,
    ),
    Case(
        "its link leads to nothing, and another document has its number",
        INVOICE,
        [unclaimed(INVOICE, xero_id="x-9", total=Decimal(5), origin=None)],
        linked(INVOICE),
        [(Matter.MISSING_IN_XERO, DIFFERENCE, Cause.LINK_ASTRAY)],
        since=None,
    ),
    Case(
        "its link was lost",
        INVOICE,
        [unclaimed(INVOICE)],
        unheard(INVOICE),
        [(Matter.LINK, DIFFERENCE, Cause.LINK_LOST)],
        command="starter.py sent INV-1",
        hint="sent",
    ),
    Case(
        "the link of a credit note was lost",
        NOTE,
        [unclaimed(NOTE)],
        unheard(NOTE),
        [(Matter.LINK, DIFFERENCE, Cause.LINK_LOST)],
        command="starter.py sent INV-1",
        hint="sent",
    ),
    Case(
        "the same was brought to Xero by others",
        OPEN,
        [unclaimed(OPEN, origin=None)],
        unheard(OPEN),
        [(Matter.LINK, DIFFERENCE, Cause.TWIN)],
        command="starter.py finalize INV-1",
        hint="finalized",
    ),
    Case(
        "it arrived, and the answer was lost",
        OPEN,
        [unclaimed(OPEN)],
        only_read(OPEN, intent=Intent(number="INV-1", payload_digest="ab", at=NOON)),
        [(Matter.LINK, DIFFERENCE, Cause.ANSWER_LOST)],
        command="starter.py finalize INV-1",
        hint="finalized",
    ),
    Case(
        "its link leads elsewhere than it does itself",
        INVOICE,
        [unclaimed(INVOICE, xero_id="x-2")],
        linked(INVOICE),
        [(Matter.LINK, DIFFERENCE, Cause.LINK_ASTRAY)],
    ),
    Case(
        "twice in Xero",
        NOTE,
        [shown(NOTE), unclaimed(NOTE, xero_id="x-2")],
        linked(NOTE),
        [(Matter.DOUBLED, DIFFERENCE, Cause.TWICE)],
    ),
    Case(
        "twice in Xero, while it is on hold",
        NOTE,
        [shown(NOTE), unclaimed(NOTE, xero_id="x-2")],
        linked(NOTE, **held(HoldReason.REJECTED)),
        [(Matter.DOUBLED, DIFFERENCE, Cause.TWICE), (Matter.HELD, HOLD, Cause.HELD)],
    ),
    Case(
        "voided in Xero, and nobody knows",
        INVOICE,
        edited(INVOICE, status=XeroStatus.VOIDED),
        linked(INVOICE),
        [(Matter.STATUS, DIFFERENCE, Cause.REMOVED)],
        command="starter.py reconcile --fix",
        view=True,
    ),
    Case(
        "deleted in Xero, and held for it",
        OPEN,
        edited(OPEN, status=XeroStatus.DELETED),
        linked(OPEN).seen(
            XeroView(xero_id="x-1", status=XeroStatus.DELETED, sent=False, seen_at=NOON.replace(hour=13))
        ),
        [(Matter.STATUS, HOLD, Cause.HELD)],
        since=NOON.replace(hour=13),
    ),
    Case(
        "voided in Sequence, and nobody told",
        GONE,
        edited(GONE, status=XeroStatus.AUTHORISED),
        linked(INVOICE),
        [(Matter.STATUS, DIFFERENCE, Cause.NOT_HEARD)],
        command="starter.py void INV-1",
        hint="voided",
    ),
    Case(
        "voided in Sequence, but paid in Xero",
        GONE,
        edited(GONE, status=XeroStatus.PAID),
        linked(INVOICE, **held(HoldReason.FROZEN_BY_PAYMENT)).read(GONE),
        [(Matter.STATUS, HOLD, Cause.HELD)],
        command="starter.py retry INV-1",
    ),
    Case(
        "renumbered in Xero",
        INVOICE,
        edited(INVOICE, number="X-77"),
        linked(INVOICE),
        [(Matter.NUMBER, OWN, Cause.BY_HAND)],
    ),
    Case(
        "renumbered in Sequence",
        INVOICE,
        edited(INVOICE, number="INV-0"),
        linked(INVOICE, number="INV-0"),
        [(Matter.NUMBER, DIFFERENCE, Cause.UNKNOWN)],
    ),
    Case(
        "another contact",
        INVOICE,
        edited(INVOICE, contact_id="contact-2"),
        linked(INVOICE),
        [(Matter.CONTACT, OWN, Cause.OTHER_CONTACT)],
    ),
    Case(
        "another currency, edited in Xero",
        INVOICE,
        edited(INVOICE, currency="EUR"),
        linked(INVOICE),
        [(Matter.CURRENCY, OWN, Cause.BY_HAND)],
    ),
    Case(
        "another currency, changed in Sequence",
        INVOICE,
        edited(INVOICE, currency="EUR"),
        linked(INVOICE, currency="EUR"),
        [(Matter.CURRENCY, DIFFERENCE, Cause.UNKNOWN)],
    ),
    Case(
        "a penny off, by the tax of its ledger account",
        INVOICE,
        edited(INVOICE, total=Decimal("120.01"), total_tax=Decimal("20.01")),
        linked(INVOICE, xero_total=Decimal("120.01")),
        [(Matter.TOTAL, DIFFERENCE, Cause.TAX_RATE), (Matter.TAX, DIFFERENCE, Cause.TAX_RATE)],
    ),
    Case(
        "another total, edited in Xero",
        INVOICE,
        edited(INVOICE, total=Decimal("130.00")),
        linked(INVOICE),
        [(Matter.TOTAL, OWN, Cause.BY_HAND)],
    ),
    Case(
        "another total, changed in Sequence",
        INVOICE,
        edited(INVOICE, total=Decimal("110.00"), total_tax=Decimal("20.00")),
        linked(INVOICE, gross_total=Decimal("110.00"), xero_total=Decimal("110.00")),
        [(Matter.TOTAL, DIFFERENCE, Cause.AMENDED)],
    ),
    Case(
        "another total that nothing explains",
        INVOICE,
        edited(INVOICE, total=Decimal("130.00")),
        linked(INVOICE, xero_total=None),
        [(Matter.TOTAL, DIFFERENCE, Cause.UNKNOWN)],
    ),
    Case(
        "the same total with another tax",
        INVOICE,
        edited(INVOICE, total_tax=Decimal("19.00")),
        linked(INVOICE),
        [(Matter.TAX, DIFFERENCE, Cause.UNKNOWN)],
    ),
    Case(
        "real dates edited in Xero",
        INVOICE,
        edited(INVOICE, issue_date=OTHER_DAY, due_date=OTHER_DAY),
        linked(INVOICE),
        [(Matter.ISSUE_DATE, OWN, Cause.BY_HAND), (Matter.DUE_DATE, OWN, Cause.BY_HAND)],
    ),
    Case(
        "a due date that was amended in Sequence, and nobody told",
        document(due_date=OTHER_DAY),
        edited(INVOICE),
        linked(INVOICE),
        [(Matter.DUE_DATE, DIFFERENCE, Cause.NOT_HEARD)],
        command="starter.py sent INV-1",
        hint="sent",
    ),
    Case(
        "a reference that was amended in Sequence, and not brought over yet",
        INVOICE,
        edited(INVOICE),
        applied(INVOICE, reference_digest="other"),
        [(Matter.REFERENCE, DIFFERENCE, Cause.UNDER_WAY)],
        command="starter.py sent INV-1",
        hint="sent",
    ),
    Case(
        "marked as not sent in Xero",
        INVOICE,
        edited(INVOICE, sent=False),
        linked(INVOICE),
        [(Matter.SENT, OWN, Cause.BY_HAND)],
    ),
    Case(
        "marked as sent in Xero, and no sweep saw it",
        OPEN,
        edited(OPEN, sent=True),
        linked(OPEN),
        [(Matter.SENT, DIFFERENCE, Cause.NOT_SEEN)],
        command="starter.py reconcile --fix",
        view=True,
    ),
    Case(
        "dated by a person before it was sent",
        OPEN,
        edited(OPEN, issue_date=OTHER_DAY),
        linked(OPEN),
        [(Matter.ISSUE_DATE, OWN, Cause.BY_HAND)],
    ),
    Case(
        "a person's edit of a document on hold is named beside the hold",
        OPEN,
        edited(OPEN, issue_date=OTHER_DAY),
        linked(OPEN, **held(HoldReason.DISCONNECTED)),
        [(Matter.ISSUE_DATE, OWN, Cause.BY_HAND), (Matter.HELD, HOLD, Cause.HELD)],
        command="starter.py connect",
    ),
]

IN_STEP = [
    ("a sent invoice", INVOICE, edited(INVOICE), linked(INVOICE)),
    ("a sent credit note", NOTE, edited(NOTE), linked(NOTE)),
    ("a final invoice", OPEN, edited(OPEN), linked(OPEN)),
    ("a paid invoice", INVOICE, edited(INVOICE, status=XeroStatus.PAID), linked(INVOICE)),
    ("an invoice paid before it was sent", OPEN, edited(OPEN, status=XeroStatus.PAID), linked(OPEN)),
    ("voided on both sides", GONE, edited(GONE), linked(GONE)),
    ("voided before it went", GONE, [], unheard(GONE)),
    ("voided, and its number taken by another", GONE, [unclaimed(OPEN, origin=None)], unheard(GONE)),
    ("a draft", document(DocumentStatus.DRAFT), [], unheard(INVOICE)),
    ("a total of zero before it is sent", document(FINAL, gross_total=Decimal(0)), [], unheard(OPEN)),
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
def test_a_difference_is_found_with_its_cause_and_what_mends_it(case: Case):
    finding = looked(case.of, case.in_xero, case.link, case.contact_id)
    assert finding
    assert [(each.matter, each.verdict, each.cause) for each in finding.differences] == case.found
    assert finding.command == case.command
    assert finding.is_alarm is case.alarm
    assert (finding.mend.hint if finding.mend else None) == case.hint
    assert bool(finding.mend and finding.mend.view) is case.view
    assert finding.since == case.since
    assert all(finding.why(each) for each in finding.differences)
    assert "Ada" not in finding.model_dump_json()


@pytest.mark.parametrize(("name", "of", "in_xero", "link"), IN_STEP, ids=[name for name, *_ in IN_STEP])
def test_what_is_in_step_is_not_found(name: str, of: Document, in_xero: Sequence[Shown], link: DocumentLink):
    assert looked(of, in_xero, link) is None, name


def test_without_a_linked_customer_the_contact_is_not_compared():
    assert looked(INVOICE, edited(INVOICE, contact_id="another"), linked(INVOICE), contact_id=None) is None


def test_a_document_made_in_xero_is_a_persons_own():
    finding = stray(unclaimed(INVOICE, origin=None, number="X-1"), "acme")
    assert finding
    assert (finding.verdict, finding.command, finding.document_id) == (OWN, None, None)
    assert finding.is_typed_in


@pytest.mark.parametrize("claim", [{"origin": "doc-9"}, {"account_id": "acme", "document_id": "doc-9"}])
def test_a_document_of_ours_that_sequence_lacks_is_a_difference(claim: dict[str, str]):
    finding = stray(unclaimed(INVOICE, **{"origin": None, **claim}), "acme")
    assert finding
    assert (finding.verdict, finding.document_id, finding.command) == (DIFFERENCE, "doc-9", None)
    assert finding.differences[0].cause is Cause.LEADS_NOWHERE


@pytest.mark.parametrize(
    "update", [{"status": XeroStatus.VOIDED}, {"status": XeroStatus.DRAFT}, {"account_id": "beta", "document_id": "d"}]
)
def test_what_is_not_in_force_or_another_accounts_is_nobodys_concern(update: dict[str, Any]):
    assert stray(unclaimed(INVOICE, **update), "acme") is None


def test_findings_are_sorted_alarms_first_then_by_verdict_and_number():
    def finding(name: str) -> Finding:
        case = next(each for each in CASES if each.name == name)
        found = looked(case.of, case.in_xero, case.link)
        assert found
        return found

    names = ["dated by a person before it was sent", "held before it could go", "never heard of"]
    frozen = finding("a sent document that a payment keeps at 3000")
    found = [*(finding(name) for name in names), frozen, unreadable("acme", Kind.INVOICE, "doc-3")]
    assert [each.verdict for each in sorted(found, key=gravest_first)] == [HOLD, DIFFERENCE, DIFFERENCE, HOLD, OWN]
    assert min(found, key=gravest_first) is frozen


def test_what_was_mended_is_no_alarm_any_more():
    found = looked(INVOICE, edited(INVOICE, issue_date=PLACEHOLDER), linked(INVOICE))
    assert found
    mended = found.model_copy(update={"is_mended": True})
    assert (mended.verdict, mended.is_alarm, mended.command) == (Verdict.MENDED, False, None)
