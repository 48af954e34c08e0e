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
from tests.store.timeline_conformance import TimelineConformance
from xerosync.postgres import Database, PostgresHoldProbes, PostgresImports, PostgresReconciles, PostgresStore


class TestMemoryStore(DocumentConformance, ConnectionConformance, TimelineConformance, OwedConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestPostgresStore(DocumentConformance, ConnectionConformance, TimelineConformance, OwedConformance):
    @pytest.fixture
    def store(self, database: Database) -> PostgresStore:
        return PostgresStore(database)


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
