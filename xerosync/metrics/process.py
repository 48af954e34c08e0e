"""Gauges of this process: whether it reaches what it rests on, and how full its pool of connections is."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from xerosync.postgres.database import PoolUse
from xerosync.readiness import WELL


def process_gauges(reached: Mapping[str, str], pool: PoolUse) -> Iterable[Metric]:
    """Return the gauges, of what `Readiness.ask` found and of the pool."""
    family = GaugeMetricFamily("xerosync_reaches", "1 while this process reaches it and can use it.", labels=["what"])
    for what, state in reached.items():
        family.add_metric([what], float(state == WELL))
    yield family
    connections = GaugeMetricFamily(
        "xerosync_database_connections", "Connections of this process to the database.", labels=["use"]
    )
    connections.add_metric(["busy"], pool.busy)
    connections.add_metric(["most"], pool.most)
    yield connections
    yield GaugeMetricFamily(
        "xerosync_database_waiting", "How many in this process wait for a connection to the database.", pool.waiting
    )
