"""Turns traces on in a process, where a collector is set. Nothing of OpenTelemetry is loaded otherwise."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import structlog
from temporalio.client import Interceptor

from xerosync.core.errors import MisconfiguredError

log = structlog.get_logger()


@asynccontextmanager
async def open_traces(url: str | None) -> AsyncGenerator[Sequence[Interceptor]]:
    """Record spans while the block runs and send them to the collector at `url`; yield what Temporal's client needs.

    A collector that does not answer holds up nobody: spans that it does not take are lost, and a line of the log
    says so.

    Raises:
        MisconfiguredError: the packages are missing.
    """
    if url is None:
        yield ()
        return
    try:
        from xerosync.traces.recording import recording  # noqa: PLC0415 - half a second, for those alone who want traces
        from xerosync.traces.sending import CollectorExporter  # noqa: PLC0415
    except ImportError as error:
        raise MisconfiguredError(
            f"XEROSYNC_TRACES_URL needs packages that are not installed ({error.name}): install those of "
            "requirements-runtime.lock, or remove the setting."
        ) from None
    exporter = CollectorExporter(url)
    async with recording(exporter) as interceptors:
        log.info("traces are sent", url=exporter.address)
        yield interceptors
