"""The port where Prometheus reads. What is asked of the store is asked once for all who read within some seconds."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from http import HTTPStatus

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from xerosync.core.errors import XerosyncError
from xerosync.metrics.counts import REGISTRY
from xerosync.metrics.process import process_gauges
from xerosync.metrics.store import store_gauges
from xerosync.postgres import Standing
from xerosync.readiness import Readiness
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.small_http import HttpAnswer, serve_pages

_STORE_SECONDS = 5.0
"""How long figures of the store may take, and for how long they serve."""


class Figures:
    """All that this process shows."""

    def __init__(self, services: Services, settings: Settings, readiness: Readiness) -> None:
        self._services = services
        self._sweep_interval = settings.sweep_interval.total_seconds()
        self._readiness = readiness
        self._lock = asyncio.Lock()
        self._standing: Standing | None = None
        self._read_at = float("-inf")

    async def page(self) -> HttpAnswer:
        """Return the figures in Prometheus' text format. Of a store that does not answer, none but that it does not."""
        reached, standing = await asyncio.gather(self._readiness.ask(), self._read())
        gauges = [*process_gauges(reached, self._services.pool_use())]
        readable = GaugeMetricFamily("xerosync_store_readable", "1 while the figures of the store can be read.")
        readable.add_metric([], float(standing is not None))
        gauges.append(readable)
        if standing is not None:
            gauges += store_gauges(standing, self._sweep_interval)
        shown = CollectorRegistry(auto_describe=False)
        shown.register(_Given(gauges))
        return HttpAnswer(HTTPStatus.OK, generate_latest(REGISTRY) + generate_latest(shown), CONTENT_TYPE_PLAIN_0_0_4)

    async def _read(self) -> Standing | None:
        """Return the store's figures, at most some seconds old; None where it does not answer."""
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if self._standing is None or clock() - self._read_at > _STORE_SECONDS:
                try:
                    async with asyncio.timeout(_STORE_SECONDS):
                        self._standing = await self._services.standing.read()
                except (XerosyncError, TimeoutError):
                    self._standing = None
                self._read_at = clock()
            return self._standing


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


@contextlib.asynccontextmanager
async def serve_metrics(services: Services, settings: Settings, readiness: Readiness) -> AsyncGenerator[None]:
    """Serve the figures under `/metrics` while the block runs, where a port is set for it.

    Raises:
        MisconfiguredError: the port is taken, or the address is not of this machine.
    """
    if settings.metrics_port is None:
        yield
        return
    figures = Figures(services, settings, readiness)
    pages = {"/metrics": figures.page}
    async with serve_pages(settings.metrics_host, settings.metrics_port, pages, setting="XEROSYNC_METRICS"):
        yield
