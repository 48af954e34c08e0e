"""What is counted: outcomes by status, operations without ids."""

import pytest

from xerosync.metrics.counts import REGISTRY, CallResult, System, count_answer, count_no_answer, operation_of


def counted(system: System, operation: str, outcome: CallResult) -> float:
    labels = {"system": system, "operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value("xerosync_calls_total", labels) or 0


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/Invoices", "GET Invoices"),
        ("/Invoices/85e52542-3e54-4f0d-872b-33bba11a0504", "GET Invoices"),
        ("/CreditNotes/85e5/Allocations", "GET CreditNotes/Allocations"),
        ("/invoices/8/mark-as-sent", "GET invoices/mark-as-sent"),
        ("/customers/by-alias/ada", "GET customers/by-alias"),
        ("/connect/token", "GET connect/token"),
    ],
)
def test_an_operation_names_no_document(path: str, operation: str) -> None:
    assert operation_of("GET", path) == operation


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, CallResult.OK),
        (304, CallResult.OK),
        (400, CallResult.REFUSED),
        (401, CallResult.UNAUTHORIZED),
        (403, CallResult.FORBIDDEN),
        (404, CallResult.MISSING),
        (409, CallResult.REFUSED),
        (429, CallResult.LIMIT),
        (500, CallResult.ERROR),
        (503, CallResult.ERROR),
    ],
)
def test_an_answer_is_counted_by_what_its_status_means(status: int, outcome: CallResult) -> None:
    before = counted(System.XERO, "GET Test", outcome)
    count_answer(System.XERO, "GET Test", status, 0.1)
    assert counted(System.XERO, "GET Test", outcome) == before + 1


def test_the_limit_of_the_day_is_told_from_that_of_the_minute() -> None:
    before = counted(System.XERO, "GET Test", CallResult.DAY_LIMIT)
    count_answer(System.XERO, "GET Test", 429, 0.1, is_day_limit=True)
    assert counted(System.XERO, "GET Test", CallResult.DAY_LIMIT) == before + 1


def test_a_call_without_an_answer_is_counted() -> None:
    before = counted(System.SEQUENCE, "GET test", CallResult.LOST)
    count_no_answer(System.SEQUENCE, "GET test", CallResult.LOST)
    assert counted(System.SEQUENCE, "GET test", CallResult.LOST) == before + 1
