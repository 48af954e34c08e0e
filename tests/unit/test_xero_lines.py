"""Lines: what is sent satisfies Xero's rule and is the document to the penny, or nothing is sent."""

from datetime import date
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xero_support import connection, document, line
from xerosync.core.documents import DocumentWithLines, Kind, Line, LineGroup
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.money import minor_unit, to_minor_unit
from xerosync.core.text import length
from xerosync.xero.lines import MAX_DESCRIPTION, line_items, line_refusals

CENT = Decimal("0.01")


def items(*lines: Line, **changes: Any) -> list[dict[str, Any]]:
    return line_items(document("INV-1", *lines, **changes), connection())


def refused(whole: DocumentWithLines, **connected: Any) -> list[HoldReason]:
    return [refusal.reason for refusal in line_refusals(whole, connection(**connected))]


def hold(whole: DocumentWithLines, **connected: Any) -> HoldError:
    [refusal] = line_refusals(whole, connection(**connected))
    return refusal


def usage(quantity: str, rate: str, net: str, **changes: Any) -> Line:
    return line(net, quantity=Decimal(quantity), rate=Decimal(rate), **changes)


@pytest.mark.parametrize(
    ("quantity", "rate", "net"),
    [
        ("2", "20000.10", "40000.20"),
        ("3", "3.3333", "10.00"),
        ("1.5", "0.0400", "0.06"),
        ("1000000", "0.0001", "100.00"),
        ("1", "-5.00", "-5.00"),
        ("0.0001", "100", "0.01"),
    ],
)
def test_a_line_that_xero_can_say_keeps_its_quantity_and_rate(quantity: str, rate: str, net: str):
    (item,) = items(usage(quantity, rate, net), line("100.00"))[:1]
    assert (item["Quantity"], item["UnitAmount"], item["LineAmount"]) == (
        Decimal(quantity),
        Decimal(rate),
        Decimal(net),
    )
    assert item["Description"] == "Seats"


@pytest.mark.parametrize(
    ("quantity", "rate", "net", "words"),
    [
        ("1000000", "0.000123", "123.00", "1000000 at 0.000123 GBP"),
        ("0.00001", "100", "0.00", "0.00001 at 100 GBP"),
        ("3", "3.33", "10.00", "3 at 3.33 GBP"),
        ("1", "0.125", "0.13", "1 at 0.125 GBP"),
        ("-2", "10", "-20.00", "-2 at 10 GBP"),
        ("0", "5.00", "0.00", "0 at 5 GBP"),
        ("1", "1E-7", "0.00", "1 at 0.0000001 GBP"),
    ],
)
def test_what_xero_cannot_say_goes_as_one_at_its_net_total(quantity: str, rate: str, net: str, words: str):
    (item,) = items(usage(quantity, rate, net), line("100.00"))[:1]
    assert (item["Quantity"], item["UnitAmount"], item["LineAmount"]) == (1, Decimal(net), Decimal(net))
    assert item["Description"] == f"Seats\n{words}"


@pytest.mark.parametrize(("rate", "words"), [("5", "5 %"), ("0.05", "5 %")])
def test_a_percentage_goes_as_its_net_total(rate: str, words: str):
    (item,) = items(usage("200", rate, "10.00", rate_display="PERCENTAGE"))
    assert (item["Quantity"], item["UnitAmount"]) == (1, 10)
    assert item["Description"] == f"Seats\n200 at {words}"


def test_a_line_in_a_currency_without_minor_unit_is_whole():
    (item,) = items(usage("3", "33.3333", "100", tax="0"), currency="JPY")
    assert item["Quantity"] * item["UnitAmount"] == Decimal("99.9999")
    (item,) = items(usage("3", "33.4", "100", tax="0"), currency="JPY")
    assert (item["Quantity"], item["UnitAmount"]) == (1, 100)


@pytest.mark.parametrize(("net", "currency"), [("10.005", "GBP"), ("10.5", "JPY")])
def test_a_net_total_finer_than_the_currency_is_held(net: str, currency: str):
    held = hold(document("INV-1", line(net, tax="0"), currency=currency))
    assert held.reason is HoldReason.LINES_DO_NOT_ADD_UP
    assert net in held.words


