"""Both stores pass the same tests."""

import pytest

from tests.store.connection_conformance import ConnectionConformance
from tests.store.document_conformance import DocumentConformance
from xerosync.store import Database, MemoryStore, PostgresStore


class TestMemoryStore(DocumentConformance, ConnectionConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestPostgresStore(DocumentConformance, ConnectionConformance):
    @pytest.fixture
    def store(self, database: Database) -> PostgresStore:
        return PostgresStore(database)
