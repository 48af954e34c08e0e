"""One act on many documents in the console, on the real stack."""

import csv
import io
import re
from collections.abc import AsyncIterator

import pytest

from tests.integration.office import Office
from tests.integration.test_console_access import signed_in
from tests.integration.test_operators import taken
from tests.patience import until
from tests.web.edge import Edge, open_edge
from xerosync.bulk.client import start_bulk
from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkRecord
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.timeline_text import cause_words, line
from xerosync.operations.ignoring import ignore, take_up


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        edge.client.headers["Accept"] = "text/html"
        yield await signed_in(office, edge)


async def unlinked(office: Office, count: int) -> tuple[str, list[DocumentRef]]:
    """Documents on hold, of a customer who is not linked."""
    customer_id = await office.customer(linked=False)
    refs = [await office.final(customer_id) for _ in range(count)]
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.HELD)
    return customer_id, refs


async def asked(edge: Edge, office: Office, act: str, **form: str) -> str:
    """Ask for an act; return the address of its list."""
    path = f"/accounts/{office.account_id}/bulk"
    answer = await edge.client.post(path, data={"act": act, **form}, headers={"Origin": edge.url})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def press(edge: Edge, address: str, verb: str) -> int:
    return (await edge.client.post(f"{address}/{verb}", headers={"Origin": edge.url})).status_code


async def ended(office: Office, address: str) -> BulkRecord:
    async def is_over() -> bool:
        return (await office.services.bulk_acts.get(office.account_id, bulk_id)).ended_at is not None

    bulk_id = address.rpartition("/")[2]
    await until(is_over)
    return await office.services.bulk_acts.get(office.account_id, bulk_id)


async def results(office: Office, record: BulkRecord) -> dict[DocumentRef, tuple[BulkOutcome, str]]:
    found = await office.services.bulk_acts.documents(record.account_id, record.bulk_id)
    return {each.ref: (each.outcome, each.words) for each in found}


async def timeline(office: Office, ref: DocumentRef) -> list[str]:
    entries = (await office.services.store.timeline(ref)).entries
    return [f"{line(entry)} {cause_words(entry.cause)}" for entry in entries]


async def test_held_documents_of_a_filter_are_ignored_and_taken_up_again(office: Office, edge: Edge) -> None:
    customer_id, refs = await unlinked(office, 3)
    address = await asked(edge, office, "ignore", because="billed by hand", customer=customer_id)
    page = (await edge.client.get(address)).text
    assert "Ignore: 3 documents" in page
    assert "Ignore these 3 documents" in page
    assert not [ref for ref in refs if (await office.link(ref)).ignored], "nothing happens before it is confirmed"
    later = await office.final(customer_id)
    await office.signal([later], "finalized")
    await office.reach([later], SyncState.HELD)
    assert [await press(edge, address, "confirm") for _ in range(2)] == [303, 303]
    record = await ended(office, address)
    assert (record.documents, record.confirmed_by) == (3, "Ada")
    assert set((await results(office, record)).values()) == {(BulkOutcome.DONE, "")}
    for ref in refs:
        decision = (await office.link(ref)).ignored
        assert decision
        assert (decision.because, decision.who) == ("billed by hand", "Ada")
        assert sum("Ignored from now on: billed by hand" in each for each in await timeline(office, ref)) == 1
    assert "Ada, bulk act" in " ".join(await timeline(office, refs[0]))
    assert (await office.link(later)).ignored is None, "it came after the list was frozen"
    back = await asked(edge, office, "take_up", customer=customer_id)
    await press(edge, back, "confirm")
    assert (await ended(office, back)).documents == 3
    await office.reach(refs, SyncState.HELD)
    assert not [ref for ref in refs if (await office.link(ref)).ignored]


async def test_a_retry_of_many_brings_to_xero_what_was_mended(office: Office, edge: Edge) -> None:
    ref, number, xero_id = await taken(office)
    renamed = {"InvoiceID": xero_id, "InvoiceNumber": f"{number}-other"}
    (await office.people.xero.post(f"/api.xro/2.0/Invoices/{xero_id}", json=renamed)).raise_for_status()
    customer_id = (await office.link(ref)).customer_id or ""
    address = await asked(edge, office, "retry", customer=customer_id, hold=HoldReason.NUMBER_TAKEN.value)
    await press(edge, address, "confirm")
    record = await ended(office, address)
    assert await results(office, record) == {ref: (BulkOutcome.DONE, "")}
    assert "By hand: retry. Ada, bulk act" in await timeline(office, ref)
    await office.reach([ref], SyncState.PUSHED)


