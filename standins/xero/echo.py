"""A refused element as answers show it: as it was sent, with dates and amounts in the forms that answers have."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from standins.xero.dates import NotADateError, date_field, read_date
from standins.xero.errors import InvalidError
from standins.xero.query import number_of

_DATES = {"Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate", "UpdatedDateUTC", "FullyPaidOnDate"}
_AMOUNTS = {
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "TaxAmount",
    "DiscountRate",
    "DiscountAmount",
    "CurrencyRate",
    "Amount",
}


def echoed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return `payload` in Xero's forms; a date or an amount that is none is left out."""
    body: dict[str, Any] = {}
    for name, value in payload.items():
        with suppress(NotADateError, InvalidError):
            if name == "LineItems" and isinstance(value, list):
                body[name] = [echoed(line) for line in value if isinstance(line, dict)]
            elif name in _DATES:
                body[name] = date_field(read_date(value))
            elif name in _AMOUNTS:
                body[name] = number_of(payload, name)
            else:
                body[name] = value
    return body
