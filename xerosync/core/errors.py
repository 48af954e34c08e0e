"""Everything that can go wrong, as exceptions.

XerosyncError
├── RetryLaterError          Temporal tries again by itself; never reaches a person
│   ├── DeniedError              Sequence does not know it (yet), or does not let it be read
│   ├── UnusableAnswerError      it answers, but not with what was asked for
│   ├── (xero)      XeroUnavailableError, XeroRateLimitedError, …
│   ├── (sequence)  SequenceUnavailableError, SequenceRateLimitedError, …
│   └── (store)     StoreUnavailableError
├── HoldError                a person must fix something: the document is held
│   └── CustomerPendingError
├── MissingError             the thing asked for does not exist
│   └── RefusedReadError         it can't be read: most likely it does not exist
├── MisconfiguredError       a setting or credential is wrong: said once, with what to do
└── UnexpectedError          a fault of our own: any exception that is none of these

The class docstring is the default message; data travels in fields, never parsed back out of strings.

A message goes into Temporal's histories and into logs, so it names nobody: ids, numbers and statuses alone. What
another system said, which may name anybody, travels in `words`, for the store and the terminal.
"""

import traceback
from datetime import timedelta
from pathlib import Path
from typing import Final

from xerosync.core.holds import HoldReason


class XerosyncError(Exception):
    """Something went wrong."""

    is_storable: bool = True
    """Whether the store can keep it: not where it is the store that does not answer."""

    words: str = ""
    """What another system said, or what names people."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def in_full(self) -> str:
        """The message and the words, for the store and for whoever sits at the terminal."""
        return f"{self} {self.words}".strip()


class RetryLaterError(XerosyncError):
    """The other side did not answer; the next attempt may succeed."""

    ambiguous: bool = True
    """Whether what was asked for may have happened all the same. A case that knows better says False."""

    def __init__(self, message: str | None = None, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeniedError(RetryLaterError):
    """Sequence does not know what it is asked for (yet): the signal may have overtaken the commit that it is about."""

    ambiguous = False


class UnusableAnswerError(RetryLaterError):
    """The other side answers, but not with what was asked for; it may do so for this one thing alone.

    `words` are its own, empty where it gave none.
    """

    def __init__(self, message: str | None = None, *, words: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.words = words


class HoldError(XerosyncError):
    """A person must fix something before the document can go on.

    `words` are those of whoever refused; Xero's own where it was Xero. `field` is the part of the document that is at
    fault, as Xero names it; empty where nobody knows, or it is the whole.
    """

    def __init__(self, reason: HoldReason, words: str = "", *, field: str = "") -> None:
        super().__init__(reason.meaning.matter)
        self.reason = reason
        self.words = words
        self.field = field

    @property
    def in_full(self) -> str:
        """The matter, the words, and what to do."""
        return self.reason.sentence(self.words)


class CustomerPendingError(HoldError):
    """The document's customer is being pushed into Xero; with words, these say why that push waits."""

    def __init__(self, words: str = "") -> None:
        super().__init__(HoldReason.CUSTOMER_UNLINKED, words)


class MissingError(XerosyncError):
    """There is no such thing."""


class RefusedReadError(MissingError):
    """Sequence refuses to show it. It publishes 404 for few things: most likely there is no such thing.

    `words` are Sequence's own, empty where it gave none.
    """

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words


class MisconfiguredError(XerosyncError):
    """A setting is wrong."""


_HOME: Final = Path(__file__).parents[2]
_LONGEST_WORDS = 500


class UnexpectedError(XerosyncError):
    """A fault of xerosync's own. Its message names the exception and where it came from; the words are its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"A fault of xerosync itself, to be reported: {type(error).__name__} at {_place(error)}.")
        self.words = str(error)[:_LONGEST_WORDS]


def _place(error: Exception) -> str:
    """Return the last line of our own code that an exception passed, such as `xerosync/xero/lines.py:12`."""
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in frames if path.is_relative_to(_HOME) and "site-packages" not in path.parts]
    path, line = (ours or frames or [(_HOME, 0)])[-1]
    return f"{path.relative_to(_HOME) if ours else path.name}:{line}"
