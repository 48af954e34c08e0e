"""Everything that knows SQL: what xerosync knows beyond any workflow run, in PostgreSQL or in memory.

`open_database` lends a pool, `migrate` brings its tables up to date, `check_schema` sees whether they are;
`PostgresStore`, `PostgresGrants` and
`PostgresAccounts` keep links, tokens and credentials in it; `PostgresBudget` and `PostgresRates` tell all
workers whose turn it is; `PostgresImports` keeps reports of imported customers, `PostgresReconciles` what reconciles
find, `PostgresLooks` what was last looked for in Xero. `MemoryStore`, `MemoryGrants`, `MemoryImports`,
`MemoryReconciles` and `MemoryLooks` do without a database.
"""

from xerosync.store.accounts import PostgresAccounts
from xerosync.store.budget import PostgresBudget
from xerosync.store.cipher import Cipher
from xerosync.store.database import Database, open_database
from xerosync.store.errors import StoreUnavailableError
from xerosync.store.grants import PostgresGrants
from xerosync.store.imports import PostgresImports
from xerosync.store.looks import MemoryLooks, PostgresLooks
from xerosync.store.memory import MemoryStore
from xerosync.store.memory_grants import MemoryGrants
from xerosync.store.memory_imports import MemoryImports
from xerosync.store.memory_reconciles import MemoryReconciles
from xerosync.store.migrations import Migration, check_schema, migrate
from xerosync.store.postgres import PostgresStore
from xerosync.store.rates import PostgresRates
from xerosync.store.reconciles import PostgresReconciles
from xerosync.store.records import AccountCredentials, Count, CustomerLink

__all__ = [
    "AccountCredentials",
    "Cipher",
    "Count",
    "CustomerLink",
    "Database",
    "MemoryGrants",
    "MemoryImports",
    "MemoryLooks",
    "MemoryReconciles",
    "MemoryStore",
    "Migration",
    "PostgresAccounts",
    "PostgresBudget",
    "PostgresGrants",
    "PostgresImports",
    "PostgresLooks",
    "PostgresRates",
    "PostgresReconciles",
    "PostgresStore",
    "StoreUnavailableError",
    "check_schema",
    "migrate",
    "open_database",
]
