"""What a person can do about a document that is held or ignored: the commands, ready to be typed. Pure."""

from collections.abc import Mapping, Sequence

from xerosync.model.holds import HoldReason
from xerosync.model.links import DocumentLink

_FIRST: Mapping[HoldReason, Sequence[str]] = {
    HoldReason.CUSTOMER_UNLINKED: ("link-customer {customer}", "push-customer {customer}"),
    HoldReason.DISCONNECTED: ("connect --account {account}",),
    HoldReason.LEDGER_ACCOUNT_MISSING: ("settings --account {account} --ledger-account CODE",),
    HoldReason.LEDGER_ACCOUNT_REJECTED: ("settings --account {account} --ledger-account CODE", "retry {name}"),
    HoldReason.TAX_REJECTED: ("settings --account {account} --exempt-tax CODE", "retry {name}"),
    HoldReason.NUMBER_TAKEN: ("retry {name}", "adopt {name} --number"),
    HoldReason.CONTACT_ARCHIVED: ("retry {name}", "link-customer {customer}"),
    HoldReason.LINES_DO_NOT_ADD_UP: ("preview {name}",),
    HoldReason.NEGATIVE_TOTAL: (),
    HoldReason.REMOVED_IN_XERO: (),
    HoldReason.PLAN_LIMIT: ("retry --hold plan_limit",),
}
"""Others are mended outside, and then tried again."""


def ways_out(link: DocumentLink) -> list[str]:
    """Return the commands of `starter.py` that mend what keeps a document, the likeliest first."""
    name = link.number or f"{link.ref.kind} {link.ref.document_id}"
    if link.ignored:
        return [f"retry {name}"]
    hold = link.current_hold
    if hold is None:
        return []
    commands = [*_FIRST.get(hold.reason, ("retry {name}",)), 'ignore {name} --because "…"']
    customer = link.customer_id or "CUSTOMER"
    return [command.format(name=name, customer=customer, account=link.ref.account_id) for command in commands]
