"""What Xero calls an invoice and a credit note: the same document under two vocabularies."""

from typing import NamedTuple

from xerosync.core.documents import Kind


class Names(NamedTuple):
    """Words of the Accounting API for one kind of document."""

    plural: str
    """Path and envelope: `Invoices`."""
    id: str
    number: str
    type: str
    """On the receivable side: `ACCREC`."""

    @property
    def path(self) -> str:
        """The collection's path below the Accounting API."""
        return f"/{self.plural}"


KINDS: dict[Kind, Names] = {
    Kind.INVOICE: Names("Invoices", "InvoiceID", "InvoiceNumber", "ACCREC"),
    Kind.CREDIT_NOTE: Names("CreditNotes", "CreditNoteID", "CreditNoteNumber", "ACCRECCREDIT"),
}
