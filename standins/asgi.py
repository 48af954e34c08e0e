"""The few ASGI moves that the middlewares share.

Every middleware here is pure ASGI with the signature `__init__(self, app, *, state)`; `state` is the stand-in
itself, seen through a small Protocol that names the attributes the middleware reads.
"""

from collections.abc import Mapping

from starlette.types import Message, Receive, Scope, Send

EXTENSION = "xerosync.connection"
"""Name of the scope extension with which `serving` offers the connection itself to the faults."""


def is_exempt(scope: Scope) -> bool:
    """Return whether a request is for the stand-in's own controls or pages, which no middleware touches."""
    if scope["type"] != "http":
        return True
    path: str = scope["path"]
    return path == "/" or path.startswith(("/_sandbox", "/page/")) or path == "/favicon.ico"


def is_reset(scope: Scope) -> bool:
    """Return whether a request resets the stand-in, which makes the middlewares forget what they counted or kept."""
    return scope["type"] == "http" and scope["path"] == "/_sandbox/reset" and scope["method"] == "POST"


def header(scope: Scope, name: bytes) -> str | None:
    """Return the first request header called `name` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def set_header(message: Message, name: bytes, value: str) -> None:
    """Put a header on a `http.response.start` message in place of any of that name."""
    kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != name]
    message["headers"] = [*kept, (name, value.encode("latin-1"))]


def per_request(scope: Scope) -> dict[str, object]:
    """Return the request's own state, which later middlewares and the handlers read."""
    found: dict[str, object] = scope.setdefault("state", {})
    return found


async def read_body(receive: Receive) -> bytes | None:
    """Return the whole request body, or None when the client went away before it was sent."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` once and then what the server says (the disconnect)."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    media_type: str = "application/json; charset=utf-8",
) -> None:
    """Send one whole answer; `headers` override the media type and never the length."""
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    lowered.setdefault("content-type", media_type)
    lowered["content-length"] = str(len(body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lowered.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Captured:
    """An answer caught on its way out instead of sent; used as the `send` of an inner application."""

    __slots__ = ("chunks", "complete", "start")

    def __init__(self) -> None:
        self.start: Message | None = None
        self.chunks: list[bytes] = []
        self.complete = False

    async def __call__(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.chunks.append(message.get("body", b""))
            self.complete = not message.get("more_body", False)

    @property
    def body(self) -> bytes:
        """The bytes of the answer so far."""
        return b"".join(self.chunks)

    async def release(self, send: Send) -> None:
        """Send on what was caught, as one body."""
        if self.start is not None:
            await send(self.start)
            await send({"type": "http.response.body", "body": self.body, "more_body": False})
