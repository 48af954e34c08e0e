"""Backfill and preview over both companies, with a worker at work. Other tests' documents are issued earlier."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.integration.office import LINE, NUMBERS, XERO, Office
from tests.patience import until
from xerosync.cli.backfill import backfill
from xerosync.cli.preview import preview
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import ACCOUNT_SWEEP, TASK_QUEUE
from xerosync.documents.messages import Release, SweepInput, SyncState
from xerosync.operations.preview import Preview, look_ahead

_DAYS: Iterator[int] = count()


@pytest.fixture
def day() -> date:
    """Return the issue date of a test's own documents: later than those of every test before."""
    return date.fromordinal(date(2090, 1, 1).toordinal() + next(_DAYS))


class Clerk:
    """Bills documents of one test."""

    def __init__(self, office: Office, day: date) -> None:
        self.office = office
        self.day = day

    async def bill(
        self,
        customer_id: str,
        number: str,
        lines: Sequence[Mapping[str, Any]] = (LINE,),
        *,
        kind: Kind = Kind.INVOICE,
        verbs: Sequence[str] = ("finalize",),
        **fields: str,
    ) -> DocumentRef:
        named = {NUMBERS[kind]: number, "issueDate": self.day.isoformat(), **fields}
        ref = await self.office.draft(customer_id, kind, lines, **named)
        for verb in verbs:
            await self.office.act(ref, verb)
        return ref

    async def ahead(self, ref: DocumentRef) -> Preview:
        services = self.office.services
        return await look_ahead(services, await services.billing.document(ref), services.billing)

    async def signalled(self, ref: DocumentRef) -> DocumentRef:
        await self.office.signal([ref], "finalized")
        return ref


@pytest.fixture
def clerk(office: Office, day: date) -> Clerk:
    return Clerk(office, day)


def on_account(code: str) -> dict[str, Any]:
    return {**LINE, "externalIds": [{"key": "Xero", "value": code}]}


async def control(office: Office, path: str, **body: Any) -> None:
    """Do what somebody does in Xero's own pages."""
    answer = await office.people.xero.post(f"/_sandbox/{path}", json=body, params={"tenant": office.people.tenant_id})
    assert answer.is_success, answer.text


async def age_chart(office: Office) -> None:
    """Make what is kept of the organisation two minutes old: it is read again where it may be wrong."""
    chart = await office.services.store.chart(office.account_id)
    assert chart
    older = chart.model_copy(update={"read_at": chart.read_at - timedelta(minutes=2)})
    await office.services.store.save_chart(office.account_id, older)


def calls(office: Office) -> int:
    return office.companies.xero.journal.count(path_prefix="/api.xro/2.0/")


async def sweep(office: Office) -> None:
    await office.services.temporal.execute_workflow(
        ACCOUNT_SWEEP, SweepInput(account_id=office.account_id), id=f"sweep/{office.account_id}", task_queue=TASK_QUEUE
    )


