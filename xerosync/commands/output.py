"""How commands speak to a person or a program: a table or JSON on standard output, progress on standard error."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python
from rich import box
from rich.console import Console
from rich.table import Table

_WIDTH_OF_A_FILE = 150

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
_FREE_TEXT = ("customer", "problem", "hold", "value", "Description")
"""Columns that may take several lines; numbers, dates and states are never broken."""

progress = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print as JSON: decimals and dates as strings. Who reads a pipe sees it at once, though the command goes on."""
    sys.stdout.write(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title; None is an empty cell."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column,
            justify="right" if column == "amount" else "left",
            no_wrap=column not in _FREE_TEXT,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)
