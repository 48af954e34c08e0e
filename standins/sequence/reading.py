"""Reading request bodies: every field is checked, and every error names its path.

Money, quantities and rates are decimal strings; a JSON number in their place is refused, because a client that
sends one has had a float in its hands. Unknown fields are ignored, as Sequence's own serializer does.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import Any, TypeVar, cast

from starlette.requests import Request

from standins.exactjson import body_json
from standins.sequence.countries import COUNTRIES, STATES
from standins.sequence.errors import Invalid
from standins.sequence.records import Address, Pairs, Period

T = TypeVar("T")

_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


class Fields:
    """One JSON object of a request; `at` is its path, for messages."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: object, at: str = "") -> None:
        if not isinstance(data, dict):
            raise Invalid(f"{at or 'The body'} must be an object")
        self._data = cast("dict[str, Any]", data)
        self._at = at

    def path(self, name: str) -> str:
        """Return the path of a field of this object."""
        return f"{self._at}.{name}" if self._at else name

    def given(self, name: str) -> bool:
        """Return whether the field is there at all, null included."""
        return name in self._data

    def names(self) -> Iterable[str]:
        """Return the names of all fields that are there."""
        return self._data.keys()

    def raw(self, name: str) -> Any:
        """Return the field as it came, None when it is absent or null."""
        return self._data.get(name)

    def need(self, name: str, value: T | None) -> T:
        """Return `value`; Invalid when it is None."""
        if value is None:
            raise Invalid(f"{self.path(name)} is required")
        return value

    def text(self, name: str) -> str | None:
        """Return a string."""
        value = self._data.get(name)
        if value is not None and not isinstance(value, str):
            raise Invalid(f"{self.path(name)} must be a string")
        return value

    def full(self, name: str) -> str:
        """Return a string that must be there and not be blank."""
        value = self.text(name)
        if value is None or not value.strip():
            raise Invalid(f"{self.path(name)} is required")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of strings."""
        values = self._list(name)
        if values is None:
            return None
        if not all(isinstance(value, str) for value in values):
            raise Invalid(f"{self.path(name)} must be a list of strings")
        return tuple(values)

    def decimal(self, name: str) -> str | None:
        """Return a decimal string exactly as given."""
        value = self._data.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise Invalid(f'{self.path(name)} must be a decimal string such as "20000.10"')
        return intern(value)

    def number(self, name: str) -> Decimal:
        """Return a JSON number that must be there, exact."""
        value = self._data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Invalid(f"{self.path(name)} must be a number")
        return Decimal(value)

    def whole(self, name: str) -> int | None:
        """Return a whole JSON number of zero or more."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Invalid(f"{self.path(name)} must be a whole number")
        return value

    def choice(self, name: str, options: Collection[str]) -> str | None:
        """Return one of `options`."""
        value = self._data.get(name)
        if value is not None and (not isinstance(value, str) or value not in options):
            raise Invalid(f"{self.path(name)} must be one of {', '.join(sorted(options))}")
        return value

    def day(self, name: str) -> str | None:
        """Return a date."""
        value = self.text(name)
        return None if value is None else checked_day(value, self.path(name))

    def period(self, name: str, start: str = "startDate", end: str = "endDate") -> Period | None:
        """Return a period of days."""
        found = self.child(name)
        if found is None:
            return None
        period = Period(found.need(start, found.day(start)), found.need(end, found.day(end)))
        if period.end < period.start:
            raise Invalid(f"{self.path(name)} ends before it starts")
        return period

    def child(self, name: str) -> "Fields | None":
        """Return an object within this one."""
        value = self._data.get(name)
        return None if value is None else Fields(value, self.path(name))

    def children(self, name: str) -> "list[Fields] | None":
        """Return a list of objects within this one."""
        values = self._list(name)
        if values is None:
            return None
        return [Fields(value, f"{self.path(name)}[{place}]") for place, value in enumerate(values)]

    def pairs(self, name: str) -> Pairs | None:
        """Return a list of `{key, value}`."""
        found = self.children(name)
        if found is None:
            return None
        return shared(tuple((pair.full("key"), pair.need("value", pair.text("value"))) for pair in found))

    def address(self, name: str) -> Address | None:
        """Return an address: line1, town, postcode and an alpha-2 country are required, a state is one of `STATES`."""
        found = self.child(name)
        if found is None:
            return None
        country = found.full("country")
        if country not in COUNTRIES:
            raise Invalid(f"{found.path('country')} must be an ISO 3166-1 alpha-2 code such as GB")
        return shared(
            Address(
                line1=found.full("line1"),
                town=found.full("town"),
                postcode=found.full("postcode"),
                country=country,
                line2=found.text("line2"),
                state=found.choice("state", STATES),
            )
        )

    def _list(self, name: str) -> list[Any] | None:
        value = self._data.get(name)
        if value is not None and not isinstance(value, list):
            raise Invalid(f"{self.path(name)} must be a list")
        return cast("list[Any] | None", value)


def checked_day(value: str, name: str) -> str:
    """Return `value` when it is a date `YYYY-MM-DD`; Invalid otherwise."""
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise Invalid(f"{name} must be a date such as 2025-01-31")


@lru_cache(maxsize=16_384)
def _first(value: Any) -> Any:
    return value


def shared(value: T) -> T:
    """Return an equal value met before: most documents repeat addresses and ledger accounts."""
    return cast("T", _first(value))


async def fields_of(request: Request) -> Fields:
    """Return the JSON object in the body of `request`."""
    return Fields(await body_json(request))
