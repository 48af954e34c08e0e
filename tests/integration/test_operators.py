"""What operators do about documents, as commands: release many, adopt, ignore, resync; and what they get to read."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.office import NUMBERS, Office
from tests.integration.program import Ended, run
from tests.patience import until
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState


class Operator:
    """Someone at a terminal."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.folder = folder

    async def __call__(self, *arguments: str) -> Ended:
        settings = {**self.office.environment, "XEROSYNC_OPERATOR": "ada"}
        return await run(*arguments, folder=self.folder, settings=settings)

    async def data(self, *arguments: str) -> Any:
        ended = await self(*arguments, "--json")
        assert (ended.code, ended.err) == (0, "")
        return ended.data

    async def timeline(self, ref: DocumentRef) -> list[str]:
        shown = await self.data("status", ref.kind.value, ref.document_id)
        return [entry["line"] for entry in shown["timeline"]["entries"]]

    async def refused(self, *arguments: str, code: int = 2) -> str:
        """Return the one line by which a command is refused."""
        ended = await self(*arguments)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert ended.err.count("\n") == 1, ended.err
        return ended.err.strip()


@pytest.fixture
def operator(office: Office, tmp_path: Path) -> Operator:
    return Operator(office, tmp_path)


async def number_of(office: Office, ref: DocumentRef) -> str:
    return (await office.look(ref))[NUMBERS[ref.kind]]


async def taken(
    office: Office, kind: Kind = Kind.INVOICE, customer_id: str | None = None
) -> tuple[DocumentRef, str, str]:
    """An invoice whose number somebody else's has in Xero, of another amount; its number, and the id of the other."""
    customer_id = customer_id or await office.customer()
    ref = await office.final(customer_id, kind)
    number = await number_of(office, ref)
    fields = {
        "Type": "ACCREC",
        "InvoiceNumber": number,
        "Contact": {"ContactID": office.linked[customer_id]},
        "Date": "2026-01-02",
        "DueDate": "2026-02-01",
        "Status": "AUTHORISED",
        "LineItems": [{"Description": "Typed in", "Quantity": "1", "UnitAmount": "40.00", "AccountCode": "200"}],
    }
    answer = await office.people.xero.put("/api.xro/2.0/Invoices", json=fields)
    xero_id = answer.raise_for_status().json()["Invoices"][0]["InvoiceID"]
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    return ref, number, xero_id


async def test_adopt_links_what_differs_and_the_document_goes_on(office: Office, operator: Operator):
    ref, number, xero_id = await taken(office)
    assert "adopt" in (await operator("status", number)).out
    ended = await operator.data("adopt", number, "--number")
    assert ended["xero_id"] == xero_id
    assert any("its total is 48.00, not 45.00" in each for each in ended["differences"])
    await office.reach([ref], SyncState.PUSHED)
    await office.act(ref, "send")
    await office.signal([ref], "sent")
    await office.reach([ref], SyncState.SETTLED)
    timeline = await operator.timeline(ref)
    assert any(
        line.startswith(f"By hand: adopt {xero_id}, although its total is 48.00, not 45.00") for line in timeline
    )
    assert any(line.startswith("Was in Xero already, taken over as it is") for line in timeline)
    again = await operator.refused("adopt", number, xero_id)
    assert again == f"{number} is in Xero already, as {xero_id}: `starter.py status {number}` shows both sides."


async def test_adopt_refuses_what_cannot_be_the_document(office: Office, operator: Operator):
    ref, number, xero_id = await taken(office)
    other = await office.final(await office.customer())
    other_number = await number_of(office, other)
    name = ("invoice", other.document_id)
    assert await operator.refused("adopt", *name, xero_id) == (
        f"The invoice {xero_id} in Xero has the number {number}, not {other_number}: correct it there first."
    )
    assert await operator.refused("adopt", *name, "--number") == (
        f"Xero has no invoice with the number {other_number}: `starter.py retry {' '.join(name)}` creates it."
    )
    assert "Say which document of Xero it is" in await operator.refused("adopt", *name)
    unknown = "0b1c5e3e-0000-4000-8000-000000000000"
    assert f"Xero has no invoice {unknown}" in await operator.refused("adopt", number, unknown)
    draft = await office.draft(await office.customer())
    assert "only what is FINAL or SENT" in await operator.refused("adopt", "invoice", draft.document_id, xero_id)
    await operator("ignore", number, "--because", "tidy up")
    await office.reach([ref], SyncState.SETTLED)


