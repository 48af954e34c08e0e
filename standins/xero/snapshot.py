"""The books as one JSON document, to be kept in a file and loaded again.

Amounts are strings there, so not a digit is lost. Identity, webhooks, journal, faults and clock are not in it.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from standins.xero.model import (
    Account,
    Allocation,
    Attachment,
    Contact,
    Document,
    HistoryRecord,
    Item,
    Payment,
    TaxRate,
)
from standins.xero.state import Organisation, Profile, Xero


@dataclass(slots=True, kw_only=True)
class Books:
    """One organisation, written out."""

    profile: Profile
    accounts: list[Account]
    tax_rates: list[TaxRate]
    items: list[Item]
    contacts: list[Contact]
    invoices: list[Document]
    credit_notes: list[Document]
    payments: list[Payment]
    allocations: list[Allocation]
    history: dict[str, tuple[HistoryRecord, ...]]
    attachments: dict[str, tuple[Attachment, ...]]
    next_numbers: dict[str, int]
    sequence: int


_SNAPSHOT = TypeAdapter(list[Books])


class NotASnapshotError(ValueError):
    """The text is no snapshot of this stand-in; the message says where it differs."""


def take(xero: Xero) -> bytes:
    """Return all books as JSON."""
    return _SNAPSHOT.dump_json([_written(organisation) for organisation in xero.organisations.values()])


def load(xero: Xero, snapshot: bytes) -> None:
    """Put the books of a snapshot in the place of all there are. Raises NotASnapshotError, and then changes nothing."""
    try:
        loaded = _SNAPSHOT.validate_json(snapshot)
    except ValidationError as error:
        first = error.errors()[0]
        raise NotASnapshotError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for gone in xero.organisations.keys() - {books.profile.id for books in loaded}:
        xero.close(gone)
    for books in loaded:
        _fill(xero.open(books.profile), books)


def _written(organisation: Organisation) -> Books:
    return Books(
        profile=organisation.profile,
        accounts=list(organisation.accounts.values()),
        tax_rates=list(organisation.tax_rates.values()),
        items=list(organisation.items.values()),
        contacts=list(organisation.contacts),
        invoices=list(organisation.invoices),
        credit_notes=list(organisation.credit_notes),
        payments=list(organisation.payments.values()),
        allocations=list(organisation.allocations.values()),
        history=organisation.history,
        attachments=organisation.attachments,
        next_numbers=organisation.next_numbers,
        sequence=organisation.sequence,
    )


def _fill(organisation: Organisation, books: Books) -> None:
    for account in books.accounts:
        organisation.put_account(account)
    organisation.tax_rates = {rate.tax_type: rate for rate in books.tax_rates}
    organisation.items = {item.code: item for item in books.items}
    for contact in books.contacts:
        organisation.contacts.put(contact)
    for invoice in books.invoices:
        organisation.invoices.put(invoice)
    for note in books.credit_notes:
        organisation.credit_notes.put(note)
    for payment in books.payments:
        organisation.put_payment(payment, announce=False)
    organisation.allocations = {allocation.id: allocation for allocation in books.allocations}
    organisation.history = books.history
    organisation.attachments = books.attachments
    organisation.next_numbers = books.next_numbers
    organisation.sequence = books.sequence
