"""A restart of the embedded stack with authentication on: whoever was let in before is let in again."""

from pathlib import Path

import httpx

from standins.embedded import EmbeddedStack
from tests.patience import PATIENCE

CLIENT = ("xerosync-dev", "xerosync-dev-secret")


async def test_tokens_and_consents_survive_a_restart_of_the_stack(tmp_path: Path) -> None:
    async with (
        EmbeddedStack.start(tmp_path, {}, authentication=True) as first,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        tenant = (await http.get(f"{first.xero_url}/_sandbox/organisations")).json()[0]["tenant_id"]
        given = await http.post(f"{first.xero_url}/_sandbox/identity/grants", json={"tenant_ids": [tenant]})
        tokens = given.json()

    headers = {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant}
    async with (
        EmbeddedStack.start(tmp_path, {}, authentication=True) as again,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        answer = await http.get(f"{again.xero_url}/api.xro/2.0/Organisation", headers=headers)
        assert answer.status_code == 200
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert (await http.post(f"{again.xero_url}/connect/token", data=form, auth=CLIENT)).is_success
        # The same address answers, so a file of another stack would be noticed.
        assert again.xero_url == first.xero_url
