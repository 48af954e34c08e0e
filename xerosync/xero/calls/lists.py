"""Lists of Xero, and what is asked of them. Only a list that is whole says that something is not there.

Xero now and then answers a list with 404, and an answer may be cut short on its way. Both mean "could not look": taken
for "not there", they would put a document into Xero twice.

An address may have 2,048 characters in all. A literal of `where` holds neither a quote nor a backslash: Xero refuses
the backslash, and that a doubled quote is one quote is not published. What has either, or is too long, is looked for by
its parts and compared here.
"""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from xerosync.xero.calls.answer import Answer
from xerosync.xero.errors import ListNotWholeError, XeroUnavailableError
from xerosync.xero.refusals import error_from
from xerosync.xero.wire import records

PAGE_SIZE = 1000
"""Records a page (Xero's most)."""

FIRST_PAGE = {"page": "1", "pageSize": str(PAGE_SIZE)}
"""Parameters of a list's first page. Only paged lists show records whole."""

MAX_QUERY = 1_500
"""Bytes of an address that what is looked for may take, percent-encoded; the rest of it takes less than 500."""

_MAX_PART = 1_000

_UNSAYABLE = re.compile(r'["\\]')


class XeroPage(NamedTuple):
    """A page of a list, asked for at an instant (UTC). `total` counts the records of all pages, where Xero says it."""

    records: list[dict[str, Any]]
    asked_at: datetime
    total: int | None
    is_last: bool


def read_list(answer: Answer, plural: str) -> list[dict[str, Any]]:
    """Return the records of a list without pages.

    Raises:
        XeroUnavailableError: Xero did not look, or its answer can't be read.
        HoldError, MisconfiguredError, RetryLaterError: as `refusals.error_from` has it.
    """
    return records(_body(answer, plural), plural)


def read_page(answer: Answer, plural: str, number: int = 1, size: int = PAGE_SIZE) -> XeroPage:
    """Return page `number` (from 1) of a list that was asked for with `size` records to a page. Raises as `read_list`.

    A page is cut short where it has fewer records than its own pagination says; it then can't be read.
    """
    body = _body(answer, plural)
    found = records(body, plural)
    match body.get("pagination"):
        case None:
            total = None
        case {"page": int(page), "pageSize": int(page_size), "itemCount": int(total)} if page == number and page_size:
            size = min(size, page_size)
            if len(found) < min(size, total - (number - 1) * size):
                raise XeroUnavailableError(f"Xero's list of {plural} is cut short.")
        case _:
            raise XeroUnavailableError(f"Xero's list of {plural} does not say which page it is.")
    return XeroPage(found, answer.sent_at, total, is_last=len(found) < size)


def _body(answer: Answer, plural: str) -> Any:
    if answer.status == HTTPStatus.NOT_FOUND:
        raise XeroUnavailableError(f"Xero did not find its own list of {plural}.", status=answer.status)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise error_from(answer)
    try:
        return answer.json()
    except ValueError:
        return None


def not_whole(page: XeroPage, plural: str) -> ListNotWholeError | None:
    """Return why what is not on a first page may be in Xero all the same; None: it is not."""
    return None if page.is_last else ListNotWholeError(f"Xero's list of {plural} has more pages.")


def is_sayable(text: str) -> bool:
    """Whether `where` can compare with a text, and an address hold it."""
    return not _UNSAYABLE.search(text) and encoded_length(text) <= _MAX_PART


def literal(text: str) -> str:
    """Return a text that is sayable as a literal of `where`."""
    return f'"{text}"'


def containing(field: str, text: str) -> str:
    """Return a `where` that is true of all records with this text in a field, whatever characters it has."""
    where = f"{field}!=null"
    for part in sorted(filter(None, _UNSAYABLE.split(text)), key=len, reverse=True):
        more = f"{where} AND {field}.Contains({literal(beginning(part))})"
        if encoded_length(more) > MAX_QUERY:
            break
        where = more
    return where


def beginning(text: str) -> str:
    """Return as much of the beginning of a text as an address can hold."""
    while encoded_length(text) > _MAX_PART:
        text = text[: min(len(text) - 1, _MAX_PART)]
    return text


def encoded_length(text: str) -> int:
    """Return how many characters of an address a text takes."""
    return len(quote(text, safe=""))
