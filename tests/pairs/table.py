"""The table of pairs in docs/states.md, as data: it is written for people, and every row of it is tried."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xerosync.core.documents import Kind

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
_PAIRS, _IMPOSSIBLE = 8, 4
EITHER = " / "
HEAD = (
    "| document | in Sequence | in Xero | signalled | swept | in the end | Sequence shows | Xero shows |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
_ANY = "any"
_KINDS = {"both": tuple(Kind), "invoice": (Kind.INVOICE,), "credit note": (Kind.CREDIT_NOTE,)}


@dataclass(frozen=True)
class Pair:
    """One row for one kind of document: where it stands on both sides, and what comes of it.

    `signalled` and `swept` are what a signal and a sweep lead to at once: the state, and the calls after a colon. In
    `end`, `sequence_shows` and `xero_shows` a slash stands where it depends on which comes first.
    """

    kind: Kind
    in_sequence: str
    in_xero: str
    signalled: str
    swept: str
    end: str
    sequence_shows: str
    xero_shows: str

    def __str__(self) -> str:
        return f"{self.kind.words}: {self.in_sequence} / {self.in_xero}"


@dataclass(frozen=True)
class Impossible:
    """Pairs of one kind of document that can't come about, and why."""

    kind: Kind
    in_sequence: str
    in_xero: str
    reason: str

    def covers(self, kind: Kind, in_sequence: str, in_xero: str) -> bool:
        """Whether a pair is among them: an alternative names a state, or begins one with `…`."""
        return kind is self.kind and _is_among(in_sequence, self.in_sequence) and _is_among(in_xero, self.in_xero)


def pairs() -> Sequence[Pair]:
    """Return the pairs that can come about."""
    return [
        Pair(kind, in_sequence, in_xero, *rest)
        for first, sequences, xeros, *rest in _rows(_PAIRS)
        for kind, in_sequence, in_xero in itertools.product(_KINDS[first], alternatives(sequences), alternatives(xeros))
    ]


def impossible() -> Sequence[Impossible]:
    """Return the pairs that cannot."""
    return [Impossible(kind, *rest) for first, *rest in _rows(_IMPOSSIBLE) for kind in _KINDS[first]]


def alternatives(cell: str) -> Sequence[str]:
    """Return what a cell allows."""
    return cell.split(EITHER)


def _is_among(state: str, cell: str) -> bool:
    return any(
        each in (_ANY, state) or (each.endswith("…") and state.startswith(each.removesuffix("…")))
        for each in alternatives(cell)
    )


def _rows(width: int) -> Iterator[list[str]]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == width and cells[0] in _KINDS:
            yield cells
