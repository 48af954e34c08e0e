"""The billing system reports and asks over the JSON API, with a key that the command line makes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.office import Office
from tests.integration.program import run
from tests.web.edge import Edge, open_edge
from xerosync.core.api_keys import Scope
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        yield edge


def path(ref: DocumentRef) -> str:
    return f"/api/v1/documents/{ref.kind}/{ref.document_id}"


async def test_a_reported_document_goes_to_xero_and_its_timeline_names_the_key(office: Office, edge: Edge) -> None:
    _, secret = await office.services.api_keys.make(office.account_id, "billing", list(Scope), "Ada")
    edge.client.headers["Authorization"] = f"Bearer {secret}"
    ref = await office.final(await office.customer())
    assert (await edge.client.get(path(ref))).status_code == 404
    taken = await edge.client.post(f"{path(ref)}/finalized")
    assert (taken.status_code, taken.json()["signal"]) == (202, "finalized"), taken.text
    await office.reach([ref], SyncState.PUSHED)
    shown = (await edge.client.get(path(ref))).json()
    assert (shown["state"], shown["xero"]["status"]) == ("pushed", "AUTHORISED")
    asked = [entry for entry in shown["timeline"]["entries"] if entry["happened"] == "asked"]
    assert [entry["cause"]["who"] for entry in asked] == ["API key billing"]


async def test_a_document_that_sequence_does_not_have_can_not_be_reported(office: Office, edge: Edge) -> None:
    _, secret = await office.services.api_keys.make(office.account_id, "billing", list(Scope), "Ada")
    answer = await edge.client.post(
        "/api/v1/documents/invoice/nobody/sent", headers={"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


async def test_a_key_is_made_shown_once_listed_and_revoked(office: Office, edge: Edge, tmp_path: Path) -> None:
    async def api_key(*arguments: str) -> object:
        return (await run("api-key", *arguments, "--json", folder=tmp_path, settings=office.environment)).data

    made = await api_key("sidebar", "--scope", "read")
    assert isinstance(made, dict)
    header = {"Authorization": f"Bearer {made['key']}"}
    assert (await edge.client.get("/api/v1/documents", headers=header)).status_code == 200
    listed = await api_key()
    assert isinstance(listed, list)
    assert made["key"] not in str(listed)
    assert made["key_id"] in {key["key_id"] for key in listed}
    await api_key("--revoke", made["key_id"])
    assert (await edge.client.get("/api/v1/documents", headers=header)).status_code == 401
    wrong = await run("api-key", "--revoke", "nobody", folder=tmp_path, settings=office.environment)
    assert (wrong.code, wrong.err.strip()) == (2, "There is no API key nobody. `starter.py api-key` lists them.")
