"""Exact money: line totals in whole minor units, decimal strings in answers.

A line's net is quantity x rate rounded half away from zero to the currency's minor unit; its tax is that net
x tax rate rounded the same way; totals of a document are sums of its lines, never rounded again. A rate shown as
PERCENTAGE is shown so and counts as it stands: 0.02 on a volume of 1000 is 20, displayed as 2%.
How Sequence itself rounds is not published.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from standins.sequence.errors import Invalid

_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
_WHOLE = Decimal(1)

_WITHOUT_MINOR_UNIT = frozenset({"CLP", "ISK", "JPY", "KRW"})
_CODES = (
    "AED ARS AUD BRL BGN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD ILS INR ISK JPY KRW MXN NOK NZD PLN SAR SEK "
    "SGD THB USD UYU ZAR"
)
CURRENCIES = frozenset(_CODES.split())


def minor_digits(currency: str) -> int:
    """Return how many decimals amounts of `currency` have: 2, or 0 for CLP, ISK, JPY and KRW."""
    return 0 if currency in _WITHOUT_MINOR_UNIT else 2


def line_totals(quantity: str, rate: str, tax_rate: str, currency: str) -> tuple[int, int]:
    """Return net and tax of a line in minor units of `currency`; the arguments are decimal strings."""
    product = _EXACT.multiply(Decimal(quantity), Decimal(rate))
    net = _EXACT.quantize(product.scaleb(minor_digits(currency), _EXACT), _WHOLE)
    tax = _EXACT.quantize(_EXACT.multiply(net, Decimal(tax_rate)), _WHOLE)
    return int(net), int(tax)


def text(amount: int, currency: str) -> str:
    """Return minor units as a decimal string: 2000010 in GBP is "20000.10", 150 in JPY is "150"."""
    digits = minor_digits(currency)
    if not digits:
        return str(amount)
    whole, part = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{digits}d}"


def number(amount: int, currency: str) -> Decimal:
    """Return minor units as an exact number, for the few answers that carry money as a JSON number."""
    return Decimal(text(amount, currency))


def minor(amount: Decimal, currency: str, name: str) -> int:
    """Return `amount` in minor units; Invalid when it has more decimals than the currency."""
    scaled = amount.scaleb(minor_digits(currency), _EXACT)
    if scaled != scaled.to_integral_value():
        raise Invalid(f"{name} has more decimals than {currency} allows")
    return int(scaled)
