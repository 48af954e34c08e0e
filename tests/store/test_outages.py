"""The database goes away and comes back; its settings are wrong."""

import asyncio
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from tests.store.breaker import Breaker
from tests.store.samples import NOON, document, ref
from xerosync.core.errors import MisconfiguredError
from xerosync.metrics.counts import StoreTrouble
from xerosync.postgres import Database, PostgresStore, StoreUnavailableError, open_database
from xerosync.postgres.database import QUERIES
from xerosync.postgres.errors import StoreFaultError, store_error, trouble_of


async def test_work_goes_on_when_a_database_that_was_down_is_back(breaker: Breaker) -> None:
    async with open_database(breaker.url) as database:
        store = PostgresStore(database)
        # More than one idle connection in the pool, so that more than one is found dead.
        await asyncio.gather(*(store.change(ref(f"{n}"), lambda link: link.read(document())) for n in range(5)))
        await breaker.cut()
        for _ in range(3):
            with pytest.raises(StoreUnavailableError) as outage:
                await store.change(ref("1"), lambda link: link.deleted())
            assert _password(breaker.url.get_secret_value()) not in str(outage.value)
            assert f"127.0.0.1:{urlsplit(breaker.url.get_secret_value()).port}" in str(outage.value)
        await breaker.mend()
        links = await asyncio.gather(*(store.document(ref(f"{n}")) for n in range(5)))
        assert [link.number for link in links] == ["INV-1"] * 5


async def test_a_transaction_whose_connection_dies_is_not_half_done(breaker: Breaker) -> None:
    async with open_database(breaker.url) as database:

        async def link_and_lose_the_connection() -> None:
            async with database.transaction() as session:
                await session.run(QUERIES.customers.link, **link, customer_name="")
                await breaker.cut()

        link = {"account_id": "acme", "customer_id": "cust-1", "contact_id": "contact-1"}
        with pytest.raises(StoreUnavailableError, match="the connection was lost"):
            await link_and_lose_the_connection()
        await breaker.mend()
        assert await PostgresStore(database).customer_links() == []


async def test_connections_that_the_server_ends_are_replaced(database: Database, database_url: str) -> None:
    store = PostgresStore(database)
    await asyncio.gather(*(store.document(ref()) for _ in range(5)))
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await administrator.close()
    outcomes = await asyncio.gather(*(store.document(ref()) for _ in range(20)), return_exceptions=True)
    assert all(not isinstance(each, BaseException) or isinstance(each, StoreUnavailableError) for each in outcomes)
    assert await store.document(ref())


async def test_waiting_for_a_connection_ends_in_one_sentence(database_url: str) -> None:
    async with open_database(SecretStr(database_url), connections=1, patience=0.2) as database, database.session():
        with pytest.raises(StoreUnavailableError, match=r"All connections to the database test_.* are busy"):
            await PostgresStore(database).document(ref())


async def test_a_pool_that_is_closed_says_so(database_url: str) -> None:
    async with open_database(SecretStr(database_url)) as database:
        pass
    with pytest.raises(StoreUnavailableError, match="this process is stopping"):
        await PostgresStore(database).document(ref())


async def test_a_database_that_is_down_at_the_start_is_worth_waiting_for(breaker: Breaker) -> None:
    await breaker.cut()
    with pytest.raises(StoreUnavailableError, match="nothing listens there; start PostgreSQL"):
        async with open_database(breaker.url):
            pass


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong"}, "does not let us in: correct user and password in XEROSYNC_DATABASE_URL"),
        ({"user": "nobody"}, "does not let us in: correct user and password in XEROSYNC_DATABASE_URL"),
        ({"path": "/missing"}, "There is no database missing at .*: create it, or name another one in XEROSYNC_"),
        ({"query": "sslmode=perhaps"}, "XEROSYNC_DATABASE_URL has a part that PostgreSQL does not know"),
    ],
)
async def test_a_wrong_setting_says_what_to_do(database_url: str, change: dict[str, str], sentence: str) -> None:
    parts = urlsplit(database_url)
    user, password = change.get("user", parts.username), change.get("password", parts.password)
    url = parts._replace(
        netloc=f"{user}:{password}@{parts.hostname}:{parts.port}",
        path=change.get("path", parts.path),
        query=change.get("query", ""),
    ).geturl()
    with pytest.raises(MisconfiguredError, match=sentence) as mistake:
        async with open_database(SecretStr(url)):
            pass
    assert str(password) not in str(mistake.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:s3cret@host/db",
        "s3cret",
        "",
        "postgresql:///db",
        "postgresql://u:s3/cret@host/db",
        "postgresql://u:s3#cret@host/db",
        "postgresql://u:s3?cret@host/db",
        "postgresql://u:s3cret@[host/db",
    ],
)
async def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(MisconfiguredError, match="XEROSYNC_DATABASE_URL must be of the form") as mistake:
        async with open_database(SecretStr(url)):
            pass
    assert "s3" not in str(mistake.value)


