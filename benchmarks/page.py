"""The last run of each benchmark as Markdown, written between two marks of a page; the words around them stay.

python -m benchmarks.page [FILE.json] [PAGE.md]
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import KEPT, Figure, shown

PAGE = Path("docs/benchmarks.md")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_MARKS = {None: "", True: "reached", False: "**not reached**"}


def tables(run: dict[str, Any]) -> str:
    """Return a table a benchmark, each with when and on what it ran."""
    return "\n\n".join(_table(each) for each in run["benchmarks"].values())


def put(page: str, text: str) -> str:
    """Return the page with the text between its marks. Raises ValueError where they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no place between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _table(benchmark: dict[str, Any]) -> str:
    machine = benchmark["machine"]
    rows = "\n".join(_row(figure) for figure in benchmark["figures"])
    return (
        f"### {benchmark['title']}\n\n"
        f"{machine['at'][:16].replace('T', ' ')} UTC, {benchmark['seconds']:,.0f} s, load {benchmark['load']:.1f}; "
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, Python {machine['python']}, "
        f"temporalio {machine['temporalio']}\n\n"
        "| what | measured | to reach | | |\n|---|---:|---:|---|---|\n"
        f"{rows}"
    )


def _row(measured: dict[str, Any]) -> str:
    figure = Figure(**{name: value for name, value in measured.items() if name != "reached"})
    value = f"{shown(figure.value)} {figure.unit}".strip()
    what = figure.what.strip() if figure.what == figure.what.strip() else f"· {figure.what.strip()}"
    return f"| {what} | {value} | {figure.target} | {_MARKS[figure.reached]} | {figure.note} |"


def main(arguments: Sequence[str]) -> int:
    """Write the page anew; return 0."""
    kept = Path(arguments[0]) if arguments else KEPT
    page = Path(arguments[1]) if len(arguments) > 1 else PAGE
    page.write_text(put(page.read_text(), tables(json.loads(kept.read_text()))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
