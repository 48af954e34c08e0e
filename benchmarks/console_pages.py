"""Pages of the console over HTTP from a process of its own, on a database that is filled: how fast, how much memory."""

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import psutil
from cryptography.fernet import Fernet

from benchmarks.figures import Figure, middle
from benchmarks.stage import stand_ins
from demo.connect_standins import settings_for
from standins.embedded import EmbeddedServers
from xerosync.core.people import Person, Role
from xerosync.postgres import Database
from xerosync.postgres.sessions import PostgresSessions

_ROOT = Path(__file__).parents[1]
_RUNS = 9
_LIMIT_MS = 150
_CUSTOMERS = 20_000
_CUSTOMERS_A_LOAD = 2_000
_NOWHERE = "http://127.0.0.1:9"
_START_SECONDS = 120


async def page_figures(account_id: str, document: str, servers: EmbeddedServers, database: Database) -> list[Figure]:
    """Read every page that does not need Xero, and the whole list as CSV; `document` is the id of an invoice.

    Pages of customers read Sequence, so the time of its stand-in is in theirs: no limit is set for them.
    """
    token = await PostgresSessions(database).begin(Person(name="Ada", role=Role.ADMIN))
    account = f"/accounts/{account_id}"
    pages = {
        "page: overview": account,
        "page: documents": f"{account}/documents",
        "page: documents on hold": f"{account}/documents?state=held",
        "page: documents by a name": f"{account}/documents?search=no1234",
        "page: a document": f"{account}/documents/invoice/{document}",
        "page: acts on many": f"{account}/bulk",
        "page: reconcile": f"{account}/reconcile",
        "page: backfill, previewed for 100,000": f"{account}/backfill",
        "page: import of 20,000 contacts": f"{account}/customers/import",
        "page: settings": f"{account}/settings",
        "page: keys": f"{account}/settings/keys",
        f"page: customers, of {_CUSTOMERS:,}": f"{account}/customers",
        "page: customers by a name": f"{account}/customers?search=no1234",
        "page: customers that are not linked": f"{account}/customers?unlinked=yes",
        "page: a customer that is linked": f"{account}/customers/customer-77",
        "page: accounts to connect": f"/connect/{account_id}",
    }
    figures: list[Figure] = []
    async with (
        stand_ins(servers, "real", authentication=False) as (_, sequence_url),
        _edge(servers, sequence_url) as (url, process),
    ):
        await _fill_sequence(sequence_url)
        figures.append(Figure("memory of the service, started", _megabytes(process), "MB"))
        async with httpx.AsyncClient(base_url=url, cookies={"xerosync": token}, trust_env=False, timeout=120) as client:
            for name, address in pages.items():
                spent = [await _milliseconds(client, address) for _ in range(_RUNS)]
                note = f"median of {_RUNS}; load {psutil.getloadavg()[0]:.1f}"
                at_most = None if "customer" in name else _LIMIT_MS
                figures.append(Figure(name, middle(spent), "ms", at_most=at_most, note=note))
            figures.append(Figure("memory of the service, after these pages", _megabytes(process), "MB"))
            seconds = await _milliseconds(client, f"{account}/documents.csv") / 1000
            figures.append(Figure("100,000 documents as CSV", seconds, "s"))
            figures.append(Figure("memory of the service, after the CSV", _megabytes(process), "MB"))
    return figures


async def _fill_sequence(url: str) -> None:
    """Give the Sequence stand-in its customers: those that are linked, and one in a thousand that is not."""
    address = {"line1": "1 Market Street", "town": "London", "postcode": "EC1A 1BB", "country": "GB"}
    contacts = [{"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}]
    made = [
        {
            "id": f"{'new' if number % 1000 == 0 else 'customer'}-{number}",
            "legalName": f"Customer No{number} Ltd",
            "address": address,
            "taxStatus": "TAXED",
            "contacts": contacts,
        }
        for number in range(1, _CUSTOMERS + 1)
    ]
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as sequence:
        for first in range(0, _CUSTOMERS, _CUSTOMERS_A_LOAD):
            body = {"customers": made[first : first + _CUSTOMERS_A_LOAD]}
            (await sequence.post("/_sandbox/documents/load", json=body)).raise_for_status()


@contextlib.asynccontextmanager
async def _edge(servers: EmbeddedServers, sequence_url: str) -> AsyncGenerator[tuple[str, psutil.Process]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | settings_for(
        database_url=servers.database_url,
        temporal_address=servers.temporal_address,
        xero_url=_NOWHERE,
        sequence_url=sequence_url,
        token_key=Fernet.generate_key().decode(),
        edge_port=port,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_ROOT / "starter.py"), "serve", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_START_SECONDS):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"{url}/healthz")
                    break
                await asyncio.sleep(0.1)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _milliseconds(client: httpx.AsyncClient, address: str) -> float:
    began = time.perf_counter()
    answer = await client.get(address)
    spent = 1000 * (time.perf_counter() - began)
    if not answer.is_success:
        raise RuntimeError(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    return spent


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6
