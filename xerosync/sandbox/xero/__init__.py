"""A stand-in for Xero that keeps books: organisations, contacts, accounts, invoices, credit notes, payments.

`create_xero` returns an ASGI application that answers at Xero's own paths (`/api.xro/2.0/…`, `/connect/token`,
`/connections`), and at `/_sandbox/…` for what people and tests do on the other side. `app.state.xero` is the
`Xero` behind it.

    model · registers · state      what an organisation holds, and how it is found
    documents · lines · totals     what a request does to an invoice or credit note
    contact_edits                  what a request does to a contact
    where · filtering · listing    how lists are narrowed, ordered and paged
    batch · envelope · errors      how answers are shaped
    invoices · credit_notes · …    the resources, a module each
    identity · limits · idempotency · webhooks · page
"""

from xerosync.sandbox.xero.app import create_xero
from xerosync.sandbox.xero.limits import Limits
from xerosync.sandbox.xero.state import Organisation, Settings, Xero

__all__ = ["Limits", "Organisation", "Settings", "Xero", "create_xero"]
