"""Which answer of Xero becomes which exception, and which words which hold."""

from datetime import UTC, datetime, timedelta

import pytest
import simplejson

from xerosync.core.errors import HoldError, MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.xero.calls.answer import Answer
from xerosync.xero.errors import (
    DisconnectedError,
    NumberTakenError,
    TokenRejectedError,
    XeroRateLimitedError,
    XeroRefusedError,
    XeroUnavailableError,
)
from xerosync.xero.refusals import error_from, hold_for, is_refused, refusal_of

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else b"" if body is None else simplejson.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, content, NOW, NOW)


def problem(status: int, detail: str) -> Answer:
    return answer(status, {"Type": None, "Title": "…", "Status": status, "Detail": detail, "Extensions": {}})


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Account code '123' is not a valid code for this document.", HoldReason.LEDGER_ACCOUNT_REJECTED),
        (
            "Account code '200' has been archived, or has been deleted. Each line item must reference a valid account.",
            HoldReason.LEDGER_ACCOUNT_REJECTED,
        ),
        ("The TaxType code 'INPUT2' cannot be used with account code '200'.", HoldReason.TAX_REJECTED),
        (
            "The TaxType code XYZ does not exist or cannot be used for this type of transaction.",
            HoldReason.TAX_REJECTED,
        ),
        ("Organisation is not subscribed to currency EUR", HoldReason.CURRENCY_NOT_ENABLED),
        (
            "The document date cannot be before the end of year lock date, currently set at 31 December 2025",
            HoldReason.LOCKED_PERIOD,
        ),
        (
            "The document date cannot be before the period lock date, currently set at 31 December 2025.",
            HoldReason.LOCKED_PERIOD,
        ),
        (
            "The specified contact details matched an archived contact. Archived contacts cannot be edited.",
            HoldReason.CONTACT_ARCHIVED,
        ),
        (
            "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated.",
            HoldReason.FROZEN_BY_PAYMENT,
        ),
        (
            "This document cannot be edited as it has a payment or credit note allocated to it.",
            HoldReason.FROZEN_BY_PAYMENT,
        ),
        ("Invoice # must be unique.", HoldReason.NUMBER_TAKEN),
        ("INVOICE # MUST BE UNIQUE", HoldReason.NUMBER_TAKEN),
        ("Credit Note # must be unique.", HoldReason.NUMBER_TAKEN),
        ("You have reached the limit of invoices you can approve", HoldReason.PLAN_LIMIT),
        ("The line total 9.99 does not match the expected line total 10.00", HoldReason.LINES_DO_NOT_ADD_UP),
        ("The document total must be greater than or equal to zero.", HoldReason.NEGATIVE_TOTAL),
        ("An existing Invoice with the specified InvoiceID could not be found", HoldReason.REMOVED_IN_XERO),
        ("The contact with the specified contact details has been archived.", HoldReason.CONTACT_ARCHIVED),
        ("A contact with the specified ContactID could not be found", HoldReason.CUSTOMER_UNLINKED),
        (
            "The contact name X is already assigned to another contact. The contact name must be unique.",
            HoldReason.REJECTED,
        ),
        ("Invoice not of valid status for modification", HoldReason.REJECTED),
        ("The document DueDate field must be specified.", HoldReason.REJECTED),
    ],
)
def test_a_message_of_xero_becomes_its_hold_in_xeros_words(message: str, reason: HoldReason):
    hold = hold_for([message])
    assert hold.reason is reason
    assert hold.words == message
    assert hold.validation_errors == (message,)


def test_a_number_in_use_is_a_case_of_its_own():
    assert isinstance(hold_for(["Invoice # must be unique."]), NumberTakenError)


def test_of_several_messages_all_are_kept_and_the_weightiest_names_the_hold():
    hold = hold_for(["Description must be specified", "Organisation is not subscribed to currency EUR"])
    assert hold.reason is HoldReason.CURRENCY_NOT_ENABLED
    assert hold.words == "Description must be specified Organisation is not subscribed to currency EUR"


def test_words_are_cut_to_500_characters():
    assert len(hold_for(["x" * 2000]).words) == 500


def test_a_whole_refusal_of_one_document_is_its_hold():
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"HasErrors": True, "ValidationErrors": [{"Message": "Invoice # must be unique."}]}],
    }
    error = error_from(answer(400, body))
    assert isinstance(error, NumberTakenError)
    assert error.words == "Invoice # must be unique."


