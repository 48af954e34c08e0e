"""What can be done next about a document: commands of `starter.py`, ready to be typed, the likeliest first. Pure.

This is the one place that knows: `status` asks for a document, `reconcile` for each difference that it found. What
stands in capitals, and "…", is for the person to fill in.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.findings import HINTS, Difference, Finding, FindingCause, Severity

_IGNORE = 'ignore {name} --because "…"'
_RETRY = ("retry {name}",)
_FIX = ("resync {name}", "reconcile --fix --account {account}")
_TELL = ("{hint} {name}", "reconcile --fix --account {account}")
_COMPARE = ("status {name}", _IGNORE)
_AGAIN = ("reconcile --account {account}",)
_RESYNC = ("resync {name}", *_AGAIN)

_OF_HOLD: Mapping[HoldReason, Sequence[str]] = {
    HoldReason.CUSTOMER_UNLINKED: ("link-customer {customer}", "push-customer {customer}"),
    HoldReason.DISCONNECTED: ("connect --account {account}", "push-afresh {name}"),
    HoldReason.LEDGER_ACCOUNT_MISSING: ("settings --account {account} --ledger-account CODE",),
    HoldReason.LEDGER_ACCOUNT_REJECTED: ("settings --account {account} --ledger-account CODE", "retry {name}"),
    HoldReason.TAX_REJECTED: ("settings --account {account} --exempt-tax CODE", "retry {name}"),
    HoldReason.NUMBER_TAKEN: ("retry {name}", "adopt {name} --number"),
    HoldReason.CONTACT_ARCHIVED: ("retry {name}", "link-customer {customer}"),
    HoldReason.LINES_DO_NOT_ADD_UP: ("preview {name}",),
    HoldReason.NEGATIVE_TOTAL: ("void {name}",),
    HoldReason.REMOVED_IN_XERO: ("void {name}", "push-afresh {name}"),
    HoldReason.NOT_APPROVED: ("retry {name}", "connect --account {account}"),
    HoldReason.PLAN_LIMIT: ("retry --hold plan_limit",),
}
"""Whatever else holds a document is mended outside, and then tried again."""

_OF_CAUSE: Mapping[FindingCause, Sequence[str]] = {
    FindingCause.NEVER_HEARD: _TELL,
    FindingCause.NOT_HEARD: _TELL,
    FindingCause.UNDER_WAY: _TELL,
    FindingCause.ANSWER_LOST: _TELL,
    FindingCause.LINK_LOST: _TELL,
    FindingCause.TWIN: _TELL,
    FindingCause.NUMBER_TAKEN: (*_TELL, "adopt {name} --number"),
    FindingCause.NOT_SEEN: _FIX,
    FindingCause.REMOVED: _FIX,
    FindingCause.DATED_AGAIN: _FIX,
    FindingCause.NOT_REPORTED: _FIX,
    FindingCause.LINK_ASTRAY: _RESYNC,
    FindingCause.TWICE: _RESYNC,
    FindingCause.LEADS_NOWHERE: _AGAIN,
    FindingCause.VANISHED: ("resync {name}", "push-afresh {name}", _IGNORE),
    FindingCause.TAX_RATE: (*_RESYNC, _IGNORE),
    FindingCause.AMENDED: ("void {name}", _IGNORE),
    FindingCause.UNREADABLE: _AGAIN,
    FindingCause.UNKNOWN: _COMPARE,
    FindingCause.IGNORED: ("retry {name}",),
    FindingCause.BY_HAND: _COMPARE,
    FindingCause.ADOPTED: ("status {name}",),
    FindingCause.OTHER_CONTACT: _COMPARE,
    FindingCause.OTHER_BOOKS: ("push-afresh {name}", _IGNORE),
    FindingCause.TYPED_IN: (),
    FindingCause.SET_IN_SEQUENCE: _COMPARE,
}
"""After what a person does in Xero or Sequence, `reconcile` looks again. A held document's steps are its hold's."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the commands are about."""

    name: str
    account_id: str
    customer_id: str | None
    hint: str = ""

    def commands(self, templates: Sequence[str]) -> list[str]:
        words = {
            "name": self.name,
            "account": shlex.quote(self.account_id),
            "customer": shlex.quote(self.customer_id) if self.customer_id else "CUSTOMER",
            "hint": self.hint,
        }
        return [f"starter.py {template.format(**words)}" for template in templates]


def steps_for(link: DocumentLink) -> list[str]:
    """Return what mends that a document is held or ignored; nothing for one that waits for no person."""
    subject = _Subject(_name(link.ref, link.number), link.ref.account_id, link.customer_id)
    if link.ignored:
        return subject.commands(_RETRY)
    hold = link.current_hold
    return subject.commands(_of_hold(hold.reason)) if hold else []


def steps_after(finding: Finding, difference: Difference) -> list[str]:
    """Return what mends one difference; nothing for what is mended, or was made in Xero."""
    if finding.is_mended:
        return []
    name = _name(finding.ref, finding.number) if finding.ref else finding.number or ""
    hint = HINTS[finding.status][1] if finding.status and finding.status in HINTS else ""
    subject = _Subject(name, finding.account_id, finding.customer_id, hint)
    if difference.cause is FindingCause.HELD:
        return subject.commands(_of_hold(finding.hold) if finding.hold else _RETRY)
    return subject.commands(_OF_CAUSE[difference.cause])


def is_fixable(finding: Finding) -> bool:
    """Whether `reconcile --fix` may mend it: there is something to tell its workflow that it was not told yet."""
    return finding.verdict is Severity.DIFFERENCE and finding.mend is not None and not finding.told


def _of_hold(reason: HoldReason) -> Sequence[str]:
    return (*_OF_HOLD.get(reason, _RETRY), _IGNORE)


def _name(ref: DocumentRef, number: str | None) -> str:
    """Return how the command line takes a document: by number, else, or where that reads otherwise, by kind and id."""
    is_plain = number and not number.startswith("-") and number.lower().replace("-", "_") not in set(Kind)
    return shlex.quote(number) if number and is_plain else f"{ref.kind.value} {shlex.quote(ref.document_id)}"
