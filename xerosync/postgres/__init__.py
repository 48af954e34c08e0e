"""Everything that knows SQL: what xerosync knows beyond any workflow run, kept in PostgreSQL.

`open_database` lends a pool, `migrate` brings its tables up to date, `check_schema` sees whether they are. Each
`Postgres…` class keeps one kind of thing: documents and links, grants, credentials, call budgets, imports, bulk acts,
reconciles,
hold probes, figures for monitoring.
"""

from xerosync.postgres.accounts import PostgresAccounts
from xerosync.postgres.api_keys import PostgresApiKeys
from xerosync.postgres.backfill_previews import PostgresBackfillPreviews
from xerosync.postgres.bulk import PostgresBulkActs
from xerosync.postgres.call_budget import PostgresBudget, PostgresRates
from xerosync.postgres.cipher import Cipher
from xerosync.postgres.customers import PostgresImports
from xerosync.postgres.database import Database, open_database
from xerosync.postgres.document_lists import PostgresDocumentLists
from xerosync.postgres.documents import PostgresStore
from xerosync.postgres.errors import StoreReadOnlyError, StoreUnavailableError
from xerosync.postgres.grants import PostgresGrants
from xerosync.postgres.hold_probes import PostgresHoldProbes
from xerosync.postgres.inbox import HookActivity, PostgresInbox
from xerosync.postgres.migrations import Migration, check_schema, migrate
from xerosync.postgres.payload_keys import PostgresPayloadKeys
from xerosync.postgres.purge import PostgresPurge, Purged
from xerosync.postgres.reconcile import PostgresReconciles
from xerosync.postgres.records import Count, Total
from xerosync.postgres.sessions import PostgresSessions
from xerosync.postgres.standing import PostgresStanding, Standing, check_writable
from xerosync.postgres.sweep_spacings import PostgresSpacings
from xerosync.postgres.webhook_secrets import PostgresWebhookSecrets

__all__ = [
    "Cipher",
    "Count",
    "Database",
    "HookActivity",
    "Migration",
    "PostgresAccounts",
    "PostgresApiKeys",
    "PostgresBackfillPreviews",
    "PostgresBudget",
    "PostgresBulkActs",
    "PostgresDocumentLists",
    "PostgresGrants",
    "PostgresHoldProbes",
    "PostgresImports",
    "PostgresInbox",
    "PostgresPayloadKeys",
    "PostgresPurge",
    "PostgresRates",
    "PostgresReconciles",
    "PostgresSessions",
    "PostgresSpacings",
    "PostgresStanding",
    "PostgresStore",
    "PostgresWebhookSecrets",
    "Purged",
    "Standing",
    "StoreReadOnlyError",
    "StoreUnavailableError",
    "Total",
    "check_schema",
    "check_writable",
    "migrate",
    "open_database",
]
