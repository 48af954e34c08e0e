"""The words of Xero's Accounting API for one sort of record: invoices, credit notes, contacts."""

from typing import NamedTuple

from xerosync.core.documents import Kind


class Names(NamedTuple):
    """Where one sort of record is found, and what its fields are called."""

    plural: str
    """Path and envelope: `Invoices`."""
    id: str
    number: str
    type: str = ""
    """Of a document on the receivable side: `ACCREC`."""

    @property
    def path(self) -> str:
        """The collection's path below the Accounting API."""
        return f"/{self.plural}"


KINDS: dict[Kind, Names] = {
    Kind.INVOICE: Names("Invoices", "InvoiceID", "InvoiceNumber", "ACCREC"),
    Kind.CREDIT_NOTE: Names("CreditNotes", "CreditNoteID", "CreditNoteNumber", "ACCRECCREDIT"),
}
CONTACTS = Names("Contacts", "ContactID", "ContactNumber")
