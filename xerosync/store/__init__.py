"""Everything that knows SQL: what xerosync knows beyond any workflow run, in PostgreSQL or in memory.

`open_database` lends a pool, `migrate` brings its tables up to date; `PostgresStore`, `PostgresGrants` and
`PostgresAccounts` keep links, tokens and credentials in it. `MemoryStore` and `MemoryGrants` do the same without.
"""

from xerosync.store.accounts import PostgresAccounts
from xerosync.store.cipher import Cipher
from xerosync.store.database import Database, open_database
from xerosync.store.errors import StoreUnavailableError
from xerosync.store.grants import PostgresGrants
from xerosync.store.memory import MemoryStore
from xerosync.store.memory_grants import MemoryGrants
from xerosync.store.migrations import migrate
from xerosync.store.postgres import PostgresStore
from xerosync.store.records import AccountCredentials, Count, CustomerLink

__all__ = [
    "AccountCredentials",
    "Cipher",
    "Count",
    "CustomerLink",
    "Database",
    "MemoryGrants",
    "MemoryStore",
    "PostgresAccounts",
    "PostgresGrants",
    "PostgresStore",
    "StoreUnavailableError",
    "migrate",
    "open_database",
]
