"""`push-again`: an organisation is gone, as after a reset of a Demo Company; its documents go to the present one."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Document, Flag, Json, WithServices
from xerosync.cli.json_forms import MovedDocument, PushAgainData
from xerosync.cli.naming import named, spelled
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted, print_json
from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.documents.selection import Selection
from xerosync.operations.defaults import connected
from xerosync.operations.push_again import NotGoneError, PushAgain, push_all_again, what_goes
from xerosync.services import Services

_SHOWN = 50


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
    try:
        going = await what_goes(services, connection, links)
    except NotGoneError as error:
        first = links[0]
        raise NotGoneError(await spelled(services, str(error), first.ref, first.number)) from error
    if confirm:
        await push_all_again(services, going, Lane.LIVE if document else Lane.BULK)
    _tell(going, done=confirm, as_json=json)


async def _chosen(
    services: Services, document: Sequence[str], customer: str | None, account: str | None
) -> tuple[Connection, list[DocumentLink]]:
    if document:
        ref = await named(services, document, account)
        return await connected(services, ref.account_id), [await services.store.document(ref)]
    connection = await connected(services, account)
    elsewhere: list[DocumentLink] = []
    async for page in services.document_lists.all_pages(connection.account_id, Selection(customer_id=customer)):
        elsewhere += [link for link in page if not link.ignored and link.is_elsewhere(connection.tenant_id)]
    if not elsewhere:
        raise NotGoneError(
            f"No such document is in other books than those of {connection.organisation_name}, so there is nothing to "
            "push again."
        )
    return connection, elsewhere


def _tell(going: PushAgain, *, done: bool, as_json: bool) -> None:
    connection, found, customers = going.connection, going.documents, going.customers
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
            f"{counted(len(found), 'document')}{also} go to {connection.organisation_name}; `starter.py status` "
            "shows what comes of it.",
            markup=False,
        )
    else:
        console.print(
            f"Nothing was changed. With --confirm {counted(len(found), 'document')}{also} go to "
            f"{connection.organisation_name}. Do that only where the old books are gone for good: in books that "
            "still exist they would stay, and be there twice.",
            markup=False,
        )
