"""A call that got no answer: was it sent at all?"""

import httpx

from xerosync.metrics.counts import CallResult, System, count_no_answer

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""With these nothing was sent, so nothing can have happened."""


def count_unanswered(system: System, operation: str, error: Exception) -> None:
    """Count a call by the error that came in place of its answer."""
    count_no_answer(system, operation, CallResult.UNREACHABLE if isinstance(error, NEVER_LEFT) else CallResult.LOST)
