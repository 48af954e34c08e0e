"""Reports as CSV files, as a spreadsheet reads them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from xerosync.core.errors import MisconfiguredError

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_folder(file: Path | None) -> None:
    """Fail before the work is done, not after. Raises MisconfiguredError where a report can't be written."""
    if file and not file.absolute().parent.is_dir():
        raise MisconfiguredError(f"The report can't be written: there is no folder {file.absolute().parent}.")


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows, with a byte order mark so that spreadsheets read names in any script."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """Return what a spreadsheet shows; a text never becomes a formula there."""
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
