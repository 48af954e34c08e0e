"""Currencies and their minor units. Amounts are `Decimal`; nothing here ever meets a float."""

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
