"""Turns what a list request asks for into the records of one page, by index wherever there is one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from xerosync.sandbox.xero.envelope import Page
from xerosync.sandbox.xero.filtering import Field, make_filter, make_order
from xerosync.sandbox.xero.query import Parameters
from xerosync.sandbox.xero.registers import Ordered, Stamped, stamp

S = TypeVar("S", bound=Stamped)
T = TypeVar("T")


@dataclass(slots=True)
class Selection(Generic[S]):
    """Records to list: all of an ordered list until `keep` or `among` narrows them."""

    everything: Ordered[S]
    chosen: Iterable[S] | None = None
    tests: list[Callable[[S], bool]] = field(default_factory=list[Callable[[S], bool]])

    def among(self, candidates: Iterable[S], test: Callable[[S], bool]) -> None:
        """Keep only `candidates`: looked up if these are the first, tested for otherwise."""
        if self.chosen is None:
            self.chosen = candidates
        else:
            self.tests.append(test)

    def keep(self, test: Callable[[S], bool]) -> None:
        """Keep only what passes `test`."""
        self.tests.append(test)

    def records(self) -> list[S] | Ordered[S]:
        """Return what is left, in the order of UpdatedDateUTC."""
        source = self.everything if self.chosen is None else self.chosen
        if isinstance(source, Ordered):
            if not self.tests:
                return source
            found = list(source)
        else:
            found = sorted({record.id: record for record in source}.values(), key=stamp)
        for test in self.tests:
            found = [record for record in found if test(record)]
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
