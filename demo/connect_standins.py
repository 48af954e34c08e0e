"""Both stand-ins made ready: the settings that lead to them, the people who use them, and the two connected."""

import contextlib
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from standins.embedded.ports import LOOPBACK
from xerosync.operations.connecting import establish
from xerosync.operations.defaults import set_ledger_account
from xerosync.operations.sequence_hook import register
from xerosync.services import Services
from xerosync.xero.oauth.consent import Consents

CURRENCIES = ("GBP", "EUR", "USD")
SALES_ACCOUNT = "200"

NAME = "localhost"
"""Of loopback: Xero sends people back to http at this name alone, not at an address."""

WEBHOOK_KEY = "xerosync-dev-webhook-key"
"""What Xero's stand-in signs its webhooks with."""

_PATIENCE_SECONDS = 240.0
_CLIENT_ID = "xerosync-dev"
_CLIENT_SECRET = "xerosync-dev-secret"  # noqa: S105 - opens the stand-ins and nothing else


@dataclass(frozen=True, slots=True)
class People:
    """HTTP clients for those who work in Sequence's account and in Xero's organisation."""

    account_id: str
    tenant_id: str
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient


def settings_for(
    *,
    database_url: str,
    temporal_address: str,
    xero_url: str,
    sequence_url: str,
    token_key: str,
    edge_port: int = 0,
    temporal_ui_url: str = "",
) -> dict[str, str]:
    """Return the environment in which worker, edge and commands work with the stand-ins."""
    return {
        "XEROSYNC_DATABASE_URL": database_url,
        "XEROSYNC_XERO_CLIENT_ID": _CLIENT_ID,
        "XEROSYNC_XERO_CLIENT_SECRET": _CLIENT_SECRET,
        "XEROSYNC_XERO_API_URL": xero_url,
        "XEROSYNC_XERO_IDENTITY_URL": xero_url,
        "XEROSYNC_XERO_LOGIN_URL": xero_url,
        "XEROSYNC_XERO_APP_URL": f"{xero_url}/page",
        "XEROSYNC_SEQUENCE_API_URL": f"{sequence_url}/api",
        "XEROSYNC_SEQUENCE_APP_URL": f"{sequence_url}/page/open",
        "XEROSYNC_SEQUENCE_CLIENT_ID": _CLIENT_ID,
        "XEROSYNC_SEQUENCE_CLIENT_SECRET": _CLIENT_SECRET,
        "XEROSYNC_TOKEN_KEYS": token_key,
        "XEROSYNC_HEALTH_PORT": "0",
        "XEROSYNC_SERVE_PORT": f"{edge_port}",
        "XEROSYNC_XERO_WEBHOOK_KEYS": WEBHOOK_KEY,
        **({"XEROSYNC_PUBLIC_URL": f"http://{NAME}:{edge_port}"} if edge_port else {}),
        "XEROSYNC_TEMPORAL_UI_URL": temporal_ui_url,
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": "default",
        # Neither a person's profiles nor a proxy stand between us and loopback.
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "NO_PROXY": f"{LOOPBACK},{NAME}",
        "no_proxy": f"{LOOPBACK},{NAME}",
    }


def _client(url: str, *, auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
    """Return a client of somebody at one of the companies, who waits as long as a busy machine takes."""
    return httpx.AsyncClient(base_url=url, auth=auth, timeout=_PATIENCE_SECONDS, trust_env=False)


@contextlib.asynccontextmanager
async def people_of(sequence_url: str, xero_url: str) -> AsyncGenerator[People]:
    """Let people in on both sides: into the first account, and with a token of their own into the first books."""
    async with (
        _client(sequence_url, auth=(_CLIENT_ID, _CLIENT_SECRET)) as sequence,
        _client(xero_url) as xero,
    ):
        sequence.headers["sequence-version"] = "2024-07-30"
        account_id = (await _get(sequence, "/_sandbox/accounts"))[0]["id"]
        tenant_id = (await _get(xero, "/_sandbox/organisations"))[0]["tenant_id"]
        token = (await _consent(xero, tenant_id))["access_token"]
        xero.headers.update(
            {"authorization": f"Bearer {token}", "xero-tenant-id": tenant_id, "accept": "application/json"}
        )
        yield People(account_id, tenant_id, sequence, xero)


async def connect_stand_ins(services: Services, people: People, *, push_new_customers: bool = False) -> None:
    """Connect account and organisation, unless they are: a person's consent, and the default ledger account.

    Whether new customers are pushed is set then, too, and left alone later: a person may have set it otherwise. The
    worker that comes next sets how often to sweep; until then it is rarely.
    """
    if await services.store.connection(people.account_id):
        return
    tenant_id = people.tenant_id
    await _post(people.xero, "/_sandbox/currencies", {"currencies": CURRENCIES}, tenant_id)
    consents = Consents(services.xero.identity, login_url=str(people.xero.base_url))
    grant = consents.consented(await _consent(people.xero, tenant_id)).grant
    await services.grants.add(grant)
    account_id = people.account_id
    made = await establish(services, account_id, grant.grant_id, tenant_id, every=timedelta(days=1))
    await set_ledger_account(services, account_id, SALES_ACCOUNT, made.chart)
    await services.store.set_defaults(account_id, push_new_customers=push_new_customers)


async def hook_stand_ins(services: Services, people: People, public_url: str) -> None:
    """Have both stand-ins call the edge, which must answer: Xero's asks at once for its intent to receive."""
    await register(services, people.account_id, public_url)
    hooks = await _get(people.xero, "/_sandbox/webhooks")
    url = f"{public_url}/webhooks/xero"
    for hook in hooks:
        if hook["url"] == url:
            await people.xero.delete(f"/_sandbox/webhooks/{hook['id']}")
    await _post(people.xero, "/_sandbox/webhooks", {"url": url, "key": WEBHOOK_KEY}, people.tenant_id)


async def _consent(xero: httpx.AsyncClient, tenant_id: str) -> dict[str, Any]:
    return await _post(xero, "/_sandbox/identity/grants", {"tenant_ids": [tenant_id]}, tenant_id)


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(path)).raise_for_status().json()


async def _post(client: httpx.AsyncClient, path: str, body: Mapping[str, object], tenant_id: str) -> Any:
    answer = await client.post(path, json=dict(body), params={"tenant": tenant_id})
    return answer.raise_for_status().json()
