"""Customers as Sequence tells them."""

from datetime import datetime
from enum import StrEnum

from xerosync.model.base import Reading
from xerosync.model.documents import TaxStatus


class BillingPreference(StrEnum):
    """Which e-mails of billing a contact person gets."""

    PRIMARY = "PRIMARY"
    STANDARD = "STANDARD"
    NONE = "NONE"


class Address(Reading):
    """A postal address; `country` is ISO 3166 alpha-2."""

    line1: str
    line2: str | None = None
    town: str
    state: str | None = None
    postcode: str
    country: str


class CustomerContact(Reading):
    """A person at the customer."""

    id: str | None = None
    name: str
    email: str
    billing_preference: BillingPreference = BillingPreference.STANDARD


class IntegrationId(Reading):
    """The customer's link as Sequence keeps it: service `Xero`, id the ContactID."""

    service: str
    id: str | None = None
    is_pending: bool = False


class Customer(Reading):
    """A customer of a Sequence account."""

    id: str
    legal_name: str
    address: Address
    contacts: tuple[CustomerContact, ...] = ()
    tax_status: TaxStatus
    integration_ids: tuple[IntegrationId, ...] = ()
    archived_at: datetime | None = None

    @property
    def xero_contact_id(self) -> str | None:
        """The ContactID of the linked Xero contact, if Sequence knows one."""
        return next((i.id for i in self.integration_ids if i.service == "Xero" and i.id), None)
