"""A document on both sides, a row a field, with what differs though it should not. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.money import money_words
from xerosync.core.xero_records import Payment
from xerosync.documents.link import DocumentLink

_PAID = {Payment.NOTHING: "no", Payment.PART: "in part", Payment.FULL: "in full"}


class SideBySideRow(NamedTuple):
    """One field as both sides show it, None where a side does not. `differs`: it should be the same, and is not."""

    name: str
    in_sequence: str | None
    in_xero: str | None
    differs: bool = False


def side_by_side(link: DocumentLink) -> Sequence[SideBySideRow]:
    """Return the rows of a document as the store knows it.

    Until it is sent its dates in Xero are the placeholder, so they differ as they should.
    """
    ours, xero = link.sequence, link.xero
    header = ours.header if ours else None
    is_sent = ours is not None and ours.status is DocumentStatus.SENT
    is_compared = is_sent and xero is not None and not xero.status.is_gone
    is_voided = ours is not None and ours.status is DocumentStatus.VOIDED
    rows = [
        SideBySideRow(
            "Status",
            ours.status if ours else None,
            xero.status if xero else "not there",
            bool(xero and ours and xero.status.is_gone is not is_voided),
        ),
        SideBySideRow(
            "Sent",
            _yes(is_sent) if ours else None,
            _yes(xero.sent) if xero else None,
            bool(ours and xero and not xero.status.is_gone and xero.sent is not is_sent),
        ),
        _dates("Issue date", header.issue_date if header else None, xero.issue_date if xero else None, is_compared),
        SideBySideRow("Total", _amount(link, link.gross_total), _amount(link, link.xero_total), link.drift is not None),
        SideBySideRow("Paid", None, paid_in_xero(link)),
    ]
    if link.ref.kind is Kind.INVOICE:
        due = header.due_date or header.issue_date if header else None
        rows.insert(3, _dates("Due date", due, xero.due_date if xero else None, is_compared))
    return rows


def paid_in_xero(link: DocumentLink) -> str | None:
    """Return how far a document is paid in Xero, such as `120.00 of 240.00 GBP`; None where it is not there.

    Of a credit note that is what is set against invoices or refunded.
    """
    xero, amounts = link.xero, link.amounts
    if xero is None:
        return None
    if amounts is None:
        return _PAID[xero.payment]
    credit = amounts.credited
    if link.ref.kind is Kind.CREDIT_NOTE:
        parts = money_words(amounts.paid + credit, None)
    elif credit and amounts.paid:
        parts = f"{money_words(amounts.paid, None)}, and {money_words(credit, None)} credited,"
    else:
        parts = f"{money_words(credit, None)} credited" if credit else money_words(amounts.paid, None)
    return f"{parts} of {money_words(amounts.total, link.currency)}"


def _dates(name: str, ours: date | None, theirs: date | None, is_compared: bool) -> SideBySideRow:
    differs = is_compared and ours is not None and ours != theirs
    return SideBySideRow(name, str(ours) if ours else None, str(theirs) if theirs else None, differs)


def _amount(link: DocumentLink, amount: Decimal | None) -> str | None:
    return None if amount is None else money_words(amount, link.currency)


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
