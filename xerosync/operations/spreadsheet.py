"""Reports as CSV files, as a spreadsheet reads them."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from xerosync.core.errors import MisconfiguredError

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def check_folder(file: Path | None) -> None:
    """Fail before the work is done, not after. Raises MisconfiguredError where a report can't be written."""
    if file and not file.absolute().parent.is_dir():
        raise MisconfiguredError(f"The report can't be written: there is no folder {file.absolute().parent}.")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV under their columns, with a byte order mark so that spreadsheets read any script."""
    return "\ufeff" + csv_lines([columns]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines of CSV, no cell of which is taken for a formula."""
    text = StringIO(newline="")
    csv.writer(text).writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue()


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV into a file."""
    file.write_bytes(as_csv(columns, rows).encode())


def safe_cell(value: object) -> str:
    """Return a cell that a spreadsheet takes for text or a number, never for a formula (OWASP, CSV injection).

    Amounts may be negative, so a plain number is left as it is. A tuple is shown as its values, None as nothing.
    """
    if isinstance(value, tuple):
        value = " ".join(str(each) for each in value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