async def test_a_mixed_lot_is_backfilled_and_reported_document_by_document(
    office: Office, clerk: Clerk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    linked, unlinked = await office.customer(), await office.customer("=cmd", linked=False)
    free = {**LINE, "rate": "0"}
    refs = {
        "B-1": await clerk.bill(linked, "B-1"),
        "B-2": await clerk.bill(linked, "B-2", verbs=("finalize", "send")),
        "B-3": await clerk.bill(linked, "B-3", kind=Kind.CREDIT_NOTE),
        "B-4": await clerk.bill(unlinked, "B-4"),
        "B-5": await clerk.bill(linked, "B-5", [free]),
        "B-6": await clerk.bill(linked, "B-6", [free], verbs=("finalize", "send")),
        "B-7": await clerk.bill(linked, "B-7", [{**LINE, "rate": "-5.00"}]),
        "B-8": await clerk.bill(linked, "B-8", verbs=()),
        "B-9": await clerk.bill(linked, "B-9", verbs=("finalize", "void")),
    }
    file = tmp_path / "report.csv"
    expected = {
        "B-1": ("in Xero", ""),
        "B-2": ("in Xero", ""),
        "B-3": ("in Xero", ""),
        "B-4": ("on hold", "customer_unlinked"),
        "B-5": ("waits until it is sent", ""),
        "B-6": ("in Xero", ""),
        "B-7": ("on hold", "negative_total"),
        "B-8": ("skipped: a draft", ""),
        "B-9": ("skipped: voided", ""),
    }
    made = calls(office)
    await backfill(since=clerk.day, preview=True, report=file, services=office.services)
    assert calls(office) == made
    ours = {ref.document_id for ref in refs.values()}
    words = {"in Xero": "would go", "on hold": "would be on hold"}
    assert became(file, ours) == {no: (words.get(what, what), why) for no, (what, why) in expected.items()}

    await backfill(since=clerk.day, report=file, services=office.services)
    assert became(file, ours) == expected
    assert "on hold" in capsys.readouterr().out
    assert next(row for row in rows(file) if row["number"] == "B-4")["customer"] == "'=cmd"
    await office.assert_once([refs["B-1"], refs["B-3"]], sent=False)
    await office.assert_once([refs["B-2"]], sent=True)

    await backfill(since=clerk.day, json=True, services=office.services)
    again = {row["document_id"]: row["became"] for row in json.loads(capsys.readouterr().out)}
    assert again[refs["B-1"].document_id] == "in Xero"
    assert calls(office) > made


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def became(file: Path, ours: set[str]) -> dict[str, tuple[str, str]]:
    return {row["number"]: (row["became"], row["holds"]) for row in rows(file) if row["document_id"] in ours}


async def in_books(office: Office, customer_id: str, number: str, kind: Kind, **fields: Any) -> str:
    """Enter a document in Xero by hand; return its id."""
    plural, name = XERO[kind]
    answer = await office.people.xero.put(
        f"/api.xro/2.0/{plural}",
        json={
            "Type": "ACCREC" if kind is Kind.INVOICE else "ACCRECCREDIT",
            "Contact": {"ContactID": office.linked[customer_id]},
            name: number,
            "Date": "2026-01-02",
            "DueDate": "2026-02-01",
            "Status": "AUTHORISED",
            "LineItems": [{"Description": "Seats", "Quantity": 3, "UnitAmount": 12.5, "AccountCode": "200"}],
            **fields,
        },
    )
    return answer.raise_for_status().json()[plural][0][f"{plural[:-1]}ID"]


@pytest.mark.parametrize("kind", Kind)
async def test_a_document_that_somebody_entered_in_xero_is_adopted_with_the_dates_it_has(
    office: Office, clerk: Clerk, kind: Kind
):
    customer, number = await office.customer(), f"A-{kind}"
    xero_id = await in_books(office, customer, number, kind)
    ref = await clerk.bill(customer, number, kind=kind)
    await backfill(since=clerk.day, json=True, services=office.services)
    link = await office.link(ref)
    assert link.state is SyncState.PUSHED
    assert link.xero
    assert (link.xero.xero_id, link.xero.issue_date) == (xero_id, date(2026, 1, 2))
    assert len((await office.in_xero(kind))[number]) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"LineItems": [{"Description": "S", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}]}, "its total is"),
        ({"Url": "https://elsewhere.example/1"}, "it leads to https://elsewhere.example/1"),
        ({"Status": "DRAFT"}, "it is DRAFT, not approved"),
        ({"CurrencyCode": "EUR"}, "its currency is EUR"),
    ],
)
async def test_another_document_with_the_number_is_left_alone_and_named(
    office: Office, clerk: Clerk, fields: dict[str, Any], words: str
):
    customer, number = await office.customer(), f"T-{clerk.day}"
    await in_books(office, customer, number, Kind.INVOICE, **fields)
    ref = await clerk.bill(customer, number)
    await backfill(since=clerk.day, json=True, services=office.services)
    hold = (await office.link(ref)).current_hold
    assert hold
    assert hold.reason is HoldReason.NUMBER_TAKEN
    assert words in hold.words
    assert len((await office.in_xero(Kind.INVOICE))[number]) == 1


