"""Spans, for code that need not know whether traces are on. While they are off each of these is one comparison.

A trace goes on in another process, or in a task that serves several, by its `traceparent` (W3C): two random ids.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

SpanValue = str | int | bool


class Span(Protocol):
    """Something that begins and ends."""

    def note(self, key: str, value: SpanValue) -> None:
        """Add a fact, of those that `cleaning.py` lets out."""
        ...

    def link(self, traceparent: str | None) -> None:
        """Name a span of another trace that did the work."""
        ...


class Recorder(Protocol):
    """Who records spans while traces are on."""

    def span(
        self, name: str, after: Sequence[str] | None, notes: Mapping[str, SpanValue]
    ) -> AbstractContextManager[Span]:
        """Record a span, as `span` below has it."""
        ...

    def traceparent(self) -> str | None:
        """Return the running span's."""
        ...

    def trace_id(self) -> str | None:
        """Return the id of the running span's trace."""
        ...


class _NoSpan:
    def note(self, key: str, value: SpanValue) -> None:
        pass

    def link(self, traceparent: str | None) -> None:
        pass


_OFF: AbstractContextManager[Span] = nullcontext(_NoSpan())
_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """Turn traces on in this process, or off."""
    global _recorder  # noqa: PLW0603 - like the logs, one for the process
    _recorder = recorder


def span(name: str, *, after: Sequence[str] | None = None, **notes: SpanValue) -> AbstractContextManager[Span]:
    """Record a span while the block runs. `name` and `notes` hold fixed words and numbers, never what people wrote.

    It belongs to the running span, or `after` says to which: it goes on with the trace of the first, and names the
    others; an empty one begins a trace.
    """
    return _OFF if _recorder is None else _recorder.span(name, after, notes)


def traceparent() -> str | None:
    """Return by what the running span's trace goes on elsewhere; None without one."""
    return None if _recorder is None else _recorder.traceparent()


def trace_id() -> str | None:
    """Return the running trace's id, as collectors show it; None without one."""
    return None if _recorder is None else _recorder.trace_id()
