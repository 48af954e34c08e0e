"""Everything that knows Sequence: documents with their lines, customers, and webhooks, over its API version 2024-07-30.

`SequenceAccounts` returns the client of an account; `SequenceBilling`, `SequenceCustomers` and `SequenceNotifications`
make their requests with it.
"""

from xerosync.sequence.accounts import SequenceAccounts
from xerosync.sequence.billing import SequenceBilling
from xerosync.sequence.client import SequenceClient
from xerosync.sequence.customers import SequenceCustomers
from xerosync.sequence.errors import SequenceRefusedError, SequenceUnavailableError, UnreadableAnswerError
from xerosync.sequence.notifications import NotificationPolicy, SequenceNotifications
from xerosync.sequence.rate_limit import RequestCounter, SequenceRateLimiter

__all__ = [
    "NotificationPolicy",
    "RequestCounter",
    "SequenceAccounts",
    "SequenceBilling",
    "SequenceClient",
    "SequenceCustomers",
    "SequenceNotifications",
    "SequenceRateLimiter",
    "SequenceRefusedError",
    "SequenceUnavailableError",
    "UnreadableAnswerError",
]
