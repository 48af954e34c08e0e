"""A customer as data: whether it is linked, what keeps it from being pushed, and where its documents stand."""

from pydantic import AwareDatetime

from xerosync.core.base import Message
from xerosync.core.errors import MissingError
from xerosync.core.holds import HoldReason
from xerosync.documents.awaiting_customer import PushHeld
from xerosync.documents.describe import contact_link
from xerosync.documents.messages import SyncState
from xerosync.services import Services


class DocumentCount(Message):
    """How many documents of a customer are in a state, under the same hold in force if they are held."""

    state: SyncState
    hold: HoldReason | None
    documents: int


class CustomerData(Message):
    """A customer of Sequence as its billing system shows it. Instants are UTC.

    `contact_id` and `xero_url` are the contact in Xero that it is linked to; null: none. `push_hold` says why the
    customer could not be pushed into Xero.
    """

    account_id: str
    customer_id: str
    customer_name: str | None
    contact_id: str | None
    linked_at: AwareDatetime | None
    xero_url: str | None
    push_hold: PushHeld | None
    documents: tuple[DocumentCount, ...]


async def customer_data(services: Services, account_id: str, customer_id: str) -> CustomerData:
    """Return what is known of a customer.

    Raises:
        MissingError: nothing is: it has no link, no push that waits and no document.
    """
    link = await services.imports.link(account_id, customer_id)
    push_hold = await services.imports.push_hold(account_id, customer_id)
    counts = await services.document_lists.counts_of_customer(account_id, customer_id)
    if link is None and push_hold is None and not counts:
        raise MissingError(
            f"xerosync does not know customer {customer_id}: it learns of one by a link or by the first document."
        )
    connection = await services.store.connection(account_id)
    return CustomerData(
        account_id=account_id,
        customer_id=customer_id,
        customer_name=link.customer_name if link else None,
        contact_id=link.contact_id if link else None,
        linked_at=link.linked_at if link else None,
        xero_url=contact_link(connection.short_code, link.contact_id) if link and connection else None,
        push_hold=push_hold,
        documents=tuple(
            DocumentCount(state=each.state, hold=each.hold, documents=each.documents)
            for each in counts
            if not each.ignored
        ),
    )
