"""Currencies and their minor units. Amounts are `Decimal`; nothing here ever meets a float."""

import re
from decimal import ROUND_HALF_UP, Decimal

_WITHOUT_MINOR_UNIT = frozenset({"CLP", "ISK", "JPY", "KRW"})
"""Of Sequence's currencies, those counted in whole units (ISO 4217 exponent 0)."""


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency (ISO 4217 code): 1 for JPY, 0.01 for GBP."""
    return Decimal(1) if currency in _WITHOUT_MINOR_UNIT else Decimal("0.01")


def to_minor_unit(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half up to the minor unit of its currency."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def money_words(amount: Decimal, currency: str | None) -> str:
    """Return an amount as people read it, such as `1,234.50 GBP`: down to the minor unit, and no digit is dropped.

    An amount of which the currency is not known is shown as it is.
    """
    if not currency:
        return f"{amount:,}"
    rounded = to_minor_unit(amount, currency)
    return f"{rounded if rounded == amount else amount:,} {currency}"


_AMOUNT = re.compile(r"(?<![\w.,-])-?\d{4,}(?:\.\d+)?(?= [A-Z]{3}\b|$)")


def amounts_grouped(text: str) -> str:
    """Return a text such as `INV-1: 1234.50 GBP`, its amounts with their digits in groups: `INV-1: 1,234.50 GBP`.

    An amount is a number before a currency, or at the end.
    """
    return _AMOUNT.sub(lambda found: f"{Decimal(found[0]):,}", text)
