"""`python -m tests.pairs`: print every pair that can come about as the product has it now, in the form of the table.

For whoever changes the product: a row that differs from docs/states.md is a decision to be made there by hand.
"""

import asyncio
import logging
import sys
from collections.abc import Iterable, Sequence

import structlog

from tests.pairs.case import natural_signal, play
from tests.pairs.states import IN_SEQUENCE, IN_XERO
from tests.pairs.table import EITHER, HEAD, impossible
from xerosync.core.documents import Kind

Row = tuple[str, ...]
"""Kinds, state in Sequence, state in Xero, and what comes of them."""


async def main() -> None:
    """Print the parts of the table."""
    for title, states in IN_XERO.items():
        rows = [row for in_xero in states for in_sequence in IN_SEQUENCE for row in await _rows(in_sequence, in_xero)]
        together = _together(_together(rows, 1), 2)
        lines = "".join(f"| {' | '.join(row)} |\n" for row in together)
        sys.stdout.write(f"\n### {title}\n\n{HEAD}{lines}")


async def _rows(in_sequence: str, in_xero: str) -> Sequence[Row]:
    unreachable = impossible()
    found = [
        (kind.words, in_sequence, in_xero, await _came(kind, in_sequence, in_xero))
        for kind in Kind
        if not any(each.covers(kind, in_sequence, in_xero) for each in unreachable)
    ]
    if len(found) == len(Kind) and len({row[3] for row in found}) == 1:
        return [("both", *found[0][1:])]
    return found


async def _came(kind: Kind, in_sequence: str, in_xero: str) -> str:
    signalled, end = await play(kind, in_sequence, in_xero, natural_signal(in_sequence))
    swept, other = await play(kind, in_sequence, in_xero, "sweep")
    ends = [
        one if one == two else f"{one}{EITHER}{two}"
        for one, two in zip(vars(end).values(), vars(other).values(), strict=True)
    ]
    return " | ".join([str(signalled), str(swept), *ends])


def _together(rows: Iterable[Row], place: int) -> Sequence[Row]:
    """Make one row of those that differ in one cell alone."""
    merged: dict[Row, list[str]] = {}
    for row in rows:
        merged.setdefault((*row[:place], "", *row[place + 1 :]), []).append(row[place])
    return [(*row[:place], EITHER.join(cells), *row[place + 1 :]) for row, cells in merged.items()]


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(main())
