"""A worker dies by SIGKILL in the midst of a bulk act: another one ends it, and each document is acted on once."""

import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import Office, open_office
from tests.integration.program import WORKER, running
from tests.patience import until
from xerosync.bulk.messages import BulkAct, BulkOutcome
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import Hold, HoldReason
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import ChangeCause, EntryKind, caused_by
from xerosync.faultpoints import VARIABLE, FaultPoint
from xerosync.operations.bulk import ask_for, confirm


@pytest.fixture
async def office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    """An office whose workers are processes of their own."""
    async with (
        a_database(embedded, "template1") as url,
        open_office(embedded, url, namespace=await a_namespace(embedded), works=False) as office,
    ):
        yield office


async def held(office: Office, count: int) -> list[DocumentRef]:
    customer_id = await office.customer(linked=False)
    refs = [await office.final(customer_id) for _ in range(count)]
    hold = Hold(reason=HoldReason.CUSTOMER_UNLINKED, words="", since=utc_now())
    for ref in refs:
        document = await office.services.billing.document(ref)
        await office.services.store.change(ref, lambda link, document=document: link.read(document).held(hold))
    return refs


@pytest.mark.slow
async def test_another_worker_ends_it_and_each_document_is_ignored_once(office: Office, tmp_path: Path) -> None:
    refs, acts = await held(office, 24), office.services.bulk_acts
    settings = {**office.environment, VARIABLE: f"{FaultPoint.DOCUMENT_STORED}:{tmp_path / 'died'}"}
    async with running(folder=tmp_path, settings=settings, script=WORKER) as victim:
        with caused_by(ChangeCause(who="Ada")):
            asked = await ask_for(office.services, office.account_id, Selection(), BulkAct.IGNORE, "by hand")
            await confirm(office.services, office.account_id, asked.bulk_id)
        assert await victim.process.wait() == -signal.SIGKILL
    assert [ref for ref in refs if (await office.link(ref)).ignored], "it died after the first was stored"
    counts = await acts.outcomes(asked.bulk_id)
    assert set(counts) == {BulkOutcome.BEGUN}, "no result was kept yet"

    async def is_over() -> bool:
        return (await acts.get(office.account_id, asked.bulk_id)).ended_at is not None

    async with running(folder=tmp_path, settings=settings, script=WORKER):
        await until(is_over)
        # Whatever the dead worker owed was settled by the one that went on, too.
        overdue = await office.services.store.overdue(office.account_id, utc_now() + timedelta(hours=1))
    assert await acts.outcomes(asked.bulk_id) == {BulkOutcome.DONE: len(refs)}
    assert overdue == []
    for ref in refs:
        entries = (await office.services.store.timeline(ref)).entries
        ignored = [entry for entry in entries if entry.happened is EntryKind.IGNORED]
        assert [(entry.cause.who, entry.words, entry.times) for entry in ignored] == [("Ada", "by hand", 1)]
