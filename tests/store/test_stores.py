"""Both stores pass the same tests."""

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.doubles.memory_imports import MemoryImports
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.store.connection_conformance import ConnectionConformance
from tests.store.document_conformance import DocumentConformance
from tests.store.hold_probe_conformance import HoldProbeConformance
from tests.store.import_conformance import ImportConformance
from tests.store.owed_conformance import OwedConformance
from tests.store.reconcile_conformance import ReconcileConformance
from tests.store.samples import hold, ref
from tests.store.timeline_conformance import TimelineConformance
from xerosync.core.documents import Kind
from xerosync.postgres import Database, PostgresHoldProbes, PostgresImports, PostgresReconciles, PostgresStore


class TestMemoryStore(DocumentConformance, ConnectionConformance, TimelineConformance, OwedConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestPostgresStore(DocumentConformance, ConnectionConformance, TimelineConformance, OwedConformance):
    @pytest.fixture
    def store(self, database: Database) -> PostgresStore:
        return PostgresStore(database)

    async def test_documents_that_are_asked_for_together_come_in_that_order(self, store: PostgresStore) -> None:
        note, invoice, missing = ref("a", Kind.CREDIT_NOTE), ref("a"), ref("a", account_id="other")
        for known in (invoice, note):
            await store.change(known, lambda link: link.held(hold()))
        asked = [note, missing, invoice, note]
        assert await store.documents_of(asked) == [await store.document(each) for each in asked]
        assert await store.documents_of([]) == []


class TestMemoryImports(ImportConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def imports(self, store: MemoryStore) -> MemoryImports:
        return MemoryImports(store)


class TestPostgresImports(ImportConformance):
    @pytest.fixture
    def store(self, database: Database) -> PostgresStore:
        return PostgresStore(database)

    @pytest.fixture
    def imports(self, database: Database) -> PostgresImports:
        return PostgresImports(database)


class TestMemoryReconciles(ReconcileConformance):
    @pytest.fixture
    def reconciles(self) -> MemoryReconciles:
        return MemoryReconciles()


class TestPostgresReconciles(ReconcileConformance):
    @pytest.fixture
    def reconciles(self, database: Database) -> PostgresReconciles:
        return PostgresReconciles(database)


class TestMemoryHoldProbes(HoldProbeConformance):
    @pytest.fixture
    def hold_probes(self) -> MemoryHoldProbes:
        return MemoryHoldProbes()


class TestPostgresHoldProbes(HoldProbeConformance):
    @pytest.fixture
    def hold_probes(self, database: Database) -> PostgresHoldProbes:
        return PostgresHoldProbes(database)
