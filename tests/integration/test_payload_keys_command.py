"""`payload-keys`, as it is typed."""

import pytest
from pydantic import SecretStr

from tests.integration.command_line import Desk
from xerosync.postgres import Cipher, PostgresPayloadKeys


async def test_keys_are_listed_renewed_and_deleted_on_a_second_word(desk: Desk):
    assert (await desk.run("payload-keys")).out.startswith("No keys yet: the first is made when a payload")
    keys = PostgresPayloadKeys(desk.database, Cipher([SecretStr(desk.environment["XEROSYNC_TOKEN_KEYS"])]))
    await keys.newest("acme")
    await keys.newest("other")
    renewed = await desk.run("payload-keys", "--new", "--account", "acme", "--json")
    assert [(each["account_id"], each["keys"]) for each in renewed.data] == [("acme", 2)]
    ended = await desk.run("payload-keys", "--new")
    assert "acme" in ended.out
    assert ended.out.endswith("Every process encrypts with the new keys within 60 seconds.\n")
    asked = await desk.run("payload-keys", "--delete", "--account", "acme")
    assert (asked.code, "This deletes 3 keys of account acme for good" in asked.last_line) == (2, True)
    assert [(each.account_id, each.keys) for each in await keys.list()] == [("acme", 3), ("other", 2)]
    deleted = await desk.run("payload-keys", "--delete", "--account", "acme", "--confirm", "--json")
    assert deleted.data == {"account_id": "acme", "deleted": 3}
    assert [(each.account_id, each.keys) for each in await keys.list()] == [("other", 2)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--delete",), "Name the --account whose keys are to be deleted."),
        (("--delete", "--new"), "not both"),
        (("--delete", "--account", "nobody", "--confirm"), "Account nobody has no keys"),
    ],
)
async def test_what_does_not_go_together_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...], words: str):
    ended = await desk.run("payload-keys", *arguments)
    assert (ended.code, words in ended.last_line) == (2, True)
