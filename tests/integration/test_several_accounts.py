"""Several accounts of Sequence side by side: each with a key of its own in the database."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from standins.sequence import create_sequence
from standins.serving import serve
from tests.integration.command_line import CommandEnded, Desk, a_desk
from tests.patience import PATIENCE

KEY = "xerosync-dev\nxerosync-dev-secret\n"


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, temporal_address: str) -> AsyncIterator[Desk]:
    """A desk whose settings name no account of Sequence."""
    async with (
        serve(create_sequence(authentication=True)) as sequence,
        a_desk(tmp_path, database_url, temporal_address) as desk,
    ):
        for name in ("CLIENT_ID", "CLIENT_SECRET", "ACCOUNT_ID"):
            del desk.environment[f"XEROSYNC_SEQUENCE_{name}"]
        desk.environment["XEROSYNC_SEQUENCE_API_URL"] = f"{sequence.url}/api"
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            desk.account_id = (await http.get(f"{sequence.url}/_sandbox/accounts")).json()[0]["id"]
        yield desk


async def give(desk: Desk, key: str, *arguments: str) -> CommandEnded:
    async with desk.started("sequence-key", *arguments) as command:
        assert command.process.stdin
        command.process.stdin.write(key.encode())
        return await command.end()


async def test_a_key_is_checked_kept_and_opens_its_account(desk: Desk):
    unknown = await desk.run("connect", "--account", desk.account_id)
    assert (unknown.code, "give it to `starter.py sequence-key`" in unknown.last_line) == (2, True)
    assert (await give(desk, KEY, "--json")).data == {"account_id": desk.account_id}
    ended = await desk.connect("--account", desk.account_id, "--json")
    assert ended.data["account_id"] == desk.account_id
    assert (await desk.run("rotate-keys", "--json")).data["accounts"] == 1
    assert "xerosync-dev-secret" not in "".join(desk.outputs)


@pytest.mark.parametrize(
    ("key", "arguments", "words"),
    [
        ("only-an-id\n", (), "two lines: its client id, and its secret"),
        ("xerosync-dev\nwrong\n", (), "the key that was given"),
        (KEY, ("--account", "somebody-else"), "The key opens these accounts: "),
    ],
    ids=["incomplete", "wrong", "of another account"],
)
async def test_a_key_that_does_not_fit_is_told_in_one_line(
    desk: Desk, key: str, arguments: tuple[str, ...], words: str
):
    desk.environment["XEROSYNC_LOG_LEVEL"] = "WARNING"
    ended = await give(desk, key, *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert len(ended.err.strip().splitlines()) == 1