async def test_a_credit_note_of_the_same_net_total_and_another_tax_is_ignored(office: Office, clerk: Clerk):
    customer, number = await office.customer(), f"T-{clerk.day}"
    line = {"Description": "S", "Quantity": 3, "UnitAmount": 12.5, "AccountCode": "200", "TaxType": "NONE"}
    await in_books(office, customer, number, Kind.CREDIT_NOTE, LineItems=[line])
    ref = await clerk.signalled(await clerk.bill(customer, number, kind=Kind.CREDIT_NOTE))
    await office.reach([ref], SyncState.HELD)
    hold = (await office.link(ref)).current_hold
    assert hold
    assert "its total is 37.50, not 45.00" in hold.words


async def test_a_document_is_adopted_on_retry_once_it_was_corrected_in_xero(office: Office, clerk: Clerk):
    customer, number = await office.customer(), f"T-{clerk.day}"
    xero_id = await in_books(office, customer, number, Kind.INVOICE, Url="https://elsewhere.example/1", Status="DRAFT")
    ref = await clerk.signalled(await clerk.bill(customer, number))
    await office.reach([ref], SyncState.HELD)
    corrected = {"InvoiceID": xero_id, "Url": "", "Status": "AUTHORISED"}
    answer = await office.people.xero.post(f"/api.xro/2.0/Invoices/{xero_id}", json=corrected)
    assert answer.is_success, answer.text
    await office.services.workflows.signal(ref, "release", Release())
    await office.reach([ref], SyncState.PUSHED)


async def test_an_unusable_ledger_account_is_named_before_anything_is_sent_and_fixed_at_once(
    office: Office, clerk: Clerk
):
    customer = await office.customer()
    await control(office, "Accounts/260/archive", archived=True)
    await age_chart(office)
    archived = await clerk.bill(customer, f"L-{clerk.day}", [on_account("260")])
    missing = await clerk.bill(customer, f"M-{clerk.day}", [on_account("999")])
    try:
        await office.signal([archived, missing], "finalized")
        await office.reach([archived, missing], SyncState.HELD)
        words = {ref: hold.words for ref in (archived, missing) if (hold := (await office.link(ref)).current_hold)}
        assert "Ledger account 260 (Other Revenue) is archived." in words[archived]
        assert "has no ledger account 999." in words[missing]
    finally:
        await control(office, "Accounts/260/archive", archived=False)
    await office.services.workflows.signal(archived, "release", Release())
    await office.reach([archived], SyncState.PUSHED)


async def test_a_currency_that_the_plan_lacks_is_named_and_goes_after_the_upgrade(office: Office, clerk: Clerk):
    line = {**LINE, "rate": "1200", "taxRate": "0"}
    ref = await clerk.signalled(await clerk.bill(await office.customer(), f"J-{clerk.day}", [line], currency="JPY"))
    await office.reach([ref], SyncState.HELD)
    hold = (await office.link(ref)).current_hold
    assert hold
    assert hold.reason is HoldReason.CURRENCY_NOT_ENABLED
    assert "not JPY" in hold.words
    await control(office, "currencies", currencies=["GBP", "EUR", "USD", "JPY"])
    try:
        await office.services.hold_probes.forget(office.account_id)
        read = office.companies.xero.journal.count(path_prefix="/api.xro/2.0/Currencies")
        await sweep(office)
        assert office.companies.xero.journal.count(path_prefix="/api.xro/2.0/Currencies") == read + 1
        await office.reach([ref], SyncState.PUSHED)
    finally:
        await control(office, "currencies", currencies=["GBP", "EUR", "USD"])


async def test_a_default_tax_rate_that_is_not_sequences_shows_as_drift(office: Office, clerk: Clerk):
    """Account 270 has no tax by default; Sequence charged 20 %."""
    ref = await clerk.signalled(await clerk.bill(await office.customer(), f"D-{clerk.day}", [on_account("270")]))
    await office.reach([ref], SyncState.PUSHED)
    drift = (await office.link(ref)).drift
    assert drift
    assert (drift.in_sequence, drift.in_xero) == (Decimal("45.00"), Decimal("37.50"))
    assert "7.50 GBP less" in drift.sentence()


