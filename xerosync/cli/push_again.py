"""`push-again`: an organisation is gone, as after a reset of a Demo Company; its documents go to the present one.

Nothing is done before a person has seen what would be done. Books are only taken for gone where Xero, asked now, lists
the present organisation and not the old one, or has no document of that id in the present one any more. Each document
then takes the usual way: its number is looked up in the present books, and it is adopted or created.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Document, Flag, Json, WithServices
from xerosync.cli.json_forms import MovedDocument, PushAgainData
from xerosync.cli.naming import named
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted, print_json
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError
from xerosync.core.gathering import some_at_once
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.operations.both_sides import refusals_in_words
from xerosync.operations.defaults import connected
from xerosync.services import Services

_SHOWN = 50
_AT_ONCE = 20
_PAGE = 1000


class NotGoneError(MisconfiguredError):
    """The organisation is not gone, or there is nothing to push again."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A document of books that are gone, and what has its number in the present ones, in words."""

    link: DocumentLink
    now: str


async def push_again(
    *document: Document,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    customer: Annotated[str | None, Parameter(help="instead: those of this customer, by Sequence's id")] = None,
    account: Account = None,
    confirm: Flag = False,
    json: Json = False,
    services: WithServices,
) -> None:
    """Where an organisation is gone, as after a reset of a Demo Company: push its documents to the present one.

    Without --confirm it shows what would go.

    Args:
        everything: instead of a document: all that are in an organisation which is gone
        confirm: do it; without, nothing is changed

    Raises:
        NotGoneError: the books of a document are not gone; says why.
        MisconfiguredError: the account is not connected, or the choice says too little or too much.
        RetryLaterError: Xero, Sequence or the store does not answer; nothing was changed.
    """
    if bool(document) == (everything or bool(customer)):
        raise MisconfiguredError("Name a document, or say --all or --customer ID.")
    connection, links = await _chosen(services, document, customer, account)
    with refusals_in_words():
        await _check_gone(services, connection, links)
        found = [
            _Found(link, now) for link, now in zip(links, await _numbers(services, connection, links), strict=True)
        ]
        customers = await _customers(services, connection, links)
    if confirm:
        for customer_id in customers:
            await services.linking().unlink(connection.account_id, customer_id)
        lane = Lane.LIVE if document else Lane.BULK
        await some_at_once(lambda link: _go(services, link, lane), links, _AT_ONCE)
        for customer_id in customers:
            await services.customer_workflows.push(connection.account_id, customer_id)
    _tell(connection, found, customers, done=confirm, as_json=json)


async def _chosen(
    services: Services, document: Sequence[str], customer: str | None, account: str | None
) -> tuple[Connection, list[DocumentLink]]:
    if document:
        ref = await named(services, document, account)
        return await connected(services, ref.account_id), [await services.store.document(ref)]
    connection = await connected(services, account)
    links: list[DocumentLink] = []
    while True:
        page = await services.store.documents(
            connection.account_id, customer_id=customer, ignored=False, limit=_PAGE, offset=len(links)
        )
        links += page
        if len(page) < _PAGE:
            break
    elsewhere = [link for link in links if link.is_elsewhere(connection.tenant_id)]
    if not elsewhere:
        raise NotGoneError(
            f"No such document is in other books than those of {connection.organisation_name}, so there is nothing to "
            "push again."
        )
    return connection, elsewhere


async def _check_gone(services: Services, connection: Connection, links: Sequence[DocumentLink]) -> None:
    """Make sure that the books of all these documents are gone. Raises NotGoneError."""
    listed = {each.tenant_id: each.tenant_name for each in await services.xero.tenants.all(connection.grant_id)}
    if connection.tenant_id not in listed:
        raise NotGoneError(
            f"Xero does not list {connection.organisation_name}: `starter.py connect --account "
            f"{connection.account_id}` connects it again."
        )
    for other in await services.store.connections():
        if other.status is ConnectionStatus.CONNECTED:
            listed.setdefault(other.tenant_id, other.organisation_name)
    for link in links:
        name = link.number or str(link.ref)
        if link.ignored:
            raise NotGoneError(f"{name} is ignored: `starter.py retry` takes it up again first.")
        if link.xero is None and link.intent is None:
            raise NotGoneError(f"{name} is in no books: it goes to Xero by itself, or says in its `status` why not.")
        if link.is_elsewhere(connection.tenant_id):
            if link.tenant_id in listed:
                raise NotGoneError(
                    f"The books that {name} is in are not gone: Xero still lists {listed[link.tenant_id]}. Connect the "
                    "account to it again, or leave the document as it is there."
                )
        elif link.xero is None or await _is_there(services, connection, link, link.xero.xero_id):
            raise NotGoneError(f"{name} is in the books of {connection.organisation_name}: `resync` reads it again.")


