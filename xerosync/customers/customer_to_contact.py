"""The fields that a customer of Sequence has on its contact in Xero, and which of them Xero shows differently. Pure.

Sequence is the truth about what it knows. What it does not know is left as the bookkeeper has it: nothing is emptied.
"""

from xerosync.core.base import Message
from xerosync.core.text import fit_line
from xerosync.core.xero_records import XeroAddress, XeroContact, XeroPerson
from xerosync.customers.countries import name_of, recognise
from xerosync.customers.customer import Address, BillingPreference, Customer
from xerosync.customers.names import email_key, tax_key

MAX_PERSONS = 5
"""Further persons that a contact may have."""

_LINE, _LONG, _SHORT = 500, 255, 50
"""The longest texts that Xero takes; `text.fit` says how it counts."""

BILLS, PLACE = "POBOX", "STREET"
"""Xero's two address slots: for bills, and for the street address. A customer's one address goes into both."""


class ContactFields(Message):
    """What to write on a contact, cut to Xero's lengths; None leaves a field as it is."""

    name: str | None = None
    contact_number: str | None = None
    person: str | None = None
    email: str | None = None
    persons: tuple[XeroPerson, ...] | None = None
    addresses: tuple[XeroAddress, ...] = ()
    tax_number: str | None = None
    default_currency: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return self == ContactFields()


def wanted(customer: Customer) -> ContactFields:
    """Return all fields that a customer has on a contact."""
    primary, *others = customer.people or (None,)
    person_name = fit_line(primary.name, _LONG) if primary else ""
    return ContactFields(
        name=fit_line(customer.legal_name, _LONG),
        contact_number=fit_line(customer.id, _SHORT),
        person=person_name if primary and primary.name != customer.legal_name else None,
        email=fit_line(primary.email, _LONG) if primary else None,
        persons=tuple(
            XeroPerson(
                first_name=fit_line(person.name, _LONG),
                email=fit_line(person.email, _LONG),
                in_emails=person.billing_preference is not BillingPreference.NONE,
            )
            for person in others
            if person
        )[:MAX_PERSONS],
        addresses=tuple(_slot(slot, customer.address) for slot in (BILLS, PLACE)),
        tax_number=fit_line(customer.tax_number or "", _SHORT) or None,
        default_currency=customer.currency,
    )


def differences(customer: Customer, contact: XeroContact) -> ContactFields:
    """Return the fields of a customer that Xero shows differently; another spelling of the same is no difference.

    A ContactNumber that is set stays. A street address that differs from the one for bills is the bookkeeper's.
    """
    ours = wanted(customer)
    is_one_address = contact.address(PLACE).is_empty or _same(contact.address(PLACE), contact.address(BILLS))
    slots = (BILLS, PLACE) if is_one_address else (BILLS,)
    people = [_person(person) for person in ours.persons or ()]
    return ContactFields(
        name=ours.name if ours.name != fit_line(contact.name) else None,
        contact_number=None if contact.contact_number else ours.contact_number,
        person=ours.person if ours.person and ours.person != _joined(contact.first_name, contact.last_name) else None,
        email=ours.email if ours.email and email_key(ours.email) != email_key(contact.email or "") else None,
        persons=ours.persons if people and sorted(people) != sorted(map(_person, contact.persons)) else None,
        addresses=tuple(
            address
            for address in ours.addresses
            if address.slot in slots and not _same(address, contact.address(address.slot))
        ),
        tax_number=ours.tax_number if tax_key(ours.tax_number or "") != tax_key(contact.tax_number or "") else None,
        default_currency=ours.default_currency if ours.default_currency != contact.default_currency else None,
    )


def _slot(slot: str, address: Address) -> XeroAddress:
    return XeroAddress(
        slot=slot,
        lines=tuple(fitted for line in (address.line1, address.line2) if (fitted := fit_line(line or "", _LINE))),
        city=fit_line(address.town, _LONG),
        region=fit_line(address.state or "", _LONG),
        postal_code=fit_line(address.postcode, _SHORT),
        country=fit_line(name_of(address.country), _SHORT),
    )


def _same(one: XeroAddress, other: XeroAddress) -> bool:
    return _comparable(one) == _comparable(other)


def _comparable(address: XeroAddress) -> tuple[str, ...]:
    country = recognise(address.country) or address.country
    parts = (", ".join(address.lines), address.city, address.region, address.postal_code, country)
    return tuple(map(fit_line, parts))


def _person(person: XeroPerson) -> tuple[str, str, bool]:
    return email_key(person.email), _joined(person.first_name, person.last_name), person.in_emails


def _joined(*names: str | None) -> str:
    return fit_line(" ".join(filter(None, names)))
