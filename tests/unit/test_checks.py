"""Ledger accounts and currency of a document against the chart that is kept, and the last word that Xero has."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.doubles.memory import MemoryStore
from tests.store.samples import chart as sample
from tests.xero_support import connection, document, line
from xerosync.connection.chart import Chart, LedgerAccount, TaxRate
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentWithLines, ExternalId, TaxStatus
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.documents.chart_check import KEPT, LATELY, Charts
from xerosync.documents.chart_rules import chart_refusals, doubts, expected_total, explained

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONNECTION = connection()


def on(*codes: str, **changes: Any) -> DocumentWithLines:
    """Return a document with a line on each ledger account; an empty code leaves it to the default."""
    lines = (line(external_ids=({"key": "Xero", "value": code},) if code else ()) for code in codes)
    return document("INV-1", *lines, **changes)


def refused(whole: DocumentWithLines, chart: Chart | None = None) -> list[tuple[HoldReason, str]]:
    return [(each.reason, each.words) for each in chart_refusals(chart or sample(), whole, CONNECTION)]


def test_active_accounts_and_known_currencies_are_fine():
    assert refused(on("", "200", "810", currency="EUR")) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("999", "Demo Company (GB) has no ledger account 999."),
        ("260", "Ledger account 260 (Other) is archived."),
        ("090", "Ledger account 090 (Bank) is a bank account, and no line can be booked to one."),
    ],
)
def test_what_xero_is_known_to_refuse_is_refused_once_for_all_lines(code: str, words: str):
    assert refused(on(code, code)) == [(HoldReason.LEDGER_ACCOUNT_REJECTED, words)]


def test_an_unusual_account_is_doubted_and_left_to_xero():
    assert refused(on("820")) == []
    assert list(doubts(sample(), on("820", "200"), CONNECTION)) == [
        "Ledger account 820 (VAT) is one of Xero's own system accounts."
    ]


def taxed(rate: str, on_account: str = "20") -> Chart:
    """Return a chart on whose account 200 Xero charges a rate, and on 210 another."""
    rates = [TaxRate(tax_type=f"RATE{each}", name=each, rate=Decimal(each)) for each in (rate, on_account)]
    accounts = [
        LedgerAccount(code=code, name="Sales", type="REVENUE", tax_type=tax.tax_type)
        for code, tax in zip(("200", "210"), rates, strict=True)
    ]
    return sample().model_copy(update={"accounts": tuple(accounts), "tax_rates": tuple(rates)})


def test_the_total_that_xero_would_make_follows_the_rate_of_each_ledger_account():
    whole = document("INV-1", *(line(net_total=Decimal("10.03")) for _ in range(2)))
    assert expected_total(taxed("20"), whole, CONNECTION) == Decimal("24.08"), "2.006 is rounded on each line"
    assert expected_total(taxed("0"), whole, CONNECTION) == Decimal("20.06")
    on_another = on("210").model_copy(update={"lines": (line(net_total=Decimal(100), external_ids=_on("210")),)})
    assert expected_total(taxed("20", "5"), on_another, CONNECTION) == Decimal(105)


def test_the_total_of_a_customer_who_pays_no_tax_is_net():
    whole = document("INV-1", line(net_total=Decimal(100)), customer_tax_status=TaxStatus.TAX_EXEMPT)
    assert expected_total(taxed("20"), whole, CONNECTION) == Decimal(100)


def test_a_total_is_not_guessed_where_a_rate_is_not_known():
    assert expected_total(sample(), on("999"), CONNECTION) is None


def _on(code: str) -> tuple[ExternalId, ...]:
    return (ExternalId(key="Xero", value=code),)


def test_a_currency_that_is_not_there_is_refused_with_those_that_are():
    assert refused(on("200", currency="USD")) == [
        (HoldReason.CURRENCY_NOT_ENABLED, "Demo Company (GB) has EUR, GBP, not USD.")
    ]


def test_an_organisation_of_one_currency_sees_which_feature_of_the_plan_is_missing():
    alone = sample().model_copy(update={"currencies": ("GBP",)})
    [(_, words)] = refused(on("200", currency="EUR"), alone)
    assert "in GBP alone" in words
    assert "multi-currency" in words


def test_the_base_currency_is_never_missing():
    assert refused(on("200"), sample().model_copy(update={"currencies": ()})) == []


def test_xeros_refusal_stands_with_our_words_before_its_own():
    theirs = HoldError(HoldReason.LEDGER_ACCOUNT_REJECTED, "Account code '999' is not a valid code.")
    refusal = explained(theirs, sample(), on("999"), CONNECTION)
    assert refusal.words == f"Demo Company (GB) has no ledger account 999. Xero says: {theirs.words}"


def test_a_doubt_explains_a_refusal():
    theirs = HoldError(HoldReason.LEDGER_ACCOUNT_REJECTED, "No.")
    assert "system accounts. Xero says: No." in explained(theirs, sample(), on("820"), CONNECTION).words


@pytest.mark.parametrize("reason", [HoldReason.LEDGER_ACCOUNT_REJECTED, HoldReason.LOCKED_PERIOD])
def test_a_refusal_that_the_chart_knows_nothing_of_stays_in_xeros_words(reason: HoldReason):
    theirs = HoldError(reason, "No.")
    assert explained(theirs, sample(), on("200"), CONNECTION) is theirs


@dataclass
class Reader:
    """Xero's chart, and how often it was read."""

    chart_now: Chart
    now: datetime = NOW
    reads: int = 0
    error: Exception | None = None

    async def chart(self, connection: Connection) -> Chart:
        self.reads += 1
        if self.error:
            raise self.error
        return self.chart_now.model_copy(update={"tenant_id": connection.tenant_id, "read_at": self.now})


