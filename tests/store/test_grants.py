"""Tokens: one refresh at a time, nothing that was saved is lost, nothing readable in the database."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from pydantic import SecretStr

from tests.doubles.memory_grants import MemoryGrants
from tests.patience import PATIENCE
from tests.store.breaker import Breaker
from tests.store.samples import grant
from xerosync.connection.grant import Grant, GrantKind, LockedGrant
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.errors import MisconfiguredError, MissingError
from xerosync.postgres import Cipher, Database, PostgresAccounts, PostgresGrants, open_database
from xerosync.postgres.errors import GrantChangedError, StoreUnavailableError, UnreadableSecretError

Grants = MemoryGrants | PostgresGrants


class GrantConformance:
    async def test_a_grant_that_nobody_gave_is_missing(self, grants: Grants) -> None:
        with pytest.raises(MissingError, match="There is no grant grant-1"):
            await grants.read("grant-1")
        with pytest.raises(MissingError, match="There is no grant grant-1"):
            async with grants.lock("grant-1"):
                pass

    async def test_a_grant_is_kept_whole(self, grants: Grants) -> None:
        bare = Grant(grant_id="custom", kind=GrantKind.CUSTOM)
        await grants.add(grant())
        await grants.add(bare)
        assert await grants.read("grant-1") == grant()
        assert await grants.read("custom") == bare

    async def test_connecting_again_replaces_the_tokens(self, grants: Grants) -> None:
        await grants.add(grant().model_copy(update={"is_revoked": True}))
        await grants.add(grant(generation=7))
        assert await grants.read("grant-1") == grant(generation=7)

    async def test_what_is_saved_is_seen_at_once_by_those_who_only_read(self, grants: Grants) -> None:
        await grants.add(grant())
        async with grants.lock("grant-1") as locked:
            assert locked.grant == grant()
            await locked.save(grant(generation=2))
            assert locked.grant == grant(generation=2)
            assert await grants.read("grant-1") == grant(generation=2)
            await locked.save(grant(generation=3))
        assert await grants.read("grant-1") == grant(generation=3)

    async def test_what_was_saved_stays_when_its_holder_fails(self, grants: Grants) -> None:
        await grants.add(grant())

        async def refresh_and_fail() -> None:
            async with grants.lock("grant-1") as locked:
                await locked.save(grant(generation=2))
                raise RuntimeError("crashed")

        with pytest.raises(RuntimeError, match="crashed"):
            await refresh_and_fail()
        async with grants.lock("grant-1") as locked:
            assert locked.grant == grant(generation=2)

    async def test_of_many_who_find_a_token_stale_one_refreshes_it(self, grants: Grants) -> None:
        await grants.add(grant())
        refreshes = await asyncio.gather(*(_refresh_once(grants) for _ in range(30)))
        assert sum(refreshes) == 1

    async def test_grants_do_not_wait_for_each_other(self, grants: Grants) -> None:
        await grants.add(grant("one"))
        await grants.add(grant("two"))
        async with grants.lock("one"), asyncio.timeout(PATIENCE), grants.lock("two") as second:
            assert second.grant.grant_id == "two"


class TestMemoryGrants(GrantConformance):
    @pytest.fixture
    def grants(self) -> MemoryGrants:
        return MemoryGrants()


class TestPostgresGrants(GrantConformance):
    @pytest.fixture
    def grants(self, database: Database, keys: list[SecretStr]) -> PostgresGrants:
        return PostgresGrants(database, Cipher(keys))


@pytest.fixture
def grants(database: Database, keys: list[SecretStr]) -> PostgresGrants:
    return PostgresGrants(database, Cipher(keys))


@pytest.fixture
async def other_worker(database_url: str, keys: list[SecretStr]) -> AsyncIterator[PostgresGrants]:
    async with open_database(SecretStr(database_url), connections=2) as another:
        yield PostgresGrants(another, Cipher(keys))


async def test_of_two_workers_one_refreshes(grants: PostgresGrants, other_worker: PostgresGrants) -> None:
    await grants.add(grant())
    for generation in range(1, 21):
        both = [_refresh_once(each, generation) for each in (grants, other_worker) for _ in range(3)]
        assert sum(await asyncio.gather(*both)) == 1
    assert await grants.read("grant-1") == grant(generation=21)


async def test_those_who_wait_leave_connections_to_others(grants: PostgresGrants, other_worker: PostgresGrants) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1"):
        waiting = [asyncio.create_task(_refresh_once(other_worker)) for _ in range(10)]
        async with asyncio.timeout(PATIENCE):
            for _ in range(10):
                assert await other_worker.read("grant-1") == grant()
        assert not any(task.done() for task in waiting)
    assert sum(await asyncio.gather(*waiting)) == 1


async def test_a_worker_that_vanishes_leaves_lock_and_tokens_to_the_next(
    grants: PostgresGrants, other_worker: PostgresGrants, database_url: str
) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1") as locked:
        await locked.save(grant(generation=2))
        await _end_connections_that_hold_a_lock(database_url)
        async with asyncio.timeout(PATIENCE), other_worker.lock("grant-1") as taken_over:
            assert taken_over.grant == grant(generation=2)


async def test_a_waiter_that_gives_up_leaves_no_lock_behind(
    grants: PostgresGrants, other_worker: PostgresGrants
) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), other_worker.lock("grant-1"):
                pass
    async with asyncio.timeout(PATIENCE), grants.lock("grant-1") as locked:
        await locked.save(grant(generation=2))


async def test_a_token_is_saved_though_the_connection_of_its_lock_broke(
    grants: PostgresGrants, database_url: str
) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1") as locked:
        await _end_connections_that_hold_a_lock(database_url)
        await locked.save(grant(generation=2))
    assert await grants.read("grant-1") == grant(generation=2)


async def test_a_late_token_does_not_replace_a_newer_one(
    grants: PostgresGrants, other_worker: PostgresGrants, database_url: str
) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1") as late:
        await _end_connections_that_hold_a_lock(database_url)
        async with other_worker.lock("grant-1") as quick:
            await quick.save(grant(generation=2))
        with pytest.raises(GrantChangedError, match="Another worker saved the grant meanwhile"):
            await late.save(grant(generation=3))
    assert await grants.read("grant-1") == grant(generation=2)


async def test_grants_wait_for_a_database_that_is_down(breaker: Breaker, keys: list[SecretStr]) -> None:
    async with open_database(breaker.url) as database:
        grants = PostgresGrants(database, Cipher(keys))
        await grants.add(grant())
        await breaker.cut()
        for attempt in (grants.read("grant-1"), _refresh_once(grants)):
            with pytest.raises(StoreUnavailableError):
                await attempt
        await breaker.mend()
        assert await grants.read("grant-1") == grant()


async def test_no_token_can_be_read_in_the_tables(
    grants: PostgresGrants, database: Database, keys: list[SecretStr], database_url: str
) -> None:
    await grants.add(grant())
    secret = SecretStr("s3cret-of-sequence")
    await PostgresAccounts(database, Cipher(keys)).save("acme", SequenceKey("id", secret))
    connection = await asyncpg.connect(database_url)
    rows = str(await connection.fetch("SELECT grants::text FROM grants UNION ALL SELECT accounts::text FROM accounts"))
    await connection.close()
    # A bytea shows as hex.
    for readable in ("access-1", "refresh-1", "refresh-0", "s3cret-of-sequence"):
        assert readable not in rows
        assert readable.encode().hex() not in rows


async def test_no_token_is_in_a_repr(grants: PostgresGrants) -> None:
    await grants.add(grant())
    assert "access-1" not in repr(await grants.read("grant-1"))
    async with grants.lock("grant-1") as locked:
        assert "access-1" not in repr(locked)


async def test_keys_are_replaced_without_losing_a_token(database: Database, keys: list[SecretStr]) -> None:
    newest, middle, oldest = keys
    secret = SecretStr("s3cret")
    key = SequenceKey("id", secret)
    await PostgresGrants(database, Cipher([oldest])).add(grant("old"))
    await PostgresGrants(database, Cipher([middle, oldest])).add(grant("new"))
    await PostgresAccounts(database, Cipher([oldest])).save("acme", key)
    with pytest.raises(UnreadableSecretError, match="No key of XEROSYNC_TOKEN_KEYS opens the tokens of grant old"):
        await PostgresGrants(database, Cipher([newest, middle])).read("old")

    assert await PostgresGrants(database, Cipher(keys)).rotate_grants() == 2
    assert await PostgresAccounts(database, Cipher(keys)).rotate_secrets() == 1

    with_the_newest_alone = Cipher([newest])
    for name in ("old", "new"):
        assert await PostgresGrants(database, with_the_newest_alone).read(name) == grant(name)
    accounts = PostgresAccounts(database, with_the_newest_alone)
    assert await accounts.key("acme") == key
    assert await accounts.key("other") is None
    assert await accounts.account_ids() == ["acme"]


async def test_keys_are_replaced_while_a_token_is_refreshed(
    grants: PostgresGrants, other_worker: PostgresGrants
) -> None:
    await grants.add(grant())
    async with grants.lock("grant-1") as locked:
        rotation = asyncio.create_task(other_worker.rotate_grants())
        await locked.save(grant(generation=2))
        assert not rotation.done()
    await rotation
    assert await grants.read("grant-1") == grant(generation=2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ([], "XEROSYNC_TOKEN_KEYS holds no key"),
        ([SecretStr("s3cret")], "Key 1 of XEROSYNC_TOKEN_KEYS is not a Fernet key"),
        ([SecretStr("not ascii: é")], "Key 1 of XEROSYNC_TOKEN_KEYS is not a Fernet key"),
    ],
)
def test_a_wrong_key_says_how_to_make_one(wrong: list[SecretStr], sentence: str) -> None:
    with pytest.raises(MisconfiguredError, match=sentence) as mistake:
        Cipher(wrong)
    assert "Fernet.generate_key()" in str(mistake.value)
    assert "s3cret" not in str(mistake.value)


async def _refresh_once(grants: Grants, generation: int = 1) -> int:
    """Refresh the token unless it is newer already; return how many refreshes that took."""
    async with grants.lock("grant-1") as locked:
        if locked.grant != grant(generation=generation):
            return 0
        await _ask_xero(locked, generation)
        return 1


async def _ask_xero(locked: LockedGrant, generation: int) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    await locked.save(grant(generation=generation + 1))


async def _end_connections_that_hold_a_lock(database_url: str) -> None:
    administrator = await asyncpg.connect(database_url)
    ended = await administrator.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks "
        "WHERE locktype = 'advisory' AND granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    await administrator.close()
    assert ended
