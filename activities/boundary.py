"""Where activities meet Temporal: they heartbeat by themselves, and our errors become Temporal's."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from xerosync.model.errors import RetryLaterError, XerosyncError


class ActivityBoundary(Interceptor):
    """Wraps every activity of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Put the boundary around an activity."""
        return _Boundary(next)


class _Boundary(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        info = activity.info()
        with structlog.contextvars.bound_contextvars(
            activity=info.activity_type, workflow_id=info.workflow_id, attempt=info.attempt
        ):
            async with _heartbeat():
                try:
                    return await self.next.execute_activity(input)
                except XerosyncError as error:
                    raise to_application_error(error) from error


def to_application_error(error: XerosyncError) -> ApplicationError:
    """Return Temporal's form of one of our errors: its class as type, tried again, after `retry_after` if it says so.

    Holds never come here: the step that meets one hands it to the workflow itself.
    """
    expected = isinstance(error, RetryLaterError)
    return ApplicationError(
        str(error),
        type=type(error).__name__,
        next_retry_delay=error.retry_after if isinstance(error, RetryLaterError) else None,
        category=ApplicationErrorCategory.BENIGN if expected else ApplicationErrorCategory.UNSPECIFIED,
    )


@asynccontextmanager
async def _heartbeat() -> AsyncGenerator[None]:
    """Heartbeat three times within the timeout while an activity runs, so that a killed worker's work moves on."""
    timeout = activity.info().heartbeat_timeout

    async def beat(every: float) -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(every)

    task = asyncio.create_task(beat(timeout.total_seconds() / 3)) if timeout else None
    try:
        yield
    finally:
        if task:
            task.cancel()