async def test_both_sides_of_many_are_read_again(office: Office, edge: Edge) -> None:
    customer_id = await office.customer()
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    address = await asked(edge, office, "resync", customer=customer_id)
    await press(edge, address, "confirm")
    [(outcome, words)] = (await results(office, await ended(office, address))).values()
    assert outcome is BulkOutcome.DONE
    assert "is FINAL in Sequence; in Xero it is AUTHORISED, not sent" in words


async def test_of_two_people_one_confirms_and_the_other_is_told(office: Office, edge: Edge) -> None:
    customer_id, _ = await unlinked(office, 1)
    address = await asked(edge, office, "ignore", because="by hand", customer=customer_id)
    bulk_id = address.rpartition("/")[2]
    async with office.services.bulk_acts.confirming(office.account_id, bulk_id, "Bob"):
        await start_bulk(office.services.temporal, office.account_id, bulk_id)
    late = await edge.client.post(f"{address}/confirm", headers={"Origin": edge.url})
    assert late.status_code == 409
    assert re.search(r"Bob confirmed this at [0-9:]{8} UTC, before you: it is done once\.", late.text)
    assert (await ended(office, address)).confirmed_by == "Bob"


async def test_what_changed_after_it_was_listed_is_left_alone_and_says_so(office: Office, edge: Edge) -> None:
    customer_id, refs = await unlinked(office, 3)
    address = await asked(edge, office, "ignore", because="mine", customer=customer_id)
    await ignore(office.services, refs[0], "theirs")
    await office.act(refs[1], "void")
    await office.signal([refs[1]], "voided")
    await office.reach([refs[1]], SyncState.VOIDED)
    await press(edge, address, "confirm")
    found = await results(office, await ended(office, address))
    assert found[refs[0]][0] is BulkOutcome.REFUSED
    assert "ignored it: theirs" in found[refs[0]][1]
    assert found[refs[1]][0] is BulkOutcome.NOTHING_TO_DO
    assert "Not on hold any more." in found[refs[1]][1]
    assert found[refs[2]] == (BulkOutcome.DONE, "")
    decision = (await office.link(refs[0])).ignored
    assert decision
    assert decision.because == "theirs"
    await take_up(office.services, refs[0])


async def test_a_start_whose_confirmation_was_lost_does_nothing(office: Office) -> None:
    _, [ref] = await unlinked(office, 1)
    selection = Selection(search=(await office.link(ref)).number or "")
    record = await office.services.bulk_acts.freeze(office.account_id, selection, BulkAct.IGNORE, "x", "Ada")

    async def confirm_and_die() -> None:
        async with office.services.bulk_acts.confirming(office.account_id, record.bulk_id, "Ada"):
            await start_bulk(office.services.temporal, office.account_id, record.bulk_id)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await confirm_and_die()
    handle = office.services.temporal.get_workflow_handle(f"bulk/{office.account_id}/{record.bulk_id}")
    await handle.result()
    assert (await office.link(ref)).ignored is None
    assert (await office.services.bulk_acts.get(office.account_id, record.bulk_id)).confirmed_at is None


async def test_the_csv_has_each_document_with_its_result(office: Office, edge: Edge) -> None:
    customer_id, refs = await unlinked(office, 2)
    address = await asked(edge, office, "retry", customer=customer_id)
    await press(edge, address, "confirm")
    await ended(office, address)
    answer = await edge.client.get(f"{address}/documents.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["id"] for row in rows} == {ref.document_id for ref in refs}
    assert {(row["result"], row["hold when listed"]) for row in rows} == {("done", "customer_unlinked")}


async def test_a_viewer_sees_results_and_asks_for_nothing(office: Office, edge: Edge) -> None:
    customer_id, _ = await unlinked(office, 1)
    address = await asked(edge, office, "retry", customer=customer_id)
    await signed_in(office, edge, Role.VIEWER)
    page = await edge.client.get(address)
    assert page.status_code == 200
    assert "Retry this document" not in page.text
    assert "Act on all" not in (await edge.client.get(f"/accounts/{office.account_id}/documents")).text
    for verb in ("confirm", "go-on", "stop", "discard"):
        assert await press(edge, address, verb) == 403
    answer = await edge.client.post(
        f"/accounts/{office.account_id}/bulk", data={"act": "retry"}, headers={"Origin": edge.url}
    )
    assert answer.status_code == 403
    await signed_in(office, edge)
    assert await press(edge, address, "discard") == 303
    assert (await edge.client.get(address)).status_code == 404


async def test_what_can_not_be_asked_is_refused_in_a_sentence(office: Office, edge: Edge) -> None:
    for form, words in [
        ({"act": "delete"}, "Say what to do"),
        ({"act": "ignore"}, "Give the reason"),
        ({"act": "retry", "state": "lost"}, "There is no state lost"),
    ]:
        answer = await edge.client.post(f"/accounts/{office.account_id}/bulk", data=form, headers={"Origin": edge.url})
        assert answer.status_code in (400, 409)
        assert words in answer.text
