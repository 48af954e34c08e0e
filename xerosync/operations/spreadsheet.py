"""Reports as CSV files, as a spreadsheet reads them."""

import csv
from collections.abc import Iterable, Sequence
from io import SEEK_END, StringIO
from pathlib import Path

from xerosync.core.errors import MisconfiguredError

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_folder(file: Path | None) -> None:
    """Fail before the work is done, not after. Raises MisconfiguredError where a report can't be written."""
    if file and not file.absolute().parent.is_dir():
        raise MisconfiguredError(f"The report can't be written: there is no folder {file.absolute().parent}.")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV, with a byte order mark so that spreadsheets read names in any script."""
    text = StringIO("\ufeff", newline="")
    text.seek(0, SEEK_END)
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV into a file."""
    file.write_bytes(as_csv(columns, rows).encode())


def _cell(value: object) -> object:
    """Return what a spreadsheet shows; a text never becomes a formula there."""
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
