"""What the dashboard of `deploy/grafana` shows of a run: a real Prometheus reads all processes and is asked in the end.

An edge is among the processes, and both companies call it, so that every panel has something to show.
"""

import contextlib
import json
import math
import os
import re
import statistics
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from demo.connect_standins import NAME, People, hook_stand_ins
from standins.embedded.ports import LOOPBACK, Ports
from tests.alerts.prometheus import a_prometheus
from tests.alerts.promtool import EVERY_SECONDS
from tests.chaos.city import City, services_of
from tests.chaos.workers import Watched
from tests.patience import PATIENCE, until

FILE = Path(__file__).parents[2] / "deploy" / "grafana" / "xerosync.json"
PANELS: Sequence[Mapping[str, Any]] = json.loads(FILE.read_text())["panels"]
_EDGE = "edge"
_PREFACE = """Written by `{run}`. A Prometheus that was set up as in `deploy/prometheus` read
two ports of each process every {seconds} seconds. In the end it was asked what each panel of
`deploy/grafana/xerosync.json` asks for, over all of the run; this is what it answered. A dash stands for what was there
before and was not in the end."""
_JOBS = {"xerosync": "XEROSYNC_METRICS_PORT", "xerosync-temporal": "XEROSYNC_TEMPORAL_METRICS_PORT"}


class Series(NamedTuple):
    """One line of a panel, in the unit of the panel; `last` is None where it ended before the run did.

    What is no number, such as a share of nothing, is left out.
    """

    name: str
    values: Sequence[float]
    last: float | None


class Query(NamedTuple):
    """One query of a panel, and what Prometheus answered."""

    panel: str
    unit: str
    expression: str
    series: Sequence[Series]


@dataclass
class Dashboard:
    """The figures of one run, in a folder of its own. `queries` are there once the run is over."""

    folder: Path
    every_seconds: int = EVERY_SECONDS
    queries: Sequence[Query] = ()
    _ports: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self._free = Ports(self.folder / "ports.json")

    @property
    def silent(self) -> list[str]:
        """The queries to which Prometheus had no answer, by panel."""
        return [f"{query.panel}: {query.expression}" for query in self.queries if not query.series]

    def settings_of(self, process: str) -> dict[str, str]:
        """Return the settings by which a process shows its figures to this dashboard."""
        ports = self._ports[process] = {job: self._free.take(f"{process} {job}") for job in _JOBS}
        return {_JOBS[job]: f"{port}" for job, port in ports.items()}

    @contextlib.asynccontextmanager
    async def over(self, city: City) -> AsyncGenerator[None]:
        """Let an edge take webhooks and Prometheus read all processes until the block ends; then ask."""
        url = f"http://{NAME}:{city.stack.edge_port}"
        settings = {
            **city.environment,
            **self.settings_of(_EDGE),
            "XEROSYNC_SERVE_PORT": f"{city.stack.edge_port}",
            "XEROSYNC_PUBLIC_URL": url,
            "XEROSYNC_LOG_LEVEL": "ERROR",
        }
        targets = {job: [ports[job] for ports in self._ports.values()] for job in _JOBS}
        async with (
            Watched(_EDGE, self.folder, settings, program=("starter.py", "serve"), may_end=True),
            a_prometheus(
                self.folder / "prometheus", self._free.take("prometheus"), targets, every_seconds=self.every_seconds
            ) as prometheus,
        ):
            await _hook(city, url)
            began = datetime.now(UTC)
            yield
            ended = datetime.now(UTC)
            await until(lambda: _has_read_all_since(prometheus, ended), every=0.5)
            names = {f"{LOOPBACK}:{port}": name for name, ports in self._ports.items() for port in ports.values()}
            names |= {branch.account_id: f"account {place}" for place, branch in enumerate(city.branches, start=1)}
            between = {"start": began.timestamp(), "end": datetime.now(UTC).timestamp(), "step": self.every_seconds}
            self.queries = [
                Query(
                    panel["title"],
                    panel["fieldConfig"]["defaults"]["unit"],
                    target["expr"],
                    await _answer(prometheus, target, between, names),
                )
                for panel in PANELS
                for target in panel["targets"]
            ]


@contextlib.asynccontextmanager
async def shown_on(dashboard: Dashboard | None, city: City) -> AsyncGenerator[None]:
    """Let a dashboard, if there is one, show what goes on in the block."""
    async with dashboard.over(city) if dashboard else contextlib.nullcontext():
        yield


async def _hook(city: City, url: str) -> None:
    async def is_up() -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(f"{url}/healthz")).is_success
        return False

    await until(is_up)
    async with services_of(city) as services:
        for branch in city.branches:
            people = People(branch.account_id, branch.tenant_id, branch.sequence, branch.xero)
            await hook_stand_ins(services, people, url)


async def _asked(prometheus: httpx.AsyncClient, path: str, **parameters: object) -> list[Any]:
    answer = await prometheus.get(f"/api/v1/{path}", params={name: f"{value}" for name, value in parameters.items()})
    return answer.raise_for_status().json()["data"]["result"]


async def _has_read_all_since(prometheus: httpx.AsyncClient, moment: datetime) -> bool:
    [oldest] = await _asked(prometheus, "query", query="min(timestamp(up))")
    return float(oldest["value"][1]) > moment.timestamp()


async def _answer(
    prometheus: httpx.AsyncClient, target: Mapping[str, str], between: Mapping[str, float], names: Mapping[str, str]
) -> list[Series]:
    found: list[Series] = []
    for row in await _asked(prometheus, "query_range", query=target["expr"], **between):
        name = _filled_in(target["legendFormat"], {label: names.get(of, of) for label, of in row["metric"].items()})
        values = {moment: value for moment, text in row["values"] if math.isfinite(value := float(text))}
        if values:
            moment, last = list(values.items())[-1]
            is_there = moment > between["end"] - between["step"]
            found.append(Series(name, list(values.values()), last if is_there else None))
    return sorted(found)


def _filled_in(legend: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), legend)


def page_of(dashboard: Dashboard, run: str, counts: Mapping[str, object]) -> str:
    """Return a page in Markdown: what the run was, and what each panel showed of it."""
    lines = [
        "# A run, as the dashboard shows it",
        "",
        _PREFACE.format(run=run, seconds=dashboard.every_seconds),
        "",
        f"{datetime.now(UTC):%d %B %Y}, load of the machine {os.getloadavg()[0]:.0f}.",
        "",
        "| the run | |",
        "|---|---|",
        *[f"| {what} | {count} |" for what, count in counts.items()],
        "",
    ]
    shown = ""
    for query in dashboard.queries:
        if query.panel != shown:
            lines += [f"## {query.panel}", ""]
            shown = query.panel
        lines += [f"`{query.expression}`", "", *_table(query), ""]
    return "\n".join(lines)


def _table(query: Query) -> list[str]:
    if not query.series:
        return ["Nothing."]
    unit = {"s": "seconds", "reqps": "a second", "ops": "a second"}.get(query.unit, "")
    rows = [
        f"| {name} | {_short(min(values))} | {_short(statistics.median(values))} | {_short(max(values))} "
        f"| {'-' if last is None else _short(last)} |"
        for name, values, last in query.series
    ]
    return [f"| {unit} | min | median | max | last |", "|---|---|---|---|---|", *rows]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"
