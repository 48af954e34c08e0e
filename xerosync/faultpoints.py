"""Places where a test kills this process, to show that nothing is doubled or lost when it dies there.

`KILL_XEROSYNC_AT=after_intent:/some/file` arms one of them: the process that reaches it first ends by SIGKILL and
leaves the file behind, so that the next process lives. Without that variable none is armed.
"""

import os
import signal
from enum import StrEnum
from pathlib import Path

VARIABLE = "KILL_XEROSYNC_AT"
"""Not XEROSYNC_…: it is no setting."""


class FaultPoint(StrEnum):
    """Every place: between each read and the write that follows it, and around each write."""

    AFTER_READ = "after_read"
    """The state in Sequence was stored, and nothing was done about it yet."""
    BEFORE_INTENT = "before_intent"
    AFTER_INTENT = "after_intent"
    BEFORE_SEND = "before_send"
    AFTER_SEND = "after_send"
    AFTER_ANSWER = "after_answer"
    BEFORE_STORE = "before_store"
    AFTER_STORE = "after_store"
    BEFORE_REFRESH = "before_refresh"
    BEFORE_TOKENS_STORED = "before_tokens_stored"
    AFTER_TOKENS_STORED = "after_tokens_stored"
    AFTER_PAGE = "after_page"
    AFTER_SIGNAL = "after_signal"
    BEFORE_CURSOR = "before_cursor"
    BEFORE_MARK = "before_mark"
    AFTER_MARK = "after_mark"
    AFTER_LOOKUP = "after_lookup"
    """The outcome of a create whose answer was lost is known, and not stored yet."""
    AFTER_REFUSAL = "after_refusal"
    """Xero refused a create, and the intent is still stored."""
    BEFORE_CHANGE = "before_change"
    """A document was read as sent, and not changed in Xero yet."""
    BEFORE_VOID = "before_void"
    BEFORE_HOLD = "before_hold"
    AFTER_HOLD = "after_hold"
    BEFORE_PAYMENT = "before_payment"
    AFTER_PAYMENT = "after_payment"
    BEFORE_ALLOCATION = "before_allocation"
    AFTER_ALLOCATION = "after_allocation"
    LINK_STORED = "link_stored"
    LINK_REMOVED = "link_removed"
    PUSH_HOLD_STORED = "push_hold_stored"
    PROBE_RELEASED = "probe_released"
    DOCUMENT_STORED = "document_stored"
    SETTING_STORED = "setting_stored"


def _armed(wanted: str | None) -> dict[FaultPoint, Path]:
    if not wanted:
        return {}
    name, _, marker = wanted.partition(":")
    return {FaultPoint(name): Path(marker)}


_ARMED = _armed(os.environ.get(VARIABLE))


def reach(point: FaultPoint) -> None:
    """Pass a place; die there if it is armed and no process died there before."""
    marker = _ARMED.get(point)
    if marker is not None and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


async def reach_on_the_wire(event: str, _: object) -> None:
    """Pass AFTER_SEND when httpx reports, by its extension `trace`, that a request is written whole."""
    if event.endswith("send_request_body.complete"):
        reach(FaultPoint.AFTER_SEND)