@dataclass
class Office:
    """A keeper of charts on a clock that is set by hand."""

    reader: Reader = field(default_factory=lambda: Reader(sample()))
    store: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.charts = Charts(self.reader, self.store, now=lambda: self.now)

    async def held(self, whole: DocumentWithLines) -> HoldError | None:
        try:
            await self.charts.check(CONNECTION, whole)
        except HoldError as error:
            return error
        return None

    def later(self, by: timedelta) -> None:
        self.now += by
        self.reader.now = self.now


async def test_a_chart_is_read_once_and_kept_for_a_day():
    office = Office()
    for _ in range(3):
        assert await office.held(on("200")) is None
    assert office.reader.reads == 1
    office.later(KEPT + timedelta(seconds=1))
    assert await office.held(on("200")) is None
    assert office.reader.reads == 2


async def test_a_chart_that_lags_holds_nothing_that_xero_would_take():
    office = Office()
    assert await office.held(on("200")) is None
    office.later(timedelta(hours=1))
    office.reader.chart_now = sample().model_copy(update={"currencies": ("GBP", "EUR", "USD")})
    assert await office.held(on("200", currency="USD")) is None
    assert office.reader.reads == 2


async def test_what_a_fresh_chart_refuses_is_held():
    office = Office()
    held = await office.held(on("999"))
    assert held
    assert held.reason is HoldReason.LEDGER_ACCOUNT_REJECTED


async def test_many_documents_with_the_same_fault_read_the_chart_once_and_the_rest_is_left_to_xero():
    office = Office()
    assert await office.held(on("999"))
    office.later(LATELY / 2)
    for _ in range(50):
        assert await office.held(on("999")) is None
    assert office.reader.reads == 1


async def test_the_chart_of_another_organisation_counts_for_nothing():
    office = Office()
    await office.store.save_chart(CONNECTION.account_id, sample("another").model_copy(update={"read_at": NOW}))
    assert await office.held(on("200")) is None
    assert office.reader.reads == 1


async def test_where_no_chart_can_be_read_xero_itself_is_asked_by_sending():
    office = Office()
    office.reader.error = RetryLaterError("Xero does not answer.")
    assert await office.held(on("999")) is None


async def test_a_lost_connection_is_said():
    office = Office()
    office.reader.error = HoldError(HoldReason.DISCONNECTED)
    held = await office.held(on("200"))
    assert held
    assert held.reason is HoldReason.DISCONNECTED


async def test_a_refusal_by_xero_makes_an_older_chart_be_read_again():
    office = Office()
    assert await office.held(on("200")) is None
    office.later(LATELY * 2)
    archived = tuple(each.model_copy(update={"status": "ARCHIVED"}) for each in sample().accounts)
    office.reader.chart_now = sample().model_copy(update={"accounts": archived})
    theirs = HoldError(HoldReason.LEDGER_ACCOUNT_REJECTED, "No.")
    refusal = await office.charts.explain(theirs, CONNECTION, on("200"))
    assert "is archived. Xero says: No." in refusal.words
    other = HoldError(HoldReason.LOCKED_PERIOD, "No.")
    assert await office.charts.explain(other, CONNECTION, on("200")) is other
