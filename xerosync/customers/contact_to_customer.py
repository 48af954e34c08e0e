"""The customer of Sequence that a contact of Xero becomes, or the reasons why it can't become one. Pure.

Sequence requires a primary address (first line, town or city, postal code, a country's alpha-2 code) and a primary
e-mail address; only contacts that are customers in Xero are imported. Nothing that is missing is invented.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from xerosync.core.base import Message
from xerosync.core.documents import TaxStatus
from xerosync.core.xero_records import XeroAddress, XeroContact, XeroPerson
from xerosync.customers.countries import name_of, recognise, suggestions
from xerosync.customers.customer import Address, BillingPreference, CustomerContact
from xerosync.customers.names import email_key
from xerosync.customers.regions import region_code

MOST_IDS = 40
"""Contacts asked for by id at once: the address of a call may have 2,048 characters."""

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_SLOTS = ("POBOX", "STREET")
"""Bills go to the first. The second is taken where only that one is complete."""

_EXEMPT = ("NONE", "EXEMPT")
_REVERSED = ("REVERSECHARGE", "ECZR")
"""How Xero's tax types begin for customers who pay no tax, and for those who account for it themselves."""


class ImportOutcome(StrEnum):
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
    ImportOutcome.READY: "valid: would become a customer in Sequence",
    ImportOutcome.IMPORTED: "became a customer in Sequence, linked",
    ImportOutcome.LINKED: "is linked to a customer already",
    ImportOutcome.SIMILAR: "looks like a customer that exists: link them, or import it as a new one",
    ImportOutcome.INVALID: "can't be imported as it is: fix it in Xero, then import again",
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


class ImportRow(Message):
    """One contact in the report of an import. `customer_id`: the customer that it is linked to, or that is proposed."""

    contact_id: str
    name: str
    email: str | None = None
    outcome: ImportOutcome
    reasons: tuple[str, ...] = ()
    customer_id: str | None = None

    @classmethod
    def of(
        cls, contact: XeroContact, outcome: ImportOutcome, *reasons: str, customer_id: str | None = None
    ) -> "ImportRow":
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


def missing(contact_id: str) -> ImportRow:
    """Return the row of a contact that was asked for and is not in the organisation."""
    return ImportRow(
        contact_id=contact_id,
        name="",
        outcome=ImportOutcome.INVALID,
        reasons=("Xero has no contact with this ContactID: check that it is one of this organisation.",),
    )


def exclusions(contact: XeroContact) -> Sequence[str]:
    """Return why a contact can't be a customer, whatever its fields: it was merged, archived, or never invoiced."""
    if contact.merged_to:
        return [f"It was merged into another contact in Xero ({contact.merged_to}): import that one."]
    if contact.is_archived:
        return ["It is archived in Xero: restore it there first."]
    if not contact.is_customer:
        return ["It is not a customer in Xero yet: no invoice was issued to it."]
    return []


def converted(contact: XeroContact) -> NewCustomer | Sequence[str]:
    """Return the customer that a contact becomes, or all the reasons why it can't become one."""
    reasons = [*exclusions(contact), *_email_reasons(contact)]
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


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


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
            return _complete_address(slot), reasons
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


def _complete_address(address: XeroAddress) -> Address:
    """Return the address in Sequence's form: a region without a code there goes into the second line."""
    first, *others = address.lines
    country = recognise(address.country) or ""
    state = region_code(country, address.region)
    if state is None:
        others.append(address.region)
    return Address(
        line1=first,
        line2=", ".join(filter(None, others)) or None,
        town=address.city,
        state=state,
        postcode=address.postal_code,
        country=country,
    )


def _people(contact: XeroContact) -> Iterable[CustomerContact]:
    """Return who gets the bills, then further persons: only those with an e-mail address, which Sequence requires."""
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
    """Return the tax status that the contact's own default tax type on sales means; without one it is taxed."""
    if (tax_type or "").startswith(_REVERSED):
        return TaxStatus.REVERSE_CHARGED
    return TaxStatus.TAX_EXEMPT if (tax_type or "").startswith(_EXEMPT) else TaxStatus.TAXED
