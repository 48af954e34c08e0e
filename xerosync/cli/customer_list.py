"""`customers`: the customers of an account in Sequence, and the contact in Xero that each is linked to."""

from enum import StrEnum
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Json, WithoutTemporal
from xerosync.cli.following import showing_progress
from xerosync.cli.naming import account_option
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted, print_json
from xerosync.core.base import Message
from xerosync.documents.describe import contact_link
from xerosync.operations.defaults import the_connection


class CustomerState(StrEnum):
    """Whether a customer has a contact in Xero."""

    LINKED = "linked"
    UNLINKED = "unlinked"
    PUSH_HELD = "push held"
    """It has none since its push into Xero waits for a person."""


class ListedCustomer(Message):
    """A customer of Sequence. `words` say why its push waits; `xero_url` is where a person sees its contact."""

    account_id: str
    customer_id: str
    name: str
    state: CustomerState
    contact_id: str | None
    xero_url: str | None
    words: str | None


async def customers(
    *,
    state: Annotated[CustomerState | None, Parameter(help="only customers in this state")] = None,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
) -> None:
    """List the customers of an account, and the contact in Xero that each is linked to. Xero is not asked.

    Raises:
        MisconfiguredError: the account was never connected.
        RetryLaterError: Sequence or the store does not answer.
    """
    connection = await the_connection(services, account)
    account_id = connection.account_id
    links = {link.customer_id: link.contact_id for link in await services.store.customer_links(account_id)}
    held = await services.imports.push_holds(account_id)
    listed: list[ListedCustomer] = []
    with showing_progress("Customers of Sequence") as step:
        async for customer in services.bulk_customers.customers(account_id):
            contact_id, hold = links.get(customer.id), held.get(customer.id)
            unlinked = CustomerState.PUSH_HELD if hold else CustomerState.UNLINKED
            listed.append(
                ListedCustomer(
                    account_id=account_id,
                    customer_id=customer.id,
                    name=customer.legal_name,
                    state=CustomerState.LINKED if contact_id else unlinked,
                    contact_id=contact_id,
                    xero_url=contact_link(connection.short_code, contact_id) if contact_id else None,
                    words=None if contact_id or hold is None else hold.words,
                )
            )
            step(len(listed))
    shown = [each for each in listed if state in (None, each.state)]
    if json:
        print_json(shown)
        return
    of = "" if len(shown) == len(listed) else f"{len(shown):,} of "
    print_table(
        f"{of}{counted(len(listed), 'customer')}",
        ("id", "customer", "state", "contact in Xero", "problem"),
        [(each.customer_id, each.name, each.state, each.contact_id, each.words) for each in shown],
    )
    if unlinked := next((each for each in shown if each.contact_id is None), None):
        option = await account_option(services, account_id)
        console.print(
            f"`starter.py link-customer {unlinked.customer_id}{option}` suggests contacts for the first without one; "
            f"`starter.py push-customer {unlinked.customer_id}{option}` makes one.",
            markup=False,
        )
