"""Whose History and attachments a path speaks of: `/{Invoices|CreditNotes|Contacts|…}/{id}/…`."""

from starlette.requests import Request

from standins.xero.errors import NotFoundError
from standins.xero.state import Organisation

WITH_HISTORY = frozenset({"Invoices", "CreditNotes", "Contacts", "Items", "Payments"})
WITH_ATTACHMENTS = frozenset({"Invoices", "CreditNotes", "Contacts", "Accounts"})


def owner_id(request: Request, organisation: Organisation, owners: frozenset[str]) -> str:
    """Return the id of the record that `owner`, one of `owners`, and `record_id` of the path name.

    Raises NotFoundError.
    """
    reference: str = request.path_params["record_id"]
    key = reference.lower()
    owner = request.path_params["owner"]
    match owner if owner in owners else None:
        case "Invoices":
            found = organisation.invoices.get(key) or organisation.invoices.holder(reference)
        case "CreditNotes":
            found = organisation.credit_notes.get(key) or organisation.credit_notes.holder(reference)
        case "Contacts":
            found = organisation.contacts.get(key)
        case "Payments":
            found = organisation.payments.get(key)
        case "Accounts":
            found = organisation.accounts.get(key)
        case "Items":
            found = next((item for item in organisation.items.values() if item.id == key), None)
        case _:
            found = None
    if found is None:
        raise NotFoundError(reference)
    return found.id
