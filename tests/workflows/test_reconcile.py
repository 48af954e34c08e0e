"""Reconcile on a clock that skips: a difference is checked twice before it counts; short histories; fixes."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import structlog

from tests.workflows.house import House
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks, invoice
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import DocumentPage, DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument, XeroStatus
from xerosync.documents.messages import SyncState
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.client import reconcile_id, start_reconcile
from xerosync.reconcile.findings import Finding, Severity
from xerosync.reconcile.messages import Compared, CompareInput, ReconcileInput, ReconcileResult, RunInput, Tally
from xerosync.reconcile.reconciler import MOST_CREATED_IN_XERO, Reconciler

ACCOUNT = ReconcileInput(account_id="acme")
RUN = RunInput(account_id="acme", run_id="run-1")
INVOICES = CompareInput(account_id="acme", run_id="run-1", kind=Kind.INVOICE)


async def reconcile(house: House, start: ReconcileInput = ACCOUNT) -> ReconcileResult:
    return await (await start_reconcile(house.client, start)).result()


async def found(house: House) -> list[Finding]:
    last = await house.reconciles.last("acme")
    assert last
    return list(await house.reconciles.findings("acme", last[0]))


async def pushed(house: House, number: str, status: DocumentStatus = DocumentStatus.FINAL) -> DocumentRef:
    ref = house.billing.put(invoice(status, id=f"doc-{number}", number=number))
    await house.workflows.signal(ref, "finalized")
    if status is DocumentStatus.SENT:
        assert (await house.result(ref)).state is SyncState.SETTLED
    else:
        await house.until(ref, SyncState.PUSHED)
    return ref


def in_xero(number: str, **update: object) -> XeroDocument:
    base = XeroDocument(
        xero_id=f"xero-{number}",
        kind=Kind.INVOICE,
        number=number,
        status=XeroStatus.AUTHORISED,
        sent=False,
        issue_date=date(2026, 1, 2),
        due_date=date(2026, 2, 1),
        contact_id="contact",
        currency="GBP",
        total=Decimal("120.00"),
        total_tax=Decimal("20.00"),
        updated_at=datetime.now(UTC),
        seen_at=datetime.now(UTC),
    )
    return base.model_copy(update=update)


def reconciler(house: House) -> Reconciler:
    return Reconciler(house.billing, house.bulk, house.store, house.reconciles, house.workflows)


@dataclass
class ChangingBilling(MemoryBilling):
    """Sequence, where something happens right after a list was read."""

    happens: Callable[[], None] = field(kw_only=True)

    async def page(self, kind: Kind, account_id: str, after: str | None = None) -> DocumentPage:
        page = await super().page(kind, account_id, after)
        self.happens()
        return page


async def test_two_sides_in_step_are_compared_once(house: House):
    for number in ("INV-1", "INV-2", "INV-3"):
        await pushed(house, number)
    await pushed(house, "INV-4", DocumentStatus.SENT)
    result = await reconcile(house)
    assert result.in_step
    assert result.compared == Compared(in_sequence=4, in_xero=4, calls=2)
    assert await found(house) == []


async def test_a_document_that_changes_while_the_lists_are_read_is_no_finding(house: House):
    ref = await pushed(house, "INV-1", DocumentStatus.SENT)
    late = invoice(id="doc-late", number="INV-2")
    await pushed(house, "INV-2", DocumentStatus.SENT)
    del house.books.documents["INV-2"]

    def happens() -> None:
        house.billing.documents.pop(late.id, None)
        house.books.set("INV-1", issue_date=date(2026, 1, 2))

    # Xero lists the one as 3000 that it shows rightly a moment later; Sequence lists one that it then has no more.
    house.books.set("INV-1", issue_date=PLACEHOLDER)
    house.billing.put(late)
    del house.billing.documents["doc-INV-2"]
    changing = replace(reconciler(house), billing=ChangingBilling(house.billing.documents, happens=happens))
    compared = await changing.compare(INVOICES)
    uncertain = await house.reconciles.findings("acme", "run-1", uncertain=True)
    assert {each.document_id for each in uncertain} == {ref.document_id, late.id}
    assert compared.uncertain == 2
    checked = await changing.check_again(RUN)
    assert (checked.checked, checked.differ) == (2, 0)
    assert list(await house.reconciles.findings("acme", "run-1")) == []


async def test_an_alarm_is_never_in_step_whatever_hold_explains_it(house: House):
    ref = await pushed(house, "INV-1", DocumentStatus.SENT)
    house.books.set("INV-1", issue_date=PLACEHOLDER)
    frozen = Hold(reason=HoldReason.FROZEN_BY_PAYMENT, since=datetime.now(UTC))
    await house.store.change(ref, lambda link: link.held(frozen))
    with structlog.testing.capture_logs() as logs:
        result = await reconcile(house)
    assert not result.in_step
    assert result.tally == Tally(alarms=1, holds=1)
    assert result.sentence().startswith("ALARM: 1 sent but dated 3000; ")
    assert [entry["log_level"] for entry in logs if entry["event"] == "reconciled"] == ["error"]
    [finding] = await found(house)
    assert finding.is_alarm


async def test_an_alarm_under_a_hold_is_checked_again(house: House):
    ref = await pushed(house, "INV-1", DocumentStatus.SENT)
    frozen = Hold(reason=HoldReason.FROZEN_BY_PAYMENT, since=datetime.now(UTC))
    await house.store.change(ref, lambda link: link.held(frozen))
    house.books.set("INV-1", issue_date=PLACEHOLDER)
    run = reconciler(house)
    await run.compare(INVOICES)
    house.books.set("INV-1", issue_date=date(2026, 1, 2))
    await run.check_again(RUN)
    [finding] = await house.reconciles.findings("acme", "run-1")
    assert not finding.is_alarm


async def test_an_attempt_that_starts_over_doubles_nothing(house: House):
    house.billing.put(invoice(id="doc-1", number="INV-1"))
    house.books.documents["X-1"] = in_xero("X-1")
    again = reconciler(house)
    assert await again.compare(INVOICES) == await again.compare(INVOICES)
    assert len(await house.reconciles.findings("acme", "run-1")) == 2
    assert (await again.check_again(RUN)).checked == 1
    assert (await again.check_again(RUN)).checked == 0


async def test_however_much_differs_the_history_stays_short(house: House):
    for place in range(60):
        house.billing.put(invoice(id=f"doc-{place}", number=f"INV-{place}"))
    result = await reconcile(house)
    assert result.tally.differences == 60
    assert house.bulk.looked_up == []
    handle = house.client.get_workflow_handle(reconcile_id("acme"))
    history = await handle.fetch_history()
    assert len(history.events) < 50
    assert len(history.to_json()) < 60_000


async def test_what_was_missed_is_signalled_and_checked_until_it_is_fixed(house: House):
    voided, marked = await pushed(house, "INV-1", DocumentStatus.SENT), await pushed(house, "INV-2")
    missed = house.billing.put(invoice(DocumentStatus.SENT, id="doc-INV-3", number="INV-3"))
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    house.books.set("INV-2", sent=True)
    result = await reconcile(house, ReconcileInput(account_id="acme", fix=True))
    assert result.signalled == 3
    assert result.tally == Tally(holds=1, fixed=2)
    assert {each.document_id: each.verdict for each in await found(house)} == {
        voided.document_id: Severity.HOLD,
        marked.document_id: Severity.FIXED,
        missed.document_id: Severity.FIXED,
    }
    assert house.billing.documents[marked.document_id].status is DocumentStatus.SENT
    assert (await house.link(voided)).state is SyncState.HELD


async def test_a_fix_does_not_wait_for_what_no_signal_can_fix(house: House):
    ref = await pushed(house, "INV-1")
    taxed_otherwise = {"total": Decimal("121.00"), "total_tax": Decimal("21.00")}
    house.books.set("INV-1", sent=True, **taxed_otherwise)
    await house.store.change(ref, lambda link: link.model_copy(update={"xero_total": Decimal("121.00")}))
    result = await reconcile(house, ReconcileInput(account_id="acme", fix=True))
    assert (result.signalled, result.tally.differences) == (1, 1)
    [finding] = await found(house)
    assert {each.cause for each in finding.differences} == {FindingCause.TAX_RATE}
    history = await house.client.get_workflow_handle(reconcile_id("acme")).fetch_history()
    started = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert started.count("check_again") < 4, "all the waits for a fix make six"


async def test_what_was_left_in_another_organisation_is_counted_apart_from_what_people_edited(house: House):
    await pushed(house, "INV-1")
    del house.books.documents["INV-1"]
    await house.store.save_connection(CONNECTION.model_copy(update={"tenant_id": "tenant-now"}))
    result = await reconcile(house)
    assert result.in_step
    assert result.tally == Tally(left_behind=1)
    assert "1 left in another organisation" in result.sentence()


async def test_without_fix_no_workflow_is_signalled(house: House):
    missed = house.billing.put(invoice())
    assert not (await reconcile(house)).in_step
    assert house.books.writes == []
    assert (await house.link(missed)).sequence is None


async def test_documents_from_before_are_left_out_unless_they_were_brought_over(house: House):
    await pushed(house, "INV-1", DocumentStatus.SENT)
    house.books.set("INV-1", sent=False, issue_date=PLACEHOLDER)
    house.billing.put(invoice(id="doc-2", number="INV-2"))
    house.billing.put(invoice(id="doc-3", number="INV-3", issue_date=date(2026, 3, 1)))
    await reconcile(house, ReconcileInput(account_id="acme", since=date(2026, 2, 1)))
    assert {each.number for each in await found(house)} == {"INV-1", "INV-3"}


async def test_a_disconnected_account_is_not_compared(house: House):
    house.billing.put(invoice())
    await house.store.save_connection(CONNECTION.model_copy(update={"status": ConnectionStatus.DISCONNECTED}))
    result = await reconcile(house)
    assert (result.compared.is_connected, result.in_step) == (False, False)
    assert await house.reconciles.last("acme") is None


async def test_an_account_that_xero_refuses_is_marked_disconnected(house: House):
    class ClosedBooks(MemoryBooks):
        async def changed_since(
            self, connection: Connection, kind: Kind, since: datetime | None
        ) -> AsyncIterator[Sequence[XeroDocument]]:
            del connection, kind, since
            raise HoldError(HoldReason.DISCONNECTED)
            yield []  # makes it a generator

    compared = await replace(reconciler(house), books=ClosedBooks()).compare(INVOICES)
    assert not compared.is_connected
    connection = await house.store.connection("acme")
    assert connection
    assert connection.status is ConnectionStatus.DISCONNECTED


async def test_another_accounts_documents_in_the_same_organisation_are_its_own_concern(house: House):
    await house.store.save_connection(CONNECTION.model_copy(update={"account_id": "beta"}))
    await house.store.link_customer("beta", "customer", "contact")
    theirs = house.billing.put(invoice(account_id="beta", id="doc-b", number="B-1"))
    await house.workflows.signal(theirs, "finalized")
    await house.until(theirs, SyncState.PUSHED)
    result = await reconcile(house)
    assert (result.compared.in_xero, result.in_step) == (1, True)
    assert await found(house) == []


@pytest.mark.parametrize("origin", [None, "doc-gone"])
async def test_what_only_xero_has_is_a_manual_edit_unless_it_came_from_sequence(house: House, origin: str | None):
    house.books.documents["X-1"] = in_xero("X-1", url=origin)
    result = await reconcile(house)
    [finding] = await found(house)
    cause = FindingCause.NOT_IN_SEQUENCE if origin else FindingCause.CREATED_IN_XERO
    assert finding.differences[0].cause is cause
    assert (result.in_step, result.compared.created_in_xero) == (origin is None, int(origin is None))


async def test_all_documents_created_in_xero_are_counted_and_the_first_are_listed(house: House):
    many = MOST_CREATED_IN_XERO + 5
    house.books.documents |= {f"X-{place}": in_xero(f"X-{place}") for place in range(many)}
    result = await reconcile(house)
    assert (result.in_step, result.compared.created_in_xero) == (True, many)
    assert len(await found(house)) == MOST_CREATED_IN_XERO
