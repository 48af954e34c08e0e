"""Everything that knows Sequence: documents with their lines, customers, and webhooks, over its API version 2024-07-30.

`SequenceAccounts` gives the client of an account; `SequenceBilling` and `SequenceCustomers` ask with it.
"""

from xerosync.sequence.accounts import SequenceAccounts
from xerosync.sequence.billing import SequenceBilling
from xerosync.sequence.client import Credentials, SequenceClient
from xerosync.sequence.customers import SequenceCustomers
from xerosync.sequence.errors import SequenceRefusedError, SequenceUnavailableError, UnreadableAnswerError
from xerosync.sequence.notifications import NotificationPolicy, SequenceNotifications
from xerosync.sequence.turns import RateLimiter, RequestCounter

__all__ = [
    "Credentials",
    "NotificationPolicy",
    "RateLimiter",
    "RequestCounter",
    "SequenceAccounts",
    "SequenceBilling",
    "SequenceClient",
    "SequenceCustomers",
    "SequenceNotifications",
    "SequenceRefusedError",
    "SequenceUnavailableError",
    "UnreadableAnswerError",
]
