"""One customer of Sequence and its contact in Xero: found, linked, unlinked."""

from collections.abc import Sequence
from dataclasses import dataclass

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError
from xerosync.core.xero_records import XeroContact
from xerosync.customers.customer import Customer
from xerosync.customers.matching import Suggestion, search_terms, suggested
from xerosync.services import Services

SUGGESTED = 10
"""Contacts that are suggested at most."""


class UnknownCustomerError(MisconfiguredError):
    """There is no such customer."""


class UnusableContactError(MisconfiguredError):
    """The customer can't be linked to that contact."""


class UnknownContactError(UnusableContactError):
    """The organisation has no such contact."""


class StillShownError(MisconfiguredError):
    """Sequence still shows a link that was removed here."""


@dataclass(frozen=True, slots=True)
class LikelyContact:
    """A contact that a customer may be, why, and the customer that is linked to it already."""

    suggestion: Suggestion
    linked_to: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """The contact that a customer was linked to, and its documents that went on for that."""

    contact: XeroContact
    released: Sequence[DocumentRef]


async def customer_of(services: Services, account_id: str, customer_id: str) -> Customer:
    """Return a customer as Sequence has it. Raises UnknownCustomerError."""
    try:
        return await services.customers.get(account_id, customer_id)
    except MissingError:
        raise UnknownCustomerError(f"Sequence has no customer {customer_id}: check the id there.") from None


async def likely_contacts(services: Services, connection: Connection, customer: Customer) -> Sequence[LikelyContact]:
    """Look for a customer among Xero's contacts, in four calls at most; the likeliest first."""
    contacts = services.xero.contacts()
    own = await contacts.find_by_number(connection, customer.id)
    found = [own] if own else []
    for term in search_terms(customer):
        found.extend(await contacts.search(connection, term))
    suggestions = suggested(customer, found)[:SUGGESTED]
    taken = await services.imports.customers_of(connection.account_id, [it.contact.contact_id for it in suggestions])
    return [LikelyContact(each, taken.get(each.contact.contact_id)) for each in suggestions]


async def link_to_contact(services: Services, connection: Connection, customer: Customer, contact_id: str) -> Linked:
    """Link a customer to a contact, or to the one that it was merged into; documents that waited for it go on.

    Raises:
        UnusableContactError: Xero has no such contact, or it is archived.
        RetryLaterError: Xero, Sequence or the store does not answer.
    """
    try:
        contact = await services.xero.contacts().follow(connection, contact_id)
    except MissingError:
        raise UnknownContactError(f"{connection.organisation_name} has no contact {contact_id}.") from None
    if contact.is_archived:
        raise UnusableContactError(f"{contact.name} is archived in Xero: restore it there, then link again.")
    released = await services.linking().link(
        connection.account_id, customer.id, contact.contact_id, customer.legal_name
    )
    return Linked(contact, released)


async def unlink_from_contact(services: Services, connection: Connection, customer: Customer) -> str | None:
    """Forget which contact a customer is linked to, here and in Sequence; return the contact, None where it had none.

    Raises:
        StillShownError: Sequence refused; it is unlinked here.
        RetryLaterError: Sequence or the store does not answer.
    """
    before = await services.store.contact_of(connection.account_id, customer.id)
    try:
        await services.linking().unlink(connection.account_id, customer.id)
    except HoldError as refusal:
        raise StillShownError(
            f"{customer.legal_name} is unlinked here, but Sequence refused to remove the link that it shows "
            f"({refusal.words}). Remove it there; until then each sweep tries again, and the link is not believed."
        ) from None
    return before or customer.xero_contact_id
