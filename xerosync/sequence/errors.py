"""What can go wrong with Sequence.

XerosyncError
├── RetryLaterError
│   ├── SequenceUnavailableError      a 5xx, a timeout, a lost answer: it may have happened all the same
│   │   └── SequenceUnreachableError  the connection could not be made: nothing was asked
│   ├── SequenceRateLimitedError      a 429: nothing was done
│   └── UnusableAnswerError
│       ├── UnreadableAnswerError     an answer that is not what Sequence documents
│       └── SequenceFailedError       a 500 when asked to read something
├── MissingError                      a 404
│   └── RefusedReadError              a 400, 409, 410 or 422 when asked to read something: its words say why
├── MisconfiguredError                a 401 or 403: key and secret are wrong, or may not do this
└── SequenceRefusedError              a 400, 409, 410 or 422 to anything else: Sequence's words say why

Sequence publishes status codes and no error bodies, so the words are looked for where APIs put them. No error
holds a request, and with it the key.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from xerosync.core.clock import utc_now
from xerosync.core.errors import (
    MisconfiguredError,
    MissingError,
    RefusedReadError,
    RetryLaterError,
    UnusableAnswerError,
    XerosyncError,
)
from xerosync.core.text import without_lost_characters

_A_MINUTE = timedelta(minutes=1)
_LONGEST_WORDS = 500
_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY})
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


class SequenceUnavailableError(RetryLaterError):
    """Sequence did not answer."""


class SequenceUnreachableError(SequenceUnavailableError):
    """Sequence could not be reached."""

    ambiguous = False


class SequenceRateLimitedError(RetryLaterError):
    """Sequence's limit of requests a minute is reached."""

    ambiguous = False


class UnreadableAnswerError(UnusableAnswerError):
    """Sequence's answer is not what it documents."""


class SequenceFailedError(UnusableAnswerError):
    """Sequence failed to read something: everything, or this one thing alone."""


class SequenceRefusedError(XerosyncError):
    """Sequence refused. `words` are its own, empty where it gave none."""

    def __init__(self, asked: str, status: int, words: str) -> None:
        super().__init__(f"Sequence refused to {asked} (HTTP {status}).")
        self.status = status
        self.words = words


def lost_answer(asked: str, error: httpx.HTTPError | TimeoutError) -> RetryLaterError:
    """Return our error for a request that got no answer. `asked` is as in "read invoice 1"."""
    if isinstance(error, _UNREACHED):
        return SequenceUnreachableError(
            f"Sequence could not be reached to {asked} ({type(error).__name__}): try again, or correct "
            "XEROSYNC_SEQUENCE_API_URL."
        )
    reason = "it took too long" if isinstance(error, TimeoutError | httpx.TimeoutException) else type(error).__name__
    return SequenceUnavailableError(f"Sequence did not answer when asked to {asked} ({reason}).")


def refused_answer(
    asked: str, answer: httpx.Response, credentials: str, *, is_read: bool = False
) -> XerosyncError | None:
    """Return our error for an answer, None for a success. `credentials` names the settings that hold key and secret."""
    status = answer.status_code
    if answer.is_success:
        return None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _retry_after(answer.headers) or _A_MINUTE
        return SequenceRateLimitedError(
            f"Sequence takes no more requests for {wait.total_seconds():.0f} seconds.", retry_after=wait
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return MisconfiguredError(f"Sequence does not know {credentials}: correct them.")
    if status == HTTPStatus.FORBIDDEN:
        return MisconfiguredError(
            f"Sequence does not let {credentials} {asked}: give that key the right, or another key."
        )
    if status == HTTPStatus.NOT_FOUND:
        return MissingError(f"Sequence can't {asked}: there is no such thing.")
    if status in _REFUSALS:
        refusal = SequenceRefusedError(asked, status, _words(answer))
        return RefusedReadError(str(refusal), words=refusal.words) if is_read else refusal
    if is_read and status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return SequenceFailedError(
            f"Sequence could not {asked} (HTTP {status}).",
            words=_words(answer),
            retry_after=_retry_after(answer.headers),
        )
    if status in _BUSY or answer.is_server_error:
        return SequenceUnavailableError(
            f"Sequence could not {asked} (HTTP {status}).", retry_after=_retry_after(answer.headers)
        )
    return UnreadableAnswerError(
        f"Sequence answered HTTP {status} when asked to {asked}: is XEROSYNC_SEQUENCE_API_URL right?"
    )


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read the header Retry-After: seconds, or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,6}", value):
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - utc_now(), timedelta(0))
    except (TypeError, ValueError):
        return None


def _words(answer: httpx.Response) -> str:
    """Return what the body says to a person: no markup, on one line, not endless."""
    if "html" in answer.headers.get("content-type", ""):
        return ""
    try:
        body: object = json.loads(without_lost_characters(answer.content))
    except ValueError:
        body = answer.text
    return " ".join(_sentence(body).split())[:_LONGEST_WORDS]


def _sentence(body: object) -> str:
    match body:
        case str():
            return body
        case {"message": words} | {"error": words} | {"detail": words} | {"title": words} | {"errors": words}:
            return _sentence(words)
        case list():
            return "; ".join(filter(None, map(_sentence, body)))
        case _:
            return ""
