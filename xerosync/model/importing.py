"""Importing Xero's customers into Sequence: what each contact would become, or why it can't, in words. Pure.

Sequence asks for a primary address (first line, town or city, postal code, a country's alpha-2 code) and a primary
e-mail address; only contacts that are customers in Xero are imported. Nothing is made up where one of these is missing.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from xerosync.model.base import Message
from xerosync.model.books import XeroAddress, XeroContact, XeroPerson
from xerosync.model.countries import name_of, recognise, suggestions
from xerosync.model.customers import Address, BillingPreference, CustomerContact
from xerosync.model.documents import TaxStatus
from xerosync.model.names import email_key, name_key, tax_key

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_SLOTS = ("POBOX", "STREET")
"""Bills go to the first one. The other one is taken where it alone is whole."""

_EXEMPT = ("NONE", "EXEMPT")
_REVERSED = ("REVERSECHARGE", "ECZR")
"""How Xero's tax types begin for customers who pay no tax, and for those who account for it themselves."""


class Outcome(StrEnum):
    """What an import did with a contact, or found."""

    READY = "ready"
    IMPORTED = "imported"
    LINKED = "linked"
    SIMILAR = "similar"
    INVALID = "invalid"

    @property
    def words(self) -> str:
        """What it means, for a person."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.READY: "valid: would become a customer in Sequence",
    Outcome.IMPORTED: "became a customer in Sequence, linked",
    Outcome.LINKED: "is linked to a customer already",
    Outcome.SIMILAR: "looks like a customer that exists: link them, or import it as a new one",
    Outcome.INVALID: "can't be imported as it is: mend it in Xero, then import again",
}


class NewCustomer(Message):
    """The customer that a contact becomes."""

    contact_id: str
    legal_name: str
    address: Address
    contacts: tuple[CustomerContact, ...]
    tax_status: TaxStatus

    @property
    def alias(self) -> str:
        """The alias by which Sequence keeps a second customer for the same contact from being created."""
        return alias_of(self.contact_id)


class KnownCustomer(Message):
    """A customer of Sequence as an import compares contacts with it. `contact_id` is the link that Sequence keeps.

    The e-mail addresses are None as long as they were not read: Sequence's list leaves them out.
    """

    customer_id: str
    name: str
    tax_number: str | None = None
    emails: tuple[str, ...] | None = None
    contact_id: str | None = None
    is_linked: bool = False

    @property
    def email_keys(self) -> Sequence[str]:
        """The e-mail addresses as they are compared."""
        return [email_key(email) for email in self.emails or ()]


class Keys(NamedTuple):
    """What some contacts can be found by among customers; a ContactNumber may be the id of a customer."""

    name_keys: list[str]
    tax_keys: list[str]
    email_keys: list[str]
    contact_ids: list[str]
    customer_ids: list[str]

    @classmethod
    def of(cls, contacts: Iterable[XeroContact]) -> "Keys":
        """Return the keys of contacts."""
        met = list(contacts)
        return cls(
            name_keys=[name_key(contact.name) for contact in met],
            tax_keys=[key for contact in met if (key := tax_key(contact.tax_number or ""))],
            email_keys=[key for contact in met if (key := email_key(contact.email or ""))],
            contact_ids=[contact.contact_id for contact in met],
            customer_ids=[contact.contact_number for contact in met if contact.contact_number],
        )

    def fit(self, customer: KnownCustomer) -> bool:
        """Whether a customer shares any of them."""
        return (
            name_key(customer.name) in self.name_keys
            or tax_key(customer.tax_number or "") in self.tax_keys
            or not set(self.email_keys).isdisjoint(customer.email_keys)
            or customer.contact_id in self.contact_ids
            or customer.customer_id in self.customer_ids
        )


class ImportRow(Message):
    """One contact in the report of an import. `customer_id`: linked to, or proposed."""

    contact_id: str
    name: str
    email: str | None = None
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    customer_id: str | None = None

    @classmethod
    def of(cls, contact: XeroContact, outcome: Outcome, *reasons: str, customer_id: str | None = None) -> "ImportRow":
        """Return the row of a contact."""
        return cls(
            contact_id=contact.contact_id,
            name=contact.name,
            email=contact.email,
            outcome=outcome,
            reasons=reasons,
            customer_id=customer_id,
        )


def alias_of(contact_id: str) -> str:
    """Return the alias of the customer that a contact became."""
    return f"xero:{contact_id}"


def is_known_as(contact: XeroContact, customer: KnownCustomer) -> bool:
    """Whether a customer says that this contact is its own, or the contact that it was made from this customer."""
    return contact.contact_id == customer.contact_id or contact.contact_number == customer.customer_id


def missing(contact_id: str) -> ImportRow:
    """Return the row of a contact that was asked for and is not in the organisation."""
    return ImportRow(
        contact_id=contact_id,
        name="",
        outcome=Outcome.INVALID,
        reasons=("Xero has no contact with this ContactID: check that it is one of this organisation.",),
    )


def converted(contact: XeroContact) -> NewCustomer | Sequence[str]:
    """Return the customer that a contact becomes, or all the reasons why it can't become one."""
    reasons = [*_standing(contact), *_email_reasons(contact)]
    address, address_reasons = _address(contact)
    if address is None or reasons:
        return [*reasons, *address_reasons]
    return NewCustomer(
        contact_id=contact.contact_id,
        legal_name=contact.name,
        address=address,
        contacts=tuple(_people(contact)),
        tax_status=_tax_status(contact.receivable_tax_type),
    )


