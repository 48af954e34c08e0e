"""Keys of payloads in the database: encrypted, newest first, gone when they are deleted."""

import pytest
from pydantic import SecretStr

from xerosync.postgres import Cipher, Database, PostgresPayloadKeys
from xerosync.postgres.errors import UnreadableSecretError


@pytest.fixture
def kept(database: Database, keys: list[SecretStr]) -> PostgresPayloadKeys:
    return PostgresPayloadKeys(database, Cipher(keys[1:]))


async def test_the_first_key_is_made_when_it_is_needed_and_stays(kept: PostgresPayloadKeys) -> None:
    first = await kept.newest("acme")
    assert (len(first.secret), first.account_id) == (32, "acme")
    assert await kept.newest("acme") == first
    assert await kept.by_id(first.key_id) == first
    assert (await kept.newest("other")).secret != first.secret


async def test_a_newer_key_encrypts_and_the_older_one_stays_readable(kept: PostgresPayloadKeys) -> None:
    older = await kept.newest("acme")
    newer = await kept.make("acme")
    assert await kept.newest("acme") == newer
    assert await kept.by_id(older.key_id) == older
    [listed] = await kept.list()
    assert (listed.account_id, listed.keys) == ("acme", 2)


async def test_deleted_keys_are_gone_and_those_of_others_are_not(kept: PostgresPayloadKeys) -> None:
    ours, theirs = await kept.newest("acme"), await kept.newest("other")
    await kept.make("acme")
    assert await kept.delete("acme") == 2
    assert await kept.by_id(ours.key_id) is None
    assert await kept.by_id(theirs.key_id) == theirs
    assert (await kept.newest("acme")).key_id != ours.key_id


async def test_the_database_holds_no_secret_and_token_keys_rotate(
    kept: PostgresPayloadKeys, database: Database, keys: list[SecretStr]
) -> None:
    key = await kept.newest("acme")
    newest = PostgresPayloadKeys(database, Cipher(keys))
    assert await newest.rotate_secrets() == 1
    assert await PostgresPayloadKeys(database, Cipher(keys[:1])).newest("acme") == key
    with pytest.raises(UnreadableSecretError, match="opens the payload key"):
        await PostgresPayloadKeys(database, Cipher(keys[1:])).newest("acme")