async def test_a_port_that_is_none_is_not_repeated() -> None:
    with pytest.raises(MisconfiguredError, match="XEROSYNC_DATABASE_URL has a part"):
        async with open_database(SecretStr(f"postgresql://u:{quote('s3:cret')}@127.0.0.1:many/db")):
            pass


async def test_tables_that_are_missing_are_told_from_an_outage(empty_database_url: str) -> None:
    async with open_database(SecretStr(empty_database_url)) as database:
        with pytest.raises(MisconfiguredError, match=r"lacks the tables of xerosync: run `starter\.py migrate`"):
            await PostgresStore(database).document(ref())


async def test_a_refused_row_is_not_quoted(database: Database) -> None:
    with pytest.raises(StoreFaultError) as fault:
        await database.run(QUERIES.cursors.move, account_id="acme", kind="someone's name", read_until=NOON)
    assert "someone" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert (fault.value.sqlstate, fault.value.constraint) == ("23514", "sweep_cursors_kind_check")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (asyncpg.TooManyConnectionsError(""), "no connection left"),
        (asyncpg.DiskFullError(""), "disk is full"),
        (asyncpg.SerializationError(""), "another transaction"),
        (asyncpg.DeadlockDetectedError(""), "another transaction"),
        (asyncpg.CannotConnectNowError(""), "starting up"),
        (asyncpg.AdminShutdownError(""), "being stopped"),
        (asyncpg.ReadOnlySQLTransactionError(""), "takes no writes"),
        (asyncpg.ConnectionDoesNotExistError(""), "connection was lost"),
        (asyncpg.InterfaceError(""), "connection was lost"),
        (TimeoutError(), "took too long"),
        (ConnectionResetError(), "network failed"),
    ],
)
def test_what_passes_by_itself_is_tried_again(error: Exception, reason: str) -> None:
    ours = store_error(error, "database books at db:5432")
    assert isinstance(ours, StoreUnavailableError)
    assert str(ours).startswith("The database books at db:5432 did not answer: ")
    assert reason in str(ours)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (asyncpg.TooManyConnectionsError(""), StoreTrouble.CONNECTIONS),
        (asyncpg.DiskFullError(""), StoreTrouble.FULL),
        (asyncpg.ReadOnlySQLTransactionError(""), StoreTrouble.READ_ONLY),
        (asyncpg.QueryCanceledError(""), StoreTrouble.SLOW),
        (TimeoutError(), StoreTrouble.SLOW),
        (ConnectionRefusedError(), StoreTrouble.AWAY),
        (asyncpg.CannotConnectNowError(""), StoreTrouble.AWAY),
        (asyncpg.AdminShutdownError(""), StoreTrouble.AWAY),
        (asyncpg.DeadlockDetectedError(""), None),
        (asyncpg.SerializationError(""), None),
        (asyncpg.UniqueViolationError(""), None),
        (asyncpg.DataError(""), None),
    ],
)
def test_what_ails_the_database_is_told_from_what_is_ours(error: Exception, trouble: StoreTrouble | None) -> None:
    assert trouble_of(error) is trouble


def _password(url: str) -> str:
    password = urlsplit(url).password
    assert password
    return password
