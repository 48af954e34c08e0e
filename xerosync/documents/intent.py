"""What is written before a create is sent, and from when on it is known what became of that create."""

from datetime import datetime, timedelta

from xerosync.core.base import Message
from xerosync.core.documents import Header

CALL_TIMEOUT = timedelta(seconds=30)
"""What one call to Xero takes at most, unless it is set otherwise."""

_ON_THE_WAY = timedelta(seconds=5)
"""For what was sent just before a call was given up, and clocks that differ."""

_CERTAIN_AFTER_TIMEOUTS = 12
"""How many call timeouts Xero is given for a create that was given up: six minutes (docs/adr/0017).

For so long Xero takes a request with the same Idempotency-Key for the same one, so it may be at work on it.
"""


class Intent(Message):
    """Written before a create is sent: under which number, with which content (SHA-256), when (UTC).

    Of a document with the `header` that it has in Sequence then. An intent without a Xero id means that the create may
    or may not have reached Xero.
    """

    number: str
    payload_digest: str
    at: datetime
    header: Header | None = None

    def send_before(self, call_timeout: timedelta) -> datetime:
        """Return until when the create may leave for Xero; later it must not leave at all."""
        return self.at + call_timeout

    def given_up_at(self, call_timeout: timedelta) -> datetime:
        """Return until when an answer may be waited for: a create that left in time takes no longer than a call."""
        return self.at + 2 * call_timeout

    def settled_at(self, call_timeout: timedelta, *, certain: bool = False) -> datetime:
        """Return from when on what is not found counts as never created.

        No request of ours is under way any more. Xero may still be at work on one that was given up: that is harmless
        where another create follows and Xero refuses a second one of the number or name. Else it must be `certain`.
        """
        until = self.at + _CERTAIN_AFTER_TIMEOUTS * call_timeout if certain else self.given_up_at(call_timeout)
        return until + _ON_THE_WAY
