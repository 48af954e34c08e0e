"""What can go wrong with Xero, as exceptions. Which answer becomes which stands in `refusals`.

RetryLaterError
├── XeroUnavailableError       a 5xx, a timeout, a lost or unreadable answer: it may have happened all the same
│   └── ListNotWholeError      a list has more pages: what is not on the first may be on another
├── BatchFailedError           a batch was refused whole: some of its documents may have been taken
├── XeroUnreachableError       the connection could not be made: nothing was sent
├── XeroRateLimitedError       a 429: nothing was done
├── BudgetSpentError           our own budget says wait: nothing was sent
├── NotSentError               the call was given up before it left
├── TokenRejectedError         a fresh token was refused, too: nothing was done
└── TokenUnavailableError      the identity service did not answer: nothing was sent
HoldError
├── XeroRefusedError           validation errors of Xero
│   └── NumberTakenError       "Invoice # must be unique."
├── DisconnectedError          the organisation no longer lets us in, or the grant is revoked
└── (as it is)                 refused before anything was sent, by the mapping
MissingError
└── XeroMissingError           a 404
MisconfiguredError
├── MissingScopeError          the grant does not cover what was asked
└── ClientRefusedError         Xero does not know the client id or secret
XerosyncError
└── ConsentError               a person's consent came to nothing

No error carries a token, a request or a whole answer: only Xero's sentences, cut to 500 characters.
"""

from collections.abc import Sequence
from datetime import timedelta

from xerosync.core.errors import HoldError, MisconfiguredError, MissingError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason

_LONGEST_WORDS = 500


class XeroUnavailableError(RetryLaterError):
    """Xero did not answer properly."""

    def __init__(self, message: str | None = None, *, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id


class ListNotWholeError(XeroUnavailableError):
    """Xero's list has more pages."""


class BatchFailedError(RetryLaterError):
    """The batch that the document travelled in was refused as a whole."""


class XeroUnreachableError(RetryLaterError):
    """Xero could not be reached; nothing was sent."""

    ambiguous = False


class XeroRateLimitedError(RetryLaterError):
    """Xero's limit of calls is reached."""

    ambiguous = False

    def __init__(self, problem: str | None = None, *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"Xero's limit of calls is reached ({problem or 'unnamed'})", retry_after=retry_after)
        self.problem = problem


class BudgetSpentError(RetryLaterError):
    """The budget of calls to Xero is spent for now."""

    ambiguous = False


class NotSentError(RetryLaterError):
    """The call was given up before it was sent."""

    ambiguous = False


class TokenRejectedError(RetryLaterError):
    """Xero refused a token that it had just given."""

    ambiguous = False


class TokenUnavailableError(RetryLaterError):
    """Xero's identity service did not answer."""

    ambiguous = False


class XeroRefusedError(HoldError):
    """Xero refused. `validation_errors` are its messages, in full and one by one."""

    def __init__(self, reason: HoldReason, words: str = "", *, validation_errors: Sequence[str] = ()) -> None:
        super().__init__(reason, words)
        self.validation_errors = tuple(validation_errors)


class NumberTakenError(XeroRefusedError):
    """Xero has a document with this number."""


class DisconnectedError(HoldError):
    """The organisation no longer lets us in."""

    def __init__(self, words: str = "") -> None:
        super().__init__(HoldReason.DISCONNECTED, words)


class XeroMissingError(MissingError):
    """Xero has no such record."""


class MissingScopeError(MisconfiguredError):
    """The connection to Xero lacks a scope: connect the account again, with all that the app asks for."""


class ClientRefusedError(MisconfiguredError):
    """Xero does not accept XEROSYNC_XERO_CLIENT_ID and XEROSYNC_XERO_CLIENT_SECRET."""


class ConsentError(XerosyncError):
    """The consent came to nothing: connect again."""


def cut(words: str) -> str:
    """Return a sentence of Xero's on one line, cut to 500 characters."""
    text = " ".join(words.split())
    return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"
