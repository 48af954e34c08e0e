"""Addresses of records in Xero's own pages, which first choose the organisation by its short code."""

from urllib.parse import quote

from xerosync.model.documents import Kind

_LOGIN = "https://go.xero.com/organisationlogin/default.aspx"


def deep_link(short_code: str, kind: Kind, xero_id: str) -> str:
    """Return the address at which a person sees an invoice or a credit note in Xero."""
    if kind is Kind.INVOICE:
        return _page(short_code, f"/AccountsReceivable/View.aspx?InvoiceID={quote(xero_id, safe='')}")
    return _page(short_code, f"/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={quote(xero_id, safe='')}")


def contact_link(short_code: str, contact_id: str) -> str:
    """Return the address at which a person sees a contact in Xero."""
    return _page(short_code, f"/Contacts/View/{quote(contact_id, safe='')}")


def _page(short_code: str, path: str) -> str:
    return f"{_LOGIN}?shortcode={quote(short_code, safe='')}&redirecturl={path}"
