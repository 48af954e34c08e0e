"""`POST /webhooks/sequence/{account}` and `POST /webhooks/xero`: verify, understand, keep, acknowledge.

Answers: 200 the inbox has it, or Temporal has its signals. 401 the signature is wrong, or the account has no secret.
400 it is signed, but not what Sequence publishes. 429 too many. 503 neither database nor Temporal answers within five
seconds: the sender tries again. Bodies of answers are empty, as Xero asks.

What Xero signed is never refused, since Xero switches off a webhook whose answers are wrong: where a part can't be
read, all accounts are swept.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import RetryLaterError
from xerosync.core.hints import Delivery, EventNumbers, Hint, HintAct, Provider, Untold
from xerosync.documents.views import XeroView
from xerosync.metrics.counts import DeliveryOutcome, count_delivery, count_gap
from xerosync.postgres import PostgresInbox
from xerosync.postgres.inbox import ECHO_SECONDS
from xerosync.traces.spans import span, traceparent
from xerosync.web.flood import FloodLimit
from xerosync.web.webhooks.delivery import HintDelivery
from xerosync.web.webhooks.echoes import is_echo_of_sequence, is_echo_of_xero
from xerosync.web.webhooks.hints import (
    SequenceDelivery,
    UnreadableDeliveryError,
    XeroDelivery,
    XeroEvent,
    asks_for_intent,
    is_id,
    sequence_delivery,
    xero_delivery,
)
from xerosync.web.webhooks.lookups import DatabaseTime, Lookups
from xerosync.web.webhooks.signatures import is_signed_by_xero, signed_by_sequence

SENDER_PER_SECOND, SENDER_BURST = 500, 2_000
ACCOUNT_PER_SECOND, ACCOUNT_BURST = 300, 3_000
LOGGED_PER_SECOND, LOGGED_BURST = 1, 20
"""How often each kind of trouble is logged. The counters have them all."""

SIGNAL_SECONDS = 2.0
"""How long Temporal may take while the database is down and the sender waits."""

_PREFIX_OF_A_SENDER = 64
_DOCUMENTS = ("INVOICE", "CREDITNOTE")

_UNREAD = ("CONTACT", "SUBSCRIPTION")
"""A sweep reads neither of these: a merged or archived contact is noticed with its customer's next document."""

log = structlog.get_logger()


