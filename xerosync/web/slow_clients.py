"""HTTP/1.1 for clients that may be slow on purpose: what they may take for the head of a request, and for an answer.

uvicorn itself waits for both without end, so that a few hundred silent connections would keep everybody else out.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def protocol(seconds: float) -> type[H11Protocol]:
    """Return the protocol that ends a connection whose client is slower than that."""

    class TimedProtocol(_TimedProtocol):
        patience = seconds

    return TimedProtocol


class _TimedProtocol(H11Protocol):
    patience: float

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn declares it
        super().connection_made(transport)
        self._head = self._later()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn declares a cycle, but has none before the first request.
        if self.cycle and not self.cycle.response_complete:
            self._head = _cancel(self._head)
        elif self._head is None:
            # The beginning of a next request, or the rest of a body that nobody reads.
            self._head = self._later()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer = self._later()

    def resume_writing(self) -> None:
        self._answer = _cancel(self._answer)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head, self._answer = _cancel(self._head), _cancel(self._answer)
        super().connection_lost(exc)

    def _later(self) -> asyncio.TimerHandle:
        return self.loop.call_later(self.patience, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
