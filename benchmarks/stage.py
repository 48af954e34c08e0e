"""Everything as it is in production, each part a process of its own: servers, stand-ins, and a worker.

The stand-ins check who asks, and refuse what is over the limits of Xero and Sequence, unless a setting says otherwise.
"""

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
from cryptography.fernet import Fernet
from pydantic import SecretStr
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from benchmarks import people
from benchmarks.people import Customer
from benchmarks.waiting import until
from standins.embedded import EmbeddedServers
from standins.embedded.ports import LOOPBACK
from standins.embedded.processes import Child, Plan
from tests.patience import PATIENCE
from xerosync.cli.migrate import migrate_database
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import SEARCH_ATTRIBUTES, TASK_QUEUE
from xerosync.services import Services, open_services
from xerosync.settings import Settings

WIDE = 1_000
"""How many times as wide as the real limits are those that are out of the way, on both ends of each call alike."""

_ROOT = Path(__file__).parents[1]
_CLIENT = "xerosync-dev"
_SECRET = "xerosync-dev-secret"
_START_SECONDS = 30.0
_GRACE_SECONDS = 40.0
_PREFIXES = ("XEROSYNC_", "TEMPORAL_")


@dataclass(frozen=True)
class Stage:
    """A stack at work, and clients for the people on both sides."""

    services: Services
    servers: EmbeddedServers
    account_id: str
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient
    folder: Path

    async def bill(self, count: int) -> list[DocumentRef]:
        """Put so many finalized documents of linked customers into Sequence."""
        billed = await people.customers(self.sequence, self.xero, count)
        await self.link(billed)
        refs = await people.documents(self.sequence, self.account_id, billed, count)
        await people.forget_calls(self.sequence, self.xero)
        return refs

    async def link(self, billed: Sequence[Customer]) -> None:
        """Link customers to their contacts."""
        for each in billed:
            await self.services.store.link_customer(self.account_id, each.customer_id, each.contact_id)

    def worker_rss(self) -> float:
        """Return the memory that the worker's process holds now, in MB (10^6 bytes)."""
        pid = int((self.folder / "worker.lock").read_text())
        return psutil.Process(pid).memory_info().rss / 1e6


@contextlib.asynccontextmanager
async def stage(*, limited: bool = True) -> AsyncGenerator[Stage]:
    """Run everything on fresh data until the block ends, with the real limits of both sides, or out of their way."""
    async with (
        EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers,
        stand_ins(servers, "real" if limited else str(WIDE)) as (xero_url, sequence_url),
        httpx.AsyncClient(base_url=sequence_url, auth=(_CLIENT, _SECRET), timeout=PATIENCE) as sequence,
        httpx.AsyncClient(base_url=xero_url, timeout=PATIENCE) as xero,
    ):
        sequence.headers["sequence-version"] = "2024-07-30"
        environment = _environment(servers, xero_url, sequence_url)
        with _surroundings(environment):
            settings = Settings.load(env_file=None)
            await migrate_database(settings.database_url)
            async with open_services(settings) as services:
                account_id = (await sequence.get("/_sandbox/accounts")).json()[0]["id"]
                await _connect(services, xero, account_id)
                if limited:
                    await sequence.post("/_sandbox/limits", json={"enabled": True})
                program = (str(_ROOT / "worker.py"),) if limited else ("-m", "benchmarks.worker")
                async with process("worker", servers.data_dir, program, environment):
                    await listening(services.temporal, TASK_QUEUE)
                    yield Stage(services, servers, account_id, sequence, xero, servers.data_dir)


@contextlib.asynccontextmanager
async def stand_ins(
    servers: EmbeddedServers, limits: str, *, authentication: bool = True
) -> AsyncGenerator[tuple[str, str]]:
    """Run both stand-ins in a process; return their addresses, Xero's first."""
    ports = [servers.ports.take(name) for name in ("xero", "sequence")]
    urls = (f"http://{LOOPBACK}:{ports[0]}", f"http://{LOOPBACK}:{ports[1]}")
    command = ("-m", "standins", "--xero-port", str(ports[0]), "--sequence-port", str(ports[1]))
    checks = ("--authentication",) if authentication else ()
    arguments = (*command, "--limits", limits, *checks)
    async with process("stand-ins", servers.data_dir, arguments, {}) as child:
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                try:
                    return all([(await client.get(f"{url}/_sandbox/clock")).is_success for url in urls])
                except httpx.TransportError:
                    return False

            await child.until(answers, _START_SECONDS)
        yield urls


