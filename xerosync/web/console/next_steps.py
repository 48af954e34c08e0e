"""What a person can do about a finding of a reconcile, or a hold: words, and the page on which it is done. Pure."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from xerosync.backfill.report import BackfillRow
from xerosync.documents.link import DocumentLink
from xerosync.operations.next_steps import Act, NextStep, is_fixable, steps_after, steps_for, steps_of_hold
from xerosync.reconcile.findings import Difference, Finding
from xerosync.web.console.addresses import address_of


class PageStep(NamedTuple):
    """A step in words; `url` is None for what is done in a terminal, or in Xero."""

    words: str
    url: str | None = None


_FOR_ALL = (Act.CONNECT, Act.LEDGER_ACCOUNT, Act.EXEMPT_TAX)
"""What a person does once for all documents of the account."""


def page_steps(finding: Finding, difference: Difference) -> Sequence[PageStep]:
    """Return the steps for one difference, the likeliest first, each page once."""
    steps = (_page_step(step, fixable=is_fixable(finding)) for step in steps_after(finding, difference))
    return list(dict.fromkeys(step for step in steps if step))


def steps_for_all(link: DocumentLink) -> Sequence[PageStep]:
    """Return what can be done at once for all documents that are held for the same reason as one."""
    return [step for each in steps_for(link) if each.act in _FOR_ALL and (step := _page_step(each, fixable=False))]


def row_steps(account_id: str, row: BackfillRow) -> Sequence[PageStep]:
    """Return the steps for a document of a backfill's preview that is, or would be, on hold, each page once."""
    ref = row.ref(account_id)
    steps = [step for hold in row.holds for step in steps_of_hold(ref, row.number, row.customer_id, hold)]
    return list(dict.fromkeys(found for step in steps if (found := _page_step(step, fixable=False))))


def _page_step(step: NextStep, *, fixable: bool) -> PageStep | None:
    account = f"/accounts/{quote(step.account_id, safe='')}"
    match step.act:
        case Act.RECONCILE_FIX:
            # What was sent to the document's workflow already is not sent again.
            return PageStep("Fix what is safe", f"{account}/reconcile/fix") if fixable else PageStep("Compare again")
        case Act.RECONCILE:
            return PageStep("Correct it in Xero or Sequence, then compare again")
        case Act.CONNECT:
            return PageStep("Connect to Xero", f"/connect/{quote(step.account_id, safe='')}")
        case Act.LEDGER_ACCOUNT | Act.EXEMPT_TAX:
            name = "ledger_account" if step.act is Act.LEDGER_ACCOUNT else "exempt_tax"
            words = "Choose the ledger account" if step.act is Act.LEDGER_ACCOUNT else "Choose the tax code"
            return PageStep(words, f"{account}/settings#{name}")
        case Act.LINK_CUSTOMER | Act.PUSH_CUSTOMER:
            customer = f"/{quote(step.customer_id, safe='')}" if step.customer_id else "?unlinked=yes"
            return PageStep("Link the customer", f"{account}/customers{customer}")
        case Act.RETRY_ALL_HELD if step.hold:
            return PageStep("All that are held for this reason", f"{account}/documents?hold={step.hold.value}")
        case _:
            return _on_the_documents_page(step.act, address_of(step.ref)) if step.ref else None


def _on_the_documents_page(act: Act, address: str) -> PageStep | None:
    match act:
        case Act.ADOPT:
            return PageStep("Compare with the one in Xero", f"{address}/adopt")
        case Act.PUSH_AGAIN:
            return PageStep("Push again", f"{address}/push-again")
        case Act.PREVIEW:
            return PageStep("Preview", f"{address}/preview")
        case _:
            return PageStep("Open the document", address)
