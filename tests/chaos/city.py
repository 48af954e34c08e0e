"""One stack with several accounts, an organisation connected to each, and short words for what people do there."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from temporalio.client import Client

from demo.connect_standins import SALES_ACCOUNT, settings_for
from standins.embedded import EmbeddedStack
from standins.xero import Limits
from tests.chaos.people import Billed, Branch, Customer
from tests.chaos.workers import Watched
from tests.patience import PATIENCE, until
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.errors import RetryLaterError
from xerosync.core.payload_codec import AccountCodec, KeyCache
from xerosync.core.temporal import SEARCH_ATTRIBUTES, connect
from xerosync.documents.client import DocumentWorkflows, keep_sweeping, sweep_now
from xerosync.documents.describe import standing
from xerosync.documents.messages import SyncState
from xerosync.postgres import (
    Cipher,
    Database,
    PostgresAccounts,
    PostgresGrants,
    PostgresPayloadKeys,
    PostgresStore,
    migrate,
    open_database,
)
from xerosync.services import Services, open_services
from xerosync.settings import Settings

WITNESS = "witness"
"""The app, and the User-Agent, of those who look at Xero from outside the product: its calls are not the product's."""

ALL_DOCUMENTS = 10_000


_SWEEP_INTERVAL = timedelta(minutes=5)
"""Sweeps come when a test asks for one."""