async def test_a_preview_lists_every_reason_and_makes_no_call_to_xero(
    office: Office, clerk: Clerk, capsys: pytest.CaptureFixture[str]
):
    services = office.services
    connection = await services.store.connection(office.account_id)
    assert connection
    await services.store.save_chart(office.account_id, await services.xero.organisations().chart(connection))
    customer = await office.customer(linked=False)
    bad = [on_account("090"), {**on_account("999"), "rate": "-100"}, {**on_account("400"), "rate": "1"}]
    ref = await clerk.bill(customer, f"P-{clerk.day}", bad, currency="KRW")
    made = calls(office)
    ahead = await clerk.ahead(ref)
    assert [refusal.reason for refusal in ahead.refusals] == [
        HoldReason.CUSTOMER_UNLINKED,
        HoldReason.NEGATIVE_TOTAL,
        HoldReason.LEDGER_ACCOUNT_REJECTED,
        HoldReason.LEDGER_ACCOUNT_REJECTED,
        HoldReason.CURRENCY_NOT_ENABLED,
    ]
    assert ahead.doubts == (
        "Ledger account 400 (Advertising & Marketing) is of type OVERHEADS, which sales are not booked to.",
    )
    await preview(f"P-{clerk.day}", services=services)
    shown = capsys.readouterr().out
    assert "would be on hold and nothing sent" in shown
    assert "CurrencyCode" in shown
    assert calls(office) == made


async def test_a_preview_is_exactly_what_is_sent(office: Office, clerk: Clerk, capsys: pytest.CaptureFixture[str]):
    number = f"P-{clerk.day}"
    period = {"startDate": "2026-01-01", "endDate": "2026-01-31"}
    lines = [
        {**LINE, "servicePeriod": period},
        {"title": "API calls", "quantity": "1000000", "rate": "0.000123", "taxRate": "0.2"},
    ]
    ref = await clerk.bill(await office.customer(), number, lines, verbs=("finalize", "send"))
    await preview(number, json=True, services=office.services)
    ahead = json.loads(capsys.readouterr().out)
    assert ahead["refusals"] == []
    assert ahead["verdict"].endswith("with its own dates, as sent.")
    await clerk.signalled(ref)
    await office.reach([ref], SyncState.SETTLED)
    sent = next(
        element
        for entry in office.companies.xero.journal.entries("PUT", "/api.xro/2.0/Invoices")
        for element in entry.body.get("Invoices", ())
        if element.get("InvoiceNumber") == number
    )
    assert ahead["fields"] == in_words(sent)
    assert ahead["fields"]["LineItems"][1]["Description"] == "API calls\n1000000 at 0.000123 GBP"


def in_words(value: Any) -> Any:
    """Return what was sent with its amounts as text, as `--json` prints them."""
    match value:
        case dict():
            return {name: in_words(each) for name, each in value.items()}
        case list():
            return [in_words(each) for each in value]
        case Decimal() | int() if not isinstance(value, bool):
            return str(value)
        case _:
            return value


async def test_a_draft_is_previewed_as_it_would_be_when_finalized(office: Office, clerk: Clerk):
    ref = await office.draft(await office.customer())
    ahead = await clerk.ahead(ref)
    assert ahead.refusals == ()
    assert "is a draft" in ahead.verdict
    assert ahead.fields["Date"] == "3000-01-01"


async def test_a_backfill_ends_for_its_watcher_when_the_documents_are_decided_by_others(office: Office, clerk: Clerk):
    customer = await office.customer()
    ref = await clerk.signalled(await clerk.bill(customer, f"W-{clerk.day}"))
    await backfill(since=clerk.day, json=True, services=office.services)

    async def pushed() -> bool:
        return (await office.link(ref)).state is SyncState.PUSHED

    await until(pushed)
