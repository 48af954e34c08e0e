"""From answers of Sequence to our words, without a server."""

import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.doubles.sequence_accounts import accounts_of, unlimited
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import Kind
from xerosync.core.errors import MisconfiguredError, MissingError, RefusedReadError, RetryLaterError, XerosyncError
from xerosync.sequence import SequenceBilling, SequenceClient
from xerosync.sequence.errors import (
    SequenceFailedError,
    SequenceRateLimitedError,
    SequenceRefusedError,
    SequenceUnavailableError,
    UnreadableAnswerError,
    refused_answer,
)
from xerosync.sequence.reading import document, line

INVOICE: dict[str, Any] = {
    "id": "inv-1",
    "sequenceAccountId": "acme",
    "status": "FINAL",
    "currency": "GBP",
    "invoiceNumber": "INV-1",
    "customerId": "cust-1",
    "customerLegalCompanyName": "Ada",
    "netTotal": "100.00",
    "totalTax": "20.00",
    "grossTotal": "120.00",
    "somethingNew": {"nested": True},
}
LINE: dict[str, Any] = {
    "id": "line-1",
    "title": "Seats",
    "quantity": "2",
    "rate": "50",
    "taxRate": "0.2",
    "index": 0,
    "netTotal": "100.00",
    "totalTax": "20.00",
    "grossTotal": "120.00",
    "rateDisplay": "ABSOLUTE",
    "externalIds": [],
}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, UnreadableAnswerError),
        (400, SequenceRefusedError),
        (401, MisconfiguredError),
        (403, MisconfiguredError),
        (404, MissingError),
        (405, UnreadableAnswerError),
        (408, SequenceUnavailableError),
        (409, SequenceRefusedError),
        (422, SequenceRefusedError),
        (429, SequenceRateLimitedError),
        (500, SequenceUnavailableError),
        (502, SequenceUnavailableError),
        (503, SequenceUnavailableError),
        (504, SequenceUnavailableError),
    ],
)
def test_every_status_has_its_error(status: int, expected: type[XerosyncError]) -> None:
    error = refused_answer("void invoice 1", httpx.Response(status), "the key")
    assert type(error) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, RefusedReadError), (404, MissingError), (410, RefusedReadError), (500, SequenceFailedError)],
)
def test_a_refused_or_failed_read_says_what_it_may_mean(status: int, expected: type[XerosyncError]) -> None:
    answer = httpx.Response(status, json={"message": "Resource not found"})
    error = refused_answer("read credit note 1", answer, "the key", is_read=True)
    assert type(error) is expected
    assert status == 404 or error.words == "Resource not found"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_none(status: int) -> None:
    assert refused_answer("void invoice 1", httpx.Response(status), "the key") is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "It is paid", "code": "X"}', "It is paid"),
        (b'{"error": {"message": "It is paid"}}', "It is paid"),
        (b'{"errors": [{"detail": "One"}, {"detail": "Two"}, 3]}', "One; Two"),
        (b'["One", "Two"]', "One; Two"),
        (b'{"title": "It\\n  is\\tpaid"}', "It is paid"),
        (b"It is paid", "It is paid"),
        (b'{"code": 7}', ""),
        (b"", ""),
        (b"null", ""),
    ],
)
def test_the_words_of_a_refusal_are_found_wherever_they_are(body: bytes, words: str) -> None:
    error = refused_answer("void invoice 1", httpx.Response(400, content=body), "the key")
    assert isinstance(error, SequenceRefusedError)
    assert error.words == words
    assert str(error) == "Sequence refused to void invoice 1 (HTTP 400)."
    assert error.in_full == f"{error} {words}".strip()


def test_markup_and_endless_words_are_kept_from_people() -> None:
    html = httpx.Response(400, html="<html><body>Sorry</body></html>")
    assert "<" not in str(refused_answer("void invoice 1", html, "the key"))
    endless = httpx.Response(400, json={"message": "x" * 10_000})
    assert len(str(refused_answer("void invoice 1", endless, "the key"))) < 600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17), ("0", 60), ("", 60), ("soon", 60), ("-5", 60), ("99999999999999", 60)],
)
def test_a_limit_without_a_usable_time_means_a_minute(header: str, seconds: int) -> None:
    error = refused_answer("x", httpx.Response(429, headers={"Retry-After": header}), "the key")
    assert isinstance(error, RetryLaterError)
    assert error.retry_after == timedelta(seconds=seconds)


