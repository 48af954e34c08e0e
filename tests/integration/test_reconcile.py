"""Reconcile over both companies: each kind of difference is found with its cause, and only what is safe is fixed."""

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.histories import kept_of
from tests.integration.branch import open_branch
from tests.integration.office import LINE, NUMBERS, XERO, Office
from tests.integration.program import run
from xerosync.cli.reconcile import last_findings, run_reconcile
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.messages import SyncState
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.client import reconcile_id
from xerosync.reconcile.findings import Aspect, Severity
from xerosync.reconcile.messages import ReconcileInput, ReconcileResult, Tally

DIFFERENCE, HOLD, OWN, FIXED = Severity.DIFFERENCE, Severity.HOLD, Severity.MANUAL_EDIT, Severity.FIXED
SAFE = {
    "sent, no signal",
    "dated 3000 again",
    "voided in Xero",
    "voided in Sequence",
    "marked sent in Xero",
    "never signalled",
    "link lost",
}
"""What `--fix` fixes."""


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as branch:
        yield branch


class Desk:
    """Documents by what is to be found of them, and what people do to them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.refs: dict[str, DocumentRef] = {}

    async def bill(self, name: str, kind: Kind = Kind.INVOICE, *, customer_id: str, **fields: Any) -> DocumentRef:
        ref = await self.office.draft(customer_id, kind, **fields)
        await self.office.act(ref, "finalize")
        self.refs[name] = ref
        return ref

    async def bring(self, *names: str, state: SyncState = SyncState.SETTLED) -> None:
        """Bring documents to Xero; SETTLED: sent before."""
        refs = [self.refs[name] for name in names]
        if state is SyncState.SETTLED:
            for ref in refs:
                await self.office.act(ref, "send")
        await self.office.signal(refs, "finalized")
        await self.office.reach(refs, state)

    async def xero_id(self, name: str) -> str:
        link = await self.office.link(self.refs[name])
        assert link.xero
        return link.xero.xero_id

    async def press(self, name: str, button: str, **body: Any) -> None:
        """Do to a document what Xero's page of it offers."""
        path = f"/_sandbox/{XERO[self.refs[name].kind][0]}/{await self.xero_id(name)}/{button}"
        (await self.office.people.xero.post(path, json=body)).raise_for_status()

    async def edit(self, name: str, **fields: Any) -> None:
        """Edit an invoice as a person does in Xero."""
        invoice = {"InvoiceID": await self.xero_id(name), "Status": "AUTHORISED", **fields}
        (await self.office.people.xero.post("/api.xro/2.0/Invoices", json=invoice)).raise_for_status()

    async def type_in(self, kind: Kind, number: str, contact_id: str, **fields: Any) -> str:
        """Make a document in Xero by hand; return its id."""
        plural, number_field = XERO[kind]
        document = {
            "Type": "ACCREC" if kind is Kind.INVOICE else "ACCRECCREDIT",
            number_field: number,
            "Contact": {"ContactID": contact_id},
            "Status": "AUTHORISED",
            "Date": "2026-01-02",
            "LineItems": [{"Description": "Lunch", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}],
            **({"DueDate": "2026-02-02"} if kind is Kind.INVOICE else {}),
            **fields,
        }
        answer = await self.office.people.xero.put(f"/api.xro/2.0/{plural}", json={plural: [document]})
        return answer.raise_for_status().json()[plural][0]["InvoiceID" if kind is Kind.INVOICE else "CreditNoteID"]

    async def number(self, name: str) -> str:
        return (await self.office.look(self.refs[name]))[NUMBERS[self.refs[name].kind]]

    async def forget(self, name: str) -> None:
        """Lose the store's row of a document."""
        database = await asyncpg.connect(self.office.database.url.get_secret_value())
        try:
            await database.execute("DELETE FROM documents WHERE document_id = $1", self.refs[name].document_id)
        finally:
            await database.close()

    async def reconcile(self, *, fix: bool = False) -> ReconcileResult:
        services, account_id = self.office.services, self.office.account_id
        return await run_reconcile(services, ReconcileInput(account_id=account_id, fix=fix))

    async def found(self) -> dict[str, list[tuple[Aspect, Severity, FindingCause]]]:
        """Return what the last reconcile found, by our names; of documents in Xero alone by their number."""
        names = {ref.document_id: name for name, ref in self.refs.items()}
        _, rows = await last_findings(self.office.services, self.office.account_id)
        found: dict[str, list[tuple[Aspect, Severity, FindingCause]]] = {}
        for row in rows:
            name = names.get(row.document_id or "", row.number or "")
            found.setdefault(name, []).append((row.what, row.verdict, row.cause))
        return found


