"""What every activity of a worker passes: heartbeats, and our errors as Temporal's.

The wait before the next attempt grows with failures, not with attempts: an attempt that only waited
for a rate limit, or died with its worker, is no failure, and must not make the next wait ten minutes long. So failures
are counted here, and each heartbeat passes the count to the next attempt.

An exception that is none of ours is a bug of ours: it is tried again like a failure, and reported in one sentence
without its traceback, which may quote what people wrote. When it comes back, `held_if_it_comes_back` makes it a hold.

The timeline names the activity, and the signal that it acts on, as the cause of what it writes and of its failure.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Protocol

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from xerosync.core.documents import DocumentRef
from xerosync.core.errors import DeniedError, HoldError, RetryLaterError, UnexpectedError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import FIRST_RETRY, LAST_RETRY
from xerosync.documents.messages import ConfirmInput, StepInput
from xerosync.documents.timeline import ChangeCause, TimelineEntry, caused_by, failed
from xerosync.metrics.counts import count_activity

_ENOUGH = 16
"""Failures after which the wait has long reached its end."""

_ATTEMPTS_AT_A_FAULT = 5
"""Failures, over about half a minute, after which a bug of ours will not pass by itself."""

log = structlog.get_logger()


class Timelines(Protocol):
    """Where the stories of documents are kept."""

    async def add_entry(self, ref: DocumentRef, entry: TimelineEntry) -> None:
        """Add to a document's timeline."""
        ...


class ActivityBoundary(Interceptor):
    """Wraps every activity of a worker. Failed attempts at a document go into its timeline."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Put the boundary around an activity."""
        return _Boundary(next, self._timelines)


class _Boundary(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, timelines: Timelines) -> None:
        super().__init__(inner)
        self._timelines = timelines

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        info = activity.info()
        failures, denied = _counts()
        asked = input.args[0] if input.args else None
        cause = ChangeCause(by=info.activity_type, signal=asked.signal if isinstance(asked, StepInput) else "")
        with (
            structlog.contextvars.bound_contextvars(
                activity=info.activity_type, workflow_id=info.workflow_id, attempt=info.attempt
            ),
            caused_by(cause),
        ):
            async with _heartbeat(failures, denied):
                try:
                    result = await self.next.execute_activity(input)
                except FailureError as error:
                    count_activity(info.activity_type, (isinstance(error, ApplicationError) and error.type) or "failed")
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is, it is reported in words
                    failure = _as_ours(error)
                    count_activity(info.activity_type, type(failure).__name__)
                    if isinstance(asked, StepInput | ConfirmInput):
                        await self._record(asked.ref, failure)
                    if _given_wait(failure) is None:
                        activity.heartbeat(failures + 1, denied + isinstance(failure, DeniedError))
                    # Without its cause, whose message may quote what a person wrote.
                    raise to_application_error(failure, failures) from None
                else:
                    count_activity(info.activity_type, "ok")
                    return result

    async def _record(self, ref: DocumentRef, error: XerosyncError) -> None:
        """Add a failed attempt to the document's timeline, if the store answers."""
        if error.is_storable:
            try:
                await self._timelines.add_entry(ref, failed(error))
            except Exception as unreported:  # noqa: BLE001 - the first failure is the one to report
                log.warning("attempt not reported", reason=type(unreported).__name__)


@contextmanager
def held_if_it_comes_back() -> Generator[None]:
    """Make a hold of a fault of our own that came back after several attempts: a further one would end alike.

    Raises:
        HoldError: `rejected`, with what to report.
    """
    try:
        yield
    except (XerosyncError, FailureError):
        raise
    except Exception as error:
        if _counts()[0] < _ATTEMPTS_AT_A_FAULT:
            raise
        raise HoldError(HoldReason.REJECTED, _as_ours(error).in_full) from None


def _as_ours(error: Exception) -> XerosyncError:
    if isinstance(error, XerosyncError):
        return error
    if isinstance(error, ExceptionGroup) and (ours := error.subgroup(XerosyncError)):
        return _as_ours(ours.exceptions[0])
    fault = UnexpectedError(error)
    log.error("fault of our own", what=str(fault))
    return fault


def denials() -> int:
    """Return how often earlier attempts of the running activity were denied what they asked Sequence for."""
    return _counts()[1]


def _counts() -> tuple[int, int]:
    """Return how many attempts failed before this one, and how many of them because Sequence denied it."""
    failures, denied, *_ = (*activity.info().heartbeat_details, 0, 0)
    return int(failures), int(denied)


def to_application_error(error: XerosyncError, failures: int = 0) -> ApplicationError:
    """Return Temporal's form of one of our errors: its class as type, tried again after a while.

    That is `retry_after` where the error has one, else twice as long with each of the `failures` before it. Holds
    never come here: the step that meets one hands it to the workflow itself.
    """
    expected = isinstance(error, RetryLaterError)
    return ApplicationError(
        str(error),
        type=type(error).__name__,
        next_retry_delay=_given_wait(error) or min(FIRST_RETRY * 2 ** min(failures, _ENOUGH), LAST_RETRY),
        category=ApplicationErrorCategory.BENIGN if expected else ApplicationErrorCategory.UNSPECIFIED,
    )


def _given_wait(error: XerosyncError) -> timedelta | None:
    return error.retry_after if isinstance(error, RetryLaterError) else None


@asynccontextmanager
async def _heartbeat(failures: int, denied: int) -> AsyncGenerator[None]:
    """Heartbeat three times within the timeout while an activity runs, so that a killed worker's work moves on."""
    timeout = activity.info().heartbeat_timeout

    async def beat(every: float) -> None:
        while True:
            # What ends sooner needs no heartbeat: the count that came with the attempt stands until one replaces it.
            await asyncio.sleep(every)
            activity.heartbeat(failures, denied)

    task = asyncio.create_task(beat(timeout.total_seconds() / 3)) if timeout else None
    try:
        yield
    finally:
        if task:
            task.cancel()
