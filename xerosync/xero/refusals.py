"""From Xero's answers to our exceptions: one function for an HTTP answer, one for validation messages.

Xero's OpenAPI description models 400 alone. The other statuses, and every message, are as its documentation and
its users report them; punctuation may vary, so only the stable part of a message is looked for.
"""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from xerosync.core.errors import XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.text import fit_line
from xerosync.xero.calls.answer import NO_ID, Answer
from xerosync.xero.errors import (
    DisconnectedError,
    MissingScopeError,
    NumberTakenError,
    TokenRejectedError,
    XeroMissingError,
    XeroRateLimitedError,
    XeroRefusedError,
    XeroUnavailableError,
    cut,
)

_REASONS: tuple[tuple[HoldReason, str], ...] = (
    (HoldReason.REMOVED_IN_XERO, r"existing (?:invoice|credit ?note)\b.{0,60}\bcould not be found"),
    (HoldReason.NUMBER_TAKEN, r"(?:invoice|credit ?note) ?(?:#|number|no\b).{0,40}must be unique"),
    (HoldReason.PLAN_LIMIT, r"reached the limit of (?:invoices|credit ?notes|documents)|upgrade your (?:plan|subscri)"),
    (HoldReason.CONTACT_ARCHIVED, r"archived contact|contact\b.{0,60}\b(?:is|has been|was) archived"),
    (
        HoldReason.CUSTOMER_UNLINKED,
        r"contact\b.{0,60}\b(?:does not exist|could not be found|was not found|not found|has been deleted)",
    ),
    (HoldReason.CURRENCY_NOT_ENABLED, r"not subscribed to currency|currency\b.{0,40}\bnot (?:enabled|subscribed)"),
    (HoldReason.LOCKED_PERIOD, r"\block(?:ed)? (?:date|period)|period\b.{0,20}\block"),
    (
        HoldReason.FROZEN_BY_PAYMENT,
        r"has (?:a )?payments?\b.{0,40}allocated|payments? or credit ?notes? allocated|because it has (?:a )?payments?",
    ),
    (HoldReason.LEDGER_ACCOUNT_REJECTED, r"^account code\b|account code '[^']*' (?:is not a valid|has been)"),
    (
        HoldReason.TAX_REJECTED,
        r"tax ?type code|tax ?type\b.{0,60}\b(?:not valid|invalid|cannot be used|does not exist)",
    ),
    (HoldReason.LINES_DO_NOT_ADD_UP, r"line total\b.{0,60}\bdoes not match"),
    (
        HoldReason.NEGATIVE_TOTAL,
        r"\btotal\b.{0,60}\b(?:negative|less than (?:zero|0)|greater than or equal to (?:zero|0))",
    ),
)
_PATTERNS = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _REASONS)

_CHANGED_KEY = re.compile(r"idempotency key\b.{0,200}\bdifferent request", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[a-z!?/]", re.IGNORECASE)
_TRANSIENT_REFUSALS = frozenset({408, 409, 412, 421, 423, 425})


def error_from(answer: Answer) -> XerosyncError:
    """Return the exception that an answer of 400 or more stands for; `errors` draws them all.

    A whole-call refusal of a single document becomes its hold. A caller who sent several must take it as
    ambiguous for each: part of a batch may have been committed.
    """
    body = _object(answer)
    status = answer.status
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _of_authentication(answer, str(body.get("Detail") or body.get("Message") or ""))
    if status == HTTPStatus.NOT_FOUND:
        return XeroMissingError()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return XeroRateLimitedError(answer.problem, retry_after=answer.retry_after)
    messages = messages_of(body) or _plain_words(answer)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and status not in _TRANSIENT_REFUSALS and not _CHANGED_KEY.search(" ".join(messages)):
        return hold_for(messages or (f"Xero refused the request with status {status} and no reason.",))
    return XeroUnavailableError(
        f"Xero answered {status}.", status=status, request_id=answer.headers.get("xero-correlation-id")
    )


def hold_for(messages: Sequence[str]) -> XeroRefusedError:
    """Return the hold that Xero's validation messages ask for, in Xero's own words.

    Where several apply, the first of the table names the hold.
    """
    words = cut(" ".join(messages))
    for reason, pattern in _PATTERNS:
        if any(pattern.search(message) for message in messages):
            kind = NumberTakenError if reason is HoldReason.NUMBER_TAKEN else XeroRefusedError
            return kind(reason, words, validation_errors=messages)
    return XeroRefusedError(HoldReason.REJECTED, words, validation_errors=messages)


def messages_of(body: dict[str, Any]) -> tuple[str, ...]:
    """Return the messages of an error body or of a refused element, each once, wherever in it they stand.

    Those of errors; where there are none, those of warnings, else the body's own.
    """
    for field in ("ValidationErrors", "Warnings"):
        if found := dict.fromkeys(_messages(body, field)):
            return tuple(found)
    words = next((body[key] for key in ("Message", "Detail", "Title") if body.get(key)), None)
    return (cut(str(words)),) if words else ()


def is_refused(element: dict[str, Any], id_field: str = "") -> bool:
    """Whether Xero refused this element of a batch. A warning is no refusal; an id of zeros is one without a flag."""
    flags = (element.get("HasErrors"), element.get("HasValidationErrors"))
    return element.get("StatusAttributeString") == "ERROR" or True in flags or element.get(id_field) == NO_ID


def refusal_of(element: dict[str, Any]) -> XeroRefusedError:
    """Return the hold of a refused element, in Xero's own words."""
    return hold_for(messages_of(element) or ("Xero did not take it and gave no reason.",))


def _messages(value: Any, field: str) -> Iterator[str]:
    """Yield what stands as the message of an error or a warning, at any depth: the outermost first."""
    if isinstance(value, list):
        for each in value:
            yield from _messages(each, field)
    elif isinstance(value, dict):
        for given in _list(value.get(field)):
            words = given.get("Message") if isinstance(given, dict) else given
            if isinstance(words, str) and words.strip():
                yield words
        for each in value.values():
            yield from _messages(each, field)


def _plain_words(answer: Answer) -> tuple[str, ...]:
    """Return the words of an answer that is plain text; a page of a proxy is not for people to read here."""
    text = answer.content.decode("utf-8", "replace").strip()
    is_prose = text and text[0] not in "{[" and not _MARKUP.search(text)
    return (cut(fit_line(text.strip('"'))),) if is_prose else ()


def _of_authentication(answer: Answer, detail: str) -> XerosyncError:
    words = detail.lower()
    if "authorizationunsuccessful" in words or "scope" in words:
        return MissingScopeError()
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return TokenRejectedError()
    if "authenticationunsuccessful" in words:
        return DisconnectedError("Xero says that the organisation is no longer connected to the app.")
    # A 403 that is not Xero's own comes from something on the way, such as a proxy.
    return XeroUnavailableError("Access to Xero was denied on the way.", status=answer.status)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
