"""How many documents are in each state, and what they add up to."""

from decimal import Decimal

from xerosync.core.base import Message
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState


class Count(Message):
    """How many documents are in a state, under the same hold in force if they are held, left alone or not.

    `alarms` of them were sent, but are dated 3000 in Xero; `drifting` have another total there than in Sequence.
    """

    state: SyncState
    hold: HoldReason | None
    ignored: bool = False
    documents: int
    alarms: int = 0
    drifting: int = 0


class Total(Message):
    """What documents of one kind and currency add up to, tax included: the voided ones, or the others.

    `currency` and `amount` are None of documents that were never read in Sequence.
    """

    kind: Kind
    currency: str | None
    is_voided: bool
    documents: int
    amount: Decimal | None


class AwaitedCustomer(Message):
    """A customer without a link, and how many documents wait for one. `name` is as a document had it."""

    customer_id: str
    name: str | None
    documents: int
