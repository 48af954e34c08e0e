"""`POST /webhooks/sequence/{account}` and `POST /webhooks/xero`: verify, understand, keep, acknowledge.

Answers: 200 the inbox has it, or Temporal has its signals. 401 the signature is wrong. 400 it is signed, but not what
its sender publishes. 404 the account has no webhook. 429 too many. 503 neither database nor Temporal answer: the
sender tries again. Bodies of answers are empty, as Xero asks.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from xerosync.connection.connection import Connection
from xerosync.core.errors import RetryLaterError
from xerosync.core.hints import Act, Delivery, Hint, Provider
from xerosync.postgres import PostgresInbox, PostgresStore, PostgresWebhookSecrets
from xerosync.web.flood import FloodLimit
from xerosync.web.webhooks.delivery import HintDelivery
from xerosync.web.webhooks.hints import UnreadableDeliveryError, XeroDelivery, sequence_hint, xero_delivery
from xerosync.web.webhooks.signatures import is_signed_by_xero, signed_by_sequence

SENDER_PER_SECOND, SENDER_BURST = 500, 2_000
ACCOUNT_PER_SECOND, ACCOUNT_BURST = 300, 3_000

_DOCUMENTS = ("INVOICE", "CREDITNOTE")
_GAP = "gap"

log = structlog.get_logger()


class WebhookReceiver:
    """The two routes. What is known of secrets and connections is remembered for while the database is down."""

    def __init__(
        self,
        inbox: PostgresInbox,
        secrets: PostgresWebhookSecrets,
        store: PostgresStore,
        delivery: HintDelivery,
        *,
        xero_keys: Sequence[SecretStr],
        max_age: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._inbox = inbox
        self._secrets = secrets
        self._store = store
        self._delivery = delivery
        self._xero_keys = xero_keys
        self._max_age = max_age
        self._now = now
        self._senders = FloodLimit(SENDER_PER_SECOND, SENDER_BURST)
        self._accounts = FloodLimit(ACCOUNT_PER_SECOND, ACCOUNT_BURST)
        self._secrets_seen: dict[str, Sequence[SecretStr]] = {}
        self._connections_seen: Sequence[Connection] = ()

    async def sequence(self, request: Request) -> Response:
        """Take a delivery of Sequence."""
        account_id = request.path_params["account"]
        if not self._senders.admits(_sender(request)):
            return _too_many()
        body = await request.body()
        try:
            secrets = await self._secrets_of(account_id)
        except RetryLaterError as error:
            return _later(error)
        if not secrets:
            return Response(status_code=404)
        header = request.headers.get("sequence-signature", "")
        signed_at = signed_by_sequence(header, body, secrets)
        if signed_at is None or abs(self._now() - signed_at) > self._max_age:
            log.warning(
                "delivery refused",
                provider=Provider.SEQUENCE,
                account_id=account_id,
                reason="wrong signature" if signed_at is None else "too old",
            )
            return Response(status_code=401)
        if not self._accounts.admits(account_id):
            return _too_many()
        try:
            hint = sequence_hint(account_id, body)
        except UnreadableDeliveryError as error:
            return _unreadable(Provider.SEQUENCE, error)
        # With the instant of signing: what is the same text a second time may be said of a later change.
        stamp = str(round(signed_at.timestamp() * 1000)).encode()
        digest = hashlib.sha256(stamp + b"." + account_id.encode() + b"." + body).digest()
        return await self._keep(Delivery(provider=Provider.SEQUENCE, digest=digest, hints=(hint,)))

    async def xero(self, request: Request) -> Response:
        """Take a delivery of Xero, the intent to receive among them."""
        if not self._senders.admits(_sender(request)):
            return _too_many()
        body = await request.body()
        if not is_signed_by_xero(request.headers.get("x-xero-signature", ""), body, self._xero_keys):
            log.warning("delivery refused", provider=Provider.XERO, reason="wrong signature")
            return Response(status_code=401)
        try:
            delivery = xero_delivery(body)
        except UnreadableDeliveryError as error:
            return _unreadable(Provider.XERO, error)
        if not delivery.events:
            log.info("intent to receive answered")
            return Response(status_code=200)
        try:
            hints = await self._xero_hints(delivery)
        except RetryLaterError as error:
            return _later(error)
        return await self._keep(
            Delivery(provider=Provider.XERO, digest=hashlib.sha256(body).digest(), hints=tuple(hints))
        )

    async def _keep(self, delivery: Delivery) -> Response:
        """Acknowledge once the inbox has it, or else Temporal."""
        try:
            is_new = await self._inbox.add(delivery)
        except RetryLaterError as error:
            log.warning("inbox not reached", reason=str(error))
            try:
                await self._delivery.deliver_now(delivery.hints)
            except RetryLaterError as worse:
                return _later(worse)
        else:
            if is_new:
                self._delivery.wake()
        return Response(status_code=200)

    async def _xero_hints(self, delivery: XeroDelivery) -> list[Hint]:
        """Return what events ask for: a sweep of the accounts whose documents they name.

        What is not known to concern no document of ours wakes the sweep, too: unknown categories, and everything
        while the database does not answer. Numbers that are missing wake the sweeps of all.
        """
        connections = await self._connections()
        accounts: dict[str, list[str]] = {}
        for each in connections:
            accounts.setdefault(each.tenant_id, []).append(each.account_id)
        named: dict[str, list[str]] = {}
        for event in delivery.events:
            if event.category in _DOCUMENTS:
                for account_id in accounts.get(event.tenant_id, ()):
                    named.setdefault(account_id, []).append(event.resource_id)
        ours = {account_id: await self._ours(account_id, ids) for account_id, ids in named.items()}
        hints = [
            Hint(
                account_id=account_id,
                type=f"{event.category} {event.type}".strip(),
                resource_id=event.resource_id,
                act=_act(event.category, event.resource_id in ours.get(account_id, ())),
            )
            for event in delivery.events
            for account_id in accounts.get(event.tenant_id, ())
        ]
        if await self._has_gap(delivery):
            log.warning("events of Xero are missing", first=delivery.first)
            hints += [
                Hint(account_id=each.account_id, type=_GAP, resource_id="", act=Act.SWEEP) for each in connections
            ]
        return hints

    async def _ours(self, account_id: str, ids: Sequence[str]) -> set[str]:
        try:
            links = await self._store.in_xero(account_id, ids)
        except RetryLaterError:
            return set(ids)
        return {link.xero.xero_id for link in links if link.xero}

    async def _has_gap(self, delivery: XeroDelivery) -> bool:
        try:
            return await self._inbox.move_event_sequence(delivery.first, delivery.last)
        except RetryLaterError:
            return False

    async def _secrets_of(self, account_id: str) -> Sequence[SecretStr]:
        try:
            secrets = list((await self._secrets.of(account_id)).values())
        except RetryLaterError:
            if account_id not in self._secrets_seen:
                raise
            return self._secrets_seen[account_id]
        if secrets:
            self._secrets_seen[account_id] = secrets
        return secrets

    async def _connections(self) -> Sequence[Connection]:
        try:
            self._connections_seen = await self._store.connections()
        except RetryLaterError:
            if not self._connections_seen:
                raise
        return self._connections_seen


def _act(category: str, is_ours: bool) -> Act:
    if category in _DOCUMENTS:
        return Act.SWEEP if is_ours else Act.NOTHING
    return Act.NOTHING if category == "SUBSCRIPTION" else Act.SWEEP


def _sender(request: Request) -> str:
    return request.client.host if request.client else ""


def _too_many() -> Response:
    return Response(status_code=429, headers={"retry-after": "10"})


def _later(error: RetryLaterError) -> Response:
    log.error("delivery not taken", reason=str(error))
    return Response(status_code=503, headers={"retry-after": "10"})


def _unreadable(provider: Provider, error: UnreadableDeliveryError) -> Response:
    log.warning("delivery refused", provider=provider, reason=str(error))
    return Response(status_code=400)
