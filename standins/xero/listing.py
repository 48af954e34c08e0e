"""Turns what a list request asks for into the records of one page, by index wherever there is one."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from standins.xero.envelope import Page
from standins.xero.filtering import Field, make_filter, make_order
from standins.xero.query import Parameters
from standins.xero.registers import Ordered, Stamped, stamp

S = TypeVar("S", bound=Stamped)
T = TypeVar("T")


@dataclass(slots=True)
class Selection(Generic[S]):
    """Records to list: all of an ordered list until `among` and `keep` narrow them.

    Of several indices the one with the fewest records is read, the others are tested for.
    """

    everything: Ordered[S]
    indexed: list[tuple[Collection[S], Callable[[S], bool]]] = field(default_factory=list[Any])
    tests: list[Callable[[S], bool]] = field(default_factory=list[Callable[[S], bool]])

    def among(self, candidates: Collection[S], test: Callable[[S], bool]) -> None:
        """Keep only `candidates`, which an index has found and `test` would let through."""
        self.indexed.append((candidates, test))

    def keep(self, test: Callable[[S], bool]) -> None:
        """Keep only what passes `test`."""
        self.tests.append(test)

    def records(self) -> list[S] | Ordered[S]:
        """Return what is left, in the order of UpdatedDateUTC."""
        sources = sorted(self.indexed, key=lambda source: len(source[0]))
        source: Collection[S] = sources[0][0] if sources else self.everything
        tests = [test for _, test in sources[1:]] + self.tests
        if isinstance(source, Ordered) and not tests:
            return source
        if sources and 2 * len(source) > len(self.everything):
            # Most of all there is: to test the list that is in order is quicker than to sort
            source, tests = self.everything, [sources[0][1], *tests]
        found = list(source)
        for test in tests:
            found = list(filter(test, found))
        if not isinstance(source, Ordered):
            found = sorted({record.id: record for record in found}.values(), key=stamp)
        return found


def narrow_by_where(selection: Selection[S], parameters: Parameters, noun: str, fields: Mapping[str, Field[S]]) -> None:
    """Apply the where parameter. Raises QueryParseError."""
    where = parameters.text("where")
    if where is None:
        return
    condition = make_filter(where, noun, fields)
    if condition.candidates is not None:
        selection.among(condition.candidates, condition.test)
    if not condition.exact:
        selection.keep(condition.test)


def page_of(
    selection: Selection[S], parameters: Parameters, noun: str, fields: Mapping[str, Field[S]]
) -> tuple[list[S], Page | None]:
    """Return the records of the page that is asked for, all of them when none is. Raises QueryParseError."""
    records = selection.records()
    order = parameters.text("order")
    if order is not None:
        records = make_order(order, noun, fields)(records)
    paging = parameters.page()
    if paging is None:
        return list(records), None
    number, size = paging
    start = (number - 1) * size
    page = Page(number, size, len(records))
    if isinstance(records, Ordered):
        return records.slice(start, start + size), page
    return records[start : start + size], page


def filtered(records: Iterable[T], parameters: Parameters, noun: str, fields: Mapping[str, Field[T]]) -> list[T]:
    """Return short lists (accounts, currencies, tax rates) by where and order. Raises QueryParseError."""
    found = list(records)
    if where := parameters.text("where"):
        found = list(filter(make_filter(where, noun, fields).test, found))
    if order := parameters.text("order"):
        found = make_order(order, noun, fields)(found)
    return found
