"""HTTP without sockets: requests go straight to the two companies' applications.

A request that left goes on there, whoever gave it up or died meanwhile: so a create may happen late.
"""

import asyncio
import contextvars
import random
from collections.abc import AsyncGenerator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

from standins.presets import NOT_FOUND

_LATENCY = 0.4
"""Seconds at most, each way."""

_LATE = 28.0
"""Seconds that a late answer takes at most: a call is given up after thirty."""

_BOOKS = "/api.xro"
"""Where Xero's documents are; the answers that let us in are not what is late."""

_EMPTY: Message = {"type": "http.disconnect"}


class _Broken(httpx.AsyncByteStream):
    """The body of an answer that breaks off."""

    def __init__(self, error: httpx.ReadError) -> None:
        self._error = error

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        raise self._error
        yield b""


class Wire:
    """Carries requests to one application, each way taking a while that the die gives.

    A dropped connection looks as it does over a socket. `unfound`: how often a PUT that was done is answered with 404;
    `late`: how often the answer to a change that was done takes nearly as long as it is waited for.
    """

    def __init__(self, app: ASGIApp, die: random.Random, unfound: float = 0.0, late: float = 0.0) -> None:
        self._app, self._die, self._unfound, self._late = app, die, unfound, late
        # Of nobody in particular: the companies outlive our workers.
        self._context = contextvars.copy_context()
        self._under_way: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the answer. Raises httpx.ReadError where it is broken off."""
        url = request.url
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(key.lower(), value) for key, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        pending: list[Message] = [{"type": "http.request", "body": await request.aread(), "more_body": False}]
        status, headers, chunks = 0, [], list[bytes]()

        async def receive() -> Message:
            return pending.pop() if pending else _EMPTY

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message.get("headers", [])
            elif body := message.get("body"):
                chunks.append(body)

        async def answer() -> None:
            await asyncio.sleep(self._die.uniform(0, _LATENCY))
            await self._app(scope, receive, send)

        answering = asyncio.get_running_loop().create_task(answer(), context=self._context)
        self._under_way.add(answering)
        answering.add_done_callback(self._end)
        try:
            await asyncio.shield(answering)
            await asyncio.sleep(self._way_back(request))
        except ConnectionError as error:
            lost = httpx.ReadError(str(error), request=request)
            if not status:
                raise lost from error
            return httpx.Response(status, headers=headers, stream=_Broken(lost))
        if request.method == "PUT" and self._die.random() < self._unfound:
            return httpx.Response(HTTPStatus.NOT_FOUND, text=NOT_FOUND)
        return httpx.Response(status, headers=headers, content=b"".join(chunks))

    def _way_back(self, request: httpx.Request) -> float:
        """Return how many seconds an answer takes on its way back."""
        is_change = request.method in ("POST", "PUT") and request.url.path.startswith(_BOOKS)
        is_late = is_change and self._die.random() < self._late
        return self._die.uniform(_LATE / 2, _LATE) if is_late else self._die.uniform(0, _LATENCY)

    def _end(self, answering: asyncio.Task[None]) -> None:
        self._under_way.discard(answering)
        if not answering.cancelled():
            answering.exception()  # of what nobody waits for any more


@lru_cache(maxsize=50_000)
def _url(url: str, params: tuple[tuple[str, Any], ...]) -> httpx.URL:
    return httpx.URL(url, params=params) if params else httpx.URL(url)


class WireClient(httpx.AsyncClient):
    """A client as the product expects it, without what these calls need none of: cookies, redirects, pools, proxies.

    Half of what httpx costs a call is for these; a simulation makes ten calls a document and more.
    """

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        """Send requests over the wire of their scheme and host, as in `https://api.example`."""
        super().__init__(trust_env=False)
        self._wires = wires

    def build_request(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        content: Any = None,
        data: Any = None,
        files: Any = None,
        json: Any = None,
        params: Any = None,
        headers: Any = None,
        cookies: Any = None,
        timeout: Any = None,
        extensions: Any = None,
    ) -> httpx.Request:
        """Return the request; addresses are parsed once, since most are asked for again."""
        del timeout, extensions
        assert files is cookies is None, "the product sends none"
        parsed = _url(str(url), tuple(params.items()) if params else ())
        return httpx.Request(method, parsed, content=content, data=data, json=json, headers=headers)

    async def request(self, method: str, url: httpx.URL | str, *, auth: Any = None, **given: Any) -> httpx.Response:
        """Send a request, with the credentials that `auth` writes on it."""
        request = self.build_request(method, url, **given)
        if isinstance(auth, httpx.Auth):
            next(auth.auth_flow(request))
        return await self.send(request)

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Carry a request over its wire and read the answer."""
        url = request.url
        response = await self._wires[f"{url.scheme}://{url.netloc.decode()}"].handle_async_request(request)
        response.request = request
        await response.aread()
        return response
