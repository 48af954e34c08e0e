"""Customers as Sequence has them, and their links to contacts as the store has them."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from xerosync.core.base import ApiModel, Message
from xerosync.core.documents import TaxStatus

_TAX_NUMBERS = frozenset({"taxnumber", "taxid", "vatnumber", "vatid"})
_CURRENCIES = frozenset({"currency", "defaultcurrency"})
"""Custom properties, by name without signs, that have a place in Xero: Sequence's customer has no field for them."""


class BillingPreference(StrEnum):
    """Which e-mails of billing a contact person gets."""

    PRIMARY = "PRIMARY"
    STANDARD = "STANDARD"
    NONE = "NONE"


class Address(ApiModel):
    """A postal address; `country` is ISO 3166 alpha-2."""

    line1: str
    line2: str | None = None
    town: str
    state: str | None = None
    postcode: str
    country: str


class CustomerContact(ApiModel):
    """A person at the customer."""

    id: str | None = None
    name: str
    email: str
    billing_preference: BillingPreference = BillingPreference.STANDARD
    archived_at: datetime | None = None


class IntegrationId(ApiModel):
    """The customer's link as Sequence keeps it: service `Xero`, id the ContactID."""

    service: str
    id: str | None = None
    is_pending: bool = False


class Customer(ApiModel):
    """A customer of a Sequence account."""

    id: str
    legal_name: str
    address: Address
    contacts: tuple[CustomerContact, ...] = ()
    tax_status: TaxStatus
    integration_ids: tuple[IntegrationId, ...] = ()
    archived_at: datetime | None = None
    custom_properties: Any = None

    @property
    def xero_contact_id(self) -> str | None:
        """The ContactID of the linked Xero contact, if Sequence knows one."""
        return next((i.id for i in self.integration_ids if i.service == "Xero" and i.id), None)

    @property
    def people(self) -> Sequence[CustomerContact]:
        """The contact persons that are not archived, the one who gets the bills first."""
        there = [person for person in self.contacts if person.archived_at is None]
        return sorted(there, key=lambda person: person.billing_preference is not BillingPreference.PRIMARY)

    @property
    def tax_number(self) -> str | None:
        """The customer's tax number, where a custom property has it."""
        return self._property(_TAX_NUMBERS)

    @property
    def currency(self) -> str | None:
        """The code of the currency the customer is billed in, where a custom property has it."""
        currency = (self._property(_CURRENCIES) or "").upper()
        return currency if re.fullmatch("[A-Z]{3}", currency) else None

    def _property(self, names: frozenset[str]) -> str | None:
        properties: object = self.custom_properties
        for name, value in properties.items() if isinstance(properties, dict) else ():
            if re.sub(r"[\W_]", "", str(name)).lower() in names and isinstance(value, str) and value.strip():
                return value.strip()
        return None


class CustomerLink(Message):
    """The link between a customer of Sequence and a contact of Xero; several customers may share a contact.

    The name is Sequence's, for people to read; `linked_at` is UTC.
    """

    account_id: str
    customer_id: str
    contact_id: str
    customer_name: str | None = None
    linked_at: datetime
