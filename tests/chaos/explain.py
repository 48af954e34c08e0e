"""Every difference that is left between both companies, and the act of a person that explains it.

The companies are read over raw HTTP, the acts are the witness's own. What the product says of a difference is judged by
that: a hold or an own edit must name it, and there must be no hold without an act that calls for it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import simplejson

from tests.chaos.ledger import Act, Ledger
from tests.chaos.people import BY_HAND, Billed, Branch
from tests.chaos.witness import PLACEHOLDER, Row, books
from xerosync.core.holds import HoldReason
from xerosync.reconcile.findings import Finding, Severity

_SETTLING = frozenset({Act.PAY, Act.PAY_PART, Act.SET_OFF})

_CALLED_FOR: Mapping[HoldReason, frozenset[Act]] = {
    HoldReason.FROZEN_BY_PAYMENT: _SETTLING,
    HoldReason.REMOVED_IN_XERO: frozenset({Act.VOID_IN_XERO}),
}
"""The acts to one document that call for a hold of it. An archived contact calls for one of all its documents."""


@dataclass(frozen=True)
class Left:
    """A difference that is left: what it is, and the acts that explain it. Without any it is a defect."""

    what: str
    because: frozenset[Act]
    is_archived: bool = False


async def unexplained(
    branch: Branch, issued: Sequence[Billed], ledger: Ledger, findings: Sequence[Finding]
) -> list[str]:
    """Return all that no act explains: in both companies' books, and in what the product says of them."""
    named = {finding.number: finding for finding in findings if not finding.is_created_in_xero}
    by_number = {billed.number: billed for billed in issued}
    problems: list[str] = []
    async for in_sequence, in_xero, number in books(branch):
        ours = [row for row in in_xero if not str(row[number]).startswith(BY_HAND)]
        times = Counter(row[number] for row in ours)
        problems += [f"{each} is in Xero {count} times" for each, count in times.items() if count > 1]
        problems += [f"{each} is in Xero and not in Sequence" for each in times.keys() - in_sequence.keys()]
        booked = {row[number]: row for row in ours}
        for each, document in in_sequence.items():
            left = list(_left(document, booked.get(each)))
            problems += _judged(by_number[each], left, ledger, named.get(each))
    for each, finding in named.items():
        if finding.verdict is Severity.DIFFERENCE:
            acts = ledger.acts(by_number[each]) if each in by_number else ()
            shown = [f"{it.aspect}: {it.in_sequence} / {it.in_xero}, {it.cause}" for it in finding.differences]
            problems.append(f"{each} ({', '.join(acts)}) counts as a difference: {shown}")
    return problems


def _judged(billed: Billed, left: Sequence[Left], ledger: Ledger, named: Finding | None) -> Iterator[str]:
    """Yield what is wrong with a document's differences, or with what the product says of them."""
    acts = frozenset(ledger.acts(billed))
    name = f"{billed.number} ({', '.join(ledger.acts(billed)) or 'nobody did anything'})"
    for each in left:
        if not (each.because & acts or (each.is_archived and ledger.was_archived(billed))):
            yield f"{name} {each.what}, which nobody's act explains"
        if named is None:
            yield f"{name} {each.what}, and reconcile does not name it"
    if named and named.hold:
        called_for = _CALLED_FOR.get(named.hold, frozenset()) & acts
        if not called_for and not (named.hold is HoldReason.CONTACT_ARCHIVED and ledger.was_archived(billed)):
            yield f"{name} is held as {named.hold}, which nobody's act calls for"
    elif named and named.verdict is Severity.MANUAL_EDIT and not acts & {Act.EDIT_DATES}:
        yield f"{name} counts as a person's edit, and nobody edited it"


def _left(document: Row, row: Row | None) -> Iterator[Left]:
    """Yield how one document differs from what it would be if people had worked in Sequence alone."""
    is_voided, is_sent = document["status"] == "VOIDED", document["status"] == "SENT"
    if row is None:
        if not is_voided:
            yield Left("is not in Xero", frozenset(), is_archived=True)
        return
    is_gone = row["Status"] in ("VOIDED", "DELETED")
    if is_voided:
        if not is_gone:
            yield Left("is voided in Sequence and stands in Xero", _SETTLING)
        return
    if is_gone:
        yield Left("is voided in Xero and stands in Sequence", frozenset({Act.VOID_IN_XERO}))
        return
    total = simplejson.loads(document["grossTotal"], use_decimal=True)
    if row["Total"] != total:
        yield Left(f"has the total {row['Total']}, not {total}", frozenset())
    if bool(row.get("SentToContact")) != is_sent:
        yield Left(f"is {document['status']} in Sequence, and sent in Xero: {row.get('SentToContact')}", _SETTLING)
    yield from _dates(document, row, is_sent=is_sent)
    if "paymentStatus" in document and document["paymentStatus"] != _payment(row):
        yield Left(f"is {document['paymentStatus']} in Sequence and {_payment(row)} in Xero", frozenset())


def _dates(document: Row, row: Row, *, is_sent: bool) -> Iterator[Left]:
    wanted = {"DateString": document["issueDate"], "DueDateString": document.get("dueDate")}
    for name, real in wanted.items():
        ours = real if is_sent else PLACEHOLDER
        theirs = str(row.get(name)).partition("T")[0]
        if real is not None and theirs != ours:
            yield Left(f"has {name} {theirs}, not {ours}", _SETTLING | {Act.EDIT_DATES})


def _payment(row: Row) -> str:
    """Return the payment status that Sequence has for what Xero shows."""
    if row["Status"] == "PAID":
        return "PAID"
    is_part = any(row.get(name) for name in ("AmountPaid", "AmountCredited"))
    return "PARTIALLY_PAID" if is_part else "UNPAID"
