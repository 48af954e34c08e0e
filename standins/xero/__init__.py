"""A stand-in for Xero that keeps books: organisations, contacts, accounts, invoices, credit notes, payments.

`create_xero` returns an ASGI application that answers at Xero's own paths (`/api.xro/2.0/…`, `/connect/token`,
`/connections`), and at `/_sandbox/…` for what people and tests do on the other side. `app.state.xero` is the
`Xero` behind it.

    model · registers · state                     what an organisation holds, and how it is found
    documents · document_reader · lines · totals  what a request does to an invoice or credit note
    contact_edits · settlement · actions          what it does to a contact; payments; a person in Xero's pages
    where · filtering · listing                   how lists are narrowed, ordered and paged
    batch · envelope · rendering · errors         how answers are shaped
    invoices · credit_notes · contacts · …        the resources, a module each
    controls · snapshot                           the controls, and all books as one document
    identity · limits · idempotency · webhooks · page
"""

from standins.xero.app import create_xero
from standins.xero.limits import Limits
from standins.xero.state import Organisation, Settings, Xero

__all__ = ["Limits", "Organisation", "Settings", "Xero", "create_xero"]
