"""The keys of the JSON API on their page: shown once, known again by how they begin, revoked for good."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.store.samples import connection
from tests.web.console import Console, open_console
from xerosync.core.people import Role

PAGE = "/accounts/acme/settings/keys"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        await console.services.store.save_connection(connection())
        yield console


async def make(console: Console, name: str, *scopes: str) -> str:
    """Make a key; return the page that shows it."""
    answer = await console.client.post(PAGE, data={"name": name, "scope": list(scopes)})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def secret_in(page: str) -> str:
    found = re.search(r'value="(xerosync_[^"]+)"', page)
    assert found
    return found[1]


async def test_a_key_is_shown_once_and_opens_what_it_may(console: Console) -> None:
    secret = secret_in(await make(console, "billing", "read"))
    page = await console.page(PAGE)
    assert secret not in page
    assert f"<code>{secret[:13]}…</code>" in page
    assert "by Ada" in page
    key = await console.services.api_keys.opened_by(secret)
    assert key
    assert (key.name, key.scopes, key.account_id) == ("billing", ("read",), "acme")
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await console.client.get("/api/v1/documents", headers=headers)).status_code == 200


async def test_a_revoked_key_opens_nothing_and_stays_in_the_list(console: Console) -> None:
    secret = secret_in(await make(console, "old", "read", "signal"))
    key = await console.services.api_keys.opened_by(secret)
    assert key
    answer = await console.client.post(f"{PAGE}/{key.key_id}/revoke")
    assert "The key old (" in await console.page(answer.headers["location"])
    assert await console.services.api_keys.opened_by(secret) is None
    assert "revoked" in await console.page(PAGE)


async def test_what_is_no_key_is_refused_in_a_sentence(console: Console) -> None:
    for name, scopes, words in [
        (" ", ["read"], "Name the key"),
        ("x" * 101, ["read"], "Name the key"),
        ("billing", [], "Say what the key may do"),
        ("billing", ["all"], "A key may read or signal, not all."),
    ]:
        answer = await console.client.post(PAGE, data={"name": name, "scope": scopes})
        assert answer.status_code in (400, 409)
        assert words in answer.text
    assert not await console.services.api_keys.list("acme")


async def test_another_accounts_key_is_neither_shown_nor_revoked(console: Console) -> None:
    await console.services.store.save_connection(connection().model_copy(update={"account_id": "other"}))
    secret = secret_in(await make(console, "billing", "read"))
    [key] = await console.services.api_keys.list("acme")
    assert secret[:13] not in await console.page("/accounts/other/settings/keys")
    answer = await console.client.post(f"/accounts/other/settings/keys/{key.key_id}/revoke")
    assert answer.status_code == 404
    assert await console.services.api_keys.opened_by(secret)


async def test_only_an_admin_sees_keys(console: Console) -> None:
    await console.sign_in(Role.OPERATOR)
    assert (await console.client.get(PAGE)).status_code == 403


async def test_a_name_is_shown_as_text(console: Console) -> None:
    assert "<script>" not in await make(console, "<script>alert(1)</script>", "read")
    assert "<script>alert" not in await console.page(PAGE)
