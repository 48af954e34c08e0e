"""A real Prometheus, set up as `deploy/prometheus` has it, but for where the processes are."""

import contextlib
import shutil
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest
import yaml

from standins.embedded.ports import LOOPBACK
from standins.embedded.processes import Child, Plan
from tests.alerts.promtool import EVERY_SECONDS, RULES
from tests.patience import PATIENCE, until

PROMETHEUS = shutil.which("prometheus")
MISSING = "prometheus is missing: on Debian `apt-get install prometheus` brings it"
needs_prometheus = pytest.mark.skipif(PROMETHEUS is None, reason=MISSING)


@contextlib.asynccontextmanager
async def a_prometheus(
    folder: Path, port: int, targets: Mapping[str, Sequence[int]], *, every_seconds: int = EVERY_SECONDS
) -> AsyncGenerator[httpx.AsyncClient]:
    """Let it read these ports of loopback, by job, and yield a client of its API once it read each of them twice."""
    assert PROMETHEUS
    _configure(folder, targets, every_seconds)
    child = await Child.start(
        Plan(
            name="Prometheus",
            command=(
                PROMETHEUS,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
            ),
            folder=folder,
            log=folder / "log",
            lock=folder / "lock",
            stop_signal=signal.SIGTERM,
            grace=20,
        )
    )
    count = sum(len(ports) for ports in targets.values())
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=PATIENCE) as client:
        try:
            await until(lambda: _has_two_scrapes(client, count), every=0.5)
            yield client
        finally:
            await child.stop()


def _configure(folder: Path, targets: Mapping[str, Sequence[int]], every_seconds: int) -> None:
    config = yaml.safe_load((RULES.parent / "prometheus.yml").read_text())
    config["rule_files"] = [str(RULES)]
    config["global"]["scrape_interval"] = f"{every_seconds}s"
    jobs = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in jobs:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"{LOOPBACK}:{port}" for port in targets[job["job_name"]]]}]
    assert len(jobs) == len(targets)
    config["scrape_configs"] = jobs
    folder.mkdir()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))


async def _has_two_scrapes(client: httpx.AsyncClient, targets: int) -> bool:
    try:
        answer = await client.get("/api/v1/query", params={"query": "count(count_over_time(up[5m]) > 1)"})
    except httpx.TransportError:
        return False
    if not answer.is_success:  # it is reading its own files yet
        return False
    result = answer.json()["data"]["result"]
    return bool(result) and int(result[0]["value"][1]) == targets
