"""A migrated database for the tests that ask for one."""

from tests.store.conftest import breaker, database, keys

__all__ = ["breaker", "database", "keys"]
