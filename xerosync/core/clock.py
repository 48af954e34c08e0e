"""The one place that says what time it is; a simulation replaces it as a whole."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime


def _system_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Source:
    now: Callable[[], datetime] = _system_now
    seconds: Callable[[], float] = time.monotonic


_source = _Source()


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return _source.now()


def seconds() -> float:
    """Return a count of seconds that only grows: its differences say how long something took."""
    return _source.seconds()


@contextmanager
def replaced(*, now: Callable[[], datetime], seconds: Callable[[], float]) -> Generator[None]:
    """Take the time from elsewhere, in all of this process, as long as the block lasts."""
    before = _source.now, _source.seconds
    _source.now, _source.seconds = now, seconds
    try:
        yield
    finally:
        _source.now, _source.seconds = before
