"""What is billed in the demo and what happens to each document. Data only, the same on every run."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from xerosync.core.documents import Kind

INVOICES = 30
CREDIT_NOTES = 6
CURRENCIES = ("GBP", "EUR", "USD")
UNLINKED = 19
"""The place of the customer who is linked late, to show a hold and its release."""

CUSTOMERS = (
    ("Ada Analytics Ltd", "London", "EC1A 1BB", "GB"),
    ("Birch & Bell LLP", "Leeds", "LS1 4AP", "GB"),
    ("Calder Foods Ltd", "Halifax", "HX1 1TS", "GB"),
    ("Delft Design BV", "Delft", "2611 AB", "NL"),
    ("Eiger Sport AG", "Bern", "3011", "CH"),
    ("Fjord Marine AS", "Bergen", "5003", "NO"),
    ("Grove Street Books", "Bristol", "BS1 5TR", "GB"),
    ("Hansa Logistik GmbH", "Hamburg", "20095", "DE"),
    ("Iona Textiles", "Oban", "PA34 4LW", "GB"),
    ("Jasper Coffee Inc", "Portland", "97205", "US"),
    ("Keel Robotics Inc", "Boston", "02110", "US"),
    ("Lune Média SAS", "Lyon", "69002", "FR"),
    ("Mersey Docks Supplies", "Liverpool", "L3 4AA", "GB"),
    ("Norte Vinos SL", "Bilbao", "48001", "ES"),
    ("Oak Lane Clinics", "Oxford", "OX1 2JD", "GB"),
    ("Pico Sensors GmbH", "Dresden", "01067", "DE"),
    ("Quarry Hill School", "Sheffield", "S1 2HH", "GB"),
    ("Rialto Audio Srl", "Venezia", "30125", "IT"),
    ("Severn Water Sports", "Gloucester", "GL1 2EP", "GB"),
    ("Tansy Gardens", "York", "YO1 7HH", "GB"),
)
"""Legal name, town, postal code, alpha-2 country. Invented."""


class Scenario(StrEnum):
    """What happens to a document after it was finalized."""

    SENT_IN_SEQUENCE = "sent in Sequence"
    SENT_IN_XERO = "marked sent in Xero"
    VOIDED = "voided"
    LEFT = "not sent"


@dataclass(frozen=True, slots=True)
class Billed:
    """One document of the month: whose, in which currency, dated when, with which lines (quantity, rate, tax)."""

    kind: Kind
    customer: int
    currency: str
    issue_date: date
    lines: tuple[tuple[str, str, str, str], ...]
    scenario: Scenario


_PRODUCTS = (
    ("Platform fee", "1", "480.00"),
    ("Seats", "12", "24.50"),
    ("API calls", "183250", "0.000123"),
    ("Support hours", "3.5", "95.00"),
    ("Onboarding", "1", "750.00"),
    ("Storage, GB-months", "412.75", "0.0825"),
)


_MARKED_IN_XERO = range(2, INVOICES, 6)
_LEFT = range(7, INVOICES, 10)


def month(first_day: date) -> list[Billed]:
    """Return the documents of a month that begins on that day, invoices first."""
    return [
        *(_billed(Kind.INVOICE, place, first_day) for place in range(INVOICES)),
        *(_billed(Kind.CREDIT_NOTE, place, first_day) for place in range(CREDIT_NOTES)),
    ]


def _billed(kind: Kind, place: int, first_day: date) -> Billed:
    """Every third line is usage with a rate below a cent; foreign customers are billed without tax."""
    customer = place % len(CUSTOMERS)
    is_domestic = CUSTOMERS[customer][3] == "GB"
    wanted = 1 if kind is Kind.CREDIT_NOTE else 1 + place % 4
    picked = [_PRODUCTS[(place + step) % len(_PRODUCTS)] for step in range(wanted)]
    return Billed(
        kind=kind,
        customer=customer,
        currency=CURRENCIES[place % len(CURRENCIES)],
        issue_date=first_day + timedelta(days=place % 28),
        lines=tuple((*product, "0.2" if is_domestic else "0") for product in picked),
        scenario=_scenario(kind, place),
    )


def _scenario(kind: Kind, place: int) -> Scenario:
    if kind is Kind.CREDIT_NOTE:
        return {4: Scenario.SENT_IN_XERO, 5: Scenario.LEFT}.get(place, Scenario.SENT_IN_SEQUENCE)
    if place == INVOICES - 1:
        return Scenario.VOIDED
    if place in _MARKED_IN_XERO:
        return Scenario.SENT_IN_XERO
    return Scenario.LEFT if place in _LEFT else Scenario.SENT_IN_SEQUENCE
