"""One HTTP answer of Xero, and exact JSON: a number with a point is a Decimal both ways, never a float."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import simplejson

from xerosync.core.rate_limits import Remaining
from xerosync.core.text import without_lost_characters

_LONGEST_WAIT = timedelta(days=2)

NO_ID = "00000000-0000-0000-0000-000000000000"
"""The id that Xero gives to what it did not take."""


def read_json(content: bytes) -> Any:
    """Parse JSON with decimals kept exact. Raises ValueError for all that is not JSON."""
    try:
        return simplejson.loads(without_lost_characters(content), use_decimal=True, allow_nan=False)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def write_json(value: object, *, canonical: bool = False) -> bytes:
    """Write compact UTF-8 JSON; `canonical` sorts the keys, so that equal values are equal bytes."""
    text: str = simplejson.dumps(
        value, use_decimal=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=canonical
    )
    return text.encode()


def figure(amount: Decimal) -> str:
    """Return an amount as people write it: no exponent, no trailing zeros."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if amount else "0"


def plain(amount: Decimal) -> Decimal:
    """Return the same amount without trailing zeros, for JSON."""
    return Decimal(figure(amount))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `sent_at` is right before the request left, `received_at` when the answer was whole (UTC)."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    sent_at: datetime
    received_at: datetime

    def json(self) -> Any:
        """Return the parsed body. Raises ValueError where it is not JSON."""
        return read_json(self.content)

    @property
    def remaining(self) -> Remaining:
        """What the answer says is left of the limits."""
        return Remaining(
            minute=_count(self.headers.get("x-minlimit-remaining")),
            day=_count(self.headers.get("x-daylimit-remaining")),
            app_minute=_count(self.headers.get("x-appminlimit-remaining")),
        )

    @property
    def problem(self) -> str | None:
        """Which limit a 429 is about: `minute`, `day`, `concurrent` or `appminute`."""
        named = self.headers.get("x-rate-limit-problem")
        return named.strip().lower() if named else None

    @property
    def retry_after(self) -> timedelta | None:
        """How long Xero asks to wait, in seconds or until a date; absent for `concurrent`, hours for `day`."""
        given = self.headers.get("retry-after", "")
        seconds = _count(given)
        if seconds is not None:
            return min(timedelta(seconds=seconds), _LONGEST_WAIT)
        try:
            wait = parsedate_to_datetime(given) - self.received_at
        except (TypeError, ValueError):
            return None
        return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _count(text: str | None) -> int | None:
    try:
        return None if text is None else max(0, int(Decimal(text.strip())))
    except (ArithmeticError, ValueError):
        return None