async def test_ignore_ends_a_hold_keeps_its_reason_and_is_undone_by_retry(office: Office, operator: Operator):
    ref = await office.final(await office.customer(linked=False))
    number = await number_of(office, ref)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    assert "--because" in await operator.refused("ignore", number)
    ended = await operator("ignore", number, "--because", "billed by hand in  January")
    assert ended.out == f"{number} is ignored from now on. `starter.py retry {number}` takes it up again.\n"
    await office.reach([ref], SyncState.SETTLED)
    shown = await operator("status", number)
    assert f"{number} is ignored: a person wants it left alone" in shown.out
    assert "by ada: billed by hand in January" in shown.out
    listed = await operator.data("status", "--ignored")
    assert number in {each["number"] for each in listed["documents"]}
    assert listed["counts"]["ignored"] >= 1
    assert "is ignored, so nothing comes of that" in (await operator("finalize", number)).out
    await operator("retry", number)
    await office.reach([ref], SyncState.HELD)
    described = await office.services.workflows.handle(ref).describe()
    assert await described.static_summary() == f"Keep invoice {number} in step with Xero"
    assert await operator.refused("ignore", number, "--undo") == f"{number} is not ignored."
    timeline = await operator.timeline(ref)
    assert "Ignored from now on: billed by hand in January → settled" in timeline
    assert "Not ignored any more. → pending" in timeline
    await operator("ignore", number, "--because", "tidy up")


async def test_retry_releases_all_that_one_hold_keeps(office: Office, operator: Operator):
    customer_id = await office.customer(linked=False)
    refs = [await office.final(customer_id) for _ in range(3)]
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.HELD)
    ended = await operator("retry", "--hold", "customer_unlinked", "--customer", customer_id)
    assert ended.out == "3 documents held as customer_unlinked: tried again now, one after the other.\n"
    for ref in refs:

        async def is_held_again(ref: DocumentRef = ref) -> bool:
            return "Tried again, and held as before (customer unlinked)." in await operator.timeline(ref)

        await until(is_held_again)
    for words in (("--state", "held"), ("--hold", "rejected"), ("--ignored",), ("--customer", "c"), ("--drifting",)):
        assert "Name a document, or choose from all by" in await operator.refused("status", "INV-1", *words)
    assert "By hand: retry --hold customer_unlinked." in await operator.timeline(refs[0])
    none = await operator.data("retry", "--hold", "plan_limit", "--account", office.account_id)
    assert none == {"hold": "plan_limit", "released": 0}
    for wrong in ((), ("INV-1", "--hold", "rejected"), ("INV-1", "--customer", "c")):
        assert "Name a document, or all that a hold keeps" in await operator.refused("retry", *wrong)


async def test_resync_sees_what_no_sweep_has_seen(office: Office, operator: Operator):
    ref = await office.final(await office.customer())
    number = await number_of(office, ref)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    xero = (await office.link(ref)).xero
    assert xero
    fields = {"InvoiceID": xero.xero_id, "SentToContact": True}
    (await office.people.xero.post(f"/api.xro/2.0/Invoices/{xero.xero_id}", json=fields)).raise_for_status()
    ended = await operator("resync", number)
    read = f"{number} is FINAL in Sequence; in Xero it is AUTHORISED, sent, dated 3000-01-01, 45.00 GBP."
    assert ended.out.startswith(read)
    await office.reach([ref], SyncState.SETTLED)
    assert (await office.look(ref))["status"] == "SENT"
    again = await operator.data("resync", number)
    assert (again["in_sequence"], again["in_xero"]["sent"]) == ("SENT", True)
    assert [line for line in await operator.timeline(ref) if line == "By hand: resync."]


async def test_status_filters_by_customer_and_counts_by_state_and_hold(office: Office, operator: Operator):
    customer_id = await office.customer(linked=False)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    shown = await operator.data("status", "--customer", customer_id)
    assert [each["ref"]["document_id"] for each in shown["documents"]] == [ref.document_id]
    assert shown["documents"][0]["next_steps"][0] == f"starter.py link-customer {customer_id}"
    assert shown["counts"]["by_state"]["held"] >= shown["counts"]["by_hold"]["customer_unlinked"] >= 1
    listed = await operator("status", "--customer", customer_id)
    assert "All documents: " in listed.out
    assert "customer_unlinked" in listed.out.splitlines()[-1]


async def test_a_workflow_is_named_in_one_line_that_temporal_takes(office: Office):
    ref = await office.final(await office.customer(linked=False))
    await office.services.workflows.start(ref, "INV 7 \n" + "ü" * 500)
    summary = await (await office.services.workflows.handle(ref).describe()).static_summary()
    assert summary
    assert summary.startswith("Keep invoice INV 7 ü")
    assert summary.endswith("ü in step with Xero")
    assert len(summary.encode()) < 200
    await office.reach([ref], SyncState.HELD)