ADDRESS = {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"}
CONTACT = {"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}


@dataclass(frozen=True)
class City:
    """All branches, what the product keeps of them, and the environment of its workers."""

    stack: EmbeddedStack
    client: Client
    store: PostgresStore
    workflows: DocumentWorkflows
    payload_keys: PostgresPayloadKeys
    branches: Sequence[Branch]
    environment: Mapping[str, str]
    folder: Path
    _known_keys: KeyCache

    def forget_keys(self) -> None:
        """Let whoever signals look for newer keys at once."""
        self._known_keys._newest.clear()

    def worker(self, name: str, **environment: str) -> Watched:
        """Return a worker, not yet running."""
        return Watched(name, self.folder, {**self.environment, **environment})

    def branch(self, billed: Billed) -> Branch:
        """Return the branch of a document."""
        return next(branch for branch in self.branches if branch.account_id == billed.ref.account_id)

    async def tell(self, billed: Sequence[Billed], signal: str) -> None:
        """Signal documents' workflows."""
        for start in range(0, len(billed), 50):
            await asyncio.gather(*(self.workflows.signal(each.ref, signal) for each in billed[start : start + 50]))

    async def sweep(self, *branches: Branch) -> None:
        """Sweep at once, beside the schedule."""
        for branch in branches or self.branches:
            await sweep_now(self.client, branch.account_id)

    async def until(self, billed: Sequence[Billed], *states: SyncState, seconds: float = PATIENCE) -> None:
        """Wait until all of them are in one of the states. AssertionError names those that do not get there."""
        waiting = {each.ref: each for each in billed}

        async def reached() -> bool:
            with contextlib.suppress(RetryLaterError):  # a store that is busy for a moment is asked again
                for branch in self.branches:
                    for link in await self.store.documents(branch.account_id, limit=ALL_DOCUMENTS):
                        if link.state in states:
                            waiting.pop(link.ref, None)
            return not waiting

        try:
            await until(reached, seconds, every=0.2)
        except TimeoutError:
            stuck = [standing(await self.store.document(ref)) for ref in list(waiting)[:5]]
            raise AssertionError(f"{len(waiting)} are not {states}: {stuck}") from None


@contextlib.asynccontextmanager
async def a_city(
    folder: Path,
    branches: int,
    *,
    customers: int = 1,
    reports_payments: bool = False,
    call_timeout: str = "PT2S",
    limits: Limits | None = None,
    encrypts: bool = False,
) -> AsyncGenerator[City]:
    """Build a city in a folder: connected, with no worker yet and faults nowhere.

    Credit notes' numbers need not be unique in its Xero (Xero does not publish whether they must): what is created
    twice is there twice.
    """
    async with (
        EmbeddedStack.start(folder / "stack", SEARCH_ATTRIBUTES, limits=limits, authentication=True) as stack,
        open_database(SecretStr(stack.database_url)) as database,
        contextlib.AsyncExitStack() as held,
    ):
        await migrate(database)
        environment = settings_for(
            database_url=stack.database_url,
            temporal_address=stack.temporal_address,
            xero_url=stack.xero_url,
            sequence_url=stack.sequence_url,
            token_key=Fernet.generate_key().decode(),
        )
        cipher = Cipher([SecretStr(environment["XEROSYNC_TOKEN_KEYS"])])
        builder = _Builder(stack, database, cipher, held)
        payload_keys = PostgresPayloadKeys(database, cipher)
        known_keys = KeyCache(payload_keys)
        codec = AccountCodec(known_keys, encrypts=encrypts)
        client = await connect(target_host=stack.temporal_address, namespace="default", codec=codec)
        opened = [
            await builder.branch(place, customers, reports_payments=reports_payments) for place in range(branches)
        ]
        for branch in opened:
            await keep_sweeping(client, branch.account_id, _SWEEP_INTERVAL)
        yield City(
            stack=stack,
            client=client,
            store=PostgresStore(database),
            workflows=DocumentWorkflows(client),
            payload_keys=payload_keys,
            branches=opened,
            environment={
                **environment,
                "XEROSYNC_XERO_TIMEOUT": call_timeout,
                "XEROSYNC_SWEEP_INTERVAL": f"PT{_SWEEP_INTERVAL.seconds}S",
                "XEROSYNC_ENCRYPT_PAYLOADS": str(encrypts).lower(),
            },
            folder=folder,
            _known_keys=known_keys,
        )


@contextlib.asynccontextmanager
async def services_of(city: City) -> AsyncGenerator[Services]:
    """Open what commands work with, in the city's environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in city.environment.items():
            patch.setenv(name, value)
        settings = Settings.load(env_file=None)
        async with open_services(settings) as services:
            yield services


@dataclass(frozen=True)
class _Builder:
    stack: EmbeddedStack
    database: Database
    cipher: Cipher
    held: contextlib.AsyncExitStack

    async def branch(self, place: int, customers: int, *, reports_payments: bool) -> Branch:
        xero = await self._open(self.stack.xero_url, headers={"user-agent": WITNESS, "accept": "application/json"})
        sequence = await self._open(self.stack.sequence_url, headers={"sequence-version": "2024-07-30"})
        name = f"Branch {place + 1}"
        opened = await _post(xero, "/_sandbox/organisations", {"name": name})
        tenant_id = opened["tenant_id"]
        await _post(xero, f"/_sandbox/settings?tenant={tenant_id}", {"credit_note_numbers_unique": False})
        key, secret = f"branch-{place + 1}", secrets.token_hex(8)
        account = await _post(sequence, "/_sandbox/accounts", {"name": name, "clientId": key, "clientSecret": secret})
        sequence.auth = httpx.BasicAuth(key, secret)
        await self._as_witness(xero, tenant_id)
        names = [f"Featherstone & Sons {place + 1}" for place in range(customers)]
        entered = [
            {"legalName": each, "address": ADDRESS, "taxStatus": "TAXED", "contacts": [CONTACT]} for each in names
        ]
        made = await _post(sequence, f"/_sandbox/documents/load?account={account['id']}", {"customers": entered})
        answer = await xero.put("/api.xro/2.0/Contacts", json={"Contacts": [{"Name": each} for each in names]})
        contacts = {each["Name"]: each["ContactID"] for each in answer.raise_for_status().json()["Contacts"]}
        known = [Customer(each, contacts[name]) for each, name in zip(made["customers"], names, strict=True)]
        branch = Branch(account["id"], tenant_id, known, names, sequence, xero)
        await self._connect(branch, key, secret, opened, reports_payments=reports_payments)
        return branch

    async def _open(self, url: str, headers: Mapping[str, str]) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=url, headers=dict(headers), timeout=PATIENCE, trust_env=False)
        return await self.held.enter_async_context(client)

    async def _as_witness(self, xero: httpx.AsyncClient, tenant_id: str) -> None:
        """Let the witness into the books by an app of its own."""
        await _post(
            xero, "/_sandbox/identity/apps", {"client_id": WITNESS, "client_secret": WITNESS, "granular": False}
        )
        await _post(xero, "/_sandbox/identity/connect", {"tenant_id": tenant_id, "client_id": WITNESS})
        await renew_witness(xero, tenant_id)

    async def _connect(
        self, branch: Branch, key: str, secret: str, opened: Mapping[str, Any], *, reports_payments: bool
    ) -> None:
        tokens = await _post(branch.xero, "/_sandbox/identity/grants", {"tenant_ids": [branch.tenant_id]})
        store = PostgresStore(self.database)
        await PostgresGrants(self.database, self.cipher).add(
            Grant(
                grant_id=f"grant of {key}",
                kind=GrantKind.CONSENT,
                access_token=SecretStr(tokens["access_token"]),
                expires_at=datetime.now(UTC) + timedelta(seconds=tokens["expires_in"]),
                refresh_token=SecretStr(tokens["refresh_token"]),
            )
        )
        await PostgresAccounts(self.database, self.cipher).save(branch.account_id, SequenceKey(key, SecretStr(secret)))
        await store.save_connection(
            Connection(
                account_id=branch.account_id,
                grant_id=f"grant of {key}",
                tenant_id=branch.tenant_id,
                organisation_name=str(opened["name"]),
                short_code=str(opened["short_code"]),
                base_currency="GBP",
                default_ledger_account=SALES_ACCOUNT,
                report_payments=reports_payments,
            )
        )
        for each in branch.customers:
            await store.link_customer(branch.account_id, each.customer_id, each.contact_id, "A customer")


async def renew_witness(xero: httpx.AsyncClient, tenant_id: str) -> None:
    """Give the witness a fresh token of its own app."""
    tokens = await _post(xero, "/_sandbox/identity/grants", {"client_id": WITNESS, "tenant_ids": [tenant_id]})
    xero.headers.update({"authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant_id})


async def _post(client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> Any:
    answer = await client.post(path, json=dict(body))
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
