"""The embedded stack with the product in it: account and organisation connected, a worker running and watched."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from xerosync.commands.output import progress
from xerosync.commands.running import announced
from xerosync.model.connection import Connection
from xerosync.model.grant import Grant, GrantKind
from xerosync.sandbox.embedded import EmbeddedStack
from xerosync.sandbox.embedded.ports import LOOPBACK
from xerosync.sandbox.embedded.processes import Child, Plan, last_words
from xerosync.services import Services, open_services
from xerosync.settings import Settings
from xerosync.temporal import SEARCH_ATTRIBUTES

CURRENCIES = ("GBP", "EUR", "USD")
SALES_ACCOUNT = "200"

_ROOT = Path(__file__).parents[2]
_CLIENT_ID = "xerosync-dev"
_CLIENT_SECRET = "xerosync-dev-secret"  # noqa: S105 - opens the stand-ins and nothing else
_THEIR_CHOICE = ("XEROSYNC_LOG_LEVEL", "XEROSYNC_SWEEP_INTERVAL")
_WORKER_GRACE_SECONDS = 40.0
_WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class RunningStack:
    """A stack at work: the product's services, and HTTP clients for the people on both sides."""

    stack: EmbeddedStack
    services: Services
    account_id: str
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient
    environment: Mapping[str, str]


@contextlib.asynccontextmanager
async def running_stack(folder: Path, *, fresh: bool = False) -> AsyncGenerator[RunningStack]:
    """Run everything with its data in `folder` until the block ends.

    A stack that was there before goes on, unless it is to be `fresh`.

    Raises:
        EmbeddedError: something could not be started; one sentence.
        XerosyncError: likewise, from the product itself.
    """
    folder = folder.absolute()  # noqa: ASYNC240 - touches no disk
    async with EmbeddedStack.start(folder, SEARCH_ATTRIBUTES, authentication=True, fresh=fresh) as stack:
        environment = _environment(stack, folder)
        _forget_other_settings()
        os.environ.update(environment)
        async with (
            open_services(Settings.load(env_file=None)) as services,
            httpx.AsyncClient(base_url=stack.sequence_url, auth=(_CLIENT_ID, _CLIENT_SECRET)) as sequence,
            httpx.AsyncClient(base_url=stack.xero_url) as xero,
        ):
            sequence.headers["sequence-version"] = "2024-07-30"
            account_id = (await _get(sequence, "/_sandbox/accounts"))[0]["id"]
            tenant_id = (await _get(xero, "/_sandbox/organisations"))[0]["tenant_id"]
            if await services.store.connection(account_id) is None:
                await _connect(services, xero, account_id, tenant_id)
            xero.headers.update({"xero-tenant-id": tenant_id, "accept": "application/json"})
            xero.headers["authorization"] = f"Bearer {(await _consent(xero, tenant_id))['access_token']}"
            with announced(folder, environment):
                async with _worker(folder, environment):
                    yield RunningStack(stack, services, account_id, sequence, xero, environment)


def _environment(stack: EmbeddedStack, folder: Path) -> dict[str, str]:
    return {
        "XEROSYNC_DATABASE_URL": stack.database_url,
        "XEROSYNC_XERO_CLIENT_ID": _CLIENT_ID,
        "XEROSYNC_XERO_CLIENT_SECRET": _CLIENT_SECRET,
        "XEROSYNC_XERO_API_URL": stack.xero_url,
        "XEROSYNC_XERO_IDENTITY_URL": stack.xero_url,
        "XEROSYNC_XERO_LOGIN_URL": stack.xero_url,
        "XEROSYNC_SEQUENCE_API_URL": f"{stack.sequence_url}/api",
        "XEROSYNC_SEQUENCE_CLIENT_ID": _CLIENT_ID,
        "XEROSYNC_SEQUENCE_CLIENT_SECRET": _CLIENT_SECRET,
        "XEROSYNC_TOKEN_KEYS": _token_key(folder / "token.key"),
        "XEROSYNC_HEALTH_PORT": "0",
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "TEMPORAL_NAMESPACE": "default",
        # Neither a person's profiles nor a proxy stand between us and loopback.
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


def _forget_other_settings() -> None:
    """Make sure that a stack on stand-ins neither needs nor reaches what somebody's environment names."""
    for name in list(os.environ):
        if name.startswith(("XEROSYNC_", "TEMPORAL_")) and name not in _THEIR_CHOICE:
            del os.environ[name]


def _token_key(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(Fernet.generate_key())
    return file.read_text()


async def _connect(services: Services, xero: httpx.AsyncClient, account_id: str, tenant_id: str) -> None:
    """Connect the stand-ins' account and organisation: a person's consent, and the default ledger account."""
    await _post(xero, "/_sandbox/currencies", {"currencies": CURRENCIES}, tenant_id)
    tokens = await _consent(xero, tenant_id)
    grant = Grant(
        grant_id=f"stand-in-{secrets.token_hex(4)}",
        kind=GrantKind.CONSENT,
        access_token=SecretStr(tokens["access_token"]),
        expires_at=datetime.now(UTC) + timedelta(seconds=tokens["expires_in"]),
        refresh_token=SecretStr(tokens["refresh_token"]),
    )
    await services.grants.add(grant)
    unnamed = Connection(
        account_id=account_id,
        grant_id=grant.grant_id,
        tenant_id=tenant_id,
        organisation_name="",
        short_code="",
        base_currency="",
        default_ledger_account=SALES_ACCOUNT,
    )
    about = await services.xero.organisations().organisation(unnamed)
    known = {
        "organisation_name": about.name,
        "short_code": about.short_code,
        "base_currency": about.base_currency,
    }
    await services.store.save_connection(unnamed.model_copy(update=known))


async def _consent(xero: httpx.AsyncClient, tenant_id: str) -> dict[str, Any]:
    return await _post(xero, "/_sandbox/identity/grants", {"tenant_ids": [tenant_id]}, tenant_id)


@contextlib.asynccontextmanager
async def _worker(folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[None]:
    """Run a worker, and start another should it die, as an orchestrator would."""
    plan = Plan(
        name="The worker",
        command=(sys.executable, str(_ROOT / "worker.py")),
        folder=folder,
        log=folder / "logs" / "worker.log",
        lock=folder / "worker.lock",
        stop_signal=signal.SIGTERM,
        grace=_WORKER_GRACE_SECONDS,
        environment={**environment, "XEROSYNC_LOG_FORMAT": "json"},
    )
    child = await Child.start(plan)

    async def watch() -> None:
        nonlocal child
        while not child.has_ended or child.was_killed:
            if child.has_ended:
                progress.print("   (the worker was killed; another takes over)")
                child = await Child.start(plan)
            await asyncio.sleep(_WATCH_SECONDS)
        progress.print(f"The worker ended{last_words(plan.log)}", markup=False)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await child.stop()


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(path)).raise_for_status().json()


async def _post(client: httpx.AsyncClient, path: str, body: Mapping[str, object], tenant_id: str) -> Any:
    answer = await client.post(path, json=dict(body), params={"tenant": tenant_id})
    return answer.raise_for_status().json()