async def test_two_sides_in_step_show_no_difference_and_cost_a_call_for_each_kind(branch: Office) -> None:
    desk, customer_id = Desk(branch), await branch.customer()
    for name in ("pushed", "settled", "voided", "paid"):
        await desk.bill(name, customer_id=customer_id)
    await desk.bill("note", Kind.CREDIT_NOTE, customer_id=customer_id)
    await desk.bill("held", customer_id=await branch.customer(linked=False))
    await branch.draft(customer_id)
    await desk.bring("settled", "note", "paid")
    await desk.bring("pushed", "voided", state=SyncState.PUSHED)
    await desk.bring("held", state=SyncState.HELD)
    await branch.act(desk.refs["voided"], "void")
    await branch.signal([desk.refs["voided"]], "voided")
    await branch.reach([desk.refs["voided"]], SyncState.VOIDED)
    await desk.press("paid", "pay")

    result = await desk.reconcile()
    assert result.in_step
    assert (result.compared.in_sequence, result.compared.in_xero, result.compared.calls) == (6, 5, 2)
    assert result.tally == Tally(holds=1)
    assert await desk.found() == {"held": [(Aspect.MISSING_IN_XERO, HOLD, FindingCause.HELD)]}


SETTLED = (
    *("dated 3000 again", "dates edited", "voided in Xero", "not sent any more", "another contact"),
    *("another total", "renumbered", "link lost", "voided in Sequence", "in step"),
)
PUSHED = ("sent, no signal", "marked sent in Xero", "dated early", "paid early", "twice")
EXPECTED: dict[str, list[tuple[Aspect, Severity, FindingCause]]] = {
    "sent, no signal": [
        (Aspect.PLACEHOLDER, DIFFERENCE, FindingCause.SIGNAL_MISSED),
        (Aspect.SENT, DIFFERENCE, FindingCause.SIGNAL_MISSED),
    ],
    "dated 3000 again": [(Aspect.PLACEHOLDER, DIFFERENCE, FindingCause.DATED_AGAIN)],
    "paid early": [(Aspect.PLACEHOLDER, HOLD, FindingCause.HELD), (Aspect.SENT, HOLD, FindingCause.HELD)],
    "dates edited": [
        (Aspect.ISSUE_DATE, OWN, FindingCause.EDITED_IN_XERO),
        (Aspect.DUE_DATE, OWN, FindingCause.EDITED_IN_XERO),
    ],
    "dated early": [(Aspect.ISSUE_DATE, OWN, FindingCause.EDITED_IN_XERO)],
    "voided in Xero": [(Aspect.STATUS, DIFFERENCE, FindingCause.REMOVED)],
    "voided in Sequence": [(Aspect.STATUS, DIFFERENCE, FindingCause.SIGNAL_MISSED)],
    "not sent any more": [(Aspect.SENT, OWN, FindingCause.EDITED_IN_XERO)],
    "marked sent in Xero": [(Aspect.SENT, DIFFERENCE, FindingCause.NOT_SEEN)],
    "another contact": [(Aspect.CONTACT, OWN, FindingCause.OTHER_CONTACT)],
    "another total": [(Aspect.TOTAL, OWN, FindingCause.EDITED_IN_XERO), (Aspect.TAX, OWN, FindingCause.EDITED_IN_XERO)],
    "another tax": [(Aspect.TOTAL, DIFFERENCE, FindingCause.TAX_RATE), (Aspect.TAX, DIFFERENCE, FindingCause.TAX_RATE)],
    "renumbered": [(Aspect.NUMBER, OWN, FindingCause.EDITED_IN_XERO)],
    "twice": [(Aspect.DUPLICATE, DIFFERENCE, FindingCause.DUPLICATE)],
    "never signalled": [(Aspect.MISSING_IN_XERO, DIFFERENCE, FindingCause.NEVER_SIGNALLED)],
    "link lost": [(Aspect.LINK, DIFFERENCE, FindingCause.LINK_LOST)],
    "on hold": [(Aspect.MISSING_IN_XERO, HOLD, FindingCause.HELD)],
    "TYPED-1": [(Aspect.MISSING_IN_SEQUENCE, OWN, FindingCause.CREATED_IN_XERO)],
    "LOST-1": [(Aspect.MISSING_IN_SEQUENCE, DIFFERENCE, FindingCause.NOT_IN_SEQUENCE)],
}


