"""Keys that encrypt what is stored, rotated by a command."""

from cryptography.fernet import Fernet
from pydantic import SecretStr

from tests.integration.command_line import Desk
from tests.store.samples import grant
from xerosync.postgres import Cipher, PostgresGrants


async def test_keys_that_open_only_part_of_what_is_stored_change_nothing(desk: Desk):
    before = await desk.connected()
    other = Fernet.generate_key()
    beside = PostgresGrants(desk.database, Cipher([SecretStr(other.decode())]))
    await beside.add(grant("another"))
    newest = Fernet.generate_key().decode()
    ended = await desk.run("rotate-keys", XEROSYNC_TOKEN_KEYS=f"{newest},{desk.environment['XEROSYNC_TOKEN_KEYS']}")
    assert (ended.code, "No key of XEROSYNC_TOKEN_KEYS opens the tokens of grant another" in ended.last_line) == (
        2,
        True,
    )
    assert (await desk.grants.read(before.grant_id)).refresh_token


async def test_after_rotating_the_keys_the_old_one_may_go(desk: Desk):
    await desk.connected()
    old = desk.environment["XEROSYNC_TOKEN_KEYS"]
    other = Fernet.generate_key().decode()
    ended = await desk.run("rotate-keys", XEROSYNC_TOKEN_KEYS=f"{other},{old}")
    assert ended.code == 0, ended.err
    assert "tokens of 1 grant," in ended.out
    assert "can be taken out of XEROSYNC_TOKEN_KEYS" in ended.out
    desk.environment["XEROSYNC_TOKEN_KEYS"] = other
    # Without the old key: a chart that has to be read afresh needs the token.
    refused = await desk.run("settings", "--ledger-account", "999")
    assert "999 is not in the chart" in refused.last_line
    assert (await desk.run("rotate-keys", "--json")).data == {
        "grants": 1,
        "accounts": 0,
        "webhook_secrets": 0,
        "payload_keys": 0,
        "older_keys": 0,
    }
    unreadable = await desk.run("settings", "--ledger-account", "998", XEROSYNC_TOKEN_KEYS=old)
    assert unreadable.code == 2
    assert "No key of XEROSYNC_TOKEN_KEYS opens the tokens" in unreadable.last_line
