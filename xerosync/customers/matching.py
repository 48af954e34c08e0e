"""Which customer of Sequence a contact of Xero is, or is likely to be. Pure: customers are proposed, never merged."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from xerosync.core.base import Message
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, NewCustomer, converted, exclusions
from xerosync.customers.customer import Customer
from xerosync.customers.names import email_key, fold, name_key, tax_key

_WORD = 4
"""Letters of the shortest word that is searched for."""

_SIMILAR = 0.6
"""How similar two names must be, from 0 to 1, to be suggested."""

_ARCHIVED = 45
_SHARED_DOMAINS = frozenset({"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de"})
"""Domains that anybody may have an address at: they say nothing about a company."""


class KnownCustomer(Message):
    """A customer of Sequence as an import compares contacts with it.

    `contact_id` is its contact by the store, else by Sequence; where that was merged, the contact that it became.
    `is_linked`: the store has its link. The e-mail addresses are None as long as they were not read: Sequence's list
    leaves them out.
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
        some = list(contacts)
        return cls(
            name_keys=[name_key(contact.name) for contact in some],
            tax_keys=[key for contact in some if (key := tax_key(contact.tax_number or ""))],
            email_keys=[key for contact in some if (key := email_key(contact.email or ""))],
            contact_ids=[contact.contact_id for contact in some],
            customer_ids=[contact.contact_number for contact in some if contact.contact_number],
        )


class Directory:
    """Known customers by each key that a contact may share with them. A customer that was taken is not found again."""

    def __init__(self, customers: Iterable[KnownCustomer]) -> None:
        self._by_key: defaultdict[tuple[str, str], list[KnownCustomer]] = defaultdict(list)
        self._taken: set[str] = set()
        for customer in customers:
            for key in _keys_of(customer):
                self._by_key[key].append(customer)

    def near(self, contact: XeroContact) -> Sequence[KnownCustomer]:
        """Return the customers that share something with a contact, by id."""
        found = {it.customer_id: it for key in _keys_in(contact) for it in self._by_key.get(key, ())}
        return [found[customer_id] for customer_id in sorted(found.keys() - self._taken)]

    def take(self, customer_id: str) -> None:
        """Note that a customer got its contact."""
        self._taken.add(customer_id)


def judge(
    contact: XeroContact, linked_to: str | None, directory: Directory, *, as_new: bool = False
) -> tuple[ImportRow, NewCustomer | None]:
    """Return the row of a contact in the report, and the customer that an import would create for it.

    With `as_new` one is created even where a similar customer exists.
    """
    if linked_to:
        return ImportRow.of(contact, ImportOutcome.LINKED, customer_id=linked_to), None
    if reasons := exclusions(contact):
        return ImportRow.of(contact, ImportOutcome.INVALID, *reasons), None
    near = directory.near(contact)
    own = next((it for it in near if is_known_as(contact, it)), None)
    if own:
        directory.take(own.customer_id)
        return ImportRow.of(contact, ImportOutcome.LINKED, customer_id=own.customer_id), None
    if not as_new and (same := likely_same(contact, near)):
        return ImportRow.of(contact, ImportOutcome.SIMILAR, same[1], customer_id=same[0].customer_id), None
    new = converted(contact)
    if isinstance(new, NewCustomer):
        return ImportRow.of(contact, ImportOutcome.READY), new
    return ImportRow.of(contact, ImportOutcome.INVALID, *new), None


def is_known_as(contact: XeroContact, customer: KnownCustomer) -> bool:
    """Whether a contact is the customer's: by its link, or, where the store has none, by the ContactNumber."""
    if contact.contact_id == customer.contact_id:
        return True
    return not customer.is_linked and contact.contact_number == customer.customer_id


def likely_same(contact: XeroContact, known: Iterable[KnownCustomer]) -> tuple[KnownCustomer, str] | None:
    """Return the customer that a contact is likely the same as, with the reason; the surest reason first.

    A customer that is linked to another contact is compared by name alone: many customers share an e-mail
    address or a tax number, and each of them is a contact of its own in Xero.
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


def _keys_in(contact: XeroContact) -> Iterable[tuple[str, str]]:
    yield "name", name_key(contact.name)
    yield "contact", contact.contact_id
    yield "customer", contact.contact_number or ""
    yield "tax", tax_key(contact.tax_number or "")
    yield "email", email_key(contact.email or "")


def _keys_of(customer: KnownCustomer) -> Iterable[tuple[str, str]]:
    yield "name", name_key(customer.name)
    yield "customer", customer.customer_id
    if customer.contact_id:
        yield "contact", customer.contact_id
    if tax := tax_key(customer.tax_number or ""):
        yield "tax", tax
    yield from (("email", email) for email in customer.email_keys if email)


class Suggestion(NamedTuple):
    """A contact that a customer may be, with the reasons. The higher the score, the likelier."""

    contact: XeroContact
    score: int
    reasons: Sequence[str]


def search_terms(customer: Customer) -> Sequence[str]:
    """Return the texts to search contacts for: e-mail address, name, and the longest word of the name."""
    emails = [customer.people[0].email] if customer.people else []
    words = sorted((word for word in fold(customer.legal_name).split() if len(word) >= _WORD), key=len, reverse=True)
    return list(dict.fromkeys([*emails, customer.legal_name, *words[:1]]))


def suggested(customer: Customer, contacts: Iterable[XeroContact]) -> Sequence[Suggestion]:
    """Return the contacts that have something in common with a customer, the likeliest first."""
    each = {contact.contact_id: contact for contact in contacts}
    found = [_suggestion(customer, contact) for contact in each.values()]
    return sorted((it for it in found if it.score > 0), key=lambda it: (-it.score, it.contact.name))


def _suggestion(customer: Customer, contact: XeroContact) -> Suggestion:
    emails = {email_key(person.email) for person in customer.people}
    email, name = email_key(contact.email or ""), name_key(customer.legal_name)
    tax = tax_key(customer.tax_number or "")
    like = SequenceMatcher(None, name, name_key(contact.name)).ratio()
    points = {
        "carries the customer's id": 100 * (contact.contact_number == customer.id),
        "same tax number": 80 * bool(tax and tax == tax_key(contact.tax_number or "")),
        "same name": 60 * (name_key(contact.name) == name),
        "similar name": round(40 * like) if _SIMILAR <= like < 1 else 0,
        "same e-mail address": 50 * (email in emails),
        "same e-mail domain": 10
        * (bool(email) and email not in emails and email.rpartition("@")[2] in _domains(emails)),
    }
    reasons = [reason for reason, score in points.items() if score]
    if contact.is_archived:
        reasons.append("but archived in Xero")
    return Suggestion(contact, sum(points.values()) - _ARCHIVED * bool(reasons and contact.is_archived), reasons)


def _domains(emails: Iterable[str]) -> set[str]:
    return {email.rpartition("@")[2] for email in emails} - _SHARED_DOMAINS
