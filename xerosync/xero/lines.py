"""Lines as Xero takes them: each makes exactly the netTotal that Sequence gave it, or the document is held.

Xero insists that LineAmount is quantity times unit price, rounded to two places, and takes four decimals of each at
most. A line that can't be said so goes as quantity 1 at its netTotal, with the true quantity and rate in words. No
line is dropped and no rounding line invented.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any, NamedTuple

from xerosync.model.connection import Connection
from xerosync.model.documents import Document, DocumentWithLines, Line, LineGroup, RateDisplay, TaxStatus
from xerosync.model.errors import HoldError
from xerosync.model.holds import HoldReason
from xerosync.model.money import to_minor_unit
from xerosync.xero.answers import figure, plain

MAX_DESCRIPTION = 4000
"""Characters of a line's Description (Xero's limit)."""

_FOUR_PLACES = Decimal("0.0001")
_HALF_CENT = Decimal("0.005")
_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_EXACT = Context(prec=100)
"""Products of figures as long as Sequence may send them are not rounded on the way."""


class Priced(NamedTuple):
    """Quantity and unit price as sent; `explained` is what they could not say, in words."""

    quantity: Decimal
    unit_amount: Decimal
    explained: str | None = None


def price(line: Line, currency: str) -> Priced:
    """Return how a line is sent.

    Quantity times price must lie within less than half a cent of the netTotal: then it is the netTotal however
    Xero rounds, in currencies without a minor unit, too.

    Raises:
        HoldError: `lines_do_not_add_up`, the netTotal is finer than the currency's minor unit.
    """
    net, quantity, rate = line.net_total, line.quantity, line.rate
    if net != to_minor_unit(net, currency):
        raise HoldError(
            HoldReason.LINES_DO_NOT_ADD_UP,
            f"The line {line.title!r} has a net total of {figure(net)} {currency}, finer than that currency allows.",
        )
    sayable = quantity > 0 and _fits(quantity) and _fits(rate) and line.rate_display is RateDisplay.ABSOLUTE
    if sayable and abs(_EXACT.multiply(quantity, rate) - net) < _HALF_CENT:
        return Priced(plain(quantity), plain(rate))
    if line.rate_display is RateDisplay.PERCENTAGE:
        return Priced(_ONE, plain(net), f"{figure(quantity)} at {_percent(line)}")
    return Priced(_ONE, plain(net), f"{figure(quantity)} at {figure(rate)} {currency}")


def describe(line: Line, group: LineGroup | None, explained: str | None) -> str:
    """Return a line's Description: group, title, description, service period, and the true quantity and rate.

    What is too long for Xero is cut in the middle: the figures at the end stay.
    """
    head = " — ".join(dict.fromkeys(text for text in (line.title, line.description) if text)) or "—"
    if group and group.title:
        head = f"{group.title}: {head}"
    tail = ""
    if line.service_period:
        tail += f"\n{line.service_period.start_date.isoformat()} to {line.service_period.end_date.isoformat()}"
    if explained:
        tail += f"\n{explained}"
    room = MAX_DESCRIPTION - len(tail)
    return (head if len(head) <= room else head[: room - 1] + "…") + tail


def line_items(whole: DocumentWithLines, connection: Connection) -> list[dict[str, Any]]:
    """Return all LineItems of a document, in its order, after checking that they add up to it.

    Raises:
        HoldError: `lines_do_not_add_up`, `negative_total`, `ledger_account_missing` or `rejected`.
    """
    check_totals(whole.document, whole.lines)
    groups = {group.id: group for group in whole.groups}
    exempt = whole.document.customer_tax_status in (TaxStatus.TAX_EXEMPT, TaxStatus.REVERSE_CHARGED)
    return [
        _line_item(line, groups.get(line.group_id or ""), whole.document.currency, connection, exempt=exempt)
        for line in whole.lines
    ]


def check_totals(document: Document, lines: Sequence[Line]) -> None:
    """Check that the lines are the document, to the last unit of its currency.

    Raises:
        HoldError: `negative_total`, `lines_do_not_add_up` with the figures, or `rejected` where there is no line.
    """
    if document.net_total < 0 or document.gross_total < 0:
        raise HoldError(HoldReason.NEGATIVE_TOTAL, f"The total is {figure(document.gross_total)} {document.currency}.")
    if not lines:
        raise HoldError(HoldReason.REJECTED, f"The {document.kind.words} has no lines, and Xero takes none without.")
    net = sum((line.net_total for line in lines), Decimal(0))
    gross = sum((line.gross_total for line in lines), Decimal(0))
    for what, added, said in (("net", net, document.net_total), ("gross", gross, document.gross_total)):
        if added != said:
            raise HoldError(
                HoldReason.LINES_DO_NOT_ADD_UP,
                f"The {what} totals of {len(lines)} lines add up to {figure(added)} {document.currency}, "
                f"the {document.kind.words} says {figure(said)} {document.currency}.",
            )


def _line_item(
    line: Line, group: LineGroup | None, currency: str, connection: Connection, *, exempt: bool
) -> dict[str, Any]:
    account = line.ledger_account or connection.default_ledger_account
    if account is None:
        raise HoldError(HoldReason.LEDGER_ACCOUNT_MISSING, f"It is missing on the line {line.title!r}.")
    priced = price(line, currency)
    item: dict[str, Any] = {
        "Description": describe(line, group, priced.explained),
        "Quantity": priced.quantity,
        "UnitAmount": priced.unit_amount,
        # Xero refuses a line whose amount it would work out otherwise: better than books that differ.
        "LineAmount": plain(line.net_total),
        "AccountCode": account,
    }
    if exempt:
        item["TaxType"] = connection.exempt_tax_type
    return item


def _fits(figure: Decimal) -> bool:
    return figure == _EXACT.quantize(figure, _FOUR_PLACES)


def _percent(line: Line) -> str:
    """Say the rate in per cent; whether Sequence means 5 or 0.05 by five per cent shows in the line's own figures."""
    is_fraction = abs(line.quantity * line.rate - line.net_total) < abs(
        line.quantity * line.rate / _HUNDRED - line.net_total
    )
    return f"{figure(line.rate * _HUNDRED if is_fraction else line.rate)} %"
