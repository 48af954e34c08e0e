"""What people do about a document in the console, on the real stack."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from tests.integration.office import Office
from tests.integration.test_console_access import signed_in
from tests.integration.test_operators import taken
from tests.web.edge import Edge, open_edge
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState
from xerosync.documents.timeline_text import cause_words, line


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        edge.client.headers["Accept"] = "text/html"
        yield await signed_in(office, edge)


def path_of(ref: DocumentRef) -> str:
    return f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}"


async def version(edge: Edge, ref: DocumentRef) -> str:
    found = re.search(r'name="version" value="([^"]+)"', (await edge.client.get(path_of(ref))).text)
    assert found
    return found[1]


async def act(edge: Edge, ref: DocumentRef, name: str, **form: str) -> httpx.Response:
    return await edge.client.post(f"{path_of(ref)}/{name}", data=form, headers={"Origin": edge.url})


async def test_what_has_the_number_in_xero_is_compared_and_adopted(office: Office, edge: Edge) -> None:
    ref, _, xero_id = await taken(office)
    assert "Compare with the one in Xero" in (await edge.client.get(path_of(ref))).text
    compared = (await edge.client.get(f"{path_of(ref)}/adopt")).text
    assert "its total is 48.00, not 45.00" in compared
    assert (await office.link(ref)).xero is None
    done = await act(edge, ref, "adopt", xero_id=xero_id, version=await version(edge, ref))
    assert done.headers["location"] == f"{path_of(ref)}?done=adopt"
    await office.reach([ref], SyncState.PUSHED)
    page = (await edge.client.get(done.headers["location"])).text
    assert "Ada" in page
    assert "A person took it over all the same." in page


async def test_of_two_people_who_act_at_once_one_wins_and_the_other_is_told(office: Office, edge: Edge) -> None:
    ref, number, xero_id = await taken(office)
    seen = await version(edge, ref)
    assert (await act(edge, ref, "ignore", because="billed by hand", version=seen)).status_code == 303
    for name, form in [("retry", {}), ("ignore", {"because": "twice"}), ("adopt", {"xero_id": xero_id})]:
        late = await act(edge, ref, name, version=seen, **form)
        assert late.status_code == 409
        assert f"{number} has changed since you saw it" in late.text
        assert "billed by hand" in late.text, "it is shown as it is now"
    link = await office.link(ref)
    assert link.ignored
    assert (link.ignored.because, link.ignored.who) == ("billed by hand", "Ada")
    assert link.xero is None
    assert (await act(edge, ref, "retry", version=await version(edge, ref))).status_code == 303
    await office.reach([ref], SyncState.HELD)


async def test_a_refusal_is_told_in_place(office: Office, edge: Edge) -> None:
    ref, _, _ = await taken(office)
    refused = await act(edge, ref, "ignore", because=" ", version=await version(edge, ref))
    assert refused.status_code == 409
    assert "Give the reason" in refused.text
    assert "What happened" in refused.text


async def test_a_preview_shows_fields_and_what_keeps_a_document_away(office: Office, edge: Edge) -> None:
    ref = await office.final(await office.customer(linked=False))
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    page = (await edge.client.get(f"{path_of(ref)}/preview")).text
    assert "would be on hold and nothing sent: customer unlinked" in page
    assert "3000-01-01" in page


async def test_a_document_that_was_never_reported_is_shown_and_reported(office: Office, edge: Edge) -> None:
    ref = await office.final(await office.customer())
    number = (await office.look(ref))["invoiceNumber"]
    page = await edge.client.get(path_of(ref))
    assert page.status_code == 200
    for words in (number, "It is FINAL in Sequence, but nobody reported it here", "Open in Sequence", "45.00 GBP"):
        assert words in page.text
    assert f"{number} would be created" in (await edge.client.get(f"{path_of(ref)}/preview")).text
    assert (await act(edge, ref, "report")).headers["location"] == path_of(ref)
    await office.reach([ref], SyncState.PUSHED)
    assert "By hand: finalize. Ada" in await lines_of(office, ref)
    assert "not reported" not in (await edge.client.get(path_of(ref))).text


async def test_a_draft_is_shown_and_can_not_be_reported(office: Office, edge: Edge) -> None:
    ref = await office.draft(await office.customer())
    page = (await edge.client.get(path_of(ref))).text
    assert "Nothing goes to Xero before it is finalized" in page
    assert "Report it now" not in page
    await act(edge, ref, "report")
    assert (await office.link(ref)).updated_at is None


async def test_a_document_that_nobody_has_is_missing(office: Office, edge: Edge) -> None:
    ref = DocumentRef(account_id=office.account_id, kind=Kind.INVOICE, document_id=str(uuid4()))
    for path in ("", "/preview", "/adopt"):
        answer = await edge.client.get(f"{path_of(ref)}{path}")
        assert answer.status_code == 404
        assert "nor in Sequence" in answer.text
    assert (await act(edge, ref, "retry")).status_code == 404


async def lines_of(office: Office, ref: DocumentRef) -> list[str]:
    entries = (await office.services.store.timeline(ref)).entries
    return [f"{line(entry)} {cause_words(entry.cause)}" for entry in entries]
