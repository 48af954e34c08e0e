"""What may be set as default is checked against what the organisation has."""

import pytest

from tests.store.samples import chart
from xerosync.connection.chart import UnusableDefaultError


@pytest.mark.parametrize("code", ["200", "810"])
def test_sales_may_be_booked_to_income_and_to_income_in_advance(code: str) -> None:
    assert chart().check_ledger_account(code).code == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("999", "999 is not in the chart of accounts"),
        ("090", r"090 \(Bank\) is of type BANK, which sales are not booked to"),
        ("260", r"260 \(Other\) is archived"),
        ("820", "is one of Xero's own system accounts"),
        ("", " is not in the chart"),
    ],
)
def test_any_other_account_is_refused_with_those_that_would_do(code: str, reason: str) -> None:
    with pytest.raises(UnusableDefaultError, match=reason + r".*Accounts of income: 200 Sales & «Ünïcode»\."):
        chart().check_ledger_account(code)


def test_only_active_income_accounts_are_offered() -> None:
    assert [account.code for account in chart().income_accounts] == ["200"]


@pytest.mark.parametrize("tax_type", ["NONE", "ZERORATEDOUTPUT"])
def test_exempt_customers_may_have_no_tax_or_a_rate_of_zero(tax_type: str) -> None:
    chart().check_exempt_tax(tax_type)


@pytest.mark.parametrize("tax_type", ["OUTPUT2", "EXEMPTINPUT", "NOSUCH", ""])
def test_a_rate_that_is_not_zero_on_sales_is_refused(tax_type: str) -> None:
    with pytest.raises(UnusableDefaultError, match=r"Those are: NONE, ZERORATEDOUTPUT\."):
        chart().check_exempt_tax(tax_type)
