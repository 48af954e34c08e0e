"""Next steps as commands of `starter.py`, ready to be typed. What stands in capitals, and "…", the person fills in."""

import re
import shlex

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.operations.next_steps import Act, NextStep, steps_after, steps_for
from xerosync.reconcile.findings import Difference, Finding

_COMMANDS = {
    Act.RETRY: "retry {name}",
    Act.RETRY_ALL_HELD: "retry --hold {hold}",
    Act.IGNORE: 'ignore {name} --because "…"',
    Act.ADOPT: "adopt {name} --number",
    Act.RESYNC: "resync {name}",
    Act.PREVIEW: "preview {name}",
    Act.STATUS: "status {name}",
    Act.FINALIZED: "finalize {name}",
    Act.SENT: "sent {name}",
    Act.VOIDED: "void {name}",
    Act.PUSH_AGAIN: "push-again {name}",
    Act.LINK_CUSTOMER: "link-customer {customer}",
    Act.PUSH_CUSTOMER: "push-customer {customer}",
    Act.LEDGER_ACCOUNT: "settings --account {account} --ledger-account CODE",
    Act.EXEMPT_TAX: "settings --account {account} --exempt-tax CODE",
    Act.CONNECT: "connect --account {account}",
    Act.RECONCILE: "reconcile --account {account}",
    Act.RECONCILE_FIX: "reconcile --fix --account {account}",
}

_ACTS = {
    "retry": Act.RETRY,
    "ignore": Act.IGNORE,
    "adopt": Act.ADOPT,
    "resync": Act.RESYNC,
    "preview": Act.PREVIEW,
    "status": Act.STATUS,
    "push-again": Act.PUSH_AGAIN,
    "link-customer": Act.LINK_CUSTOMER,
    "push-customer": Act.PUSH_CUSTOMER,
    "connect": Act.CONNECT,
    "settings --ledger-account CODE": Act.LEDGER_ACCOUNT,
    "settings --exempt-tax CODE": Act.EXEMPT_TAX,
    "retry --hold plan_limit": Act.RETRY_ALL_HELD,
}
"""What sentences for both doors name in backticks."""

_NAMED = re.compile(r"`([a-z][^`]*)`")


def spelled_out(
    words: str, ref: DocumentRef, number: str | None, customer_id: str | None = None, *, several_accounts: bool
) -> str:
    """Return a sentence about a document with each command that it names as it is typed."""

    def typed(found: re.Match[str]) -> str:
        act = _ACTS.get(found[1])
        if act is None:
            return found[0]
        hold = HoldReason.PLAN_LIMIT if act is Act.RETRY_ALL_HELD else None
        step = NextStep(act, ref.account_id, ref, number, customer_id, hold)
        return f"`{command(step, several_accounts=several_accounts)}`"

    return _NAMED.sub(typed, words)


def commands_for(link: DocumentLink, *, several_accounts: bool = False) -> list[str]:
    """Return the commands for a document that is held or ignored; none where no person has to act."""
    return [command(step, several_accounts=several_accounts) for step in steps_for(link)]


def commands_after(finding: Finding, difference: Difference, *, several_accounts: bool = False) -> list[str]:
    """Return the commands for one difference of a reconcile."""
    return [command(step, several_accounts=several_accounts) for step in steps_after(finding, difference)]


def command(step: NextStep, *, several_accounts: bool = False) -> str:
    """Return a step as it is typed; where there are several accounts it says which."""
    template = _COMMANDS[step.act]
    if several_accounts and "{account}" not in template:
        template += " --account {account}"
    return "starter.py " + template.format(
        name=document_name(step.ref, step.number) if step.ref else step.number or "",
        account=shlex.quote(step.account_id),
        customer=shlex.quote(step.customer_id) if step.customer_id else "CUSTOMER",
        hold=step.hold,
    )


def document_name(ref: DocumentRef, number: str | None) -> str:
    """Return how the command line takes a document: by number, else, or where that reads otherwise, by kind and id."""
    is_plain = number and not number.startswith("-") and number.lower().replace("-", "_") not in set(Kind)
    return shlex.quote(number) if number and is_plain else f"{ref.kind.value} {shlex.quote(ref.document_id)}"
