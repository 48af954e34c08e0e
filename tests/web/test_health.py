"""What edge and worker say of themselves, and do, while Temporal was never there."""

import json

import pytest

from tests.web.receiving import ACCOUNT
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.temporal import TemporalUnavailableError, connect
from xerosync.customers.client import CustomerWorkflows
from xerosync.documents.client import DocumentWorkflows
from xerosync.postgres import Database, PostgresStore
from xerosync.readiness import Readiness
from xerosync.web.webhooks.signals import TemporalSignals


async def nothing() -> None:
    pass


async def test_without_temporal_the_edge_is_ready_and_says_so() -> None:
    client = await connect(lazy=True, target_host="127.0.0.1:1")
    readiness = Readiness(database=nothing, temporal=client.service_client.check_health, needs_temporal=False)
    answer = await readiness.readyz()
    assert (answer.status, json.loads(answer.body)) == (200, {"database": "ok", "temporal": "no answer"})


async def test_without_temporal_a_worker_is_not_ready_and_says_so() -> None:
    client = await connect(lazy=True, target_host="127.0.0.1:1")
    readiness = Readiness(database=nothing, temporal=client.service_client.check_health)
    answer = await readiness.readyz()
    assert (answer.status, json.loads(answer.body)) == (503, {"database": "ok", "temporal": "no answer"})


async def test_a_signal_that_temporal_never_took_is_for_later(database: Database) -> None:
    client = await connect(lazy=True, target_host="127.0.0.1:1")
    signals = TemporalSignals(client, DocumentWorkflows(client), CustomerWorkflows(client), PostgresStore(database))
    with pytest.raises(TemporalUnavailableError):
        await signals.document(DocumentRef(account_id=ACCOUNT, kind=Kind.INVOICE, document_id="i"), "sent", None)
    with pytest.raises(TemporalUnavailableError):
        await signals.sweep(ACCOUNT)
