"""Both companies' customers in memory, with the faults a test asks for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xerosync.connection.connection import Connection
from xerosync.core.errors import HoldError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import ContactPage, XeroAddress, XeroContact
from xerosync.customers.contact_to_customer import NewCustomer
from xerosync.customers.customer import Customer, IntegrationId
from xerosync.customers.customer_to_contact import ContactFields, wanted


def contact(contact_id: str, name: str | None = None, **changes: object) -> XeroContact:
    """Return a contact that can be imported."""
    place = XeroAddress(slot="POBOX", lines=("1 High Street",), city="London", postal_code="E1", country="UK")
    base = XeroContact(
        contact_id=contact_id,
        name=name or f"Name {contact_id}",
        email=f"{contact_id}@x.example",
        addresses=(place,),
        is_customer=True,
    )
    return base.model_copy(update=changes)


@dataclass
class MemoryCustomers:
    """Sequence: customers by id, and who has which alias."""

    kept: dict[str, Customer] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    creates: list[str] = field(default_factory=list)
    asked: int = 0
    """How often somebody read a customer."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Words of a refusal, by alias."""
    lose_answers: set[str] = field(default_factory=set)
    """Customers of these aliases are created, but the answer is lost."""
    unheard: set[str] = field(default_factory=set)
    """Of these aliases the request is lost."""

    def put(self, customer: Customer) -> Customer:
        self.kept[customer.id] = customer
        return customer

    async def get(self, account_id: str, customer_id: str) -> Customer:
        assert account_id
        self.asked += 1
        if customer_id not in self.kept:
            raise MissingError(f"There is no customer {customer_id}.")
        return self.kept[customer_id]

    async def customers(self, account_id: str) -> AsyncIterator[Customer]:
        assert account_id
        for customer in list(self.kept.values()):
            yield customer.model_copy(update={"contacts": ()})

    async def create_from(self, account_id: str, new: NewCustomer) -> str:
        assert account_id
        self.creates.append(new.alias)
        if new.alias in self.refuse:
            raise HoldError(HoldReason.REJECTED, self.refuse[new.alias])
        if new.alias in self.aliases:
            raise HoldError(HoldReason.REJECTED, "The alias belongs to another customer")
        if new.alias in self.unheard:
            self.unheard.discard(new.alias)
            raise RetryLaterError("The request was lost.")
        customer_id = f"k-{new.contact_id}"
        self.aliases[new.alias] = customer_id
        self.put(
            Customer(
                id=customer_id,
                legal_name=new.legal_name,
                address=new.address,
                contacts=new.contacts,
                tax_status=new.tax_status,
                integration_ids=(IntegrationId(service="Xero", id=new.contact_id),),
            )
        )
        if new.alias in self.lose_answers:
            self.lose_answers.discard(new.alias)
            raise RetryLaterError("The answer was lost.")
        return customer_id

    async def by_alias(self, account_id: str, alias: str) -> str | None:
        assert account_id
        return self.aliases.get(alias)

    async def link(self, account_id: str, customer_id: str, contact_id: str | None) -> Customer:
        known = await self.get(account_id, customer_id)
        links = (IntegrationId(service="Xero", id=contact_id),) if contact_id else ()
        return self.put(known.model_copy(update={"integration_ids": links}))


@dataclass
class MemoryContacts:
    """Xero: contacts by id."""

    kept: dict[str, XeroContact] = field(default_factory=dict)
    page_size: int = 1000
    pages: list[int] = field(default_factory=list)
    archived_pages: list[int] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    lose_answers: int = 0
    """So many creates happen, but the answer is lost."""
    unheard: int = 0
    refuse: HoldError | None = None

    def put(self, *contacts: XeroContact) -> None:
        self.kept.update({each.contact_id: each for each in contacts})

    def set(self, contact_id: str, **update: object) -> None:
        self.kept[contact_id] = self.kept[contact_id].model_copy(update=update)

    async def customers(self, connection: Connection, number: int) -> ContactPage:
        self.pages.append(number)
        return self._page(
            connection, number, [each for each in self.kept.values() if each.is_customer and not each.is_archived]
        )

    async def archived(self, connection: Connection, number: int) -> ContactPage:
        self.archived_pages.append(number)
        return self._page(connection, number, [each for each in self.kept.values() if each.is_archived])

    def _page(self, connection: Connection, number: int, contacts: Sequence[XeroContact]) -> ContactPage:
        assert connection.tenant_id
        if self.refuse:
            raise self.refuse
        found = sorted(contacts, key=lambda each: each.name)
        part = found[(number - 1) * self.page_size : number * self.page_size]
        return ContactPage(part, len(found), is_last=len(part) < self.page_size)

    async def some(self, connection: Connection, contact_ids: Sequence[str]) -> Sequence[XeroContact]:
        assert connection.tenant_id
        return [each for each in self.kept.values() if each.contact_id in contact_ids]

    async def follow(self, connection: Connection, contact_id: str) -> XeroContact:
        assert connection.tenant_id
        if contact_id not in self.kept:
            raise MissingError("There is no such contact.")
        found = self.kept[contact_id]
        return await self.follow(connection, found.merged_to) if found.merged_to else found

    async def find_by_number(self, connection: Connection, contact_number: str) -> XeroContact | None:
        assert connection.tenant_id
        return next((each for each in self.kept.values() if each.contact_number == contact_number), None)

    async def find_by_name(self, connection: Connection, name: str) -> XeroContact | None:
        assert connection.tenant_id
        named = [each for each in self.kept.values() if each.name.casefold() == name.casefold()]
        return min(named, key=lambda each: each.is_archived, default=None)

    async def create(
        self, connection: Connection, customer: Customer, *, send_before: datetime | None = None
    ) -> XeroContact:
        assert send_before
        self.writes.append(f"create {customer.id}")
        if self.refuse:
            raise self.refuse
        if self.unheard:
            self.unheard -= 1
            raise RetryLaterError("The request was lost.")
        if await self.find_by_name(connection, customer.legal_name):
            raise HoldError(HoldReason.REJECTED, f"The contact name {customer.legal_name} is already assigned.")
        created = self._written(XeroContact(contact_id=f"x-{customer.id}", name=""), wanted(customer))
        if self.lose_answers:
            self.lose_answers -= 1
            raise RetryLaterError("The answer was lost.")
        return created

    async def update(self, connection: Connection, contact_id: str, fields: ContactFields) -> XeroContact:
        assert connection.tenant_id
        self.writes.append(f"update {contact_id} {','.join(sorted(fields.model_dump(exclude_defaults=True)))}")
        if self.refuse:
            raise self.refuse
        return self._written(self.kept[contact_id], fields)

    def _written(self, before: XeroContact, fields: ContactFields) -> XeroContact:
        given = {
            "name": fields.name,
            "contact_number": fields.contact_number,
            "first_name": fields.person,
            "email": fields.email,
            "persons": fields.persons,
            "addresses": fields.addresses or None,
            "tax_number": fields.tax_number,
            "default_currency": fields.default_currency,
        }
        after = before.model_copy(update={name: value for name, value in given.items() if value is not None})
        self.put(after)
        return after
