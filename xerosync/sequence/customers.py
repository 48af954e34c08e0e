"""Customers of Sequence: read, listed, created, changed, and linked to a contact of Xero."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from xerosync.core.base import ApiModel
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.customers.contact_to_customer import NewCustomer
from xerosync.customers.customer import Customer
from xerosync.sequence.accounts import SequenceAccounts
from xerosync.sequence.client import OLDEST_FIRST, Item, segment
from xerosync.sequence.errors import SequenceRefusedError
from xerosync.sequence.reading import read

_XERO = "Xero"
_KEPT = ("legalName", "address", "url", "label", "taxStatus", "status", "customProperties")
_KEPT_OF_CONTACT = ("name", "email", "billingPreference")


class SequenceCustomers:
    """The customers of all accounts whose keys are known. Raises RetryLaterError while Sequence does not answer."""

    def __init__(self, accounts: SequenceAccounts) -> None:
        self._accounts = accounts

    async def get(self, account_id: str, customer_id: str) -> Customer:
        """Return a customer with its contact persons. Raises MissingError where there is none."""
        _, customer = await self._known(account_id, customer_id)
        return customer

    async def customers(self, account_id: str) -> AsyncGenerator[Customer]:
        """Return the customers that Sequence lists, the oldest first. The list leaves out contact persons."""
        client = await self._accounts.client(account_id)
        async for page in client.pages("list customers", "/customers", OLDEST_FIRST):
            for item in page.items:
                yield _read(item)

    async def page(
        self, account_id: str, after: str | None = None, *, name: str = ""
    ) -> tuple[list[Customer], str | None]:
        """Return a page of the customers that Sequence lists, the oldest first, and what leads to the next one.

        With a `name` those alone whose legal name Sequence finds by it.
        """
        client = await self._accounts.client(account_id)
        params = dict(OLDEST_FIRST) | ({"after": after} if after else {}) | ({"legalName": name} if name else {})
        page = await client.page("list customers", "/customers", params)
        return [_read(item) for item in page.items], page.after

    async def create(self, account_id: str, fields: Mapping[str, object]) -> Customer:
        """Create a customer from fields as Sequence documents them. Raises SequenceRefusedError."""
        client = await self._accounts.client(account_id)
        return _read(await client.post("create a customer", "/customers", fields))

    async def create_from(self, account_id: str, new: NewCustomer) -> str:
        """Create the customer that a contact of Xero becomes, linked to it, and return its id.

        Its alias is the contact's: Sequence gives an alias to one customer alone, so there is no second one.

        Raises:
            HoldError: Sequence refused; its words say why.
        """
        fields = {
            "legalName": new.legal_name,
            "address": _wire(new.address),
            "taxStatus": new.tax_status.value,
            "contacts": [_wire(contact) for contact in new.contacts],
            "customerAliases": [new.alias],
            "integrationIds": [{"service": _XERO, "id": new.contact_id}],
        }
        try:
            return (await self.create(account_id, fields)).id
        except SequenceRefusedError as refusal:
            raise HoldError(HoldReason.REJECTED, refusal.words or str(refusal)) from None

    async def by_alias(self, account_id: str, alias: str) -> str | None:
        """Return the id of the customer that has an alias; None where none has."""
        client = await self._accounts.client(account_id)
        try:
            found = await client.get("find a customer by alias", f"/customers/by-alias/{segment(alias)}")
        except MissingError:
            return None
        return str(found["id"]) if found.get("id") else None

    async def update(self, account_id: str, customer_id: str, changes: Mapping[str, object]) -> Customer:
        """Change some fields of a customer. Raises SequenceRefusedError.

        Sequence replaces a customer as a whole: what is not in `changes` is read first and said again.
        """
        known, _ = await self._known(account_id, customer_id)
        return await self._replace(account_id, customer_id, f"change customer {customer_id}", known, changes)

    async def link(self, account_id: str, customer_id: str, contact_id: str | None) -> Customer:
        """Write which Xero contact a customer is linked to, beside its links to other services; None removes it.

        Nothing is written where Sequence has it so already.

        Raises:
            HoldError: Sequence refused; its words say why.
        """
        known, customer = await self._known(account_id, customer_id)
        if customer.xero_contact_id == contact_id and not any(link.is_pending for link in customer.integration_ids):
            return customer
        links = [link for link in _links(known) if link["service"] != _XERO]
        if contact_id is not None:
            links.append({"service": _XERO, "id": contact_id})
        changes = {"integrationIds": links, "pushToIntegrations": []}
        try:
            return await self._replace(account_id, customer_id, f"link customer {customer_id}", known, changes)
        except SequenceRefusedError as refusal:
            raise HoldError(HoldReason.REJECTED, refusal.words or str(refusal)) from None

    async def _replace(
        self, account_id: str, customer_id: str, asked: str, known: Item, changes: Mapping[str, object]
    ) -> Customer:
        """Put a customer as it is `known`, with changes. Its aliases are read for that: no other answer has them."""
        client = await self._accounts.client(account_id)
        path = _path(customer_id)
        found = await client.get(f"read the aliases of customer {customer_id}", f"{path}/aliases")
        aliases = [alias["value"] for alias in found.get("items", ())]
        return _read(await client.put(asked, path, {**_said_again(known), "customerAliases": aliases, **changes}))

    async def _known(self, account_id: str, customer_id: str) -> tuple[Item, Customer]:
        client = await self._accounts.client(account_id)
        answer = await client.get(f"read customer {customer_id}", _path(customer_id))
        return answer, _read(answer)


def _wire(value: ApiModel) -> Item:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _path(customer_id: str) -> str:
    return f"/customers/{segment(customer_id)}"


def _read(answer: Item) -> Customer:
    return read(f"customer {answer.get('id')}", Customer.model_validate, answer)


def _said_again(known: Item) -> dict[str, Any]:
    """Return the body of a PUT that changes nothing, but for the aliases."""
    parent_id = _parent_id(known)
    services = known.get("integrationIds", [])
    return {
        **({"parentId": parent_id} if parent_id else {}),
        **{name: known[name] for name in _KEPT if known.get(name) is not None},
        "contacts": [
            {name: contact[name] for name in _KEPT_OF_CONTACT if name in contact}
            for contact in known.get("contacts", [])
            if not contact.get("archivedAt")
        ],
        "integrationIds": _links(known),
        # A link without an id is a push that Sequence still waits for.
        "pushToIntegrations": [each["service"] for each in services if each["service"] == _XERO and not each.get("id")],
    }


def _links(known: Item) -> list[Item]:
    services = known.get("integrationIds", [])
    return [{"service": each["service"], "id": each["id"]} for each in services if each.get("id")]


def _parent_id(known: Item) -> str | None:
    """Return the id of the customer that owns the organization of this one; a PUT names it as `parentId`."""
    owners = (organization["owner"]["id"] for organization in known.get("organizations", []))
    return next((owner for owner in owners if owner != known.get("id")), None)
