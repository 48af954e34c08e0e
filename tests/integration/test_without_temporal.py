"""What needs no workflow works while Temporal is away; the rest says in one sentence that it is, and does nothing."""

from pathlib import Path

import pytest

from tests.integration.office import Office
from tests.integration.program import Ended, run
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState

NOWHERE = "127.0.0.1:1"


async def without_temporal(office: Office, folder: Path, *arguments: str) -> Ended:
    asked = (*arguments, "--account", office.account_id)
    return await run(*asked, folder=folder, settings={**office.environment, "TEMPORAL_ADDRESS": NOWHERE})


@pytest.fixture
async def held(office: Office) -> DocumentRef:
    """An invoice whose customer is not linked."""
    ref = await office.final(await office.customer(linked=False))
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    return ref


async def test_lists_and_the_last_comparison_are_shown(office: Office, held: DocumentRef, tmp_path: Path):
    compared = ("reconcile", "--json", "--account", office.account_id)
    await run(*compared, folder=tmp_path, settings=office.environment)
    customer_id = (await office.link(held)).customer_id
    assert customer_id
    last = await without_temporal(office, tmp_path, "reconcile", "--last", "--json")
    assert held.document_id in {each["document_id"] for each in last.data["findings"]}
    customers = await without_temporal(office, tmp_path, "customers", "--state", "unlinked")
    assert (customers.code, customers.err) == (0, "")
    assert customer_id in customers.out
    suggested = await without_temporal(office, tmp_path, "link-customer", customer_id)
    assert (suggested.code, suggested.err) == (0, "")
    settings = await without_temporal(office, tmp_path, "settings")
    assert (settings.code, office.account_id in settings.out) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("sweep",),
        ("reconcile",),
        ("reconcile", "--fix"),
        ("settings", "--sweep-interval", "PT7M"),
        ("import-customers", "--preview"),
    ],
)
async def test_what_needs_it_says_so_and_changes_nothing(office: Office, arguments: tuple[str, ...], tmp_path: Path):
    ended = await without_temporal(office, tmp_path, *arguments)
    [said] = ended.err.splitlines()
    assert (ended.code, ended.out) == (1, "")
    assert said.startswith(f"Temporal does not answer at {NOWHERE}: start it, or correct TEMPORAL_ADDRESS")
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert connection.sweep_interval is None


async def test_linking_a_customer_says_so_and_links_nothing(office: Office, held: DocumentRef, tmp_path: Path):
    customer_id = (await office.link(held)).customer_id
    assert customer_id
    ended = await without_temporal(office, tmp_path, "link-customer", customer_id, office.linked[customer_id])
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Temporal does not answer at")
    assert await office.services.store.contact_of(office.account_id, customer_id) is None
