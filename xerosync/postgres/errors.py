"""What can go wrong with the store.

XerosyncError
├── RetryLaterError
│   └── StoreUnavailableError        the database is down, full, or lost the connection
│       ├── StoreBusyError           another transaction holds what is asked for
│       ├── StoreReadOnlyError       it takes no writes
│       └── GrantChangedError        the lock of a grant was lost, and another worker saved first
├── HoldError
│   └── XeroDocumentTakenError       two documents claim one in Xero
├── MisconfiguredError               URL, user, password, database, TLS or pooler is wrong
│   ├── SchemaTooNewError            a newer xerosync took away what this one works with
│   ├── SchemaTooOldError            it was not migrated for this one
│   └── UnreadableSecretError        no key of XEROSYNC_TOKEN_KEYS opens what is stored
├── MissingError                     there is no such grant or connection
└── StoreFaultError                  the database refused a statement of ours

`store_error` turns an exception of asyncpg or of the operating system into one of these. Messages name host and
database, never user or password, and never what was in a row.
"""

import socket
import ssl

import asyncpg

from xerosync.core.errors import HoldError, MisconfiguredError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.metrics.counts import StoreTrouble
from xerosync.postgres.pooling import POOLED

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""All that asyncpg lets out. A timeout is an OSError."""


class StoreUnavailableError(RetryLaterError):
    """The database does not answer."""

    is_storable = False


class StoreBusyError(StoreUnavailableError):
    """Another transaction holds what is asked for."""


class StoreReadOnlyError(StoreUnavailableError):
    """The database takes no writes."""


class GrantChangedError(StoreUnavailableError):
    """Another worker saved the grant meanwhile: read it again."""

    ambiguous = False


class XeroDocumentTakenError(HoldError):
    """The document in Xero belongs to another document already."""

    def __init__(self) -> None:
        super().__init__(HoldReason.NUMBER_TAKEN, "the document in Xero is linked to another document of Sequence")


class SchemaTooNewError(MisconfiguredError):
    """A newer xerosync took away what this one works with."""


class SchemaChangedError(MisconfiguredError):
    """Another build of xerosync made the tables."""


class SchemaTooOldError(MisconfiguredError):
    """The database was not migrated for this xerosync."""


class UnreadableSecretError(MisconfiguredError):
    """No key opens what is stored."""


class StoreFaultError(XerosyncError):
    """The database refused a statement. `sqlstate` is PostgreSQL's code, `constraint` what was violated."""

    def __init__(self, message: str, sqlstate: str | None = None, constraint: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.constraint = constraint


_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)

_UNAVAILABLE: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.CannotConnectNowError, "it is starting up or shutting down"),
    (asyncpg.TooManyConnectionsError, "it has no connection left; raise its max_connections or run fewer workers"),
    (asyncpg.DiskFullError, "its disk is full"),
    (asyncpg.InsufficientResourcesError, "it is out of memory or of some other resource"),
    (asyncpg.SerializationError, "another transaction was in the way"),
    (asyncpg.DeadlockDetectedError, "another transaction was in the way"),
    (asyncpg.LockNotAvailableError, "another transaction was in the way"),
    (asyncpg.ReadOnlySQLTransactionError, "it takes no writes at present"),
    (asyncpg.QueryCanceledError, "the statement was cancelled"),
    (asyncpg.InvalidCachedStatementError, "it was migrated at this moment"),
    (asyncpg.OutdatedSchemaCacheError, "it was migrated at this moment"),
    (asyncpg.OperatorInterventionError, "it is being stopped"),
    (asyncpg.PostgresSystemError, "its machine has a fault"),
    (asyncpg.PostgresConnectionError, "the connection was lost"),
    (asyncpg.InterfaceError, "the connection was lost"),
    (asyncpg.InternalClientError, "the connection was lost"),
    (TimeoutError, "it took too long"),
    (socket.gaierror, "its host name is not known; if that lasts, correct XEROSYNC_DATABASE_URL"),
    (ConnectionRefusedError, "nothing listens there; start PostgreSQL, or correct XEROSYNC_DATABASE_URL"),
    (FileNotFoundError, "nothing listens there; start PostgreSQL, or correct XEROSYNC_DATABASE_URL"),
    (OSError, "the network failed; if that lasts, correct XEROSYNC_DATABASE_URL"),
)
"""From the particular to the general: the first class that fits says why."""