class WebhookReceiver:
    """The two routes."""

    def __init__(
        self,
        inbox: PostgresInbox,
        lookups: Lookups,
        delivery: HintDelivery,
        database: DatabaseTime,
        *,
        xero_keys: Sequence[SecretStr],
        max_age: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._inbox = inbox
        self._lookups = lookups
        self._delivery = delivery
        self._database = database
        self._xero_keys = xero_keys
        self._max_age = max_age
        self._now = now
        self._senders = FloodLimit(SENDER_PER_SECOND, SENDER_BURST)
        self._accounts = FloodLimit(ACCOUNT_PER_SECOND, ACCOUNT_BURST)
        self._logged = FloodLimit(LOGGED_PER_SECOND, LOGGED_BURST)

    async def sequence(self, request: Request) -> Response:
        """Take a delivery of Sequence."""
        return await self._traced(Provider.SEQUENCE, self._sequence(request))

    async def xero(self, request: Request) -> Response:
        """Take a delivery of Xero, the intent to receive among them."""
        return await self._traced(Provider.XERO, self._xero(request))

    async def _traced(self, provider: Provider, answering: Awaitable[Response]) -> Response:
        # A trace of our own: what a sender says of traces is not believed.
        with span("webhook", after=(), provider=provider) as delivery:
            answer = await answering
            delivery.note("http.response.status_code", answer.status_code)
            return answer

    async def _sequence(self, request: Request) -> Response:
        account_id = request.path_params["account"]
        if not self._senders.admits(_sender(request)):
            return _too_many(Provider.SEQUENCE)
        body = await request.body()
        if not is_id(account_id):
            return self._refused(request, Provider.SEQUENCE, "the address names no account")
        header = _only(request, "sequence-signature")
        try:
            signed_at = await self._signed_at(account_id, header, body)
        except RetryLaterError as error:
            return self._later(Provider.SEQUENCE, error)
        if signed_at is None:
            return self._refused(request, Provider.SEQUENCE, "wrong signature")
        if abs(self._now() - signed_at) > self._max_age:
            return self._refused(request, Provider.SEQUENCE, "too old", DeliveryOutcome.TOO_OLD)
        if not self._accounts.admits(account_id):
            return _too_many(Provider.SEQUENCE)
        try:
            said = sequence_delivery(account_id, body)
        except UnreadableDeliveryError as error:
            log.warning("delivery not understood", provider=Provider.SEQUENCE, reason=str(error))
            count_delivery(Provider.SEQUENCE, DeliveryOutcome.NOT_UNDERSTOOD)
            return Response(status_code=400)
        hint = said.hint
        if await self._is_echo(said, hint):
            hint = hint.model_copy(update={"act": HintAct.NOTHING})
        # With the instant of signing: what is the same text a second time may be said of a later change.
        stamp = str(round(signed_at.timestamp() * 1000)).encode()
        digest = hashlib.sha256(stamp + b"." + account_id.encode() + b"." + body).digest()
        return await self._keep(Delivery(provider=Provider.SEQUENCE, digest=digest, hints=(hint,)))

    async def _xero(self, request: Request) -> Response:
        if not self._senders.admits(_sender(request)):
            return _too_many(Provider.XERO)
        body = await request.body()
        if not is_signed_by_xero(_only(request, "x-xero-signature"), body, self._xero_keys):
            why, outcome = "wrong signature", DeliveryOutcome.REFUSED
            if asks_for_intent(body):
                why, outcome = "wrong signature, of an intent to receive", DeliveryOutcome.INTENT_REFUSED
            if not self._xero_keys:
                why = "XEROSYNC_XERO_WEBHOOK_KEYS is not set"
            return self._refused(request, Provider.XERO, why, outcome)
        try:
            delivery = xero_delivery(body)
        except UnreadableDeliveryError as error:
            log.warning("delivery not understood", provider=Provider.XERO, reason=str(error))
            count_delivery(Provider.XERO, DeliveryOutcome.NOT_UNDERSTOOD)
            delivery = None
        if delivery and delivery.is_intent_to_receive:
            return await self._intent_to_receive(body)
        try:
            connections = await self._connections(delivery)
        except RetryLaterError as error:
            return self._later(Provider.XERO, error)
        digest = hashlib.sha256(body).digest()
        everywhere = tuple(_sweep(each, Untold.UNREADABLE) for each in connections)
        if delivery is None:
            return await self._keep(Delivery(provider=Provider.XERO, digest=digest, hints=everywhere))
        hints = (*await self._xero_hints(delivery, connections), *(everywhere if delivery.unreadable else ()))
        numbers = EventNumbers(first=delivery.first, last=delivery.last)
        after_gap = tuple(_sweep(each, Untold.GAP) for each in connections)
        return await self._keep(
            Delivery(provider=Provider.XERO, digest=digest, hints=hints, numbers=numbers, after_gap=after_gap)
        )

    async def _intent_to_receive(self, body: bytes) -> Response:
        """Tell Xero that its events are welcome, and sweep for what happened while it sent none.

        The answer is 200 even where nothing could be kept: the webhook would stay off.
        """
        log.info("intent to receive answered")
        count_delivery(Provider.XERO, DeliveryOutcome.INTENT)
        digest = hashlib.sha256(body).digest()
        try:
            everywhere = tuple(_sweep(each, Untold.INTENT) for each in await self._connections(None))
        except RetryLaterError as error:
            log.warning("not swept for the intent to receive", reason=str(error))
        else:
            await self._keep(Delivery(provider=Provider.XERO, digest=digest, hints=everywhere))
        return Response(status_code=200)

    async def _keep(self, delivery: Delivery) -> Response:
        """Acknowledge once the inbox has it, or else Temporal."""
        delivery = _with_trace(delivery)
        try:
            kept = await self._database.give(self._inbox.add(delivery))
        except RetryLaterError as error:
            # Every delivery meets it while the database is away or too slow: writing lines must not make it slower.
            if self._logged.admits("inbox"):
                log.warning("inbox not reached", reason=str(error))
            try:
                async with asyncio.timeout(SIGNAL_SECONDS):
                    await self._delivery.deliver_now(delivery.hints)
            except TimeoutError:
                late = RetryLaterError(f"Temporal did not answer in {SIGNAL_SECONDS:g} seconds.")
                return self._later(delivery.provider, late)
            except RetryLaterError as worse:
                return self._later(delivery.provider, worse)
            count_delivery(delivery.provider, DeliveryOutcome.SIGNALLED)
        else:
            count_delivery(delivery.provider, DeliveryOutcome.KEPT)
            if kept.has_gap:
                count_gap(delivery.provider)
                log.warning("events of Xero are missing", numbers=str(delivery.numbers))
            if kept.is_pending:
                self._delivery.wake()
                if any(hint.happened_at for hint in delivery.hints):
                    self._delivery.wake_in(ECHO_SECONDS)
        return Response(status_code=200)

    async def _signed_at(self, account_id: str, header: str, body: bytes) -> datetime | None:
        signed_at = signed_by_sequence(header, body, await self._lookups.secrets(account_id))
        if signed_at is None and header:
            # A secret that another process just made is not known here yet.
            signed_at = signed_by_sequence(header, body, await self._lookups.secrets(account_id, within=1))
        return signed_at

    async def _connections(self, delivery: XeroDelivery | None) -> Sequence[Connection]:
        connections = await self._lookups.connections()
        known = {each.tenant_id for each in connections}
        if delivery and any(event.tenant_id not in known for event in delivery.events):
            # It may have been connected a moment ago.
            connections = await self._lookups.connections(within=1)
        return connections

    async def _xero_hints(self, delivery: XeroDelivery, connections: Iterable[Connection]) -> list[Hint]:
        """Return what events ask for: a sweep of the accounts whose documents they name.

        The echo of a write of ours asks for nothing, nor does a contact, which no sweep reads. What is not known to
        concern no document of ours wakes the sweep, too: unknown categories, and everything while the database does
        not answer.
        """
        accounts: dict[str, list[str]] = {}
        for each in connections:
            accounts.setdefault(each.tenant_id, []).append(each.account_id)
        named: dict[str, set[str]] = {}
        for event in delivery.events:
            if event.category in _DOCUMENTS:
                for account_id in accounts.get(event.tenant_id, ()):
                    named.setdefault(account_id, set()).add(event.resource_id)
        ours = {account_id: await self._ours(account_id, ids) for account_id, ids in named.items()}
        return [
            _hint_of(event, account_id, ours.get(account_id, {}))
            for event in delivery.events
            for account_id in accounts.get(event.tenant_id, ())
        ]

    async def _ours(self, account_id: str, ids: set[str]) -> Mapping[str, XeroView | None]:
        try:
            return await self._lookups.in_xero(account_id, sorted(ids))
        except RetryLaterError:
            return dict.fromkeys(ids)

    async def _is_echo(self, said: SequenceDelivery, hint: Hint) -> bool:
        if hint.kind is None or hint.act is HintAct.NOTHING:
            return False
        ref = DocumentRef(account_id=hint.account_id, kind=hint.kind, document_id=hint.resource_id)
        try:
            return is_echo_of_sequence(said.shown, await self._lookups.document(ref))
        except RetryLaterError:
            return False

    def _later(self, provider: Provider, error: RetryLaterError) -> Response:
        count_delivery(provider, DeliveryOutcome.NOT_TAKEN)
        if self._logged.admits("not taken"):
            log.error("delivery not taken", reason=str(error))
        return Response(status_code=503, headers={"retry-after": "10"})

    def _refused(
        self,
        request: Request,
        provider: Provider,
        reason: str,
        outcome: DeliveryOutcome = DeliveryOutcome.REFUSED,
    ) -> Response:
        count_delivery(provider, outcome)
        # A flood of forged deliveries must not become a flood of lines.
        if self._logged.admits(f"refused {provider}"):
            log.warning("delivery refused", provider=provider, path=request.url.path[:200], reason=reason)
        return Response(status_code=401)


def _with_trace(delivery: Delivery) -> Delivery:
    """Let whoever acts on the hints go on with this delivery's trace, where there is one."""
    here = traceparent()
    if here is None:
        return delivery
    hints, after_gap = (
        tuple(hint.model_copy(update={"traceparent": here}) for hint in each)
        for each in (delivery.hints, delivery.after_gap)
    )
    return delivery.model_copy(update={"hints": hints, "after_gap": after_gap})


def _sweep(connection: Connection, why: Untold) -> Hint:
    return Hint(account_id=connection.account_id, type=why, resource_id="", act=HintAct.SWEEP)


def _hint_of(event: XeroEvent, account_id: str, ours: Mapping[str, XeroView | None]) -> Hint:
    act = _act(event, ours)
    return Hint(
        account_id=account_id,
        type=f"{event.category} {event.type}".strip(),
        resource_id=event.resource_id,
        act=act,
        happened_at=event.at if act is HintAct.SWEEP and event.category in _DOCUMENTS else None,
    )


def _act(event: XeroEvent, ours: Mapping[str, XeroView | None]) -> HintAct:
    if event.category in _DOCUMENTS:
        is_news = event.resource_id in ours and not is_echo_of_xero(event.type, event.at, ours[event.resource_id])
        return HintAct.SWEEP if is_news else HintAct.NOTHING
    return HintAct.NOTHING if event.category in _UNREAD else HintAct.SWEEP


def _only(request: Request, name: str) -> str:
    """Return a header that must come once; what came twice may be read otherwise by somebody else on the way."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _sender(request: Request) -> str:
    """Return who sends: an address, or a network of IPv6, all of which one sender may have."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address.packed, _PREFIX_OF_A_SENDER), strict=False))


def _too_many(provider: Provider) -> Response:
    count_delivery(provider, DeliveryOutcome.TOO_MANY)
    return Response(status_code=429, headers={"retry-after": "10"})
