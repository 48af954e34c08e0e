"""Lines as Xero takes them: each makes exactly the netTotal that Sequence gave it, or the document is held.

Xero insists that LineAmount is quantity times unit price, rounded to two places, and takes four decimals of each at
most. A line that can't be said so goes as quantity 1 at its netTotal, with the true quantity and rate in words. No
line is dropped and no rounding line invented.

`line_refusals` says all that is wrong, `line_items` how the lines would look; only what is not refused may be sent.
"""

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from typing import Any, NamedTuple

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentWithLines, Line, LineGroup, RateDisplay
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.money import to_minor_unit
from xerosync.core.text import fit, fit_shortened
from xerosync.xero.calls.answer import figure, plain

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
    """
    net, quantity, rate = line.net_total, line.quantity, line.rate
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
    head = " — ".join(dict.fromkeys(text for text in (fit(line.title), fit(line.description or "")) if text)) or "—"
    if group and (title := fit(group.title or "")):
        head = f"{title}: {head}"
    tail = ""
    if line.service_period:
        tail += f"\n{line.service_period.start_date.isoformat()} to {line.service_period.end_date.isoformat()}"
    if explained:
        tail += f"\n{explained}"
    return fit_shortened(head, MAX_DESCRIPTION, tail=tail)


def line_items(whole: DocumentWithLines, connection: Connection) -> list[dict[str, Any]]:
    """Return all LineItems of a document, in its order. A line without ledger account has no AccountCode."""
    groups = {group.id: group for group in whole.groups}
    return [_line_item(line, groups.get(line.group_id or ""), whole.document, connection) for line in whole.lines]


def line_refusals(whole: DocumentWithLines, connection: Connection) -> Iterator[HoldError]:
    """Yield each reason why the lines can't be sent; none: they are the document, to the last unit of its currency.

    The reasons are `negative_total`, `lines_do_not_add_up` with the figures, `ledger_account_missing`, and `rejected`
    where there is no line, or nobody says whether the customer is taxed: who is not to be taxed never is by mistake.
    """
    document, lines, currency = whole.document, whole.lines, whole.document.currency
    if document.net_total < 0 or document.gross_total < 0:
        yield HoldError(HoldReason.NEGATIVE_TOTAL, f"The total is {figure(document.gross_total)} {currency}.")
    if document.customer_tax_status is None:
        yield HoldError(HoldReason.REJECTED, "Sequence does not say whether its customer is taxed.", field="TaxType")
    if not lines:
        yield HoldError(
            HoldReason.REJECTED,
            f"The {document.kind.words} has no lines, and Xero takes none without.",
            field="LineItems",
        )
        return
    yield from _sums(whole)
    too_fine = [line for line in lines if line.net_total != to_minor_unit(line.net_total, currency)]
    if too_fine:
        net = figure(too_fine[0].net_total)
        yield HoldError(
            HoldReason.LINES_DO_NOT_ADD_UP,
            f"{_named(too_fine, lines)} a net total such as {net} {currency}, finer than that currency allows.",
            field="LineAmount",
        )
    homeless = [line for line in lines if _account(line, connection) is None]
    if homeless:
        yield HoldError(HoldReason.LEDGER_ACCOUNT_MISSING, f"{_named(homeless, lines)} none.", field="AccountCode")


def _sums(whole: DocumentWithLines) -> Iterator[HoldError]:
    document, lines = whole.document, whole.lines
    net = sum((line.net_total for line in lines), Decimal(0))
    gross = sum((line.gross_total for line in lines), Decimal(0))
    for what, added, said in (("net", net, document.net_total), ("gross", gross, document.gross_total)):
        if added != said:
            yield HoldError(
                HoldReason.LINES_DO_NOT_ADD_UP,
                f"The {what} totals of {len(lines)} lines add up to {figure(added)} {document.currency}, "
                f"the {document.kind.words} says {figure(said)} {document.currency}.",
                field="LineAmount",
            )


def _line_item(line: Line, group: LineGroup | None, document: Document, connection: Connection) -> dict[str, Any]:
    priced = price(line, document.currency)
    item: dict[str, Any] = {
        "Description": describe(line, group, priced.explained),
        "Quantity": priced.quantity,
        "UnitAmount": priced.unit_amount,
        # Xero refuses a line whose amount it would work out otherwise: better than books that differ.
        "LineAmount": plain(line.net_total),
    }
    account = _account(line, connection)
    if account is not None:
        item["AccountCode"] = account
    if document.is_exempt:
        item["TaxType"] = connection.exempt_tax_type
    return item


def _account(line: Line, connection: Connection) -> str | None:
    return line.ledger_account or connection.default_ledger_account


def _named(faulty: Sequence[Line], lines: Sequence[Line]) -> str:
    """Name one line, and how many more there are, as the subject of a sentence.

    By its place, not its title: holds travel through Temporal's histories, where no line's words belong.
    """
    first = f"Line {lines.index(faulty[0]) + 1}"
    more = len(faulty) - 1
    return f"{first} and {more} more have" if more else f"{first} has"


def _fits(figure: Decimal) -> bool:
    return figure == _EXACT.quantize(figure, _FOUR_PLACES)


def _percent(line: Line) -> str:
    """Say the rate in per cent; whether Sequence means 5 or 0.05 by five per cent shows in the line's own figures."""
    is_fraction = abs(line.quantity * line.rate - line.net_total) < abs(
        line.quantity * line.rate / _HUNDRED - line.net_total
    )
    return f"{figure(line.rate * _HUNDRED if is_fraction else line.rate)} %"
