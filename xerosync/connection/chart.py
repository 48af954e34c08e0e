"""What a connection keeps of its organisation's settings: ledger accounts, tax rates and currencies, as they were read.

A default is checked before it is set, so that a mistake is reported at once and not by every document.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from xerosync.core.base import Message
from xerosync.core.errors import MisconfiguredError

NO_TAX = "NONE"
"""The tax type that Xero has without a rate; it is valid on every sale."""

_ACTIVE = "ACTIVE"
_BANK = "BANK"
_INCOME = frozenset({"REVENUE", "SALES", "OTHERINCOME"})
_DEFERRED = frozenset({"CURRLIAB", "LIABILITY", "TERMLIAB"})
"""Income in advance is a liability: whoever defers revenue books sales there."""


class UnusableDefaultError(MisconfiguredError):
    """An account or a tax type that can't be a default of the connection."""


class LedgerAccount(Message):
    """An account of the chart of accounts; `type` is Xero's, such as REVENUE. System accounts are Xero's own.

    `tax_type` is what Xero puts on lines that name none; empty where it was not read.
    """

    code: str
    name: str
    type: str
    status: str = _ACTIVE
    is_system: bool = False
    tax_type: str = ""

    @property
    def is_bookable(self) -> bool:
        """Whether Xero lets a line be booked to it: it is in use, and no bank account."""
        return self.status == _ACTIVE and self.type != _BANK

    @property
    def is_income(self) -> bool:
        """Whether it is an active income account: what sales are booked to, most of the time."""
        return self.type in _INCOME and self.status == _ACTIVE and not self.is_system

    @property
    def unusable(self) -> str | None:
        """Why lines of sales can't be booked to it; None where they can."""
        if self.status != _ACTIVE:
            return "is archived"
        if self.is_system:
            return "is one of Xero's own system accounts"
        if self.type not in _INCOME | _DEFERRED:
            return f"is of type {self.type}, which sales are not booked to"
        return None


class TaxRate(Message):
    """A tax rate, in per cent; `on_sales`: it can be applied to income."""

    tax_type: str
    name: str
    rate: Decimal
    status: str = _ACTIVE
    on_sales: bool = True


class Chart(Message):
    """What an organisation had when it was read (`read_at`, UTC). Currencies are codes such as GBP."""

    tenant_id: str
    accounts: tuple[LedgerAccount, ...]
    tax_rates: tuple[TaxRate, ...]
    currencies: tuple[str, ...]
    read_at: datetime

    @property
    def income_accounts(self) -> Sequence[LedgerAccount]:
        """The accounts to offer as default, by code."""
        return sorted((account for account in self.accounts if account.is_income), key=lambda account: account.code)

    def account(self, code: str) -> LedgerAccount | None:
        """Return the account of that code."""
        return next((account for account in self.accounts if account.code == code), None)

    def rate(self, tax_type: str) -> Decimal | None:
        """Return the rate of a tax type in per cent; None where it is not known."""
        rates = {NO_TAX: Decimal(0)} | {each.tax_type: each.rate for each in self.tax_rates}
        return rates.get(tax_type)

    def check_ledger_account(self, code: str) -> LedgerAccount:
        """Return the account that sales may be booked to by default.

        Raises:
            UnusableDefaultError: there is none of that code, or it can't be used; the message says which can.
        """
        account = self.account(code)
        reason = account.unusable if account else "is not in the chart of accounts"
        if account is None or reason:
            offers = ", ".join(f"{each.code} {each.name}" for each in self.income_accounts) or "none"
            name = f" ({account.name})" if account else ""
            raise UnusableDefaultError(f"Ledger account {code}{name} {reason}. Accounts of income: {offers}.")
        return account

    @property
    def exempt_taxes(self) -> Sequence[str]:
        """The tax types that may stand on lines of customers who pay no tax."""
        return [NO_TAX, *(rate.tax_type for rate in self.tax_rates if _is_exempt(rate) and rate.tax_type != NO_TAX)]

    def check_exempt_tax(self, tax_type: str) -> None:
        """Check what is to be set on lines of customers who pay no tax.

        Raises:
            UnusableDefaultError: there is no such rate on sales, or it is not zero; the message says which are.
        """
        if tax_type not in self.exempt_taxes:
            raise UnusableDefaultError(
                f"Tax type {tax_type} is not an active rate of 0 % on sales. Those are: {', '.join(self.exempt_taxes)}."
            )


def _is_exempt(rate: TaxRate) -> bool:
    return rate.status == _ACTIVE and rate.on_sales and rate.rate == 0
