"""The way back from Xero: which document of Sequence an address leads to."""

import pytest

from xerosync.core.documents import Kind
from xerosync.xero.mapping import Origins

ORIGINS = Origins(invoice="https://app.example/invoices/{id}/view", credit_note="https://app.example/notes/{id}")


@pytest.mark.parametrize(
    ("kind", "url", "document_id"),
    [
        (Kind.INVOICE, "https://app.example/invoices/doc-1/view", "doc-1"),
        (Kind.INVOICE, "https://app.example/invoices/a%2Fb/view", "a/b"),
        (Kind.CREDIT_NOTE, "https://app.example/notes/doc-1", "doc-1"),
        (Kind.INVOICE, "https://app.example/notes/doc-1", None),
        (Kind.INVOICE, "https://app.example/invoices//view", None),
        (Kind.INVOICE, "https://app.example/invoices/a/b/view", None),
        (Kind.INVOICE, "https://elsewhere.example/invoices/doc-1/view", None),
        (Kind.INVOICE, "", None),
        (Kind.INVOICE, None, None),
    ],
)
def test_an_address_leads_to_the_document_that_has_it(kind: Kind, url: str | None, document_id: str | None):
    assert ORIGINS.leads_to(kind, url) == document_id


def test_without_addresses_nothing_leads_anywhere():
    assert Origins().leads_to(Kind.INVOICE, "https://app.example/invoices/doc-1") is None
