"""What a request does to a contact: make one, change one, or only name one for a document.

Names are unique among active contacts without regard to case; an archived contact is never edited through the API;
IsCustomer and IsSupplier can't be set.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from standins.xero.errors import InvalidError
from standins.xero.model import Address, Contact, Person, Phone, Term
from standins.xero.query import flag_of, number_of, text_of
from standins.xero.state import Organisation
from standins.xero.texts import folded, length_of, too_long

# field in Xero, attribute, longest text
TEXT_FIELDS = (
    ("Name", "name", 255),
    ("ContactNumber", "contact_number", 50),
    ("AccountNumber", "account_number", 50),
    ("FirstName", "first_name", 255),
    ("LastName", "last_name", 255),
    ("CompanyNumber", "company_number", 50),
    ("EmailAddress", "email", 255),
    ("BankAccountDetails", "bank_account_details", 255),
    ("TaxNumber", "tax_number", 50),
    ("DefaultCurrency", "default_currency", 3),
    ("AccountsReceivableTaxType", "receivable_tax_type", 50),
    ("AccountsPayableTaxType", "payable_tax_type", 50),
    ("SalesDefaultAccountCode", "sales_account_code", 10),
    ("PurchasesDefaultAccountCode", "purchases_account_code", 10),
)
ADDRESS_FIELDS = (
    ("AddressLine1", "line1", 500),
    ("AddressLine2", "line2", 500),
    ("AddressLine3", "line3", 500),
    ("AddressLine4", "line4", 500),
    ("City", "city", 255),
    ("Region", "region", 255),
    ("PostalCode", "postal_code", 50),
    ("Country", "country", 50),
    ("AttentionTo", "attention_to", 255),
)
PHONE_FIELDS = (
    ("PhoneNumber", "number", 50),
    ("PhoneAreaCode", "area_code", 10),
    ("PhoneCountryCode", "country_code", 20),
)
ADDRESS_TYPES = ("STREET", "POBOX")
PHONE_TYPES = ("DEFAULT", "DDI", "FAX", "MOBILE")
TERM_TYPES = {"DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"}
MAX_PERSONS = 5
NEVER_EMPTY = {"email": "", "bank_account_details": "", "city": "", "region": "", "postal_code": "", "country": ""}
_EMAIL = re.compile(r"[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+")
_ARCHIVED = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)
_NO_PRIMARY_EMAIL = "Additional people cannot be added when the primary person has no email address set."


@dataclass(frozen=True, slots=True)
class ContactChange:
    """The contact a request leaves behind, and whether it differs from what is held."""

    contact: Contact
    changed: bool
    created: bool = False


def name_contact(organisation: Organisation, payload: object) -> ContactChange:
    """Return the contact a document names, by ContactID, ContactNumber or Name; a new name makes a new contact.

    Any field beside the one that names it edits the contact (Xero's rule). Raises InvalidError; what is wrong with
    these fields stands in the Contact of the document (reported of e-mail addresses: xeroizer#477).
    """
    if not isinstance(payload, dict) or not payload:
        raise InvalidError("A Contact must be specified for this type of transaction")
    contact = find_contact(organisation, payload)
    if contact is None and text_of(payload, "Name") is None:
        raise InvalidError("A Contact must be specified for this type of transaction")
    if contact is not None and contact.status != "ACTIVE":
        raise InvalidError(_ARCHIVED)
    try:
        return edit_contact(organisation, payload, contact)
    except InvalidError as error:
        raise InvalidError(contact=error.messages) from error


def find_contact(organisation: Organisation, payload: Mapping[str, Any]) -> Contact | None:
    """Return the contact that ContactID, else ContactNumber, else Name stands for. Raises InvalidError."""
    contacts = organisation.contacts
    if contact_id := text_of(payload, "ContactID"):
        contact = contacts.get(contact_id.lower())
        if contact is None:
            raise InvalidError("The Contact with the specified ContactID could not be found")
        return contact
    if (number := text_of(payload, "ContactNumber")) and (contact := contacts.numbered(number)):
        return contact
    name = folded(text_of(payload, "Name") or "")
    return None if not name else contacts.named(name) or contacts.archived_named(name)


def edit_contact(organisation: Organisation, payload: Mapping[str, Any], old: Contact | None) -> ContactChange:
    """Return `old`, or a new contact, with the fields of `payload`. Raises InvalidError with every reason."""
    if old is not None and old.status != "ACTIVE":
        raise InvalidError(_ARCHIVED)
    messages: list[str] = []
    fields = _texts(payload, TEXT_FIELDS, messages)
    _check_texts(organisation, fields, old, messages)
    if "Addresses" in payload:
        fields["addresses"] = _addresses(payload["Addresses"], old, messages)
    if "Phones" in payload:
        fields["phones"] = _phones(payload["Phones"], old, messages)
    if "ContactPersons" in payload:
        email = fields.get("email", old.email if old else "")
        fields["persons"] = _persons(payload["ContactPersons"], email, messages)
    if isinstance(payload.get("PaymentTerms"), dict):
        fields["sales_terms"] = read_term(payload["PaymentTerms"].get("Sales"))
        fields["bills_terms"] = read_term(payload["PaymentTerms"].get("Bills"))
    status = text_of(payload, "ContactStatus")
    if status not in {None, "ACTIVE", "ARCHIVED", "GDPRREQUEST"}:
        messages.append(f"The contact status {status} is not valid")
    if messages:
        raise InvalidError(*messages)
    if status is not None:
        fields["status"] = status
    if old is None:
        sequence, stamp = organisation.next_sequence(), organisation.stamp()
        made = Contact(id=organisation.xero.new_id(), sequence=sequence, updated=stamp, **fields)
        return ContactChange(made, changed=True, created=True)
    edited = replace(old, **fields)
    return (
        ContactChange(old, changed=False)
        if edited == old
        else ContactChange(replace(edited, updated=organisation.stamp()), changed=True)
    )


def read_term(payload: object) -> Term | None:
    """Return a payment term of a request, None where there is none. Raises InvalidError."""
    if not isinstance(payload, dict) or not payload:
        return None
    day, kind = number_of(payload, "Day"), text_of(payload, "Type")
    if day is None or kind not in TERM_TYPES:
        raise InvalidError("The payment terms are not valid")
    return Term(int(day), kind)


def _texts(payload: Mapping[str, Any], table: tuple[tuple[str, str, int], ...], messages: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, attribute, longest in table:
        if name not in payload or payload[name] is None:
            continue
        text = text_of(payload, name)
        if text is not None and attribute == "name":
            text = folded(text)
        if text is not None and length_of(text) > longest:
            messages.append(too_long(name, longest))
        found[attribute] = NEVER_EMPTY.get(attribute) if text is None else text
    return found


def _check_texts(organisation: Organisation, fields: dict[str, Any], old: Contact | None, messages: list[str]) -> None:
    own_id = old.id if old else None
    name = fields.get("name") or (old.name if old else None)
    if name is None:
        messages.append("The Contact Name must be specified.")
    else:
        fields["name"] = name
        if "<" in name or ">" in name:
            messages.append("The contact name cannot contain the characters < and >.")
        namesake = organisation.contacts.named(name)
        if namesake is not None and namesake.id != own_id:
            messages.append(
                f"The contact name {name} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )
    if (number := fields.get("contact_number")) and (other := organisation.contacts.numbered(number)):  # noqa: SIM102 - two questions
        if other.id != own_id:
            messages.append(f"The contact number {number} is already assigned to another contact.")
    if (email := fields.get("email")) and not _EMAIL.fullmatch(email):
        messages.append("Email address must be valid.")
    currency = fields.get("default_currency")
    if currency and currency not in organisation.profile.currencies:
        messages.append(f"Organisation is not subscribed to currency {currency}")


def _addresses(payload: object, old: Contact | None, messages: list[str]) -> tuple[Address, ...]:
    slots = {address.type: address for address in (old.addresses if old else ())}
    for entry in payload if isinstance(payload, list) else []:
        kind = text_of(entry, "AddressType") or "POBOX"
        if kind not in ADDRESS_TYPES:
            messages.append(f"The address type {kind} is not valid")
            continue
        slots[kind] = Address(type=kind, **_texts(entry, ADDRESS_FIELDS, messages))
    return tuple(slots[kind] for kind in ADDRESS_TYPES if kind in slots)


def _phones(payload: object, old: Contact | None, messages: list[str]) -> tuple[Phone, ...]:
    slots = {phone.type: phone for phone in (old.phones if old else ())}
    for entry in payload if isinstance(payload, list) else []:
        kind = text_of(entry, "PhoneType") or "DEFAULT"
        if kind not in (*PHONE_TYPES, "OFFICE"):
            messages.append(f"The phone type {kind} is not valid")
            continue
        texts = _texts(entry, PHONE_FIELDS, messages)
        slots[kind] = Phone(type=kind, **{name: text or "" for name, text in texts.items()})
    return tuple(slots.values())


def _persons(payload: object, email: str, messages: list[str]) -> tuple[Person, ...]:
    entries = payload if isinstance(payload, list) else []
    if entries and not email:
        messages.append(_NO_PRIMARY_EMAIL)
    if len(entries) > MAX_PERSONS:
        messages.append("A contact can have a maximum of 5 ContactPersons.")
    return tuple(
        Person(
            first_name=text_of(entry, "FirstName") or "",
            last_name=text_of(entry, "LastName") or "",
            email=text_of(entry, "EmailAddress") or "",
            include_in_emails=flag_of(entry, "IncludeInEmails") or False,
        )
        for entry in entries
    )
