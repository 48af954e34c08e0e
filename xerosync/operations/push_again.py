"""An organisation is gone, as after a reset of a Demo Company; its documents go to the present one.

Nothing is done before a person has seen what would be done. Books are only taken for gone where Xero, asked now, lists
the present organisation and not the old one, or has no document of that id in the present one any more. Each document
then takes the usual way: its number is looked up in the present books, and it is adopted or created.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError
from xerosync.core.gathering import some_at_once
from xerosync.core.money import money_words
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.operations.as_seen import check_as_seen, version_of
from xerosync.operations.defaults import connected
from xerosync.operations.reading_documents import refusals_in_words
from xerosync.services import Services

_AT_ONCE = 20


class NotGoneError(MisconfiguredError):
    """The organisation is not gone, or there is nothing to push again."""


@dataclass(frozen=True, slots=True)
class GoneDocument:
    """A document of books that are gone, and what has its number in the present ones, in words."""

    link: DocumentLink
    now: str


@dataclass(frozen=True, slots=True)
class PushAgain:
    """What would go to the present organisation: documents, and customers whose contact is gone, too.

    `customers`: by their id, the contact that the store has of them; None where only Sequence shows one.
    """

    connection: Connection
    documents: Sequence[GoneDocument]
    customers: Mapping[str, str | None]


async def what_goes(services: Services, connection: Connection, links: Sequence[DocumentLink]) -> PushAgain:
    """Return what would be done for documents whose books are gone. Nothing is changed.

    Raises:
        NotGoneError: the books of a document are not gone; says why.
        MisconfiguredError: Xero refuses.
        RetryLaterError: Xero, Sequence or the store does not answer.
    """
    with refusals_in_words():
        await _check_gone(services, connection, links)
        numbers = await _numbers(services, connection, links)
        customers = await _customers(services, connection, links)
    found = [GoneDocument(link, now) for link, now in zip(links, numbers, strict=True)]
    return PushAgain(connection, found, customers)


async def push_all_again(services: Services, going: PushAgain, lane: Lane) -> None:
    """Do it: each document goes the usual way, in that lane, where it is still as it was seen.

    Raises:
        RetryLaterError: Xero, Sequence, Temporal or the store does not answer; it may be done again.
    """
    account_id = going.connection.account_id
    # Somebody who pushes other documents of a customer again may have had it linked anew meanwhile.
    linking = services.linking()
    unlinked = [each for each, gone in going.customers.items() if await linking.unlink_from(account_id, each, gone)]
    await some_at_once(lambda each: _go(services, each.link, lane), going.documents, _AT_ONCE)
    for customer_id in unlinked:
        await services.customer_workflows.push(account_id, customer_id)


async def push_one_again(
    services: Services, ref: DocumentRef, *, as_seen: str | None = None, lane: Lane = Lane.LIVE
) -> PushAgain:
    """Have one document go to the present organisation, in a lane; return what went. Raises like `what_goes`.

    Raises:
        ChangedMeanwhileError: it is not any more as the person saw it.
    """
    link = check_as_seen(await services.store.document(ref), as_seen)
    going = await what_goes(services, await connected(services, ref.account_id), [link])
    await push_all_again(services, going, lane)
    return going


async def go_on_pushing(services: Services, link: DocumentLink, lane: Lane) -> None:
    """Have a document go to the present organisation for which that was begun, and perhaps broken off.

    Raises like `what_goes`.
    """
    connection = await connected(services, link.ref.account_id)
    if link.is_elsewhere(connection.tenant_id):
        await push_one_again(services, link.ref, as_seen=version_of(link), lane=lane)
    else:
        await services.workflows.signal(link.ref, "release", Release(lane=lane), number=link.number)
    if link.customer_id and await services.store.contact_of(link.ref.account_id, link.customer_id) is None:
        await services.customer_workflows.push(link.ref.account_id, link.customer_id)


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
            raise NotGoneError(f"{name} is ignored: `retry` takes it up again first.")
        if link.xero is None and link.intent is None:
            raise NotGoneError(f"{name} is in no books: it goes to Xero by itself, or `status` says why not.")
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
        return (
            f"{found.xero_id}, {found.status}, {money_words(found.total, found.currency)}: adopted where it is the same"
        )

    return await some_at_once(look, links, _AT_ONCE)


async def _customers(
    services: Services, connection: Connection, links: Sequence[DocumentLink]
) -> Mapping[str, str | None]:
    """Return the customers whose contact the present organisation does not have: here, and as Sequence shows it."""
    account_id, contacts = connection.account_id, services.xero.contacts(Lane.BULK)

    async def gone(customer_id: str) -> dict[str, str | None]:
        try:
            customer = await services.customers.get(account_id, customer_id)
        except MissingError:
            return {}
        ours = await services.store.contact_of(account_id, customer_id)
        known = {ours, customer.xero_contact_id} - {None}
        for contact_id in known:
            try:
                await contacts.follow(connection, str(contact_id))
            except MissingError:
                continue
            return {}
        return {customer_id: ours} if known else {}

    customers = sorted({link.customer_id for link in links if link.customer_id})
    found: dict[str, str | None] = {}
    for each in await some_at_once(gone, customers, _AT_ONCE):
        found |= each
    return found


async def _go(services: Services, link: DocumentLink, lane: Lane) -> None:
    await services.store.change(link.ref, lambda now: now.afresh(link))
    await services.workflows.signal(link.ref, "release", Release(lane=lane), number=link.number)
