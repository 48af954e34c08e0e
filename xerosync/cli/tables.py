"""Tables of which nothing is ever cut, whatever the width.

Where the width allows it, a row is a line. Columns of free text take several lines where that makes a row fit. Where it
does not, a row is its short columns on one line and all others below it, each with its name. In a pipe or a file there
is no width: a row is a line.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len

from xerosync.cli.terminal import console, harmless

_FREE_TEXT = ("customer", "problem", "hold", "value", "meaning", "next step", "Description")
"""Columns that may take several lines; numbers, ids, dates and states are never broken."""

_RIGHT = ("amount", "documents", "contacts")
_LEAST = 16
"""Cells that a column of free text has at least."""

_GAP = "  "
_INDENT = "    "

Row = Sequence[str]


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title; None is an empty cell, and a column without any cell is left out."""
    cells = [["" if cell is None else harmless(" ".join(str(cell).split())) for cell in row] for row in rows]
    used = [place for place in range(len(columns)) if any(row[place] for row in cells)]
    names, texts = [columns[place] for place in used], [[row[place] for place in used] for row in cells]
    console.print()
    console.print(title, style="bold", markup=False)
    if not names:
        return
    for line in table_lines(names, texts, _width()):
        console.print(line, markup=False)


def table_lines(columns: Sequence[str], rows: Sequence[Row], width: int | None) -> Iterator[str]:
    """Return the lines of a table that is `width` cells wide, None for as wide as it has to be."""
    natural = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    widths = natural if width is None else _fitting(columns, rows, natural, width)
    if widths is None:
        assert width is not None
        yield from _records(columns, rows, natural, width)
        return
    yield _line(columns, columns, widths)
    yield _GAP.join("─" * each for each in widths)
    for row in rows:
        broken = [_broken(cell, each) for cell, each in zip(row, widths, strict=True)]
        for place in range(max(map(len, broken))):
            yield _line(columns, [cell[place] if place < len(cell) else "" for cell in broken], widths)


def _width() -> int | None:
    """Return the width of the terminal, or what COLUMNS says; None where the output is no terminal."""
    if (columns := os.environ.get("COLUMNS", "")).isdecimal() and int(columns):
        return int(columns)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _fitting(columns: Sequence[str], rows: Sequence[Row], natural: Sequence[int], width: int) -> list[int] | None:
    """Return widths at which a row fits, those of free text narrowed, the widest first; None where there are none."""
    widths = list(natural)
    least = [
        _longest_word([name, *(row[place] for row in rows)]) if name in _FREE_TEXT else natural[place]
        for place, name in enumerate(columns)
    ]
    while (too_wide := sum(widths) + len(_GAP) * (len(widths) - 1) - width) > 0:
        room = [each - low for each, low in zip(widths, least, strict=True)]
        widest = max(range(len(widths)), key=lambda place: (room[place] > 0) * widths[place])
        if room[widest] <= 0:
            return None
        widths[widest] -= min(room[widest], max(1, too_wide // 2))
    return widths


def _longest_word(texts: Sequence[str]) -> int:
    return max(_LEAST, *(cell_len(word) for text in texts for word in text.split()))


def _records(columns: Sequence[str], rows: Sequence[Row], natural: Sequence[int], width: int) -> Iterator[str]:
    """Return two or more lines a row: the columns that fit, and below them the others."""
    first: list[int] = []
    left = width
    for place, name in enumerate(columns):
        if not first or (name not in _FREE_TEXT and natural[place] + len(_GAP) <= left):
            first.append(place)
            left -= natural[place] + len(_GAP)
    head = [columns[place] for place in first]
    widths = [natural[place] for place in first]
    yield _line(head, head, widths)
    yield "─" * min(width, sum(widths) + len(_GAP) * (len(widths) - 1))
    for row in rows:
        yield _line(head, [row[place] for place in first], widths)
        for place, name in enumerate(columns):
            if place not in first and row[place]:
                text = f"{name}: {row[place]}" if name else row[place]
                yield from wrap(
                    text,
                    width,
                    initial_indent=_INDENT,
                    subsequent_indent=_INDENT,
                    break_long_words=False,
                    break_on_hyphens=False,
                )


def _broken(cell: str, width: int) -> Row:
    return [cell] if cell_len(cell) <= width else wrap(cell, width, break_long_words=False, break_on_hyphens=False)


def _line(columns: Sequence[str], cells: Row, widths: Sequence[int]) -> str:
    """Return one line, its cells padded by what they take in a terminal."""
    padded = [
        " " * (width - cell_len(cell)) + cell if name in _RIGHT else cell + " " * (width - cell_len(cell))
        for name, cell, width in zip(columns, cells, widths, strict=True)
    ]
    return _GAP.join(padded).rstrip()
