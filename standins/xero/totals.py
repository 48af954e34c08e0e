"""The arithmetic of a document: line totals, tax, sums.

Rules: a unit price has two places unless the request says unitdp=4; a line's total is quantity times price less
discount, rounded to two places; tax is rounded line by line and then summed. Rounding is half away from zero; which
one Xero uses in the last half penny is not published.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from standins.xero.model import ZERO, Line

CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
_HUNDRED = Decimal(100)


def to_cents(amount: Decimal) -> Decimal:
    """Round to two places."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_places(amount: Decimal, places: int) -> Decimal:
    """Round a unit price to two or four places."""
    return amount.quantize(FOUR_PLACES if places == 4 else CENT, ROUND_HALF_UP)  # noqa: PLR2004 - unitdp is 2 or 4


@lru_cache(maxsize=65_536)
def _shared(text: str) -> Decimal:
    return Decimal(text)


def shared(amount: Decimal) -> Decimal:
    """Return one object for equal amounts of equal places: documents by the hundred thousand repeat them."""
    return _shared(str(amount))


def line_total(
    quantity: Decimal, unit_amount: Decimal, discount_rate: Decimal | None, discount_amount: Decimal | None
) -> Decimal:
    """Return the total of a line, net of discount."""
    gross = quantity * unit_amount
    if discount_rate:
        gross = gross * (_HUNDRED - discount_rate) / _HUNDRED
    elif discount_amount:
        gross -= discount_amount
    return to_cents(gross)


def discount_of(line: Line) -> Decimal:
    """Return what the discount of a line takes off."""
    return to_cents(line.quantity * line.unit_amount) - line.line_amount


def tax_on(amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
    """Return the tax on, or in, a line's total; `rate` in percent."""
    if not rate or line_amount_types == "NoTax":
        return ZERO
    if line_amount_types == "Inclusive":
        return to_cents(amount * rate / (_HUNDRED + rate))
    return to_cents(amount * rate / _HUNDRED)


def sums(lines: Iterable[Line], line_amount_types: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return SubTotal, TotalTax and Total of a document."""
    amount = tax = ZERO
    for line in lines:
        amount += line.line_amount
        tax += line.tax_amount
    if line_amount_types == "Inclusive":
        return amount - tax, tax, amount
    return amount, tax, amount + tax
