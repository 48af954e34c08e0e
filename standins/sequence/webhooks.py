"""Notifications to webhook recipients, signed, in the background, with retries, duplicates and disorder on demand.

A delivery is `{notificationType, sequenceAccountId, resourceType, resourceId, resource}` with the header
`Sequence-Signature: t=<unix ms>,s=<hex HMAC-SHA256 of "t.rawBody">`; the resource is as it was when the event
happened. Order and retries are not published: by default each recipient gets first attempts in order, one after
another, and what fails is tried again beside the rest, after 1, 2, 4 and 8 seconds of the stand-in's clock.
"""

import asyncio
import hmac
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Protocol

import httpx

from standins.clock import Clock
from standins.exactjson import dumps
from standins.origins import undeliverable
from standins.sequence.records import Policy

_TYPES = (
    "CUSTOMER_CREATED CUSTOMER_UPDATED CUSTOMER_ARCHIVED INVOICE_CREATED INVOICE_UPDATED INVOICE_ISSUED "
    "CREDIT_NOTE_CREATED CREDIT_NOTE_UPDATED CREDIT_NOTE_ISSUED INTEGRATION_SYNC_COMPLETED "
    "INTEGRATION_WEBHOOK_HANDLED MERCHANT_UPDATED BILLING_SCHEDULE_CREATED BILLING_SCHEDULE_UPDATED "
    "BILLING_SCHEDULE_ARCHIVED QUOTE_PUBLISHED QUOTE_ACCEPTED QUOTE_SIGNED INVOICE_REMINDER_SENT "
    "WATCHTOWER_TASK_ASSIGNED"
)
TYPES = frozenset(_TYPES.split())
KEPT_DELIVERIES = 10_000
_TIMEOUT = 10.0
_OVERTAKING = 0.05
"""Seconds that a delivery held back waits for another to overtake it."""


class Subscriber(Protocol):
    """What is read of an account."""

    @property
    def id(self) -> str:
        """The account's id."""
        ...

    @property
    def policies(self) -> Mapping[str, Policy]:
        """Its notification policies, by id."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: `status` is None where no answer came."""

    notification_type: str
    resource_id: str
    url: str
    attempt: int
    status: int | None

    @property
    def succeeded(self) -> bool:
        """Whether the recipient took it."""
        return self.status is not None and self.status < httpx.codes.MULTIPLE_CHOICES

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as `/_sandbox/webhooks` shows it."""
        return {
            "notificationType": self.notification_type,
            "resourceId": self.resource_id,
            "url": self.url,
            "attempt": self.attempt,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class _Message:
    notification_type: str
    resource_id: str
    url: str
    secret: str
    body: bytes


@dataclass(slots=True)
class _Lane:
    """What waits for one recipient of one policy."""

    pending: deque[_Message] = field(default_factory=deque[_Message])
    held: deque[_Message] = field(default_factory=deque[_Message])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    running: bool = False


class Webhooks:
    """Delivers what is emitted; `duplicate` and `reorder` are probabilities from 0 to 1."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.reset()

    def reset(self) -> None:
        """Return to the defaults: everything once, in order, five attempts."""
        self.duplicate = 0.0
        self.reorder = 0.0
        self.attempts = 5
        self.retry_seconds = 1.0
        self.deliveries.clear()
        self.seed(0)

    def seed(self, seed: int) -> None:
        """Start the die anew, so that the same calls are doubled and reordered again."""
        self._die = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def forget(self) -> None:
        """Drop what waits for delivery; attempts under way still end."""
        for lane in self._lanes.values():
            lane.pending.clear()
            lane.held.clear()
        self._lanes.clear()

    def emit(
        self,
        account: Subscriber,
        notification_type: str,
        resource_type: str,
        resource_id: str,
        render: Callable[[], Any],
    ) -> None:
        """Tell every policy of `account` that covers the type; `render` is called only if there is one."""
        body = b""
        for policy in account.policies.values():
            covered = policy.types is None or notification_type in policy.types
            if policy.channel != "WEBHOOK" or not covered:
                continue
            body = body or dumps(
                {
                    "notificationType": notification_type,
                    "sequenceAccountId": account.id,
                    "resourceType": resource_type,
                    "resourceId": resource_id,
                    "resource": render(),
                }
            )
            for url in policy.recipients:
                message = _Message(notification_type, resource_id, url, policy.secret or "", body)
                self._enqueue(self._lanes.setdefault((policy.id, url), _Lane()), message)

    async def flush(self) -> None:
        """Return once nothing waits or is under way, retries included."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Stop all deliveries and close the connections."""
        self.forget()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _enqueue(self, lane: _Lane, message: _Message) -> None:
        (lane.held if self._die.random() < self.reorder else lane.pending).append(message)
        if self._die.random() < self.duplicate:
            lane.pending.append(message)
        lane.arrived.set()
        if not lane.running:
            lane.running = True
            self._start(self._run(lane))

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: _Lane) -> None:
        while lane.pending or lane.held:
            if not lane.pending:
                lane.arrived.clear()
                try:
                    async with asyncio.timeout(_OVERTAKING):
                        await lane.arrived.wait()
                except TimeoutError:
                    pass
            for queue in (lane.pending, lane.held):
                if queue:
                    await self._deliver(queue.popleft())
        lane.running = False

    async def _deliver(self, message: _Message) -> None:
        if not (await self._attempt(message, 1)).succeeded and self.attempts > 1:
            self._start(self._retry(message))

    async def _retry(self, message: _Message) -> None:
        for attempt in range(2, self.attempts + 1):
            pause = timedelta(seconds=self.retry_seconds * 2 ** (attempt - 2))
            await self._clock.wait_until(self._clock.now() + pause)
            if (await self._attempt(message, attempt)).succeeded:
                return

    async def _attempt(self, message: _Message, attempt: int) -> Delivery:
        headers = {
            "Content-Type": "application/json",
            "Sequence-Signature": signature(message.secret, message.body, self._milliseconds()),
        }
        status: int | None = None
        if undeliverable(message.url) is None:
            status = await self._post(message, headers)
        delivery = Delivery(message.notification_type, message.resource_id, message.url, attempt, status)
        self.deliveries.append(delivery)
        return delivery

    async def _post(self, message: _Message, headers: Mapping[str, str]) -> int | None:
        if self._client is None:
            # Recipients are named by the user; a proxy of the environment has no part in it.
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)
        try:
            return (await self._client.post(message.url, content=message.body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def signature(secret: str, body: bytes, milliseconds: int) -> str:
    """Return the value of the header `Sequence-Signature` for a body sent at `milliseconds` since 1970."""
    stamp = str(milliseconds)
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return f"t={stamp},s={digest}"
