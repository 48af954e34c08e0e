"""Which holds a change of an organisation's own settings may release: what can be read of it, and what is tried. Pure.

A currency that was added and an account that was opened, or got another tax rate, show in the chart of accounts. How
many documents a plan allows shows nowhere: there one document goes ahead of the others.
"""

from collections.abc import Set

from pydantic import AwareDatetime

from xerosync.model.base import Message
from xerosync.model.chart import Chart
from xerosync.model.documents import DocumentRef
from xerosync.model.holds import HoldReason

BY_ACCOUNTS = (HoldReason.LEDGER_ACCOUNT_REJECTED, HoldReason.TAX_REJECTED)
BY_CURRENCIES = (HoldReason.CURRENCY_NOT_ENABLED,)
BY_PLAN = (HoldReason.PLAN_LIMIT,)
MENDABLE = (*BY_ACCOUNTS, *BY_CURRENCIES, *BY_PLAN)


class HoldLook(Message):
    """What an organisation offered at the last look (`at`, UTC), and the document that was sent ahead, if any was.

    `accounts` are the codes of the accounts that lines can be booked to, each with its tax rate.
    """

    at: AwareDatetime
    accounts: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    probe: DocumentRef | None = None

    def showing(self, chart: Chart) -> "HoldLook":
        """Return the look with what a chart offers."""
        accounts = frozenset(f"{each.code} {each.tax_type}" for each in chart.accounts if each.is_bookable)
        return self.model_copy(update={"accounts": accounts, "currencies": frozenset(chart.currencies)})

    def new_accounts(self, before: "HoldLook") -> Set[str]:
        """Return the accounts that can be used now, or with another tax rate, and could not before."""
        return self.accounts - before.accounts

    def new_currencies(self, before: "HoldLook") -> Set[str]:
        """Return the currencies that were added since."""
        return self.currencies - before.currencies
