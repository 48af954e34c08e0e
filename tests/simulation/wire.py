"""HTTP without sockets: requests go straight to the two companies' applications.

A request that left goes on there, whoever gave it up or died meanwhile: so a create may happen late.
"""

import asyncio
import contextvars
import json as json_text
import random
from collections.abc import Coroutine, Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from types import coroutine
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from standins.faults import FaultMiddleware
from standins.presets import NOT_FOUND

_LATENCY = 0.4
"""Seconds at most, each way."""

_LATE = 28.0
"""Seconds that a late answer takes at most: a call is given up after thirty."""

_BOOKS = "/api.xro"
"""Where Xero's documents are; the answers that let us in are not what is late."""

_EMPTY: Message = {"type": "http.disconnect"}
_NO_STREAM = httpx.ByteStream(b"")
_TEXT = [(b"content-type", b"text/plain; charset=utf-8")]


@dataclass(frozen=True, slots=True)
class _Address:
    """A parsed address: whose application it leads to, as `https://api.example`, and what of it that one sees."""

    base: str
    host: bytes
    seen: Mapping[str, Any]


@lru_cache(maxsize=50_000)
def _address(url: str, params: tuple[tuple[str, Any], ...]) -> _Address:
    parsed = httpx.URL(url, params=params) if params else httpx.URL(url)
    seen = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": parsed.scheme,
        "path": parsed.path,
        "raw_path": parsed.raw_path.partition(b"?")[0],
        "query_string": parsed.query,
        "server": (parsed.host, parsed.port),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    return _Address(f"{parsed.scheme}://{parsed.netloc.decode()}", parsed.netloc, seen)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request on its way. httpx's own is made for more: parsed, checked and encoded twice, it cost a tenth of a run.

    `headers` takes credentials, as httpx's authentication writes them.
    """

    method: str
    address: _Address
    headers: dict[str, str]
    content: bytes | None

    @property
    def is_change_of_books(self) -> bool:
        """Whether it changes something in Xero."""
        return self.method in ("POST", "PUT") and self.address.seen["path"].startswith(_BOOKS)

    def scope(self) -> dict[str, Any]:
        """Return it as an application sees it."""
        headers = [(b"host", self.address.host)]
        headers += [(key.lower().encode(), value.encode()) for key, value in self.headers.items()]
        if self.content is not None:
            headers.append((b"content-length", b"%d" % len(self.content)))
        return {**self.address.seen, "method": self.method, "headers": headers}


class _Reply:
    """What an application answers a request; `send` and `receive` are what it is given."""

    def __init__(self, request: WireRequest) -> None:
        self._body: bytes | None = request.content or b""
        self._chunks: list[bytes] = []
        self._status: int = 0
        self._headers: Any = ()

    async def receive(self) -> Message:
        body, self._body = self._body, None
        return _EMPTY if body is None else {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", ())
        elif body := message.get("body"):
            self._chunks.append(body)

    def response(self) -> httpx.Response:
        return _response(self._status, self._headers, b"".join(self._chunks))


def _response(status: int, headers: Any, content: bytes) -> httpx.Response:
    """Return an answer that was read whole."""
    response = httpx.Response(status, headers=headers, stream=_NO_STREAM)
    response._content = content  # pyright: ignore[reportPrivateUsage] - what reading it would put there
    return response


@coroutine
def _after(awaited: Any, begun: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
    yield awaited
    yield from begun  # type: ignore[misc] - a generator of types.coroutine may


async def _go_on(begun: Coroutine[Any, Any, None], awaited: Any) -> None:
    """Go on with a coroutine that was begun and waits for a future."""
    await _after(awaited, begun)


class Wire:
    """Carries requests to one application, each way taking a while that the die gives.

    A dropped connection looks as it does over a socket. `unfound`: how often a PUT that was done is answered with 404;
    `late`: how often the answer to a change that was done takes nearly as long as it is waited for.
    """

    def __init__(self, app: Starlette, die: random.Random, unfound: float = 0.0, late: float = 0.0) -> None:
        self._app, self._entrance = app, _behind_the_journal(app)
        self._die, self._unfound, self._late = die, unfound, late
        self.calls = 0
        # Of nobody in particular: the companies outlive our workers.
        self._context = contextvars.copy_context()
        self._under_way: set[asyncio.Task[None]] = set()

    async def carry(self, request: WireRequest) -> httpx.Response:
        """Send the request and return the answer. Raises httpx.ReadError where it is broken off."""
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        there = self._die.uniform(0, _LATENCY)
        loop.call_later(there, self._arrive, request, answered, context=self._context)
        return await answered

    def _arrive(self, request: WireRequest, answered: asyncio.Future[httpx.Response]) -> None:
        """Let the application work. Most of it is done without waiting for anything; what waits becomes a task."""
        self.calls += 1
        reply = _Reply(request)
        work = self._work(request, reply, answered)
        try:
            awaited = work.send(None)
        except StopIteration:
            return
        task = asyncio.get_running_loop().create_task(_go_on(work, awaited), context=self._context)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _work(self, request: WireRequest, reply: _Reply, answered: asyncio.Future[httpx.Response]) -> None:
        lost: Exception | None = None
        try:
            await self._entrance({**request.scope(), "app": self._app}, reply.receive, reply.send)
        except ConnectionError as error:
            lost = httpx.ReadError(str(error))
        except Exception as error:  # noqa: BLE001 - a fault of the stand-in is shown to who asked
            lost = error
        if lost:
            _give(answered, lost)
        else:
            asyncio.get_running_loop().call_later(self._way_back(request), self._give_back, request, reply, answered)

    def _give_back(self, request: WireRequest, reply: _Reply, answered: asyncio.Future[httpx.Response]) -> None:
        if request.method == "PUT" and self._die.random() < self._unfound:
            _give(answered, _response(HTTPStatus.NOT_FOUND, _TEXT, NOT_FOUND.encode()))
        else:
            _give(answered, reply.response())

    def _way_back(self, request: WireRequest) -> float:
        """Return how many seconds an answer takes on its way back."""
        is_late = request.is_change_of_books and self._die.random() < self._late
        return self._die.uniform(_LATE / 2, _LATE) if is_late else self._die.uniform(0, _LATENCY)


def _behind_the_journal(app: Starlette) -> ASGIApp:
    """Return what of an application is behind its journal, which nobody reads here."""
    inner: Any = app.build_middleware_stack()
    while not isinstance(inner, FaultMiddleware):
        inner = inner.app
    return inner


def _give(answered: asyncio.Future[httpx.Response], answer: httpx.Response | Exception) -> None:
    """Give an answer to who waits for it, if anybody still does."""
    if answered.done():
        return
    if isinstance(answer, Exception):
        answered.set_exception(answer)
    else:
        answered.set_result(answer)


class WireClient(httpx.AsyncClient):
    """A client as the product expects it, without what these calls need none of: cookies, redirects, pools, proxies.

    Half of what httpx costs a call is for these; a simulation makes ten calls a document and more.
    """

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        """Send requests over the wire of their scheme and host, as in `https://api.example`."""
        super().__init__(trust_env=False)
        self._wires = wires

    def build_request(  # pyright: ignore[reportIncompatibleMethodOverride] - the product hands it to `send`, no more
        self,
        method: str,
        url: httpx.URL | str,
        *,
        content: bytes | None = None,
        json: Any = None,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: Any = None,
        extensions: Any = None,
    ) -> WireRequest:
        """Return the request; addresses are parsed once, since most are asked for again."""
        del timeout, extensions
        given = dict(headers or {})
        if json is not None:
            content = json_text.dumps(json, separators=(",", ":")).encode()
            given["Content-Type"] = "application/json"
        elif content is None and method in ("POST", "PUT"):
            content = b""
        return WireRequest(method, _address(str(url), tuple(params.items()) if params else ()), given, content)

    async def request(self, method: str, url: httpx.URL | str, *, auth: Any = None, **given: Any) -> httpx.Response:
        """Send a request, with the credentials that `auth` writes on it."""
        request = self.build_request(method, url, **given)
        if isinstance(auth, httpx.Auth):
            next(auth.auth_flow(request))  # pyright: ignore[reportArgumentType] - it writes a header
        return await self.send(request)

    async def send(self, request: WireRequest, **_: Any) -> httpx.Response:  # pyright: ignore[reportIncompatibleMethodOverride] - likewise
        """Carry a request over its wire and read the answer."""
        return await self._wires[request.address.base].carry(request)
