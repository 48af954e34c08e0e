"""Dates as Xero reads and writes them.

A request may carry `YYYY-MM-DD`, an ISO 8601 date-time, or `/Date(milliseconds)/`, with or without an offset. A
date-time with an offset is turned to UTC before its day is taken: the off-by-one that Xero is known for. Answers carry
`/Date(milliseconds+0000)/` beside a `…String`.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from standins.xero.model import Term

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}")
_FRACTION = re.compile(r"\.(\d+)")
_CLR_EPOCH = datetime(1753, 1, 1, tzinfo=UTC)


class NotADateError(ValueError):
    """The text is in none of the forms of a date that Xero reads."""


class DateTooEarlyError(ValueError):
    """If-Modified-Since lies before 1753, which Xero answers with 500."""


def milliseconds(at: datetime) -> int:
    """Return an aware moment as milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """Return milliseconds since 1970 as an aware moment in UTC."""
    return EPOCH + timedelta(milliseconds=ms)


def read_date(value: object) -> date:
    """Return the day a request names. Raises NotADateError."""
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise NotADateError(text) from error
    return read_moment(text).date()


def read_moment(value: object) -> datetime:
    """Return the moment a request names, in UTC; one without an offset is UTC. Raises NotADateError."""
    text = str(value).strip()
    match = _MS_DATE.fullmatch(text)
    try:
        if match:
            return moment(int(match[1]))
        # .NET writes up to seven places of a second, Python reads six at most
        at = datetime.fromisoformat(_FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text))
    except (ValueError, OverflowError) as error:
        raise NotADateError(text) from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def read_modified_since(text: str) -> int:
    """Return If-Modified-Since in milliseconds, cut to the second: Xero's accuracy.

    ISO 8601 and the dates of HTTP are read. Raises NotADateError, and DateTooEarlyError before 1753.
    """
    try:
        at = read_moment(text)
    except NotADateError:
        try:
            at = parsedate_to_datetime(text).astimezone(UTC)
        except (TypeError, ValueError) as error:
            raise NotADateError(text) from error
    if at < _CLR_EPOCH:
        raise DateTooEarlyError(text)
    return milliseconds(at.replace(microsecond=0))


def day_milliseconds(day: date) -> int:
    """Return the beginning of a day in UTC as milliseconds since 1970."""
    return (day.toordinal() - _EPOCH_DAY) * _DAY_MS


def date_field(day: date) -> str:
    """Return `/Date(32503680000000+0000)/` for a day."""
    return f"/Date({day_milliseconds(day)}+0000)/"


def date_string(day: date) -> str:
    """Return `3000-01-01T00:00:00` for a day."""
    return f"{day.isoformat()}T00:00:00"


def moment_field(ms: int) -> str:
    """Return `/Date(1541176290160+0000)/` for milliseconds since 1970."""
    return f"/Date({ms}+0000)/"


def moment_string(ms: int) -> str:
    """Return `2018-11-02T16:31:30Z` for milliseconds since 1970."""
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def spoken(day: date) -> str:
    """Return a day as Xero's messages name it: 31 December 2025."""
    return f"{day.day} {day:%B} {day.year}"


def due_by(term: Term, day: date) -> date:
    """Return when a document of `day` falls due under a payment term of Xero's four kinds."""
    if term.type == "DAYSAFTERBILLDATE":
        return day + timedelta(days=term.day)
    month_end = day.replace(day=monthrange(day.year, day.month)[1])
    if term.type == "DAYSAFTERBILLMONTH":
        return month_end + timedelta(days=term.day)
    if term.type == "OFCURRENTMONTH":
        return day.replace(day=min(term.day, month_end.day))
    following = month_end + timedelta(days=1)
    return following.replace(day=min(term.day, monthrange(following.year, following.month)[1]))
