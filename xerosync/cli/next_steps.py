"""What can be done next about a document: commands of `starter.py`, ready to be typed, the likeliest first. Pure.

This is the one place that knows: `status` asks for a document, `reconcile` for each difference that it found. What
stands in capitals, and "…", is for the person to fill in.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Difference, Finding, Severity

_IGNORE = 'ignore {name} --because "…"'
_RETRY = ("retry {name}",)
_FIX = ("resync {name}", "reconcile --fix --account {account}")
_SIGNAL = ("{command} {name}", "reconcile --fix --account {account}")
_COMPARE = ("status {name}", _IGNORE)
_AGAIN = ("reconcile --account {account}",)
_RESYNC = ("resync {name}", *_AGAIN)

_COMMANDS = {
    DocumentStatus.FINAL: "finalize",
    DocumentStatus.SENT: "sent",
    DocumentStatus.VOIDED: "void",
}
"""By status in Sequence: the command that makes a workflow read the document again."""

_OF_HOLD: Mapping[HoldReason, Sequence[str]] = {
    HoldReason.CUSTOMER_UNLINKED: ("link-customer {customer}", "push-customer {customer}"),
    HoldReason.DISCONNECTED: ("connect --account {account}", "push-again {name}"),
    HoldReason.LEDGER_ACCOUNT_MISSING: ("settings --account {account} --ledger-account CODE",),
    HoldReason.LEDGER_ACCOUNT_REJECTED: ("settings --account {account} --ledger-account CODE", "retry {name}"),
    HoldReason.TAX_REJECTED: ("settings --account {account} --exempt-tax CODE", "retry {name}"),
    HoldReason.NUMBER_TAKEN: ("retry {name}", "adopt {name} --number"),
    HoldReason.CONTACT_ARCHIVED: ("retry {name}", "link-customer {customer}"),
    HoldReason.LINES_DO_NOT_ADD_UP: ("preview {name}",),
    HoldReason.NEGATIVE_TOTAL: ("void {name}",),
    HoldReason.REMOVED_IN_XERO: ("void {name}", "push-again {name}"),
    HoldReason.NOT_APPROVED: ("retry {name}", "connect --account {account}"),
    HoldReason.PLAN_LIMIT: ("retry --hold plan_limit",),
}
"""For any other hold: fix it in Xero or Sequence, then retry."""

_OF_CAUSE: Mapping[FindingCause, Sequence[str]] = {
    FindingCause.NEVER_SIGNALLED: _SIGNAL,
    FindingCause.SIGNAL_MISSED: _SIGNAL,
    FindingCause.UNDER_WAY: _SIGNAL,
    FindingCause.ANSWER_LOST: _SIGNAL,
    FindingCause.LINK_LOST: _SIGNAL,
    FindingCause.ADOPTABLE: _SIGNAL,
    FindingCause.NUMBER_TAKEN: (*_SIGNAL, "adopt {name} --number"),
    FindingCause.NOT_SEEN: _FIX,
    FindingCause.REMOVED: _FIX,
    FindingCause.DATED_AGAIN: _FIX,
    FindingCause.NOT_REPORTED: _FIX,
    FindingCause.WRONG_LINK: _RESYNC,
    FindingCause.DUPLICATE: _RESYNC,
    FindingCause.NOT_IN_SEQUENCE: _AGAIN,
    FindingCause.VANISHED: ("resync {name}", "push-again {name}", _IGNORE),
    FindingCause.TAX_RATE: (*_RESYNC, _IGNORE),
    FindingCause.AMENDED: ("void {name}", _IGNORE),
    FindingCause.UNREADABLE: _AGAIN,
    FindingCause.UNKNOWN: _COMPARE,
    FindingCause.IGNORED: ("retry {name}",),
    FindingCause.EDITED_IN_XERO: _COMPARE,
    FindingCause.ADOPTED: ("status {name}",),
    FindingCause.OTHER_CONTACT: _COMPARE,
    FindingCause.OTHER_ORGANISATION: ("push-again {name}", _IGNORE),
    FindingCause.CREATED_IN_XERO: (),
    FindingCause.SET_IN_SEQUENCE: _COMPARE,
}
"""After what a person does in Xero or Sequence, `reconcile` checks again. A held document's steps are its hold's."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the commands are about."""

    name: str
    account_id: str
    customer_id: str | None
    command: str = ""

    def commands(self, templates: Sequence[str]) -> list[str]:
        words = {
            "name": self.name,
            "account": shlex.quote(self.account_id),
            "customer": shlex.quote(self.customer_id) if self.customer_id else "CUSTOMER",
            "command": self.command,
        }
        return [f"starter.py {template.format(**words)}" for template in templates]


def steps_for(link: DocumentLink) -> list[str]:
    """Return the commands for a document that is held or ignored; none where no person has to act."""
    subject = _Subject(_name(link.ref, link.number), link.ref.account_id, link.customer_id)
    if link.ignored:
        return subject.commands(_RETRY)
    hold = link.current_hold
    return subject.commands(_of_hold(hold.reason)) if hold else []


def steps_after(finding: Finding, difference: Difference) -> list[str]:
    """Return the commands for one difference; none where it is fixed or the document was created in Xero."""
    if finding.is_fixed:
        return []
    name = _name(finding.ref, finding.number) if finding.ref else finding.number or ""
    command = _COMMANDS.get(finding.status, "") if finding.status else ""
    subject = _Subject(name, finding.account_id, finding.customer_id, command)
    if difference.cause is FindingCause.HELD:
        return subject.commands(_of_hold(finding.hold) if finding.hold else _RETRY)
    return subject.commands(_OF_CAUSE[difference.cause])


def is_fixable(finding: Finding) -> bool:
    """Whether `reconcile --fix` may fix it: its workflow can be sent a signal that it was not sent yet."""
    return finding.verdict is Severity.DIFFERENCE and finding.fix is not None and not finding.signalled


def _of_hold(reason: HoldReason) -> Sequence[str]:
    return (*_OF_HOLD.get(reason, _RETRY), _IGNORE)


def _name(ref: DocumentRef, number: str | None) -> str:
    """Return how the command line takes a document: by number, else, or where that reads otherwise, by kind and id."""
    is_plain = number and not number.startswith("-") and number.lower().replace("-", "_") not in set(Kind)
    return shlex.quote(number) if number and is_plain else f"{ref.kind.value} {shlex.quote(ref.document_id)}"