_TROUBLE: tuple[tuple[tuple[type[Exception], ...], StoreTrouble | None], ...] = (
    ((asyncpg.TooManyConnectionsError,), StoreTrouble.CONNECTIONS),
    ((asyncpg.DiskFullError,), StoreTrouble.FULL),
    ((asyncpg.ReadOnlySQLTransactionError,), StoreTrouble.READ_ONLY),
    # Two of ours met, or somebody ended a statement: the database is well.
    ((*_BUSY, asyncpg.SerializationError, asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError), None),
    ((TimeoutError, asyncpg.QueryCanceledError), StoreTrouble.SLOW),
)

_MISCONFIGURED: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.InvalidCatalogNameError, "There is no {}: create it, or name another one in XEROSYNC_DATABASE_URL."),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        "{} does not let us in: correct user and password in XEROSYNC_DATABASE_URL.",
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        "{} does not let this user do that: let the owner of the tables run `starter.py migrate`.",
    ),
    (asyncpg.DuplicatePreparedStatementError, POOLED),
    (asyncpg.InvalidSQLStatementNameError, POOLED),
    (asyncpg.UndefinedTableError, "{} lacks the tables of xerosync: run `starter.py migrate`, which makes them."),
    (asyncpg.UndefinedColumnError, "{} is older than this xerosync: run `starter.py migrate`."),
)


_UNKNOWN_PART = "XEROSYNC_DATABASE_URL has a part that PostgreSQL does not know ({})."
_NO_AUTHORITY = (
    "{} can't be checked: add sslrootcert=FILE to XEROSYNC_DATABASE_URL, with the certificate of its authority in the "
    "file (/etc/ssl/certs/ca-certificates.crt has the public ones)."
)
_WRONG_CERTIFICATE = (
    "{} shows a certificate that is not trusted, or is another host's: correct the host or sslrootcert in "
    "XEROSYNC_DATABASE_URL."
)
_NO_TLS = (
    "{} speaks no TLS: turn it on there, or leave sslmode out of XEROSYNC_DATABASE_URL and name the host in "
    "XEROSYNC_PLAINTEXT_HOSTS."
)
_REFUSED_SETTINGS = (
    "{} is behind a pooler that refuses our settings of a session: in PgBouncer, add ignore_startup_parameters = "
    "idle_in_transaction_session_timeout, tcp_keepalives_idle, tcp_keepalives_interval, tcp_keepalives_count."
)


def connect_error(error: BaseException, where: str) -> XerosyncError:
    """Return our error for a connection that could not be opened; the driver's words may quote a part of the URL."""
    sentence = _connecting(error)
    if sentence is None:
        return store_error(error, where)
    said = sentence.format(where)
    return MisconfiguredError(said[0].upper() + said[1:])


def _connecting(error: BaseException) -> str | None:
    words = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _WRONG_CERTIFICATE
    # Of the driver's own errors about TLS only the words tell which it is.
    if isinstance(error, ConnectionError) and "rejected SSL upgrade" in words:
        return _NO_TLS
    if isinstance(error, asyncpg.ProtocolViolationError) and "startup parameter" in words:
        return _REFUSED_SETTINGS
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return _NO_AUTHORITY if "root certificate" in words else _UNKNOWN_PART
    return None


def trouble_of(error: BaseException) -> StoreTrouble | None:
    """Return what ails the database by one of `DRIVER_ERRORS`; None where nothing does."""
    for kinds, trouble in _TROUBLE:
        if isinstance(error, kinds):
            return trouble
    is_away = not isinstance(error, asyncpg.DataError) and isinstance(error, tuple(kind for kind, _ in _UNAVAILABLE))
    return StoreTrouble.AWAY if is_away else None


def store_error(error: BaseException, where: str) -> XerosyncError:
    """Return our error for one of `DRIVER_ERRORS`; `where` is as `place_of` gives it."""
    for kind, sentence in _MISCONFIGURED:
        if isinstance(error, kind):
            said = sentence.format(where)
            return MisconfiguredError(said[0].upper() + said[1:])
    constraint = getattr(error, "constraint_name", None)
    if constraint == "documents_xero_id":
        return XeroDocumentTakenError()
    if not isinstance(error, asyncpg.DataError):
        for kind, reason in _UNAVAILABLE:
            if isinstance(error, kind):
                ours = StoreBusyError if isinstance(error, _BUSY) else StoreUnavailableError
                return ours(f"The {where} did not answer: {reason}.")
    sqlstate = getattr(error, "sqlstate", None)
    about = ", ".join(str(part) for part in (type(error).__name__, sqlstate, constraint) if part)
    return StoreFaultError(f"The {where} refused a statement ({about}).", sqlstate, constraint)
