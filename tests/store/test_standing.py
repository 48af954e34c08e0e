"""What the store tells monitoring: what is open, held, late and left; and that settled documents cost nothing."""

import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from tests.store.samples import connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.core.rate_limits import Lane, Limits, Observed, Remaining, Reservation
from xerosync.postgres import (
    Cipher,
    Database,
    PostgresBudget,
    PostgresGrants,
    PostgresStanding,
    PostgresStore,
    StoreReadOnlyError,
    check_writable,
    open_database,
)
from xerosync.postgres.database import QUERIES

FILL = """
INSERT INTO documents (account_id, kind, document_id, number, state, xero_id, xero_status, xero_sent, xero_seen_at,
    xero_issue_date, sequence_status, gross_total, held_by, hold_reason, hold_words, hold_since, created_at, updated_at)
SELECT 'acme', 'invoice', :state || place, 'INV-' || place, :state,
    CASE WHEN :in_xero THEN :state || place END, CASE WHEN :in_xero THEN 'AUTHORISED' END,
    CASE WHEN :in_xero THEN false END, CASE WHEN :in_xero THEN now() END,
    CASE WHEN :dated_3000 THEN DATE '3000-01-01' END, :status, 12, :hold, :hold,
    CASE WHEN :hold IS NOT NULL THEN '' END, CASE WHEN :hold IS NOT NULL THEN now() - interval '2 days' END,
    now() - interval '1 hour', now() - interval '1 hour'
FROM generate_series(1, :count) AS place;
"""


async def fill(
    database: Database,
    state: str,
    count: int,
    *,
    status: str = "FINAL",
    in_xero: bool = True,
    dated_3000: bool = False,
    hold: str | None = None,
) -> None:
    """Write documents that are an hour old."""
    sql = FILL
    values = {"state": state, "status": status, "hold": hold}
    for name, value in values.items():
        sql = sql.replace(f":{name}", f"'{value}'" if value else "NULL::text")
    for name, value in {"in_xero": in_xero, "dated_3000": dated_3000, "count": count}.items():
        sql = sql.replace(f":{name}", str(value))
    async with database.session() as session:
        await session.script(sql, seconds=60)


@pytest.fixture
async def standing(database: Database) -> PostgresStanding:
    await PostgresStore(database).save_connection(connection("acme", "tenant-1"))
    return PostgresStanding(database, Limits())


async def test_open_documents_are_counted_by_state_and_those_held_by_reason_and_age(
    database: Database, standing: PostgresStanding
) -> None:
    await fill(database, "pushed", 3)
    await fill(database, "held", 2, hold="rejected")
    await fill(database, "settled", 5, status="SENT")
    found = await standing.read()
    assert {each.state: each.documents for each in found.documents} == {"pending": 0, "pushed": 3, "sent": 0, "held": 2}
    [held] = found.holds
    assert (held.account_id, held.reason, held.a_day, held.a_week, held.longer) == ("acme", "rejected", 0, 2, 0)


async def test_the_oldest_on_its_way_is_none_that_waits_as_a_draft(
    database: Database, standing: PostgresStanding
) -> None:
    await fill(database, "pending", 1, status="DRAFT", in_xero=False)
    [ages] = (await standing.read()).ages
    assert (ages.oldest_on_its_way, ages.sent_but_3000) == (0, 0)
    async with database.session() as session:
        await session.script("UPDATE documents SET sequence_status = 'FINAL'", seconds=60)
    [ages] = (await standing.read()).ages
    assert 3600 <= ages.oldest_on_its_way < 7200


async def test_sent_but_3000_is_counted(database: Database, standing: PostgresStanding) -> None:
    await fill(database, "pushed", 4, status="SENT", dated_3000=True)
    [ages] = (await standing.read()).ages
    assert ages.sent_but_3000 == 4


async def test_a_sweep_has_an_age_while_a_document_of_its_kind_is_open(
    database: Database, standing: PostgresStanding
) -> None:
    await PostgresStore(database).move_sweep_cursor("acme", Kind.INVOICE, utc_now() - timedelta(hours=2))
    [before] = (await standing.read()).connections
    await fill(database, "pushed", 1)
    [after] = (await standing.read()).connections
    assert before.sweep_age is None
    assert after.sweep_age is not None
    assert 7200 <= after.sweep_age < 10_800


async def test_a_consent_tells_how_long_it_lasts_and_a_revoked_one_that_it_is_no_connection(
    database: Database, standing: PostgresStanding, keys: list[SecretStr]
) -> None:
    grants = PostgresGrants(database, Cipher(keys))
    expires_at = utc_now() + timedelta(minutes=20)
    grant = Grant(
        grant_id="grant-1",
        kind=GrantKind.CONSENT,
        access_token=SecretStr("a"),
        refresh_token=SecretStr("r"),
        expires_at=expires_at,
    )
    await grants.add(grant)
    [found] = (await standing.read()).connections
    assert found.is_connected
    assert found.consent_left is not None
    assert found.token_left is not None
    assert 59 * 86_400 < found.consent_left <= 60 * 86_400
    assert 1100 < found.token_left <= 1200
    async with grants.lock("grant-1") as locked:
        await locked.save(grant.model_copy(update={"is_revoked": True, "access_token": None, "expires_at": None}))
    [found] = (await standing.read()).connections
    assert not found.is_connected
    assert found.consent_left is None


async def test_the_calls_left_of_minute_and_day_are_those_of_the_budget(
    database: Database, standing: PostgresStanding
) -> None:
    budget = PostgresBudget(database)
    for _ in range(3):
        taken = await budget.reserve("tenant-1", Lane.LIVE)
        assert isinstance(taken, Reservation)
        await budget.release(taken, Observed(Remaining(minute=50, day=4321)))
    [found] = (await standing.read()).budgets
    assert (found.account_id, found.day_left, found.is_held) == ("acme", 4321, False)
    assert found.minute_left <= 57


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("name", ["documents", "ages", "holds", "connections", "queues"])
async def test_settled_documents_cost_a_query_nothing(database: Database, name: str) -> None:
    await fill(database, "settled", 20_000, status="SENT")
    await fill(database, "held", 20, hold="rejected")
    await fill(database, "pending", 20, in_xero=False)
    async with database.session() as session:
        await session.script("VACUUM ANALYZE documents", seconds=60)
        sql = getattr(QUERIES.standing, name).sql
        rows = await session._connection.fetch(f"EXPLAIN (ANALYZE, FORMAT TEXT, TIMING OFF) {sql}")
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on documents" not in plan, plan
    read = [int(float(rows)) for rows in re.findall(r"actual rows=([\d.]+)", plan)]
    assert max(read) <= 40, plan


async def test_a_database_that_takes_no_writes_is_told_from_one_that_does(database_url: str) -> None:
    async with open_database(SecretStr(database_url)) as database:
        await check_writable(database)
        name = database_url.rpartition("/")[2]
        async with database.session() as session:
            await session.script(f"ALTER DATABASE {name} SET default_transaction_read_only = on", seconds=10)
    async with open_database(SecretStr(database_url)) as database:
        with pytest.raises(StoreReadOnlyError, match="takes no writes"):
            await check_writable(database)