async def bring_all(desk: Desk, customer_id: str) -> None:
    """Bring documents to Xero that are in step, one that was never signalled, one with another tax and one on hold."""
    for name in (*SETTLED, *PUSHED, "never signalled"):
        kind = Kind.CREDIT_NOTE if name == "twice" else Kind.INVOICE
        await desk.bill(name, kind, customer_id=customer_id)
    await desk.bill("another tax", customer_id=customer_id, lines=[{**LINE, "taxRate": "0.1"}])
    await desk.bill("on hold", customer_id=await desk.office.customer(linked=False))
    await desk.bring(*SETTLED, "another tax")
    await desk.bring(*PUSHED, state=SyncState.PUSHED)
    await desk.bring("on hold", state=SyncState.HELD)


async def act_in_xero(desk: Desk, contact_id: str, other_contact: str) -> None:
    """Do in Xero what people do there, and what they should not."""
    await desk.press("dated 3000 again", "dates", date="3000-01-01", due_date="3000-01-01")
    await desk.press("dates edited", "dates", date="2026-04-05", due_date="2026-05-06")
    await desk.press("dated early", "dates", date="2026-04-05")
    await desk.press("voided in Xero", "void")
    await desk.press("not sent any more", "sent", sent=False)
    await desk.press("marked sent in Xero", "sent")
    await desk.press("paid early", "pay", amount=5)
    await desk.press("in step", "pay")
    await desk.edit("another contact", Contact={"ContactID": other_contact})
    line = {"Description": "Less", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
    await desk.edit("another total", LineItems=[line])
    await desk.edit("renumbered", InvoiceNumber="BY-HAND-1")
    await desk.type_in(Kind.CREDIT_NOTE, await desk.number("twice"), contact_id)
    await desk.type_in(Kind.INVOICE, "TYPED-1", other_contact)
    [row] = await desk.office.xero("Invoices/" + await desk.xero_id("in step"), "Invoices")
    lost = row["Url"].replace(desk.refs["in step"].document_id, "no-such-document")
    await desk.type_in(Kind.INVOICE, "LOST-1", other_contact, Url=lost)


async def act_without_signal(desk: Desk) -> None:
    """Act in Sequence without a signal, and lose a link."""
    await desk.forget("link lost")
    await desk.office.act(desk.refs["sent, no signal"], "send")
    await desk.office.act(desk.refs["voided in Sequence"], "void")
    await desk.office.act(desk.refs["paid early"], "send")
    await desk.office.signal([desk.refs["paid early"]], "sent")
    await desk.office.reach([desk.refs["paid early"]], SyncState.HELD)


@pytest.fixture
async def broken(branch: Office) -> Desk:
    """A desk whose documents each differ in their own way."""
    numbers = {"credit_note_numbers_unique": False}
    await branch.people.xero.post("/_sandbox/settings", json=numbers)
    desk, customer_id = Desk(branch), await branch.customer()
    other_contact = branch.linked[await branch.customer()]
    await bring_all(desk, customer_id)
    assert (await desk.reconcile()).tally.differences == 2  # the one never signalled, and the tax
    await act_in_xero(desk, branch.linked[customer_id], other_contact)
    await act_without_signal(desk)
    return desk


async def test_each_difference_is_found_with_its_cause(broken: Desk) -> None:
    result = await broken.reconcile()
    assert await broken.found() == EXPECTED
    assert not result.in_step
    assert (result.tally.alarms, result.tally.holds, result.tally.manual_edits, result.compared.created_in_xero) == (
        3,
        2,
        6,
        1,
    )
    assert set(list(await broken.found())[:3]) == {"sent, no signal", "dated 3000 again", "paid early"}


async def test_what_is_safe_is_fixed_and_no_persons_edit_is_overwritten(broken: Desk) -> None:
    office = broken.office
    before = {kind: await office.in_xero(kind) for kind in Kind}
    fixed = await broken.reconcile(fix=True)
    after = {name: [verdict for _, verdict, _ in found] for name, found in (await broken.found()).items()}
    assert {name for name, verdicts in after.items() if set(verdicts) == {FIXED}} == SAFE - {"voided in Xero"}
    # What was voided in Xero is a hold now, which asks a person.
    assert after["voided in Xero"] == [HOLD]
    unsafe = {name: [verdict for _, verdict, _ in found] for name, found in EXPECTED.items() if name not in SAFE}
    assert {name: verdicts for name, verdicts in after.items() if name not in SAFE} == unsafe
    assert (fixed.signalled, fixed.tally.fixed, fixed.tally.differences) == (7, 6, 3)

    now = await office.in_xero(Kind.INVOICE)
    assert set(now) - set(before[Kind.INVOICE]) == {await broken.number("never signalled")}
    for name in ("dates edited", "another contact", "another total", "not sent any more", "dated early"):
        number = await broken.number(name)
        assert now[number] == before[Kind.INVOICE][number]
    [redated] = now[await broken.number("dated 3000 again")]
    assert redated["DateString"][:10] == (await office.look(broken.refs["dated 3000 again"]))["issueDate"]
    assert await office.in_xero(Kind.CREDIT_NOTE) == before[Kind.CREDIT_NOTE]


async def test_the_command_tells_by_its_exit_code_and_shows_the_last_run_again(branch: Office, tmp_path: Path) -> None:
    async def command(*arguments: str) -> Any:
        asked = ("reconcile", "--account", branch.account_id, *arguments)
        return await run(*asked, folder=tmp_path, settings=branch.environment)

    never, unwritable = await asyncio.gather(command("--last"), command("--report", "nowhere/report.csv"))
    assert (unwritable.code, "there is no folder" in unwritable.err) == (2, True)
    assert never.code == 2
    assert never.err.startswith("No reconcile of this account has ended yet: run `starter.py reconcile")
    desk, customer_id = Desk(branch), await branch.customer()
    await desk.bill("settled", customer_id=customer_id)
    await desk.bring("settled")
    await desk.press("settled", "dates", date=PLACEHOLDER.isoformat())
    alarmed = await command("--report", "report.csv")
    assert alarmed.code == 1
    assert "ALARM: sent, but dated 3000" in alarmed.out
    assert "starter.py reconcile --fix" in alarmed.out
    with (tmp_path / "report.csv").open(encoding="utf-8-sig") as opened:
        [row] = csv.DictReader(opened)
    customer = (await branch.link(desk.refs["settled"])).customer_name
    assert (row["number"], row["customer"], row["alarm"]) == (await desk.number("settled"), customer, "True")

    again = await command("--last", "--json")
    assert again.code == 1
    assert (again.data["in_step"], again.data["alarms"], len(again.data["findings"])) == (False, 1, 1)
    fixed = await command("--fix")
    assert fixed.code == 0, fixed.out
    assert "reconcile: 1 document, 0 differences, 1 fixed; 2 calls to Xero for its lists" in fixed.out


async def test_the_history_of_a_reconcile_holds_counts_alone(branch: Office) -> None:
    desk, customer_id = Desk(branch), await branch.customer(name := "Nobody & Sons")
    for place in range(3):
        await desk.bill(f"{place}", customer_id=customer_id)
    await desk.reconcile()
    handle = branch.services.temporal.get_workflow_handle(reconcile_id(branch.account_id))
    text = await kept_of(handle)
    assert name not in text
    assert await desk.number("0") not in text
    assert desk.refs["0"].document_id not in text
    schedule = await branch.services.temporal.get_schedule_handle(reconcile_id(branch.account_id)).describe()
    [next_one, later] = schedule.info.next_action_times[:2]
    assert next_one.weekday() in (5, 6, 0)
    assert 5 <= (later - next_one).days <= 8
