"""Who or what causes the changes that are made just now: a step of a workflow, a sweep, a person at the command line.

Set where the work comes in (the boundary of activities, a command) and read where it is written down (the store), so
that what lies between need not hand it on.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from xerosync.model.story import Cause

_CAUSE: ContextVar[Cause | None] = ContextVar("cause", default=None)


def cause() -> Cause:
    """Return what causes the present changes; an empty cause where nobody said."""
    return _CAUSE.get() or Cause()


@contextmanager
def caused_by(by: Cause) -> Generator[None]:
    """Name the cause of all that is changed in this block."""
    token = _CAUSE.set(by)
    try:
        yield
    finally:
        _CAUSE.reset(token)
