"""`push-customer`, `link-customer`, `unlink-customer`: one customer and its contact in Xero."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Json, WithoutTemporal, WithServices
from xerosync.cli.app import Customer as CustomerId
from xerosync.cli.following import follow, showing_progress
from xerosync.cli.json_forms import LinkedData, PushData, SuggestedContact, UnlinkedData
from xerosync.cli.naming import account_option
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted, print_json
from xerosync.connection.connection import Connection
from xerosync.core.temporal import check_answers
from xerosync.customers.customer import Customer
from xerosync.customers.describe import push_sentence
from xerosync.customers.matching import Suggestion
from xerosync.customers.messages import PushHold, PushOutcome, PushResult
from xerosync.documents.describe import contact_link
from xerosync.operations.customers import (
    UnknownContactError,
    customer_of,
    likely_contacts,
    link_to_contact,
    unlink_from_contact,
)
from xerosync.operations.defaults import connected, the_connection
from xerosync.services import Services


async def push_customer(
    customer_id: CustomerId, /, *, account: Account = None, json: Json = False, services: WithServices
) -> int:
    """Make a customer of Sequence a contact in Xero, or bring what changed of it there.

    The exit code is 1 where a person must decide.
    """
    connection = await connected(services, account)
    await customer_of(services, connection.account_id, customer_id)
    await services.customer_workflows.push(connection.account_id, customer_id)
    handle = services.customer_workflows.pushing(connection.account_id, customer_id)

    with showing_progress(f"Bringing customer {customer_id} into Xero") as step:

        async def check() -> None:
            step()
            await services.customer_workflows.push_status(connection.account_id, customer_id)

        result: PushResult = await follow(handle, "the push", check)
    shown = result.proposal or result.contact_id
    url = contact_link(connection.short_code, shown) if shown else None
    refused = result.hold is PushHold.REJECTED
    held = await services.imports.push_hold(connection.account_id, customer_id) if refused else None
    if json:
        words = held.words if held else None
        print_json(PushData(customer_id=customer_id, **dict(result), words=words, xero_url=url))
    else:
        outcome = f"Customer {customer_id} was not pushed. {held.words}" if held else push_sentence(customer_id, result)
        console.print(outcome, markup=False)
        if result.proposal:
            option = await account_option(services, connection.account_id)
            console.print(
                f"To link them: `starter.py link-customer {customer_id} {result.proposal}{option}`.", markup=False
            )
        if url:
            console.print(f"In Xero: {url}", markup=False)
    return int(result.outcome is PushOutcome.HELD)


async def link_customer(
    customer_id: CustomerId,
    contact_id: Annotated[
        str | None, Parameter(help="ContactID in Xero; without it, likely ones are suggested")
    ] = None,
    /,
    *,
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
) -> None:
    """Link a customer to a contact that is in Xero; documents that waited for it go at once.

    Raises:
        UnknownCustomerError: Sequence has no such customer.
        UnusableContactError: Xero has no such contact, or it is archived.
    """
    connection = await connected(services, account)
    customer = await customer_of(services, connection.account_id, customer_id)
    if contact_id is None:
        await _suggest(services, connection, customer, as_json=json)
        return
    await check_answers(services.temporal)
    try:
        linked = await link_to_contact(services, connection, customer, contact_id)
    except UnknownContactError as unknown:
        option = await account_option(services, connection.account_id)
        raise UnknownContactError(
            f"{unknown} `starter.py link-customer {customer_id}{option}` suggests some."
        ) from None
    contact = linked.contact
    if json:
        released = tuple(linked.released)
        print_json(LinkedData(customer_id=customer_id, contact_id=contact.contact_id, released=released))
        return
    merged = "" if contact.contact_id == contact_id else f", which {contact_id} was merged into"
    console.print(f"{customer.legal_name} is linked to {contact.name} ({contact.contact_id}){merged}.", markup=False)
    if linked.released:
        console.print(
            f"{counted(len(linked.released), 'document')} waited for this: `starter.py status` shows what comes of it."
        )


async def unlink_customer(
    customer_id: CustomerId, /, *, account: Account = None, json: Json = False, services: WithServices
) -> None:
    """Forget which contact a customer is linked to, here and in Sequence. Documents in Xero stay as they are."""
    connection = await the_connection(services, account)
    customer = await customer_of(services, connection.account_id, customer_id)
    contact_id = await unlink_from_contact(services, connection, customer)
    if json:
        print_json(UnlinkedData(customer_id=customer_id, unlinked_from=contact_id))
    elif contact_id:
        console.print(f"{customer.legal_name} is no longer linked to contact {contact_id}.", markup=False)
    else:
        console.print(f"{customer.legal_name} was not linked.", markup=False)


async def _suggest(services: Services, connection: Connection, customer: Customer, *, as_json: bool) -> None:
    """Look for the customer among Xero's contacts, in four calls at most."""
    likely = await likely_contacts(services, connection, customer)
    suggestions = [each.suggestion for each in likely]
    taken = {each.suggestion.contact.contact_id: each.linked_to for each in likely}
    option = await account_option(services, connection.account_id)
    if as_json:
        print_json([_data(each, taken.get(each.contact.contact_id)) for each in suggestions])
    elif suggestions:
        _show(customer, suggestions, taken, option)
    else:
        console.print(
            f"No contact in Xero looks like {customer.legal_name}: `starter.py push-customer {customer.id}{option}` "
            "makes one.",
            markup=False,
        )


def _show(customer: Customer, suggestions: Sequence[Suggestion], taken: Mapping[str, str | None], option: str) -> None:
    print_table(
        f"contacts that may be {customer.legal_name}",
        ("contact", "customer", "e-mail", "value", "linked to"),
        [
            (
                it.contact.contact_id,
                it.contact.name,
                it.contact.email,
                ", ".join(it.reasons),
                taken.get(it.contact.contact_id),
            )
            for it in suggestions
        ],
    )
    usable = next((it.contact for it in suggestions if not it.contact.is_archived), None)
    if usable is None:
        console.print("Restore one of them in Xero to link it.")
        return
    which = "the first" if usable is suggestions[0].contact else "the first that is not archived"
    console.print(
        f"To link {which}: `starter.py link-customer {customer.id} {usable.contact_id}{option}`.", markup=False
    )


def _data(suggestion: Suggestion, linked_to: str | None) -> SuggestedContact:
    contact = suggestion.contact
    return SuggestedContact(
        contact_id=contact.contact_id,
        name=contact.name,
        email=contact.email,
        score=suggestion.score,
        reasons=tuple(suggestion.reasons),
        linked_to=linked_to,
    )