@pytest.mark.parametrize(
    ("element", "words", "reason"),
    [
        (
            {"ValidationErrors": [], "Contact": {"ValidationErrors": [{"Message": "Email address must be valid."}]}},
            "Email address must be valid.",
            HoldReason.REJECTED,
        ),
        (
            {"Contact": {"Name": "Acme", "ValidationErrors": [{"Message": "The contact is archived"}]}},
            "The contact is archived",
            HoldReason.CONTACT_ARCHIVED,
        ),
        (
            {"LineItems": [{"Tracking": [{"ValidationErrors": [{"Message": "Tracking option is closed"}]}]}]},
            "Tracking option is closed",
            HoldReason.REJECTED,
        ),
        (
            {"ValidationErrors": None, "Warnings": [{"Message": "The TaxType code X does not exist"}]},
            "The TaxType code X does not exist",
            HoldReason.TAX_REJECTED,
        ),
        (
            {"Warnings": [{"Message": "Only a hint"}], "ValidationErrors": ["Invoice # must be unique.", 3, " "]},
            "Invoice # must be unique.",
            HoldReason.NUMBER_TAKEN,
        ),
        (
            {"ValidationErrors": [{"Message": None}, {}]},
            "Xero did not take it and gave no reason.",
            HoldReason.REJECTED,
        ),
    ],
)
def test_the_words_of_a_refused_element_are_found_wherever_they_stand(
    element: dict[str, object], words: str, reason: HoldReason
):
    refusal = refusal_of({"HasErrors": True, **element})
    assert (refusal.words, refusal.reason) == (words, reason)
    whole = error_from(answer(400, {"Message": "A validation exception occurred", "Elements": [element]}))
    assert isinstance(whole, XeroRefusedError)
    assert whole.words in (words, "A validation exception occurred")


def test_the_words_of_a_plain_text_refusal_are_told():
    error = error_from(answer(400, b'"The period is locked\r\n until March"'))
    assert isinstance(error, XeroRefusedError)
    assert (error.words, error.reason) == ("The period is locked until March", HoldReason.LOCKED_PERIOD)


def test_an_element_with_an_id_of_zeros_and_no_flag_is_refused():
    nil = {"InvoiceID": "00000000-0000-0000-0000-000000000000", "StatusAttributeString": "OK"}
    assert is_refused(nil, "InvoiceID")
    assert not is_refused({**nil, "InvoiceID": "1"}, "InvoiceID")


def test_messages_on_lines_count_too():
    element = {"LineItems": [{"ValidationErrors": [{"Message": "Account code 'X' is not a valid code"}]}]}
    error = error_from(answer(400, {"Message": "A validation exception occurred", "Elements": [element]}))
    assert isinstance(error, XeroRefusedError)
    assert error.reason is HoldReason.LEDGER_ACCOUNT_REJECTED


@pytest.mark.parametrize("body", [None, b"<html>no</html>", b"[1]", {"Message": "Invalid Json data"}])
def test_a_400_without_validation_messages_is_a_plain_refusal(body: object):
    error = error_from(answer(400, body))
    assert isinstance(error, HoldError)
    assert error.reason is HoldReason.REJECTED
    assert error.words
    assert "<" not in error.words


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 408, 412])
@pytest.mark.parametrize("body", [None, b"<html>", {"Message": "An error occurred in Xero."}])
def test_what_xero_could_not_do_may_have_happened(status: int, body: object):
    error = error_from(answer(status, body))
    assert isinstance(error, XeroUnavailableError)
    assert error.ambiguous
    assert error.status == status


def test_a_key_used_with_another_request_is_no_refusal_of_the_document():
    error = error_from(answer(400, {"Message": "Idempotency Key: K is used with a different request."}))
    assert isinstance(error, XeroUnavailableError)
    assert error.ambiguous


def test_a_429_carries_its_problem_and_wait_and_did_nothing():
    error = error_from(answer(429, None, x_rate_limit_problem="Day", retry_after="3600"))
    assert isinstance(error, XeroRateLimitedError)
    assert not error.ambiguous
    assert error.problem == "day"
    assert error.retry_after == timedelta(hours=1)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("Mon, 05 Jan 2026 00:00:27 GMT", timedelta(seconds=27)),
        ("Sun, 04 Jan 2026 00:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("", None),
    ],
)
def test_a_429_may_name_a_date(header: str, wait: timedelta | None):
    assert answer(429, None, retry_after=header).retry_after == wait


def test_a_429_for_too_many_at_once_names_no_wait():
    error = error_from(answer(429, None, x_rate_limit_problem="concurrent"))
    assert isinstance(error, XeroRateLimitedError)
    assert error.retry_after is None


def test_an_expired_token_is_no_ones_hold():
    error = error_from(problem(401, "TokenExpired: token expired at 01/01/2025 00:00:00"))
    assert isinstance(error, TokenRejectedError)
    assert not error.ambiguous


def test_a_403_of_authentication_means_disconnected():
    error = error_from(problem(403, "AuthenticationUnsuccessful"))
    assert isinstance(error, DisconnectedError)
    assert error.reason is HoldReason.DISCONNECTED


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_is_a_setting_to_mend(status: int):
    assert isinstance(error_from(problem(status, "AuthorizationUnsuccessful")), MisconfiguredError)


def test_a_403_that_is_not_xeros_is_tried_again():
    assert isinstance(error_from(answer(403, b"<html>blocked by proxy</html>")), RetryLaterError)


@pytest.mark.parametrize("body", [None, b"The resource you're looking for cannot be found"])
def test_a_404_is_missing_whatever_its_body(body: object):
    assert isinstance(error_from(answer(404, body)), MissingError)


def test_an_element_with_a_warning_is_not_refused():
    assert not is_refused({"StatusAttributeString": "WARNING", "HasErrors": False, "Warnings": [{"Message": "…"}]})
    assert is_refused({"StatusAttributeString": "ERROR"})
    assert is_refused({"HasErrors": True})
