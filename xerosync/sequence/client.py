"""One request to Sequence: Basic auth, the version header, a total timeout, exact numbers. Nothing is retried.

Shapes, headers and limits are those of Sequence's API version 2024-07-30.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Never, Protocol
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from xerosync.core.errors import MissingError
from xerosync.core.text import without_lost_characters
from xerosync.sequence.errors import (
    SequenceRateLimitedError,
    UnreadableAnswerError,
    lost_answer,
    refused_answer,
)
from xerosync.sequence.turns import RateLimiter

VERSION = "2024-07-30"
PAGE = 100
"""Items in a page, the most that Sequence gives."""

TIMEOUT = timedelta(seconds=30)
"""From connecting to the last byte of one answer."""

SETTINGS = "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET"

Params = Mapping[str, str]
OLDEST_FIRST: Params = {"sortOrder": "ASC"}
"""For lists that have this parameter; those of accounts and notification policies have not."""

Item = dict[str, Any]


def segment(name: str) -> str:
    """Return an id as a part of a path. Raises MissingError: nothing has an id that would lead elsewhere."""
    if name in ("", ".", ".."):
        raise MissingError(f"Sequence has nothing of the id {name!r}.")
    return quote(name, safe="")


class Page(NamedTuple):
    """A page of a list; `after` leads to the next one, `total` counts the whole list where Sequence says it."""

    items: list[Item]
    after: str | None
    total: int | None


class Credentials(Protocol):
    """Client id and secret of one Sequence account."""

    @property
    def client_id(self) -> str:
        """The public part."""
        ...

    @property
    def client_secret(self) -> SecretStr:
        """The secret part."""
        ...


class SequenceClient:
    """Asks Sequence with one key, over an injected HTTP client that the whole process shares.

    `asked` says what a request is for in the words of a message: "read invoice 1". Raises what `errors` draws.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        credentials: Credentials,
        *,
        origin: str = SETTINGS,
        timeout: timedelta = TIMEOUT,
        turns: RateLimiter | None = None,
    ) -> None:
        """Take the pool, the API's address and the key; `origin` tells a person where the key is set.

        Every request waits for its turn first; without `turns` none does.
        """
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._auth = httpx.BasicAuth(credentials.client_id, credentials.client_secret.get_secret_value())
        self._origin = origin
        self._timeout = timeout.total_seconds()
        self._turns = turns
        self._key = credentials.client_id

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

    async def page(self, asked: str, path: str, params: Params | None = None) -> Page:
        """Return one page of a list; `after` in `params` goes on, the order is Sequence's own without `sortOrder`."""
        answer = await self.get(asked, path, {"limit": str(PAGE), **(params or {})})
        items, pagination = answer.get("items"), answer.get("pagination") or {}
        if not isinstance(items, list):
            raise UnreadableAnswerError(f"Sequence answered without a list when asked to {asked}.")
        total = pagination.get("totalResultSize")
        return Page(items, pagination.get("after") or None, total if isinstance(total, int) else None)

    async def pages(self, asked: str, path: str, params: Params | None = None) -> AsyncGenerator[Page]:
        """Return a list page by page, in the order of `page`."""
        asking = dict(params or {})
        seen: set[str] = set()
        while True:
            page = await self.page(asked, path, asking)
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
        if self._turns:
            await self._turns.wait(self._key)
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
            raise lost_answer(asked, error) from None
        refusal = refused_answer(asked, answer, self._origin, is_read=method == "GET")
        if self._turns and isinstance(refusal, SequenceRateLimitedError) and refusal.retry_after:
            await self._turns.refused(self._key, refusal.retry_after)
        if refusal:
            raise refusal
        try:
            # A number with a point stays exact, wherever Sequence gives one.
            content = without_lost_characters(answer.content)
            found: object = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnreadableAnswerError(f"Sequence's answer was not a JSON object when asked to {asked}.")
        return found


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")
