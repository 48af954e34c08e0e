"""What a person can do next about a document, the likeliest first. Pure.

This is the one place that knows. The command line shows the steps as commands, the console as buttons and links:
`steps_for` a document, `steps_after` each difference that a reconcile found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Difference, Finding, Severity


class Act(StrEnum):
    """What a person can do."""

    RETRY = "retry"
    RETRY_ALL_HELD = "retry_all_held"
    """Retry all documents that are held for the same reason."""
    IGNORE = "ignore"
    ADOPT = "adopt"
    """Say that the document in Xero with the same number is this one."""
    RESYNC = "resync"
    PREVIEW = "preview"
    STATUS = "status"
    FINALIZED = "finalized"
    SENT = "sent"
    VOIDED = "voided"
    PUSH_AGAIN = "push_again"
    LINK_CUSTOMER = "link_customer"
    PUSH_CUSTOMER = "push_customer"
    LEDGER_ACCOUNT = "ledger_account"
    EXEMPT_TAX = "exempt_tax"
    CONNECT = "connect"
    RECONCILE = "reconcile"
    RECONCILE_FIX = "reconcile_fix"


_SIGNALS = {
    DocumentStatus.FINAL: Act.FINALIZED,
    DocumentStatus.SENT: Act.SENT,
    DocumentStatus.VOIDED: Act.VOIDED,
}
"""By status in Sequence: what makes a workflow read the document again."""

_OF_HOLD: Mapping[HoldReason, Sequence[Act]] = {
    HoldReason.CUSTOMER_UNLINKED: (Act.LINK_CUSTOMER, Act.PUSH_CUSTOMER),
    HoldReason.DISCONNECTED: (Act.CONNECT, Act.PUSH_AGAIN),
    HoldReason.LEDGER_ACCOUNT_MISSING: (Act.LEDGER_ACCOUNT,),
    HoldReason.LEDGER_ACCOUNT_REJECTED: (Act.LEDGER_ACCOUNT, Act.RETRY),
    HoldReason.TAX_REJECTED: (Act.EXEMPT_TAX, Act.RETRY),
    HoldReason.NUMBER_TAKEN: (Act.RETRY, Act.ADOPT),
    HoldReason.CONTACT_ARCHIVED: (Act.RETRY, Act.LINK_CUSTOMER),
    HoldReason.LINES_DO_NOT_ADD_UP: (Act.PREVIEW,),
    HoldReason.NEGATIVE_TOTAL: (Act.VOIDED,),
    HoldReason.REMOVED_IN_XERO: (Act.VOIDED, Act.PUSH_AGAIN),
    HoldReason.NOT_APPROVED: (Act.RETRY, Act.CONNECT),
    HoldReason.PLAN_LIMIT: (Act.RETRY_ALL_HELD, Act.RETRY),
}
"""For any other hold: fix it in Xero or Sequence, then retry."""

_FIX = (Act.RESYNC, Act.RECONCILE_FIX)
_COMPARE = (Act.STATUS, Act.IGNORE)
_RESYNC = (Act.RESYNC, Act.RECONCILE)

_OF_CAUSE: Mapping[FindingCause, Sequence[Act]] = {
    FindingCause.NEVER_SIGNALLED: (Act.RECONCILE_FIX,),
    FindingCause.SIGNAL_MISSED: (Act.RECONCILE_FIX,),
    FindingCause.UNDER_WAY: (Act.RECONCILE_FIX,),
    FindingCause.ANSWER_LOST: (Act.RECONCILE_FIX,),
    FindingCause.LINK_LOST: (Act.RECONCILE_FIX,),
    FindingCause.ADOPTABLE: (Act.RECONCILE_FIX,),
    FindingCause.NUMBER_TAKEN: (Act.RECONCILE_FIX, Act.ADOPT),
    FindingCause.NOT_SEEN: _FIX,
    FindingCause.REMOVED: _FIX,
    FindingCause.DATED_AGAIN: _FIX,
    FindingCause.NOT_REPORTED: _FIX,
    FindingCause.WRONG_LINK: _RESYNC,
    FindingCause.DUPLICATE: _RESYNC,
    FindingCause.NOT_IN_SEQUENCE: (Act.RECONCILE,),
    FindingCause.VANISHED: (Act.RESYNC, Act.PUSH_AGAIN, Act.IGNORE),
    FindingCause.TAX_RATE: (*_RESYNC, Act.IGNORE),
    FindingCause.AMENDED: (Act.VOIDED, Act.IGNORE),
    FindingCause.UNREADABLE: (Act.RECONCILE,),
    FindingCause.UNKNOWN: _COMPARE,
    FindingCause.IGNORED: (Act.RETRY,),
    FindingCause.EDITED_IN_XERO: _COMPARE,
    FindingCause.ADOPTED: (Act.STATUS,),
    FindingCause.OTHER_CONTACT: _COMPARE,
    FindingCause.OTHER_ORGANISATION: (Act.PUSH_AGAIN, Act.IGNORE),
    FindingCause.CREATED_IN_XERO: (),
    FindingCause.SET_IN_SEQUENCE: _COMPARE,
}
"""After what a person does in Xero or Sequence, `reconcile` checks again. A held document's steps are its hold's."""

_SIGNALLED = {
    FindingCause.NEVER_SIGNALLED,
    FindingCause.SIGNAL_MISSED,
    FindingCause.UNDER_WAY,
    FindingCause.ANSWER_LOST,
    FindingCause.LINK_LOST,
    FindingCause.ADOPTABLE,
    FindingCause.NUMBER_TAKEN,
}
"""What a signal to the document's workflow may fix: that comes first."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that can be done. `ref` is None for a document that is in Xero alone; `hold` is what holds it."""

    act: Act
    account_id: str
    ref: DocumentRef | None
    number: str | None
    customer_id: str | None
    hold: HoldReason | None = None


