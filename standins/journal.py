"""A record of all requests, for asserting on and for counting calls.

Invariants: a request is entered when it arrives and completed when it is answered or broken off; credentials
are masked before anything is kept; entries are bounded in number and in bytes, the counters are not.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standins.asgi import header, is_exempt, per_request, read_body, replay
from standins.clock import Clock
from standins.exactjson import MalformedJSON, loads
from standins.redaction import redact_body, redact_form, redact_headers

DEFAULT_ENTRIES = 20_000
DEFAULT_BYTES = 256 * 1024 * 1024

# "2.0" and "v2" are versions; any other segment with a digit is the id or the number of a record.
_IDENTIFIER = re.compile(r"/(?!v?\d+(?:\.\d+)*(?:/|$))[^/]*\d[^/]*")


@dataclass(slots=True)
class Entry:
    """One request and its answer; `status` is None while it is in flight and where no answer was sent."""

    seq: int
    at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    raw_body: bytes
    status: int | None = None
    raw_answer: bytes = b""
    answer_headers: dict[str, str] = field(default_factory=dict[str, str])
    fault: str | None = None

    @property
    def body(self) -> Any:
        """The request's body: parsed JSON where it is JSON, else text; None when empty."""
        return _readable(self.raw_body)

    @property
    def answer(self) -> Any:
        """The answer's body, in the same form as `body`."""
        return _readable(self.raw_answer)

    def as_json(self) -> dict[str, Any]:
        """Return the entry as `/_sandbox/journal` shows it."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "status": self.status,
            "answer": self.answer,
            "answer_headers": self.answer_headers,
            "fault": self.fault,
        }


class Journal:
    """The entries of the latest requests, oldest first, and counters of all of them."""

    def __init__(self, *, max_entries: int = DEFAULT_ENTRIES, max_bytes: int = DEFAULT_BYTES) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._seq = 0
        self._counts: Counter[tuple[str, str, int | None]] = Counter()

    def entries(self, method: str | None = None, path_prefix: str = "") -> list[Entry]:
        """Return the entries kept, oldest first, of one method and of paths that start so."""
        return list(self._matching(method, path_prefix))

    def count(self, method: str | None = None, path_prefix: str = "", status: int | None = None) -> int:
        """Count completed requests since the last `clear`, those whose entries were dropped included.

        In the counters the ids of records are one (`/Invoices/{id}`). A prefix that names one record is
        therefore counted among the entries still kept.
        """
        if _collapse(path_prefix) != path_prefix:
            kept = self._matching(method, path_prefix)
            return sum(1 for entry in kept if status is None or entry.status == status)
        return sum(
            times
            for (its_method, path, its_status), times in self._counts.items()
            if (method is None or its_method == method)
            and path.startswith(path_prefix)
            and (status is None or its_status == status)
        )

    def counts(self) -> list[dict[str, Any]]:
        """Return the counters: `{method, path, status, count}`, status None where no answer was sent."""
        ordered = sorted(self._counts.items(), key=lambda item: (item[0][1], item[0][0], item[0][2] or 0))
        return [
            {"method": method, "path": path, "status": status, "count": times}
            for (method, path, status), times in ordered
        ]

    def clear(self) -> None:
        """Forget all entries and counters; numbering goes on."""
        self._entries.clear()
        self._bytes = 0
        self._counts.clear()

    def open(self, scope: Scope, body: bytes, at: datetime) -> Entry:
        """Enter a request that has arrived."""
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            at=at,
            method=scope["method"],
            path=scope["path"],
            query=redact_form(scope["query_string"]).decode("latin-1"),
            headers=redact_headers(scope["headers"]),
            raw_body=redact_body(body, header(scope, b"content-type") or ""),
        )
        self._entries.append(entry)
        self._bytes += len(entry.raw_body)
        return entry

    def close(self, entry: Entry, answer: bytes) -> None:
        """Complete `entry`, whose status is set, with the body that was sent."""
        entry.raw_answer = redact_body(answer, entry.answer_headers.get("content-type", ""))
        self._bytes += len(entry.raw_answer)
        self._counts[entry.method, _collapse(entry.path), entry.status] += 1
        while self._entries and (len(self._entries) > self.max_entries or self._bytes > self.max_bytes):
            oldest = self._entries.popleft()
            self._bytes -= len(oldest.raw_body) + len(oldest.raw_answer)

    def _matching(self, method: str | None, path_prefix: str) -> Iterator[Entry]:
        for entry in self._entries:
            if (method is None or entry.method == method) and entry.path.startswith(path_prefix):
                yield entry


class JournalState(Protocol):
    """What the middleware reads of a stand-in."""

    clock: Clock
    journal: Journal


class JournalMiddleware:
    """Outermost of all: reads the body once, gives it on whole, and keeps what went in and came out."""

    def __init__(self, app: ASGIApp, *, state: JournalState) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if is_exempt(scope):
            await self.app(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            return
        journal = self.state.journal
        entry = journal.open(scope, body, self.state.clock.now())
        chunks: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                entry.answer_headers = redact_headers(message.get("headers", []))
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, replay(body, receive), keep)
        finally:
            fault = per_request(scope).get("fault")
            entry.fault = str(fault) if fault else None
            journal.close(entry, b"".join(chunks))


def _collapse(path: str) -> str:
    return _IDENTIFIER.sub("/{id}", path)


def _readable(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return loads(raw)
    except MalformedJSON:
        return raw.decode("utf-8", "replace")
