"""Which documents a list shows: filters answered from the register's indices, the smallest one first."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from starlette.datastructures import QueryParams

from standins.sequence.errors import Invalid
from standins.sequence.kinds import INVOICE, PAYMENT_STATUSES, STATUSES, Kind
from standins.sequence.money import minor_digits
from standins.sequence.reading import checked_day
from standins.sequence.records import Document
from standins.sequence.register import Register


def _comparable(document: Document) -> int:
    """Return the gross total in hundredths, so that yen and pounds compare by their figures."""
    return document.gross * int(10 ** (2 - minor_digits(document.currency)))


SORTS: dict[str, dict[str, Callable[[Document], str | int]]] = {
    "invoice": {
        "CUSTOMER_LEGAL_COMPANY_NAME": lambda each: each.legal_name,
        "GROSS_TOTAL": _comparable,
        "ACCOUNTING_DATE": lambda each: each.accounting_date or each.issue_date or each.created_at[:10],
        "DUE_DATE": lambda each: each.due_date or "",
        "ISSUE_DATE": lambda each: each.issue_date or "",
    },
    "credit note": {
        "GROSS_TOTAL": _comparable,
        "CREDIT_NOTE_NUMBER": lambda each: each.number or "",
        "STATUS": lambda each: each.status,
    },
}
"""The columns that `sortBy` may name, and what is compared; the creation order decides between equals."""


def matching(register: Register, query: QueryParams) -> Sequence[int]:
    """Return the creation numbers, ascending, of the documents that pass all filters of `query`.

    `…After` and `…Before` exclude the day they name: whether Sequence does is not published, and a client that
    allows for both readings is safe with either. Raises Invalid.
    """
    indices: list[Sequence[int]] = []
    if (status := _one_of(query, register.kind.status_filter, STATUSES)) is not None:
        indices.append(register.with_status(status))
    if customer_id := query.get("customerId"):
        indices.append(register.of_customer(customer_id))
    after, before = _day(query, "sentAfter"), _day(query, "sentBefore")
    if after is not None or before is not None:
        indices.append(register.sent_between(after, before))
    if register.kind is INVOICE and (number := query.get("invoiceNumber")):
        found = register.numbered(number)
        indices.append(() if found is None else (found.seq,))
    tests = _tests(register.kind, query)
    indices.sort(key=len)
    smallest = indices[0] if indices else register.order
    rest = indices[1:]
    if not rest and not tests:
        return smallest
    return [
        seq
        for seq in smallest
        if all(_holds(index, seq) for index in rest) and all(test(register[seq]) for test in tests)
    ]


def _tests(kind: Kind, query: QueryParams) -> list[Callable[[Document], bool]]:
    """Return what no index answers."""
    tests: list[Callable[[Document], bool]] = []
    if part := query.get(kind.search_filter, "").casefold():
        tests.append(lambda each: part in (each.number or "").casefold())
    if kind is not INVOICE:
        return tests
    if (payment := _one_of(query, "invoicePaymentStatus", PAYMENT_STATUSES)) is not None:
        tests.append(lambda each: each.payment_status == payment)
    if (payment_left_out := _one_of(query, "excludeInvoicePaymentStatus", PAYMENT_STATUSES)) is not None:
        tests.append(lambda each: each.payment_status != payment_left_out)
    if (status_left_out := _one_of(query, "excludeInvoiceStatus", STATUSES)) is not None:
        tests.append(lambda each: each.status != status_left_out)
    if names := query.get("invoiceCurrency"):
        currencies = frozenset(names.split(","))
        tests.append(lambda each: each.currency in currencies)
    if schedule := query.get("billingScheduleId"):
        tests.append(lambda each: each.billing_schedule_id == schedule)
    tests += _between(query, "due", lambda each: each.due_date)
    tests += _between(query, "invoice", lambda each: each.issue_date)
    return tests


def _between(
    query: QueryParams, name: str, day_of: Callable[[Document], str | None]
) -> list[Callable[[Document], bool]]:
    after, before = _day(query, f"{name}After"), _day(query, f"{name}Before")
    tests: list[Callable[[Document], bool]] = []
    if after is not None:
        tests.append(lambda each: (day_of(each) or "") > after)
    if before is not None:
        tests.append(lambda each: (day_of(each) or "9999-12-32") < before)
    return tests


def _one_of(query: QueryParams, name: str, options: Sequence[str]) -> str | None:
    value = query.get(name)
    if value is not None and value not in options:
        raise Invalid(f"{name} must be one of {', '.join(options)}")
    return value


def _day(query: QueryParams, name: str) -> str | None:
    value = query.get(name)
    return None if value is None else checked_day(value, name)


def _holds(index: Sequence[int], seq: int) -> bool:
    place = bisect_left(index, seq)
    return place < len(index) and index[place] == seq