def likely_same(contact: XeroContact, known: Iterable[KnownCustomer]) -> tuple[KnownCustomer, str] | None:
    """Return the customer that a contact is likely the same as, with the reason; the strongest likeness first.

    A customer that is linked to another contact is compared by name alone: many a customer shares an address of
    e-mail or a tax number with another one, and each of them is a contact of its own in Xero.
    """
    name, email, tax = name_key(contact.name), email_key(contact.email or ""), tax_key(contact.tax_number or "")
    best: tuple[int, KnownCustomer, str] | None = None
    for customer in known:
        linked = " (which is linked to another contact)" if customer.is_linked else ""
        if tax and not linked and tax_key(customer.tax_number or "") == tax:
            found = (0, customer, f"It has the tax number of customer {customer.name}.")
        elif name_key(customer.name) == name:
            found = (1, customer, f"It has the name of customer {customer.name}{linked}.")
        elif email and not linked and email in customer.email_keys:
            found = (2, customer, f"It has the e-mail address of customer {customer.name}.")
        else:
            continue
        if best is None or (found[0], found[1].customer_id) < (best[0], best[1].customer_id):
            best = found
    return (best[1], best[2]) if best else None


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def _standing(contact: XeroContact) -> list[str]:
    if contact.merged_to:
        return [f"It was merged into another contact in Xero ({contact.merged_to}): import that one."]
    if contact.is_archived:
        return ["It is archived in Xero: restore it there first."]
    if not contact.is_customer:
        return ["It is not a customer in Xero yet: no invoice was issued to it."]
    return []


def _email_reasons(contact: XeroContact) -> list[str]:
    email = (contact.email or "").strip()
    if not email:
        return ["It has no e-mail address."]
    return [] if is_email(email) else [f'"{email}" is not an e-mail address.']


def _address(contact: XeroContact) -> tuple[Address | None, Sequence[str]]:
    slots = [contact.address(slot) for slot in _SLOTS]
    filled = [slot for slot in slots if not slot.is_empty]
    if not filled:
        return None, ["It has no address."]
    for slot in filled:
        if not (reasons := _address_reasons(slot)):
            return _whole_address(slot), reasons
    return None, _address_reasons(filled[0])


def _address_reasons(address: XeroAddress) -> list[str]:
    reasons: list[str] = []
    if not address.lines:
        reasons.append("The address has no first line.")
    if not address.city:
        reasons.append("The address has no town or city.")
    if not address.postal_code:
        reasons.append("The address has no postal code.")
    if not address.country:
        reasons.append("The address has no country.")
    elif recognise(address.country) is None:
        reasons.append(f'The country "{address.country}" is not recognised: {_advice(address.country)}')
    return reasons


def _advice(country: str) -> str:
    names = [f"{name_of(code)} ({code})" for code in suggestions(country)]
    if not names:
        return "write its name or its two-letter code."
    return f"is it {' or '.join(filter(None, (', '.join(names[:-1]), names[-1])))}?"


def _whole_address(address: XeroAddress) -> Address:
    first, *others = address.lines
    return Address(
        line1=first,
        line2=", ".join(others) or None,
        town=address.city,
        state=address.region or None,
        postcode=address.postal_code,
        country=recognise(address.country) or "",
    )


def _people(contact: XeroContact) -> Iterable[CustomerContact]:
    """Return who gets the bills, then further persons; without an e-mail address they have no place in Sequence."""
    primary = " ".join(filter(None, (contact.first_name, contact.last_name))) or contact.name
    email = (contact.email or "").strip()
    yield CustomerContact(name=primary, email=email, billing_preference=BillingPreference.PRIMARY)
    seen = {email_key(email)}
    for person in contact.persons:
        if is_email(person.email.strip()) and email_key(person.email) not in seen:
            seen.add(email_key(person.email))
            yield _person(person)


def _person(person: XeroPerson) -> CustomerContact:
    email = person.email.strip()
    return CustomerContact(
        name=" ".join(filter(None, (person.first_name, person.last_name))) or email,
        email=email,
        billing_preference=BillingPreference.STANDARD if person.in_emails else BillingPreference.NONE,
    )


def _tax_status(tax_type: str | None) -> TaxStatus:
    """Return the tax status that the contact's own default tax type on sales stands for; without one it is taxed."""
    if (tax_type or "").startswith(_REVERSED):
        return TaxStatus.REVERSE_CHARGED
    return TaxStatus.TAX_EXEMPT if (tax_type or "").startswith(_EXEMPT) else TaxStatus.TAXED
