"""What the store keeps besides the model's own: links of customers, counts, credentials of accounts."""

from datetime import datetime

from pydantic import SecretStr

from xerosync.core.base import Message
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState


class CustomerLink(Message):
    """The tie between a customer of Sequence and a contact of Xero; several customers may share a contact.

    The name is Sequence's, for people to read; `linked_at` is UTC.
    """

    account_id: str
    customer_id: str
    contact_id: str
    customer_name: str | None = None
    linked_at: datetime


class Count(Message):
    """How many documents are in a state, under the same hold in force if they are held, left alone or not.

    `alarms` of them were sent, but are dated 3000 in Xero.
    """

    state: SyncState
    hold: HoldReason | None
    ignored: bool = False
    documents: int
    alarms: int = 0


class AccountCredentials(Message):
    """Client id and secret of one Sequence account; the secret is hidden in every repr."""

    account_id: str
    client_id: str
    client_secret: SecretStr