@contextlib.asynccontextmanager
async def process(
    name: str, folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> AsyncGenerator[Child]:
    """Run a Python process of that name until the block ends; its log and lock file stand in the folder."""
    child = await Child.start(
        Plan(
            name=name,
            command=(sys.executable, *arguments),
            folder=folder,
            log=folder / "logs" / f"{name}.log",
            lock=folder / f"{name}.lock",
            stop_signal=signal.SIGTERM,
            grace=_GRACE_SECONDS,
            environment={"PYTHONPATH": str(_ROOT), **environment},
        )
    )
    try:
        yield child
    finally:
        await child.stop()


async def listening(client: Client, task_queue: str) -> None:
    """Wait until a worker asks for tasks of a queue."""
    asked = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=task_queue))

    async def is_polled() -> bool:
        return bool((await client.workflow_service.describe_task_queue(asked)).pollers)

    await until(is_polled)


def _environment(servers: EmbeddedServers, xero_url: str, sequence_url: str) -> dict[str, str]:
    return {
        "XEROSYNC_DATABASE_URL": servers.database_url,
        "XEROSYNC_XERO_CLIENT_ID": _CLIENT,
        "XEROSYNC_XERO_CLIENT_SECRET": _SECRET,
        "XEROSYNC_XERO_API_URL": xero_url,
        "XEROSYNC_XERO_IDENTITY_URL": xero_url,
        "XEROSYNC_XERO_LOGIN_URL": xero_url,
        "XEROSYNC_SEQUENCE_API_URL": f"{sequence_url}/api",
        "XEROSYNC_SEQUENCE_CLIENT_ID": _CLIENT,
        "XEROSYNC_SEQUENCE_CLIENT_SECRET": _SECRET,
        "XEROSYNC_TOKEN_KEYS": Fernet.generate_key().decode(),
        "XEROSYNC_HEALTH_PORT": "0",
        "XEROSYNC_LOG_FORMAT": "json",
        # No sweep falls into a measurement by chance: those that are measured are asked for.
        "XEROSYNC_SWEEP_INTERVAL": "P1D",
        "TEMPORAL_ADDRESS": servers.temporal_address,
        "TEMPORAL_NAMESPACE": "default",
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


@contextlib.contextmanager
def _surroundings(environment: Mapping[str, str]) -> Any:
    """Give this process the environment and no other settings of the product, and take it back at the end."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_PREFIXES):
            del os.environ[name]
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _connect(services: Services, xero: httpx.AsyncClient, account_id: str) -> None:
    """Connect the stand-ins' account and organisation, and give the people there a consent of their own."""
    tenant_id = (await xero.get("/_sandbox/organisations")).json()[0]["tenant_id"]
    tokens = await _consent(xero, tenant_id)
    grant = Grant(
        grant_id=secrets.token_hex(4),
        kind=GrantKind.CONSENT,
        access_token=SecretStr(tokens["access_token"]),
        expires_at=datetime.now(UTC) + timedelta(seconds=tokens["expires_in"]),
        refresh_token=SecretStr(tokens["refresh_token"]),
    )
    await services.grants.add(grant)
    await services.store.save_connection(connection(account_id, grant.grant_id, tenant_id))
    mine = await _consent(xero, tenant_id)
    xero.headers.update(
        {
            "xero-tenant-id": tenant_id,
            "accept": "application/json",
            "authorization": f"Bearer {mine['access_token']}",
        }
    )


def connection(account_id: str, grant_id: str, tenant_id: str) -> Connection:
    """Return the tie between the stand-ins' account and organisation."""
    return Connection(
        report_payments=False,
        account_id=account_id,
        grant_id=grant_id,
        tenant_id=tenant_id,
        organisation_name="Demo Company (GB)",
        short_code="!demo",
        base_currency="GBP",
        default_ledger_account="200",
    )


async def _consent(xero: httpx.AsyncClient, tenant_id: str) -> dict[str, Any]:
    answer = await xero.post("/_sandbox/identity/grants", json={"tenant_ids": [tenant_id]})
    return answer.raise_for_status().json()
