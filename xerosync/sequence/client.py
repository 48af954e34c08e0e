"""One request to Sequence: Basic auth, the version header, a total timeout, exact numbers. It is not retried here.

Shapes, headers and limits are those of Sequence's API version 2024-07-30.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Never
from urllib.parse import quote

import httpx

from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.asking_again import asked_again
from xerosync.core.errors import MissingError
from xerosync.core.text import without_lost_characters
from xerosync.metrics.counts import (
    CallResult,
    System,
    count_answer,
    count_no_answer,
    count_unreadable,
    operation_of,
)
from xerosync.sequence.errors import (
    SequenceRateLimitedError,
    UnreadableAnswerError,
    lost_answer,
    refused_answer,
)
from xerosync.sequence.rate_limit import SequenceRateLimiter

VERSION = "2024-07-30"
PAGE = 100
"""Items in a page, the most that Sequence gives."""

TIMEOUT = timedelta(seconds=30)
"""From connecting to the last byte of one answer."""

SETTINGS = "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET"

Params = Mapping[str, str]
OLDEST_FIRST: Params = {"sortOrder": "ASC"}
NEWEST_FIRST: Params = {"sortOrder": "DESC"}
"""For lists that have this parameter; those of accounts and notification policies have not."""

Item = dict[str, Any]


def segment(name: str) -> str:
    """Return an id as a part of a path. Raises MissingError: nothing has an id that would lead elsewhere."""
    if name in ("", ".", ".."):
        raise MissingError(f"Sequence has nothing of the id {name!r}.")
    return quote(name, safe="")


class ListPage(NamedTuple):
    """A page of a list; `after` leads to the next one, `total` counts the whole list where Sequence says it."""

    items: list[Item]
    after: str | None
    total: int | None


class SequenceClient:
    """Makes requests with one key, over the HTTP client of the process.

    `asked` says what a request is for, as in the message "read invoice 1". Raises the exceptions of `errors`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        key: SequenceKey,
        limiter: SequenceRateLimiter,
        *,
        origin: str = SETTINGS,
        timeout: timedelta = TIMEOUT,
    ) -> None:
        """Every request waits for `limiter` first. `origin` names, in messages, where the key is set."""
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._auth = httpx.BasicAuth(key.client_id, key.client_secret.get_secret_value())
        self._origin = origin
        self._timeout = timeout.total_seconds()
        self._limiter = limiter
        self._client_id = key.client_id

    async def get(self, asked: str, path: str, params: Params | None = None) -> Item:
        """Return the object at a path."""
        return await self._object(asked, "GET", path, params=params)

    async def post(self, asked: str, path: str, body: Mapping[str, object] | None = None) -> Item:
        """Create something, or do something to it, and return it as it is then."""
        return await self._object(asked, "POST", path, body=body)

    async def put(self, asked: str, path: str, body: Mapping[str, object]) -> Item:
        """Replace the object at a path and return it as it is then."""
        return await self._object(asked, "PUT", path, body=body)

    async def delete(self, asked: str, path: str) -> Item:
        """Delete the object at a path and return it as it was."""
        return await self._object(asked, "DELETE", path)

    async def page(self, asked: str, path: str, params: Params | None = None) -> ListPage:
        """Return one page of a list; `after` in `params` goes on, the order is Sequence's own without `sortOrder`."""
        answer = await self.get(asked, path, {"limit": str(PAGE), **(params or {})})
        items, pagination = answer.get("items"), answer.get("pagination") or {}
        if not isinstance(items, list):
            count_unreadable(System.SEQUENCE)
            raise UnreadableAnswerError(f"Sequence answered without a list when asked to {asked}.")
        total = pagination.get("totalResultSize")
        return ListPage(items, pagination.get("after") or None, total if isinstance(total, int) else None)

    async def pages(
        self, asked: str, path: str, params: Params | None = None, *, is_patient: bool = False
    ) -> AsyncGenerator[ListPage]:
        """Return a list page by page, in the order of `page`.

        With `is_patient` a page that does not come is asked for again (`asked_again`), so that one lost answer among
        hundreds does not cost the whole list.
        """
        asking = dict(params or {})

        async def ask() -> ListPage:
            return await self.page(asked, path, asking)

        seen: set[str] = set()
        while True:
            page = await (asked_again(ask, even_unusable=True) if is_patient else ask())
            yield page
            if page.after is None:
                return
            if page.after in seen:
                raise UnreadableAnswerError(f"Sequence gave the same page twice when asked to {asked}.")
            seen.add(page.after)
            asking["after"] = page.after

    async def everything(self, asked: str, path: str, params: Params | None = None) -> list[Item]:
        """Return all items of a list."""
        return [item async for page in self.pages(asked, path, params) for item in page.items]

    async def _object(
        self, asked: str, method: str, path: str, *, params: Params | None = None, body: object = None
    ) -> Item:
        await self._limiter.wait(self._client_id)
        operation = operation_of(method, path)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http.request(
                    method,
                    self._base_url + path,
                    params=params,
                    json=body,
                    auth=self._auth,
                    headers={"Accept": "application/json", "sequence-version": VERSION},
                )
        # `from None`: httpx's errors hold the request, and the request holds the key.
        except (httpx.HTTPError, TimeoutError) as error:
            lost = lost_answer(asked, error)
            outcome = CallResult.LOST if lost.ambiguous else CallResult.UNREACHABLE
            count_no_answer(System.SEQUENCE, operation, outcome)
            raise lost from None
        count_answer(System.SEQUENCE, operation, answer.status_code, clock() - began)
        refusal = refused_answer(asked, answer, self._origin, is_read=method == "GET")
        if isinstance(refusal, SequenceRateLimitedError) and refusal.retry_after:
            await self._limiter.hold(self._client_id, refusal.retry_after)
        if refusal:
            raise refusal
        try:
            # A number with a point stays exact, wherever Sequence gives one.
            content = without_lost_characters(answer.content)
            found: object = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            count_unreadable(System.SEQUENCE)
            raise UnreadableAnswerError(f"Sequence's answer was not a JSON object when asked to {asked}.")
        return found


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")
