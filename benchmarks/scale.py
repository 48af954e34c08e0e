"""A million documents of five accounts: how long each question of the product takes, and by which plan.

Each is asked again and again with other values, over one connection, so that PostgreSQL settles on the plans that a
long-lived process gets. Then each is asked while PostgreSQL writes its plans down: a whole table that is read, or rows
of a whole table that are sorted, stand in the note.
"""

import json
import re
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
from pydantic import SecretStr

from benchmarks.figures import Figure, middle
from benchmarks.scale_data import fill
from benchmarks.scale_queries import Question, Samples, questions
from standins.embedded import EmbeddedServers
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.postgres import Database, migrate, open_database

TITLE = "A million documents in the store"

_MOST_RUNS, _LEAST_RUNS = 200, 8
_PLANNED = 6
"""From the sixth on PostgreSQL may plan for any values at all."""

_MANY = 20_000
"""Rows of a table or of a sort that count as a whole table."""

_PLANS = """
ALTER DATABASE xerosync SET session_preload_libraries = 'auto_explain';
ALTER DATABASE xerosync SET auto_explain.log_min_duration = 0;
ALTER DATABASE xerosync SET auto_explain.log_analyze = on;
ALTER DATABASE xerosync SET auto_explain.log_timing = off;
ALTER DATABASE xerosync SET auto_explain.log_format = 'json';
"""
_PLAN = re.compile(r"plan:\n\t(\{.*?\n\t\})\n", re.DOTALL)


async def measure(rows: int = 1_000_000, seconds: float = 2.0) -> list[Figure]:
    """Fill a database of its own, and ask everything, each question for so many seconds."""
    async with EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers:
        watcher = await asyncpg.connect(servers.database_url)
        async with open_database(SecretStr(servers.database_url), connections=1) as database:
            await migrate(database)
        filled = await fill(watcher, rows)
        about = [
            Figure("documents", filled.documents, note=f"{filled.open_documents:,} of them open"),
            Figure("entries of timelines", filled.timeline_entries),
            Figure("deliveries kept", filled.deliveries),
        ]
        log = servers.data_dir / "logs" / "postgres.log"
        figures = [each async for each in ask_all(servers.database_url, log, watcher, seconds)]
        await watcher.close()
    return [*about, *figures]


async def ask_all(
    database_url: str, log: Path, watcher: asyncpg.Connection, seconds: float = 2.0
) -> AsyncGenerator[Figure]:
    """Ask everything of a filled store, over one connection for the times and another that writes plans down."""
    some, url = await Samples.take(watcher), SecretStr(database_url)
    async with open_database(url, connections=1) as timed, _with_plans(url, watcher) as planned:
        for each, same in zip(questions(timed, some), questions(planned, some), strict=True):
            times = await _times(each, seconds)
            for _ in range(_PLANNED - 1):
                await same.ask()
            written = log.stat().st_size  # noqa: ASYNC240 - one look at a file of this machine
            await same.ask()
            faults = sorted(set(_faults(log, written)))
            note = "; ".join([f"median {middle(times):,.1f} ms of {len(times)}", *faults])
            yield Figure(f"{each.group}: {each.name}", _p99(times), "ms", at_most=each.at_most, note=note)


@asynccontextmanager
async def _with_plans(url: SecretStr, watcher: asyncpg.Connection) -> AsyncGenerator[Database]:
    """Open a connection whose plans PostgreSQL writes into its log."""
    await watcher.execute(_PLANS)
    async with open_database(url, connections=1) as database:
        await watcher.execute("ALTER DATABASE xerosync RESET ALL")
        yield database


async def _times(question: Question, seconds: float) -> list[float]:
    """Ask again and again; return how many milliseconds each answer took, but for the first."""
    await question.ask()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _LEAST_RUNS or (len(times) < _MOST_RUNS and time.perf_counter() - began < seconds):
        asked_at = time.perf_counter()
        await question.ask()
        times.append(1000 * (time.perf_counter() - asked_at))
    return times


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


def _faults(log: Path, written: int) -> Iterator[str]:
    """Say what the plans that were logged since read or sorted as a whole."""
    with log.open() as lines:
        lines.seek(written)
        text = lines.read()
    for found in _PLAN.findall(text):
        yield from _faults_of(json.loads(found)["Plan"])


def _faults_of(node: Mapping[str, Any]) -> Iterator[str]:
    looked_at = (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) * node.get("Actual Loops", 1)
    if node["Node Type"] == "Seq Scan" and looked_at >= _MANY:
        yield f"reads the whole table {node['Relation Name']}"
    if node["Node Type"].endswith("Sort") and looked_at >= _MANY:
        yield f"sorts {looked_at:,.0f} rows"
    if "Rows Removed by Filter" in node and "Index" in node["Node Type"] and looked_at >= _MANY:
        yield f"passes over {looked_at:,.0f} rows of {node['Index Name']}"
    for each in node.get("Plans", ()):
        yield from _faults_of(each)
