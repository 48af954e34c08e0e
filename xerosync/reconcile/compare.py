"""The finding about one document: what differs, under which hold, and what may be sent to fix it. Pure."""

from collections.abc import Sequence

from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.reconcile.causes import FIXED_BY_READING, FIXED_BY_XERO_VIEW, FindingCause
from xerosync.reconcile.differences import difference, differences_between
from xerosync.reconcile.findings import Aspect, Difference, Finding, Fix, FoundInXero, Severity
from xerosync.reconcile.pairs import BothSides, XeroSummary

SIGNALS = {
    DocumentStatus.FINAL: "finalized",
    DocumentStatus.SENT: "sent",
    DocumentStatus.VOIDED: "voided",
}
"""By status in Sequence, for the documents that are compared: the signal that makes a workflow read one again."""

_NOT_EXPLAINED_BY_A_HOLD = frozenset({Aspect.DUPLICATE, Aspect.CURRENCY, Aspect.TOTAL, Aspect.TAX, Aspect.PAYMENT})
"""Money that differs is named beside a hold: no hold causes that."""


def compare(sides: BothSides) -> Finding | None:
    """Return what differs about a document; None where both sides are in step, or it is a draft."""
    document, link = sides.document, sides.link
    if document.status not in SIGNALS:
        return None
    found = sides.in_xero()
    differences = list(differences_between(sides, found))
    hold = link.current_hold
    if link.ignored:
        differences = [_ignored(each) for each in differences]
    elif hold:
        differences = [_held(each) for each in differences]
        if all(each.verdict is not Severity.HOLD for each in differences):
            differences.append(Difference(aspect=Aspect.HELD, verdict=Severity.HOLD, cause=FindingCause.HELD))
    if not differences:
        return None
    since = hold.since if hold else found.updated_at if found else link.updated_at
    return Finding(
        account_id=document.account_id,
        kind=document.kind,
        document_id=document.id,
        number=document.number,
        customer_id=document.customer_id,
        status=document.status,
        seen=tuple(FoundInXero(xero_id=each.xero_id, number=each.number) for each in sides.candidates),
        differences=tuple(differences),
        hold=hold.reason if hold else None,
        since=since,
        fix=_fix(document, found, differences),
    )


def unlinked(found: XeroSummary, account_id: str) -> Finding | None:
    """Return the finding of a document in Xero for which Sequence has none; None where there is nothing to say.

    There is nothing to say of a document that is not in force, or that belongs to another account.
    """
    if not found.is_in_force or found.account_id not in (None, account_id):
        return None
    is_from_sequence = found.document_id is not None or found.origin is not None
    cause = FindingCause.NOT_IN_SEQUENCE if is_from_sequence else FindingCause.CREATED_IN_XERO
    amount = f"{found.total} {found.currency}"
    return Finding(
        account_id=account_id,
        kind=found.kind,
        document_id=found.document_id or found.origin,
        number=found.number or None,
        seen=(FoundInXero(xero_id=found.xero_id, number=found.number),),
        differences=(difference(Aspect.MISSING_IN_SEQUENCE, cause, None, amount),),
        since=found.updated_at,
    )


def unreadable(account_id: str, kind: Kind, document_id: str) -> Finding:
    """Return the finding of a document that Sequence listed in a form that can't be read."""
    return Finding(
        account_id=account_id,
        kind=kind,
        document_id=document_id,
        differences=(difference(Aspect.UNREADABLE, FindingCause.UNREADABLE, document_id, None),),
    )


def _held(each: Difference) -> Difference:
    if each.verdict is not Severity.DIFFERENCE or each.aspect in _NOT_EXPLAINED_BY_A_HOLD:
        return each
    return each.model_copy(update={"verdict": Severity.HOLD, "cause": FindingCause.HELD})


def _ignored(each: Difference) -> Difference:
    if each.verdict is not Severity.DIFFERENCE:
        return each
    return each.model_copy(update={"verdict": Severity.IGNORED, "cause": FindingCause.IGNORED})


def _fix(document: Document, found: XeroSummary | None, differences: Sequence[Difference]) -> Fix | None:
    """Return what may be sent to the document's workflow; None where that could not fix anything."""
    causes = {each.cause for each in differences if each.verdict is Severity.DIFFERENCE}
    view = found.view if found and causes & FIXED_BY_XERO_VIEW else None
    signal = SIGNALS[document.status] if causes & FIXED_BY_READING else None
    return Fix(signal=signal, view=view) if view or signal else None
