"""Temporal's core in this process: its lines go through our logs, its figures to Prometheus where a port is set."""

import logging
import socket

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from xerosync.core.errors import MisconfiguredError
from xerosync.settings import LogLevel, Settings

CORE_LOGGER = "temporalio.core"

_TIMES_IN_QUEUE = (
    "workflow_task_schedule_to_start_latency",
    "activity_schedule_to_start_latency",
)
_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 12.5, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Core's own steps lead from 10 to 100 seconds; what a killed worker had moves on after 10."""

_LEVELS = {LogLevel.WARNING: "WARN"}


def temporal_runtime(settings: Settings) -> Runtime:
    """Return a runtime for the clients and workers of this process; each one has threads of its own.

    Raises:
        MisconfiguredError: the port for Temporal's figures can't be had.
    """
    # Core logs at INFO what it does all the time; what matters begins at WARN.
    level = "WARN" if settings.log_level is LogLevel.INFO else _LEVELS.get(settings.log_level, settings.log_level.value)
    forwarding = LogForwardingConfig(
        logger=logging.getLogger(CORE_LOGGER),
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    )
    metrics = None
    if settings.temporal_metrics_port is not None:
        _check_free(settings.metrics_host, settings.temporal_metrics_port)
        metrics = PrometheusConfig(
            bind_address=_address(settings.metrics_host, settings.temporal_metrics_port),
            counters_total_suffix=True,
            unit_suffix=True,
            durations_as_seconds=True,
            histogram_bucket_overrides=dict.fromkeys(_TIMES_IN_QUEUE, _SECONDS),
        )
    try:
        return Runtime(
            telemetry=TelemetryConfig(
                logging=LoggingConfig(filter=TelemetryFilter(level, "ERROR"), forwarding=forwarding),
                metrics=metrics,
            )
        )
    except (RuntimeError, ValueError) as error:
        raise MisconfiguredError(
            f"Temporal's metrics can't be shown on XEROSYNC_METRICS_HOST {settings.metrics_host}, port "
            f"{settings.temporal_metrics_port}: {error}."
        ) from None


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _check_free(host: str, port: int) -> None:
    """Look whether the port can be had: core itself would only log that it could not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0], found[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except OSError as error:
        raise MisconfiguredError(
            f"XEROSYNC_TEMPORAL_METRICS_PORT is {port} on {host}, which can't be had ({error.strerror}): set it to a "
            "free port, and XEROSYNC_METRICS_HOST to an address of this machine."
        ) from None
