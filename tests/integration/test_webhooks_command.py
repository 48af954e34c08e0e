"""`starter.py webhooks`: what it says of both companies, and a test delivery on the way that theirs take."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.integration.office import Office
from tests.integration.program import Ended, run
from tests.patience import until
from tests.web.edge import Edge, open_edge
from tests.web.signing import SECRET, XERO_KEY, of_sequence
from xerosync.documents.messages import SyncState
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.operations.sequence_hook import unregister


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        yield edge
        await unregister(office.services, office.account_id, edge.url)
        await office.services.webhook_secrets.forget(office.account_id, ["test"])


async def webhooks(office: Office, folder: Path, url: str, *arguments: str) -> Ended:
    said = {"XEROSYNC_PUBLIC_URL": url, "XEROSYNC_XERO_WEBHOOK_KEYS": XERO_KEY}
    return await run("webhooks", *arguments, folder=folder, settings={**office.environment, **said})


async def test_a_hook_is_missed_made_and_tried(office: Office, edge: Edge, tmp_path: Path) -> None:
    before = await webhooks(office, tmp_path, edge.url)
    assert before.code == 1
    assert "missing" in before.out
    assert "`starter.py webhooks --renew` makes Sequence call us." in before.out
    made = await webhooks(office, tmp_path, edge.url, "--renew", "--test")
    assert made.code == 0
    assert "registered" in made.out
    assert "arrived" in made.out


async def test_what_sequence_did_not_tell_while_its_hook_was_off_is_found_once_it_is_made_again(
    office: Office, edge: Edge, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    await office.services.store.move_sequence_cursor(office.account_id, SequenceCursor(since=now, at=now))
    untold = await office.final(await office.customer())
    assert (await webhooks(office, tmp_path, edge.url)).code == 1
    assert not (await office.link(untold)).was_read
    assert (await webhooks(office, tmp_path, edge.url, "--renew")).code == 0
    await office.reach([untold], SyncState.PUSHED)


async def test_a_test_of_ours_does_not_count_as_a_delivery_of_sequence(
    office: Office, edge: Edge, tmp_path: Path
) -> None:
    async def of_sequence_in_30_days(*arguments: str) -> int:
        states = (await webhooks(office, tmp_path, edge.url, "--json", *arguments)).data
        assert isinstance(states, list)
        [count] = [each["deliveries"] for each in states if each["provider"] == "sequence"]
        return count

    before = await of_sequence_in_30_days("--renew", "--test")
    assert await of_sequence_in_30_days("--test") == before
    await office.services.webhook_secrets.add(office.account_id, "test", SecretStr(SECRET))

    async def is_taken() -> bool:
        """Deliver it again until the edge has read the new secret, which it does once a second at most."""
        event = of_sequence(office.account_id, "CUSTOMER_ARCHIVED")
        return (await edge.from_sequence(office.account_id, event)).is_success

    await until(is_taken)
    assert await of_sequence_in_30_days() == before + 1


async def test_a_test_that_is_refused_says_why_and_is_exit_code_1(office: Office, edge: Edge, tmp_path: Path) -> None:
    elsewhere = f"{edge.url}/elsewhere"
    refused = await webhooks(office, tmp_path, elsewhere, "--renew", "--test")
    assert refused.code == 1
    assert "not taken" in refused.out
    assert "answered 404: is that address the edge's?" in " ".join(refused.out.split())
    await unregister(office.services, office.account_id, elsewhere)


async def test_what_is_missing_is_told_in_one_sentence(office: Office, tmp_path: Path) -> None:
    unset = await webhooks(office, tmp_path, "")
    assert (unset.code, unset.err.count("\n")) == (2, 1)
    assert "XEROSYNC_PUBLIC_URL is not set" in unset.err
    nobody = await webhooks(office, tmp_path, "http://localhost:9", "--account", "nobody")
    assert (nobody.code, nobody.err.strip()) == (2, "No such account is connected: `starter.py connect` is first.")
    silent = await webhooks(office, tmp_path, "http://localhost:9", "--renew", "--test")
    assert silent.code == 1
    assert "is `starter.py serve` running?" in silent.err
    await unregister(office.services, office.account_id, "http://localhost:9")