async def _is_there(services: Services, connection: Connection, link: DocumentLink, xero_id: str) -> bool:
    try:
        await services.xero.books().get(connection, link.ref.kind, xero_id)
    except MissingError:
        return False
    return True


async def _numbers(services: Services, connection: Connection, links: Sequence[DocumentLink]) -> list[str]:
    """Say of each document what has its number in the present books; look-ups share calls."""
    books = services.xero.books(Lane.BULK)

    async def look(link: DocumentLink) -> str:
        if not link.number:
            return "not looked up: it has no number"
        try:
            found = await books.find(connection, link.ref.kind, link.number)
        except HoldError as refusal:
            return f"not looked up: {refusal.words}"
        if found is None:
            return "not there: it is created"
        return f"{found.xero_id}, {found.status}, {found.total} {found.currency}: adopted where it is the same"

    return await some_at_once(look, links, _AT_ONCE)


async def _customers(services: Services, connection: Connection, links: Sequence[DocumentLink]) -> list[str]:
    """Name the customers whose contact the present organisation does not have: here, and as Sequence shows it."""
    account_id, contacts = connection.account_id, services.xero.contacts(Lane.BULK)

    async def is_gone(customer_id: str) -> bool:
        try:
            customer = await services.customers.get(account_id, customer_id)
        except MissingError:
            return False
        known = {await services.store.contact_of(account_id, customer_id), customer.xero_contact_id} - {None}
        for contact_id in known:
            try:
                await contacts.follow(connection, str(contact_id))
            except MissingError:
                continue
            return False
        return bool(known)

    customers = sorted({link.customer_id for link in links if link.customer_id})
    gone = await some_at_once(is_gone, customers, _AT_ONCE)
    return [each for each, is_so in zip(customers, gone, strict=True) if is_so]


async def _go(services: Services, link: DocumentLink, lane: Lane) -> None:
    await services.store.change(link.ref, lambda now: now.afresh(link))
    await services.workflows.signal(link.ref, "release", Release(lane=lane))


def _tell(
    connection: Connection, found: Sequence[_Found], customers: Sequence[str], *, done: bool, as_json: bool
) -> None:
    if as_json:
        documents = tuple(
            MovedDocument(
                document=str(each.link.ref),
                number=each.link.number,
                was=each.link.xero.xero_id if each.link.xero else None,
                was_in=each.link.tenant_id,
                now=each.now,
            )
            for each in found
        )
        organisation = connection.organisation_name
        print_json(PushAgainData(done=done, organisation=organisation, documents=documents, customers=tuple(customers)))
        return
    more = f"the first {_SHOWN} of " if len(found) > _SHOWN else ""
    print_table(
        f"{more}{counted(len(found), 'document')} of books that are gone",
        ("number", "kind", "customer", "in Sequence", "was in Xero", f"in {connection.organisation_name}"),
        [
            (
                each.link.number or each.link.ref.document_id,
                each.link.ref.kind.words,
                each.link.customer_name or each.link.customer_id,
                each.link.sequence.status if each.link.sequence else None,
                each.link.xero.xero_id if each.link.xero else "perhaps",
                each.now,
            )
            for each in found[:_SHOWN]
        ],
    )
    also = f", and {counted(len(customers), 'customer')} whose contact is gone" if customers else ""
    if done:
        console.print(
            f"{counted(len(found), 'document')}{also} go to {connection.organisation_name}; `status` shows what "
            "comes of it.",
            markup=False,
        )
    else:
        console.print(
            f"Nothing was changed. With --confirm {counted(len(found), 'document')}{also} go to "
            f"{connection.organisation_name}. Do that only where the old books are gone for good: in books that "
            "still exist they would stay, and be there twice.",
            markup=False,
        )