def test_the_time_to_come_back_may_be_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    error = refused_answer("x", httpx.Response(503, headers={"Retry-After": then}), "the key")
    assert isinstance(error, RetryLaterError)
    assert error.retry_after is not None
    assert timedelta(hours=1) < error.retry_after <= timedelta(hours=2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"netTotal": "a lot"}, "about invoice inv-1 can't be read: netTotal: "),
        ({"netTotal": 0.1}, "about invoice inv-1 can't be read: netTotal: .*binary float"),
        ({"netTotal": "NaN"}, "about invoice inv-1 can't be read: netTotal: "),
        ({"status": "SHREDDED"}, "about invoice inv-1 can't be read: status: "),
        ({"currency": None, "customerId": None}, r"about invoice inv-1 can't be read: currency: .*, and 1 more\."),
    ],
)
def test_an_answer_that_does_not_fit_names_document_and_field(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=sentence) as unreadable:
        document(Kind.INVOICE, {**INVOICE, **change})
    assert "a lot" not in str(unreadable.value)
    assert "Ada" not in str(unreadable.value)
    assert unreadable.value.__cause__ is None


def test_the_period_of_a_credit_notes_line_is_read_like_an_invoices() -> None:
    of_invoice = line("invoice 1", {**LINE, "servicePeriod": {"startDate": "2026-03-01", "endDate": "2026-03-31"}})
    of_note = line("credit note 1", {**LINE, "servicePeriod": {"start": "2026-03-01", "endInclusive": "2026-03-31"}})
    assert of_invoice == of_note
    assert of_note.service_period is not None
    assert of_note.service_period.end_date == date(2026, 3, 31)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_amounts_are_exact_as_strings_and_as_numbers(amount: Any) -> None:
    text = format(amount, "f")
    assert line("invoice 1", {**LINE, "rate": text}).rate == amount


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b'{"items": NaN}', "not a JSON object"),
        (b"<html></html>", "not a JSON object"),
        (b'{"pagination": {}}', "without a list"),
        (b'{"items": [], "pagination": {"after": "again"}}', "the same page twice"),
    ],
)
async def test_a_success_that_is_none_is_unreadable(body: bytes, sentence: str) -> None:
    async with _client(body) as http:
        with pytest.raises(UnreadableAnswerError, match=sentence):
            await _sequence(http).everything("list invoices", "/invoices")


async def test_a_number_in_an_answer_loses_no_digit() -> None:
    async with _client(b'{"balance": 1234567890123456789.01}') as http:
        answer = await _sequence(http).get("look", "/invoices/1")
    assert str(answer["balance"]) == "1234567890123456789.01"


async def test_requests_carry_key_version_and_page_size() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        more = {"after": "next"} if len(asked) == 1 else {}
        return httpx.Response(200, content=json.dumps({"items": [{"id": len(asked)}], "pagination": more}))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        found = await _sequence(http).everything("list invoices", "/invoices", {"customerId": "a&b"})
    assert found == [{"id": 1}, {"id": 2}]
    first, second = asked
    assert str(first.url) == "https://sequence.example/api/invoices?limit=100&customerId=a%26b"
    assert second.url.params["after"] == "next"
    assert first.headers["sequence-version"] == "2024-07-30"
    assert first.headers["authorization"] == "Basic aWQ6czNjcmV0"


def _client(body: bytes) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body)))


def _sequence(http: httpx.AsyncClient) -> SequenceClient:
    key = SequenceKey("id", SecretStr("s3cret"))
    return SequenceClient(http, "https://sequence.example/api/", key, unlimited())


async def test_a_document_that_cannot_be_read_hides_no_other_of_its_page():
    page = {
        "items": [INVOICE, {**INVOICE, "id": "inv-2", "status": "STRANGE"}],
        "pagination": {"after": "next", "totalResultSize": 3},
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=page))
    key = SequenceKey("id", SecretStr("secret"))
    async with httpx.AsyncClient(transport=transport) as http:
        billing = SequenceBilling(accounts_of(http, "https://sequence.example", key))
        found = await billing.page(Kind.INVOICE, "acme")
    assert [each.id for each in found.documents] == ["inv-1"]
    assert (found.unreadable, found.after, found.total) == (("inv-2",), "next", 3)


async def test_half_of_a_surrogate_pair_in_sequences_answer_is_read_as_the_sign_for_what_cannot_be_shown() -> None:
    body = rb'{"customerLegalCompanyName": "Launch \ud83d party\u0000"}'
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body))) as http:
        read = await _sequence(http).get("read it", "/invoices/1")
    assert read == {"customerLegalCompanyName": "Launch \ufffd party\ufffd"}
    refused = refused_answer("void it", httpx.Response(400, content=rb'{"message": "no \ud83d"}'), "the key")
    assert isinstance(refused, SequenceRefusedError)
    assert refused.words == "no \ufffd"