def test_a_description_tells_group_title_text_period_and_figures():
    group = LineGroup(id="g", title="Platform")
    period = {"start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    (item,) = items(
        usage("3", "3.33", "10.00", description="Per seat", group_id="g", service_period=period), groups=(group,)
    )
    assert item["Description"] == "Platform: Seats — Per seat\n2026-01-01 to 2026-01-31\n3 at 3.33 GBP"


def test_a_long_description_is_cut_and_its_figures_stay():
    (item,) = items(usage("3", "3.33", "10.00", description="x" * 9000))
    assert len(item["Description"]) == MAX_DESCRIPTION
    assert item["Description"].endswith("…\n3 at 3.33 GBP")


def test_a_line_without_any_text_still_has_a_description():
    (item,) = items(line(title=""))
    assert item["Description"]


def test_the_lines_own_ledger_account_goes_before_the_default():
    own = line(external_ids=({"key": "Xero", "value": "260"},))
    assert [item["AccountCode"] for item in items(own, line())] == ["260", "200"]


def test_a_line_without_ledger_account_is_held_and_named():
    held = hold(document("INV-1", line(title="Setup fee")), default_ledger_account=None)
    assert held.reason is HoldReason.LEDGER_ACCOUNT_MISSING
    assert held.words == "Line 1 has none."


@pytest.mark.parametrize(("status", "tax_type"), [("TAXED", None), ("TAX_EXEMPT", "NONE"), ("REVERSE_CHARGED", "NONE")])
def test_only_untaxed_customers_get_a_tax_type(status: str, tax_type: str | None):
    (item,) = items(line(), customer_tax_status=status)
    assert item.get("TaxType") == tax_type


def test_an_untaxed_customer_gets_the_connections_own_code():
    (item,) = line_items(
        document("INV-1", customer_tax_status="TAX_EXEMPT"), connection(exempt_tax_type="EXEMPTOUTPUT")
    )
    assert item["TaxType"] == "EXEMPTOUTPUT"


def test_a_customer_of_whom_nobody_says_whether_it_is_taxed_is_held():
    held = hold(document("INV-1", customer_tax_status=None))
    assert held.reason is HoldReason.REJECTED
    assert "taxed" in held.words


def test_lines_that_miss_the_documents_net_are_held_with_the_figures():
    held = hold(document("INV-1", line("10.00"), net_total=Decimal("10.01")))
    assert held.reason is HoldReason.LINES_DO_NOT_ADD_UP
    assert "10 GBP" in held.words
    assert "10.01 GBP" in held.words


def test_lines_that_miss_the_documents_gross_are_held():
    assert hold(document("INV-1", gross_total=Decimal("12.01"))).reason is HoldReason.LINES_DO_NOT_ADD_UP


def test_a_negative_document_is_held():
    held = hold(document("INV-1", line("10.00"), line("-15.00", tax="-3.00")))
    assert held.reason is HoldReason.NEGATIVE_TOTAL
    assert "-6 GBP" in held.words


def test_a_document_without_lines_is_held():
    whole = document("INV-1", net_total=Decimal(0), total_tax=Decimal(0), gross_total=Decimal(0))
    assert hold(whole.model_copy(update={"lines": ()})).reason is HoldReason.REJECTED


def test_all_that_is_wrong_is_told_at_once():
    whole = document("INV-1", line("-10.001"), line("-1.00"), customer_tax_status=None, net_total=Decimal(-3))
    assert refused(whole, default_ledger_account=None) == [
        HoldReason.NEGATIVE_TOTAL,
        HoldReason.REJECTED,
        HoldReason.LINES_DO_NOT_ADD_UP,
        HoldReason.LINES_DO_NOT_ADD_UP,
        HoldReason.LEDGER_ACCOUNT_MISSING,
    ]


def test_many_lines_with_one_fault_are_told_in_one_sentence():
    ledger = ({"key": "Xero", "value": "200"},)
    lines = (line(external_ids=ledger), *(line(title=f"Fee {number}") for number in range(700)))
    held = hold(document("INV-1", *lines), default_ledger_account=None)
    assert held.words == "Line 2 and 699 more have none."