def steps_for(link: DocumentLink) -> Sequence[NextStep]:
    """Return the steps for a document that is held or ignored; none where no person has to act."""
    hold = None if link.ignored or link.current_hold is None else link.current_hold.reason
    acts = (Act.RETRY,) if link.ignored else _of_hold(hold) if hold else ()
    return [NextStep(act, link.ref.account_id, link.ref, link.number, link.customer_id, hold) for act in acts]


def steps_of_hold(
    ref: DocumentRef, number: str | None, customer_id: str | None, hold: HoldReason
) -> Sequence[NextStep]:
    """Return the steps for a document that a hold keeps, or would keep."""
    return [NextStep(act, ref.account_id, ref, number, customer_id, hold) for act in _of_hold(hold)]


def steps_after(finding: Finding, difference: Difference) -> Sequence[NextStep]:
    """Return the steps for one difference; none where it is fixed or the document was created in Xero."""
    if finding.is_fixed:
        return []
    if difference.cause is FindingCause.HELD:
        acts = _of_hold(finding.hold) if finding.hold else (Act.RETRY,)
    else:
        acts = _OF_CAUSE[difference.cause]
        signal = _SIGNALS.get(finding.status) if finding.status else None
        if signal and difference.cause in _SIGNALLED:
            acts = (signal, *acts)
    return [
        NextStep(act, finding.account_id, finding.ref, finding.number, finding.customer_id, finding.hold)
        for act in acts
    ]


def is_fixable(finding: Finding) -> bool:
    """Whether `reconcile --fix` may fix it: its workflow can be sent a signal that it was not sent yet."""
    return finding.verdict is Severity.DIFFERENCE and finding.fix is not None and not finding.signalled


def _of_hold(reason: HoldReason) -> Sequence[Act]:
    return (*_OF_HOLD.get(reason, (Act.RETRY,)), Act.IGNORE)
