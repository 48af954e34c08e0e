"""Lists in pages: `after`, `before`, `limit`, `sortOrder`, and the envelope they come in.

A cursor names the last item seen, not a place in the list: documents added or moved while somebody pages neither
repeat nor hide another. Newest first unless asked otherwise, which holds for lines too.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from standins.exactjson import ExactJSONResponse
from standins.sequence.errors import Invalid

MOST = 100
DEFAULT = 20
"""Items in a page when no `limit` is given; Sequence does not publish its own figure."""

_LIMITS = {str(limit): limit for limit in range(1, MOST + 1)}

Key = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """What a list request asks for; a cursor is the sort key of an item."""

    limit: int
    ascending: bool
    sort_by: str
    after: Key | None
    before: Key | None

    @classmethod
    def asked(cls, request: Request, sorts: Sequence[str] = (), *, is_sortable: bool = True) -> "Page":
        """Read it from the query; `sorts` are the columns that `sortBy` may name. Raises Invalid.

        A list that is not `is_sortable` has no `sortOrder` in Sequence's description.
        """
        query = request.query_params
        text = query.get("limit", str(DEFAULT))
        if text not in _LIMITS:
            raise Invalid(f"limit must be between 1 and {MOST}")
        order = query.get("sortOrder", "DESC")
        if order not in ("ASC", "DESC"):
            raise Invalid("sortOrder must be ASC or DESC")
        if "sortOrder" in query and not is_sortable:
            raise Invalid("This list has no sortOrder")
        sort_by = query.get("sortBy", "")
        if sort_by and sort_by not in sorts:
            raise Invalid(f"sortBy must be one of {', '.join(sorts)}" if sorts else "This list has no sortBy")
        after, before = query.get("after"), query.get("before")
        if after and before:
            raise Invalid("Give after or before, not both")
        return cls(
            limit=_LIMITS[text],
            ascending=order == "ASC",
            sort_by=sort_by,
            after=_read(after, sort_by) if after else None,
            before=_read(before, sort_by) if before else None,
        )


def respond(page: Page, ordered: Sequence[Any], show: Callable[[Any], Any]) -> Response:
    """Answer one page of `ordered`, ascending sort keys (ints or tuples); `show` renders the item of a key."""
    start, end = _window(page, ordered)
    keys = ordered[start:end] if page.ascending else ordered[start:end][::-1]
    earlier, later = start > 0, end < len(ordered)
    if not page.ascending:
        earlier, later = later, earlier
    pagination: dict[str, Any] = {"totalResultSize": len(ordered)}
    if keys and later:
        pagination["after"] = _write(keys[-1], page.sort_by)
    if keys and earlier:
        pagination["before"] = _write(keys[0], page.sort_by)
    return ExactJSONResponse({"items": [show(key) for key in keys], "pagination": pagination})


def _window(page: Page, ordered: Sequence[Any]) -> tuple[int, int]:
    """Return the slice of ascending keys that the page covers."""
    cursor = page.after or page.before
    upwards = (page.before is None) == page.ascending
    if cursor is None:
        size = len(ordered)
        return (0, min(page.limit, size)) if page.ascending else (max(0, size - page.limit), size)
    key = cursor[0] if len(cursor) == 1 else cursor
    try:
        if upwards:
            start = bisect_right(ordered, key)
            return start, min(len(ordered), start + page.limit)
        end = bisect_left(ordered, key)
    except TypeError:
        raise Invalid("The cursor belongs to another list") from None
    return max(0, end - page.limit), end


def _write(key: object, sort_by: str) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return urlsafe_b64encode(json.dumps([sort_by, *parts]).encode()).decode().rstrip("=")


def _read(cursor: str, sort_by: str) -> Key:
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        column, *key = parts
    except (ValueError, TypeError):
        raise Invalid("The cursor is not one of ours") from None
    if column != sort_by or not key:
        raise Invalid("The cursor belongs to a list in another order")
    return tuple(key)