def test_a_discount_goes_as_a_line_of_its_own_below_zero():
    items_ = items(usage("3", "100.00", "300.00"), usage("1", "-45.50", "-45.50", title="Discount"))
    assert [item["LineAmount"] for item in items_] == [Decimal("300.00"), Decimal("-45.50")]
    assert items_[1]["UnitAmount"] == Decimal("-45.50")


def test_a_document_of_700_lines_goes_whole():
    assert len(items(*(line("0.01", tax="0.00", id=str(number)) for number in range(700)))) == 700


figures = st.decimals(
    min_value=-(10**9), max_value=10**9, places=9, allow_nan=False, allow_infinity=False
) | st.decimals(min_value=0, max_value=1000, places=2)


@st.composite
def documents(draw: st.DrawFn) -> DocumentWithLines:
    """Documents as Sequence makes them: a line's net is its figures, rounded; or it is anything at all."""
    currency = draw(st.sampled_from(["GBP", "EUR", "JPY", "KRW"]))
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 12))):
        quantity, rate = draw(figures), draw(figures)
        worked_out = to_minor_unit(quantity * rate, currency)
        net = draw(st.just(worked_out) | figures) if draw(st.booleans()) else worked_out
        tax = to_minor_unit(net / 5, currency)
        lines.append(
            Line(
                id=str(number),
                title=draw(st.text(max_size=20)),
                description=draw(st.none() | st.text(max_size=50)),
                quantity=quantity,
                rate=rate,
                rate_display=draw(st.sampled_from(["ABSOLUTE", "PERCENTAGE"])),
                net_total=net,
                total_tax=tax,
                gross_total=net + tax,
            )
        )
    kind = draw(st.sampled_from(Kind))
    off = draw(st.sampled_from([Decimal(0)] * 9 + [minor_unit(currency)]))
    whole = document("N-1", *lines, kind=kind, currency=currency)
    return whole.model_copy(
        update={"document": whole.document.model_copy(update={"net_total": whole.document.net_total + off})}
    )


@given(documents())
def test_whatever_is_sent_satisfies_xeros_rule_and_is_the_document_exactly(whole: DocumentWithLines):
    if held := refused(whole):
        assert set(held) <= {HoldReason.LINES_DO_NOT_ADD_UP, HoldReason.NEGATIVE_TOTAL}
        return
    sent = line_items(whole, connection())
    assert len(sent) == len(whole.lines)
    assert sum(item["LineAmount"] for item in sent) == whole.document.net_total
    for item, given_line in zip(sent, whole.lines, strict=True):
        assert item["LineAmount"] == given_line.net_total
        for figure in (item["Quantity"], item["UnitAmount"]):
            assert figure == figure.quantize(Decimal("0.0001"))
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN):
            amount = (item["Quantity"] * item["UnitAmount"]).quantize(CENT, rounding)
            assert amount == given_line.net_total
        assert 0 < len(item["Description"]) <= MAX_DESCRIPTION


@given(documents())
def test_a_document_whose_lines_are_it_is_never_held(whole: DocumentWithLines):
    document_, lines = whole.document, whole.lines
    adds_up = (
        sum(it.net_total for it in lines) == document_.net_total
        and sum(it.gross_total for it in lines) == document_.gross_total
        and all(it.net_total == to_minor_unit(it.net_total, document_.currency) for it in lines)
    )
    if adds_up and document_.net_total >= 0 and document_.gross_total >= 0:
        assert not refused(whole)


def test_a_description_holds_nothing_that_xero_can_not_keep():
    [item] = line_items(document("INV-1", line(title="Launch \ud83d party", description="Seats\x02")), connection())
    assert item["Description"] == "Launch \ufffd party — Seats"
    [bare] = line_items(document("INV-1", line(title="\x02")), connection())
    assert bare["Description"] == "—"
    [long] = line_items(document("INV-1", line(title="🎉" * 4000)), connection())
    assert length(long["Description"]) <= MAX_DESCRIPTION
