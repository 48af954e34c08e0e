"""The purge beside real work: a document whose details are gone still goes its way, once."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_namespace
from tests.integration.office import Office
from tests.integration.program import WORKER, run, running
from tests.patience import until
from xerosync.core.documents import Kind
from xerosync.customers.messages import ImportInput
from xerosync.documents.messages import SyncState
from xerosync.operations.purging import purge_older_than, purging

YEAR = timedelta(days=365)


@pytest.fixture
async def owner(embedded: EmbeddedServers, office: Office) -> str:
    """The URL of the office's database as the role that owns it."""
    name = urlsplit(office.environment["XEROSYNC_DATABASE_URL"]).path
    return urlsplit(embedded.database_url)._replace(path=name).geturl()


async def age(owner: str, *statements: str) -> None:
    server = await asyncpg.connect(owner)
    for statement in statements:
        await server.execute(statement)
    await server.close()


async def test_a_worker_purges_by_its_setting_and_what_is_purged_is_voided_once(
    office: Office, owner: str, embedded: EmbeddedServers, tmp_path: Path
) -> None:
    customer_id = await office.customer()
    refs = [await office.final(customer_id, kind) for kind in [Kind.INVOICE] * 3]
    for ref in refs:
        await office.act(ref, "send")
    await office.signal(refs, "sent")
    await office.reach(refs, SyncState.SETTLED)
    await age(
        owner,
        f"UPDATE documents SET updated_at = updated_at - interval '2 years' WHERE customer_id = '{customer_id}'",
        f"UPDATE customer_links SET linked_at = linked_at - interval '2 years' WHERE customer_id = '{customer_id}'",
    )
    before = [await office.link(ref) for ref in refs]

    asked = ("purge", "--keep", "P365D")
    shown = await run(*asked, folder=tmp_path, settings=office.environment)
    assert "timeline and customer's name of 3 documents that are done" in shown.out
    assert "names of 1 linked customer\n" in shown.out
    assert "`--confirm` purges them now." in shown.out
    assert (await office.services.store.timeline(refs[0])).entries, "a look changes nothing"

    async def is_purged() -> bool:
        return not any([(await office.services.store.timeline(ref)).entries for ref in refs])

    # In a namespace of its own: it takes none of the office's work.
    own = {"XEROSYNC_KEEP_DETAILS": "P365D", "XEROSYNC_SWEEP_INTERVAL": "PT12H", "XEROSYNC_HEALTH_PORT": "0"}
    settings = {**office.environment, **own, "TEMPORAL_NAMESPACE": await a_namespace(embedded)}
    async with running(folder=tmp_path, settings=settings, script=WORKER):
        await until(is_purged)
    number = before[0].number or ""
    story = await run("status", number, folder=tmp_path, settings=office.environment)
    assert "What happened earlier was purged on" in story.out
    after = [await office.link(ref) for ref in refs]
    assert after == [link.model_copy(update={"customer_name": None}) for link in before]

    # News of each comes twice: nothing is created again, and the void reaches the document that is there.
    await office.signal(refs, "finalized")
    await office.signal(refs, "sent")
    await office.act(refs[0], "void")
    await office.signal(refs[:1], "voided")
    await office.reach(refs[:1], SyncState.VOIDED)
    await office.reach(refs[1:], SyncState.SETTLED)
    await office.assert_once(refs[1:], sent=True)
    rows = (await office.in_xero(Kind.INVOICE))[number]
    assert [row["Status"] for row in rows] == ["VOIDED"]


async def test_without_a_setting_nothing_goes(office: Office, tmp_path: Path) -> None:
    async with purging(office.services, None):
        pass
    shown = await run("purge", "--confirm", folder=tmp_path, settings=office.environment)
    assert shown.out.startswith("Details are kept for good: XEROSYNC_KEEP_DETAILS is not set.")
    data = (await run("purge", "--json", folder=tmp_path, settings=office.environment)).data
    assert data == {"before": None, "documents": 0, "customers": 0, "report_rows": 0, "is_done": False}


@pytest.mark.parametrize("keep", ["P29D", "soon", "-P40D", "P999999D"])
async def test_a_duration_that_is_none_or_too_short_or_too_long_is_refused(
    office: Office, tmp_path: Path, keep: str
) -> None:
    refused = await run("purge", f"--keep={keep}", "--confirm", folder=tmp_path, settings=office.environment)
    assert (refused.code, refused.out) == (2, "")
    wanted = "an ISO 8601 duration from P30D to P36500D (a hundred years), such as P730D"
    assert refused.err == f"--keep must be {wanted}, not '{keep}'.\n"


async def test_the_directory_of_an_import_that_runs_is_kept(office: Office, owner: str) -> None:
    office.companies.sequence.faults.add("maintenance", method="GET", path="/api/customers")
    await office.services.imports.begin(office.account_id, "left")
    assert await office.services.customer_workflows.start_import(
        ImportInput(account_id=office.account_id, preview=True)
    )
    handle = office.services.customer_workflows.importing(office.account_id)
    insert = (
        "INSERT INTO known_customers (account_id, customer_id, import_id, name, name_key, kept_at) "
        f"VALUES ('{office.account_id}', 'known', 'any', 'Ada', 'ada', now() - interval '2 years')"
    )
    count = "SELECT count(*) FROM known_customers WHERE customer_id = 'known'"

    async def fired() -> bool:
        return any(rule.fired for rule in office.companies.sequence.faults.rules)

    try:
        # The import has dropped what others left before the row is written.
        await until(fired)
        await age(owner, insert)
        await purge_older_than(office.services, YEAR)
        server = await asyncpg.connect(owner)
        assert await server.fetchval(count) == 1
    finally:
        await handle.terminate()
    await purge_older_than(office.services, YEAR)
    assert await server.fetchval(count) == 0
    await server.close()
