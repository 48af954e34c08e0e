"""Amounts as people read them: no digit is lost, and what is no amount stays as it is."""

from decimal import Decimal

import pytest

from xerosync.core.money import amounts_grouped, money_words
from xerosync.reconcile.findings import Aspect, shown_sides


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("120", "GBP", "120.00 GBP"),
        ("1234567.5", "EUR", "1,234,567.50 EUR"),
        ("-1000.00", "USD", "-1,000.00 USD"),
        ("1000.005", "GBP", "1,000.005 GBP"),
        ("5000", "JPY", "5,000 JPY"),
        ("5000.00", "JPY", "5,000 JPY"),
        ("0", "GBP", "0.00 GBP"),
        ("1000.5", None, "1,000.5"),
    ],
)
def test_an_amount_has_its_minor_unit_and_all_its_digits(amount: str, currency: str | None, words: str) -> None:
    assert money_words(Decimal(amount), currency) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1234.50 GBP", "1,234.50 GBP"),
        ("INV-12345: 1234.50 GBP", "INV-12345: 1,234.50 GBP"),
        ("-98765.00", "-98,765.00"),
        ("INV-1234", "INV-1234"),
        ("20260301 and more", "20260301 and more"),
        ("999.99 GBP", "999.99 GBP"),
        ("", ""),
    ],
)
def test_amounts_of_a_text_are_grouped_and_nothing_else(text: str, words: str) -> None:
    assert amounts_grouped(text) == words


def test_only_differences_of_money_are_shown_in_groups() -> None:
    assert shown_sides(Aspect.TOTAL, "1234.50", None) == ("1,234.50", None)
    assert shown_sides(Aspect.NUMBER, "20261234", "1234") == ("20261234", "1234")
