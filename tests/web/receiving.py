"""The two routes behind their guards, on a real database, without a server and without Temporal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from tests.store.samples import connection
from tests.web.signals import RecordedSignals
from tests.web.signing import SECRET, XERO_KEY, by_sequence, by_xero
from xerosync.core.clock import utc_now
from xerosync.postgres import Database, PostgresInbox, PostgresStore, PostgresWebhookSecrets
from xerosync.postgres.cipher import Cipher
from xerosync.web.errors import EXCEPTION_HANDLERS
from xerosync.web.guards import BodyLimit, HostGuard, SecurityHeaders
from xerosync.web.webhooks.delivery import HintDelivery
from xerosync.web.webhooks.lookups import DatabaseTime, Lookups
from xerosync.web.webhooks.receiver import WebhookReceiver

ACCOUNT, TENANT = "acme", "tenant-1"


@dataclass(frozen=True)
class Receiving:
    """The routes, and what they rest on. What they do not catch is raised by the client."""

    client: httpx.AsyncClient
    signals: RecordedSignals
    inbox: PostgresInbox
    secrets: PostgresWebhookSecrets
    store: PostgresStore
    database: Database

    async def let_rested_go(self) -> None:
        """Let the moment pass for which a hint rests that may be an echo."""
        async with self.database.session() as session:
            await session._connection.execute("UPDATE deliveries SET claimed_until = NULL")

    async def from_sequence(self, body: bytes, account_id: str = ACCOUNT, **headers: str) -> httpx.Response:
        signed = {"Sequence-Signature": by_sequence(body)} | headers
        return await self.client.post(f"/webhooks/sequence/{account_id}", content=body, headers=signed)

    async def from_xero(self, body: bytes, **headers: str) -> httpx.Response:
        signed = {"x-xero-signature": by_xero(body)} | headers
        return await self.client.post("/webhooks/xero", content=body, headers=signed)


async def receiving(
    database: Database, keys: list[SecretStr], *, seconds: float = 30, xero_keys: Sequence[str] = (XERO_KEY,)
) -> Receiving:
    """Return the routes for one connected account with a secret; the database gets so many seconds for an answer."""
    inbox, signals, time = PostgresInbox(database), RecordedSignals(), DatabaseTime(seconds, rest_seconds=seconds)
    store, secrets = PostgresStore(database), PostgresWebhookSecrets(database, Cipher(keys))
    await store.save_connection(connection(ACCOUNT, TENANT))
    await secrets.add(ACCOUNT, "policy", SecretStr(SECRET))
    receiver = WebhookReceiver(
        inbox,
        Lookups(secrets, store, time),
        HintDelivery(inbox, signals, store),
        time,
        xero_keys=[SecretStr(key) for key in xero_keys],
        max_age=timedelta(days=1),
        now=utc_now,
    )
    app = Starlette(
        routes=[
            Route("/webhooks/sequence/{account}", receiver.sequence, methods=["POST"]),
            Route("/webhooks/xero", receiver.xero, methods=["POST"]),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(HostGuard, hosts=("edge",)), Middleware(BodyLimit)],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge")
    return Receiving(client, signals, inbox, secrets, store, database)
